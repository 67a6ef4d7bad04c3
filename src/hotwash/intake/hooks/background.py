"""What keeps a hook from holding up its agent: the call is read within bounds and handed to a process of its own, which outlives the agent and
writes to a log."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from hotwash.kit import private

MAX_CALL_BYTES = 4 * 1024 * 1024
"""Of a call's details: a few hundred bytes, and the last message of the agent."""
MAX_READ_S = 2.0
"""Within which an agent has written them; one that keeps its end open is not waited for."""
MAX_LOG_BYTES = 1024 * 1024
"""Then the log starts anew; one older one is kept."""
SETTLED_S = 0.5
"""A file that has not changed for so long is taken to be complete: agents write their last records while they run the hooks."""
MAX_SETTLE_S = 10.0

if sys.platform == "win32":
    _DETACHED = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _DETACHED = 0


def read_call(stream: BinaryIO) -> bytes:
    """What the agent says of the session on standard input; empty where it says nothing in time."""
    if stream.isatty():
        return b""
    said: list[bytes] = []
    reader = threading.Thread(target=lambda: said.append(stream.read(MAX_CALL_BYTES)), daemon=True)  # given up, not waited for
    reader.start()
    reader.join(MAX_READ_S)
    return said[0] if said else b""


def call_details(said: bytes) -> Mapping[str, object]:
    """The call as an object; empty where it is none."""
    try:
        return msgspec.json.decode(said, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def detach(command: Sequence[str], said: bytes, log: Path) -> None:
    """Starts a process that does not end with this one, with `said` on its standard input and its output in the log. Raises OSError."""
    private.make_folder(log.parent.parent)  # the data folder, where this is the first to need it
    private.make_folder(log.parent)
    _turn_over(log)
    with tempfile.TemporaryFile() as call, open_log(log) as output:  # a file and not a pipe: nobody has to be there to fill it
        call.write(said)
        call.seek(0)
        subprocess.Popen(  # noqa: S603 our own command line, or the one that the user had entered in the agent's settings
            command,
            stdin=call,
            stdout=output,
            stderr=output,
            cwd=log.parent,  # not the project's folder, which may be about to be removed
            start_new_session=True,  # signals to the agent's terminal do not reach it
            creationflags=_DETACHED,
        )


def open_log(log: Path) -> BinaryIO:
    """The log, to append to; its owner's alone, for it names files."""
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    return os.fdopen(descriptor, "ab", buffering=0)


def settle(paths: Sequence[Path], *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Waits until the files stay as they are, at most MAX_SETTLE_S."""
    before = _states(paths)
    for _ in range(int(MAX_SETTLE_S / SETTLED_S)):
        sleep(SETTLED_S)
        now = _states(paths)
        if now == before:
            return
        before = now


def _states(paths: Sequence[Path]) -> list[tuple[int, int] | None]:
    found: list[tuple[int, int] | None] = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_size, status.st_mtime_ns))
    return found


def _turn_over(log: Path) -> None:
    try:
        if log.stat().st_size > MAX_LOG_BYTES:
            log.replace(log.with_name(log.name + ".1"))
    except OSError:
        return  # there is none yet, or another hook has just done it
