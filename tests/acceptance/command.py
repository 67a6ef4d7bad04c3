"""Runs `hotwash` as a user does: a process of its own."""

import subprocess
import sys
from pathlib import Path

TIMEOUT_S = 60


def hotwash(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """The finished command."""
    return subprocess.run([sys.executable, "-m", "hotwash.cli.main", *map(str, words)], capture_output=True, text=True, timeout=TIMEOUT_S)
