"""Enters a hook in an agent's settings file and takes it out again. The file as it was is kept beside it; taking out gives it back byte for
byte where nobody else has changed it since, and otherwise removes only what is ours."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from hotwash.errors import HotwashError
from hotwash.intake.hooks.agents import HookAgent
from hotwash.intake.hooks.jsontext import Malformed

BACKUP_SUFFIX = ".before-hotwash"
MAX_BYTES = 1024 * 1024
"""Settings are kilobytes, also with years of permissions in them. More is some other file."""

Installed = Literal["installed", "changed", "unchanged"]
Removed = Literal["restored", "removed", "unchanged"]


class CannotChange(HotwashError):
    """The settings file cannot be read, understood or written. It is as it was."""

    code = "cannot_change"


def install(agent: HookAgent, path: Path, command: tuple[str, ...]) -> Installed:
    """Enters the hook: one of ours that is there already is replaced. Raises CannotChange."""
    with _explained(path):
        present = _read(path)
        original = _original(agent, path, present)
        wanted = agent.added(original or "", command)
        if wanted == present:
            return "unchanged"
        had_one = present is not None and agent.installed(present) is not None
        if original is None:
            _backup(path).unlink(missing_ok=True)
        else:
            _write(_backup(path), original, like=path)
        _write(path, wanted, like=path)
    return "changed" if had_one else "installed"


def uninstall(agent: HookAgent, path: Path) -> Removed:
    """Takes the hook out. `restored`: the file is byte for byte as before. Raises CannotChange."""
    with _explained(path):
        present = _read(path)
        if present is None or agent.installed(present) is None:
            return "unchanged"
        original = _original(agent, path, present)
        restored = original is None or original == _kept(path)
        if original is None:
            _target(path).unlink()
        else:
            _write(path, original, like=path)
        _backup(path).unlink(missing_ok=True)
    return "restored" if restored else "removed"


def _original(agent: HookAgent, path: Path, present: str | None) -> str | None:
    """The file's text without our hook; None where there was no file. The backup's, where entering the hook in it gives what is there now."""
    command = agent.installed(present) if present is not None else None
    if present is None or command is None:
        return present
    kept = _kept(path)
    if agent.added(kept or "", command) == present:
        return kept
    return agent.removed(present)


def _kept(path: Path) -> str | None:
    return _read(_backup(path))


def _backup(path: Path) -> Path:
    return path.with_name(path.name + BACKUP_SUFFIX)


def _target(path: Path) -> Path:
    """Where the file lies: many keep their settings elsewhere and link to them."""
    return Path(os.path.realpath(path))


def _read(path: Path) -> str | None:
    """Exact text, line ends and all; None where there is no file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Malformed("is not a regular file")  # a pipe would block
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    if len(content) > MAX_BYTES:
        raise Malformed("is too large for settings")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Malformed("is no UTF-8 text") from error


def _write(path: Path, text: str, *, like: Path) -> None:
    """Whole or not at all, with the permissions of `like`; its owner's alone where that is not there: settings may hold keys."""
    target = _target(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = like.stat().st_mode & 0o7777 if like.exists() else 0o600
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".hotwash-", delete=False) as file:
        try:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(mode)
            Path(file.name).replace(target)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns what can go wrong with a file into one sentence that names it."""
    try:
        yield
    except Malformed as error:
        raise CannotChange(f"{path}: {error}; mend the file first, it was left as it is") from error
    except OSError as error:
        raise CannotChange(f"{path}: cannot be changed ({(error.strerror or 'unknown error').lower()}); check the folder") from error
