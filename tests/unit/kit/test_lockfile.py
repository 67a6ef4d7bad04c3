"""A folder is held by one process at a time."""

import subprocess
import sys
from pathlib import Path

from hotwash.kit import lockfile

HOLD = "import sys, pathlib; from hotwash.kit import lockfile\nwith lockfile.held(pathlib.Path(sys.argv[1])) as ours: print(ours)"


def held_by_another_process(path: Path) -> str:
    return subprocess.run([sys.executable, "-c", HOLD, str(path)], capture_output=True, text=True, check=True).stdout.strip()


def test_a_lock_is_free_again_once_let_go(tmp_path: Path) -> None:
    with lockfile.held(tmp_path / "lock") as ours:
        assert ours
        assert held_by_another_process(tmp_path / "lock") == "False"
    assert held_by_another_process(tmp_path / "lock") == "True"
