"""Files that are read together with another one beside them, told from their names alone, so that folders and archives give the same sessions."""

from pathlib import PurePath, PurePosixPath

_TASK = ("api_conversation_history.json", "ui_messages.json", "task_metadata.json", "history_item.json")
"""Of a task of Cline's or Roo Code's: each is read with the first that is there, and by itself only where it is that."""

_WIRE, _STATE = "wire.jsonl", "state.json"
"""Of a session of Kimi Code: what its agents do lies in `agents/<agent>/`, what is kept about it two folders above, and in
`notify/` what was told of it."""

_MESSAGES = ".messages.json"
"""Of a session of Cline's CLI; what is kept about it stands in the `.json` file of the same name."""

_SETTINGS = ".settings.json"
"""What Factory Droid keeps about the session in the `.jsonl` file of the same name."""

_LOGS = ("-wal", "-journal")
"""What SQLite has not folded into the database yet, or must roll back (formats section 0.9)."""
_INDEX = "-shm"
"""SQLite's index of the `-wal`. It is made anew where it is missing, and a copied one may be wrong."""


def companions(name: PurePath) -> tuple[PurePath, ...]:
    """Where the files lie that a file of this name is read with, if they are there."""
    if name.name in _TASK:
        return tuple(name.with_name(other) for other in _TASK[_TASK.index(name.name) + 1 :])
    if name.name == _WIRE:
        return (name.parent.parent.parent / _STATE,)
    if name.name.endswith(_MESSAGES):
        return (name.with_name(f"{name.name.removesuffix(_MESSAGES)}.json"),)
    if name.suffix == ".jsonl":
        return (name.with_name(f"{name.stem}{_SETTINGS}"),)
    return tuple(name.with_name(f"{name.name}{suffix}") for suffix in _LOGS)


def main_files(name: PurePath) -> tuple[PurePath, ...]:
    """The files that a file of this name is read with, if one of them is there. None: it is read by itself."""
    if name.name in _TASK:
        return tuple(name.with_name(other) for other in _TASK[: _TASK.index(name.name)])
    if name.name == _STATE:
        return tuple(folder / "agents" / "main" / _WIRE for folder in (name.parent, name.parent.parent))
    if name.suffix == ".json" and not name.name.endswith((_MESSAGES, _SETTINGS)):
        return (name.with_name(f"{name.stem}{_MESSAGES}"),)
    if name.name.endswith(_SETTINGS):
        return (name.with_name(f"{name.name.removesuffix(_SETTINGS)}.jsonl"),)
    return tuple(
        name.with_name(name.name.removesuffix(suffix)) for suffix in (*_LOGS, _INDEX) if name.name.endswith(suffix) and name.name != suffix
    )


def is_log(name: PurePath | str) -> bool:
    """Whether a file of this name belongs to an SQLite database, and holds nothing without it."""
    return PurePosixPath(name).name.endswith((*_LOGS, _INDEX))
