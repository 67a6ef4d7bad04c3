"""Folders and files that hold transcripts: only their owner may look into what we make. What is there already keeps its permissions."""

import contextlib
from pathlib import Path

_OWNER_ALONE_FOLDER = 0o700
_OWNER_ALONE_FILE = 0o600


def make_folder(folder: Path) -> None:
    """The folder, where it is missing. Raises OSError."""
    folder.mkdir(mode=_OWNER_ALONE_FOLDER, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """The file, empty, where it is missing and can be made. Where it cannot, whoever opens it says why."""
    with contextlib.suppress(OSError):
        path.touch(mode=_OWNER_ALONE_FILE, exist_ok=False)
