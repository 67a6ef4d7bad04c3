"""A lock on a folder, held by one process and let go by the system when it dies."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def held(path: Path) -> Iterator[bool]:
    """Holds the lock of this file, which is created where it is missing. Yields False at once where another process holds it."""
    with path.open("ab") as file:
        try:
            _lock(file.fileno())
        except OSError:
            yield False
        else:
            yield True
