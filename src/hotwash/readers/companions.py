"""Files that are read together with another one beside them, told from their names alone, so that folders and archives give the same sessions."""

from pathlib import PurePath, PurePosixPath

_TOLD_WITH = {"api_conversation_history.json": "ui_messages.json"}
"""Of a task of Cline's, the second is read with the first, and by itself only where the first is missing."""

_LOGS = ("-wal", "-journal")
"""What SQLite has not folded into the database yet, or must roll back (formats section 0.9)."""
_INDEX = "-shm"
"""SQLite's index of the `-wal`. It is made anew where it is missing, and a copied one may be wrong."""


def companions(name: PurePath) -> tuple[PurePath, ...]:
    """Where the files lie that a file of this name is read with, if they are there."""
    logs = tuple(name.with_name(f"{name.name}{suffix}") for suffix in _LOGS)
    return (name.with_name(_TOLD_WITH[name.name]), *logs) if name.name in _TOLD_WITH else logs


def main_file(name: PurePath) -> PurePath | None:
    """The file that a file of this name is read with, if that is there. None: it is read by itself."""
    for first, second in _TOLD_WITH.items():
        if name.name == second:
            return name.with_name(first)
    for suffix in (*_LOGS, _INDEX):
        if name.name.endswith(suffix) and name.name != suffix:
            return name.with_name(name.name.removesuffix(suffix))
    return None


def is_log(name: PurePath | str) -> bool:
    """Whether a file of this name belongs to an SQLite database, and holds nothing without it."""
    return PurePosixPath(name).name.endswith((*_LOGS, _INDEX))
