"""Long work shows how far it is, where somebody is looking."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.acceptance.transcripts import claude_code

pty = pytest.importorskip("pty", reason="terminals are made so on POSIX systems alone")

COMMAND = [sys.executable, "-m", "hotwash.cli.main", "import"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "sessions"
    place.mkdir()
    for name in ("one", "two"):
        (place / f"{name}.jsonl").write_bytes(claude_code(name))
    return place


def test_a_terminal_sees_a_bar_on_standard_error(folder: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    seen: list[bytes] = []

    def read() -> None:
        try:
            while chunk := os.read(ours, 4096):
                seen.append(chunk)
        except OSError:
            return  # the other end is closed

    reader = threading.Thread(target=read)
    reader.start()
    words = [*COMMAND, str(folder), "--data", str(tmp_path / "data")]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=theirs, timeout=60, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    reader.join()
    os.close(ours)
    assert done.stdout.startswith(b"2 sessions: 2 created")
    shown = b"".join(seen)
    assert b"Importing" in shown
    assert b"2/2" in shown


def test_a_log_file_sees_none(folder: Path, tmp_path: Path) -> None:
    done = subprocess.run([*COMMAND, str(folder), "--data", str(tmp_path / "data")], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
