"""Runs `hotwash` as a user does: a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

TIMEOUT_S = 60


def hotwash(*words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """The finished command. `settings`: environment variables."""
    line = [sys.executable, "-m", "hotwash.cli.main", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, timeout=TIMEOUT_S, env=os.environ | settings)
