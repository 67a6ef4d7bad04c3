"""Finds the known stores of a user: how many sessions, how large, and what could not be looked at. Reads names and sizes, and of databases
the number of rows."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hotwash.intake.checkpoints import sessions as checkpoints
from hotwash.intake.checkpoints.repository import UnreadableRepository, git_folder
from hotwash.intake.own_sessions import is_own_file
from hotwash.intake.stores import KNOWN_STORES, KnownStore, User
from hotwash.readers import READERS, sqlite
from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import open_source
from hotwash.readers.oddities import Oddities


class FoundStore(msgspec.Struct, frozen=True, kw_only=True):
    """A place that holds sessions, or may."""

    agent: str
    format: str
    place: str
    sessions: int | None
    """None: a database that does not tell without being read whole, or cannot be opened."""
    size_bytes: int
    readable: bool
    """Whether there is a reader for the format."""
    problems: tuple[str, ...] = ()
    """What was not looked at, and why: a sentence each."""
    files: tuple[str, ...] = ()
    """What an import takes: sessions first, then their subagents."""


def discover(user: User, stores: tuple[KnownStore, ...] = KNOWN_STORES) -> tuple[FoundStore, ...]:
    """Every known store that is there, in the order of the list. Links below a place are reported and not followed; the place itself may be one."""
    formats = {reader.format for reader in READERS}
    found: list[FoundStore] = []
    for store in stores:
        for place in store.places(user):
            looked = _look(store, place, readable=store.format in formats)
            if looked is not None:
                found.append(looked)
    return tuple(found)


def discover_checkpoints(folder: Path) -> FoundStore | None:
    """The sessions that Entire keeps in the repository in which the folder lies; None where there are none."""
    for place in (folder, *folder.parents):
        if git_folder(place) is None:
            continue
        repository = checkpoints.repository_at(place)
        return _checkpoints(place, repository) if repository is not None else None
    return None


def _checkpoints(place: Path, repository: Path) -> FoundStore:
    sessions: int | None = None
    size_bytes = 0
    problems: tuple[str, ...] = ()
    try:
        sessions, size_bytes = checkpoints.count(repository)
    except UnreadableRepository as error:
        problems = (error.sentence,)
    return FoundStore(
        agent="Entire (this repository)",
        format="entire",
        place=str(place),
        sessions=sessions,
        size_bytes=size_bytes,
        readable=True,
        problems=problems,
        files=(str(place),),
    )


def watched_places(user: User, stores: tuple[KnownStore, ...] = KNOWN_STORES) -> tuple[Path, ...]:
    """The places of all stores that can be read, there or not: an agent may be installed later."""
    return tuple(dict.fromkeys(place for _, place in _readable_places(user, stores)))


def is_session_of(user: User, path: Path, stores: tuple[KnownStore, ...] = KNOWN_STORES) -> bool:
    """Whether a path is what a known store keeps a session in, or a folder; other files beside them are not looked into."""
    if path.is_dir():
        return True
    for store, place in _readable_places(user, stores):
        if path.is_relative_to(place):
            name = path.relative_to(place).as_posix()
            if store.sessions.fullmatch(name) or (store.parts is not None and store.parts.fullmatch(name)):
                return True
    return False


def _readable_places(user: User, stores: tuple[KnownStore, ...]) -> Iterator[tuple[KnownStore, Path]]:
    formats = {reader.format for reader in READERS}
    return ((store, place) for store in stores if store.format in formats for place in store.places(user))


def _look(store: KnownStore, place: Path, *, readable: bool) -> FoundStore | None:
    """What is at the place; None where there is nothing."""
    problems: list[str] = []
    sessions: list[Path] = []
    parts: list[Path] = []
    size_bytes = 0
    try:
        if not place.is_dir():
            return None
    except OSError as error:
        problems.append(_unreadable(place, error))
    for path, size in _files(place, problems):
        name = path.relative_to(place).as_posix()
        is_part = store.parts is not None and store.parts.fullmatch(name)
        if (is_part or store.sessions.fullmatch(name)) and is_own_file(path):
            continue
        if store.sessions.fullmatch(name):
            sessions.append(path)
        elif is_part:
            parts.append(path)
        elif not _belongs_to(store, name):
            continue
        size_bytes += size
    if not sessions and not problems:
        return None
    return FoundStore(
        agent=store.agent,
        format=store.format,
        place=str(place),
        sessions=_count(store, sessions, problems),
        size_bytes=size_bytes,
        readable=readable,
        problems=tuple(problems),
        files=tuple(str(path) for path in [*sessions, *parts]),
    )


def _belongs_to(store: KnownStore, name: str) -> bool:
    """Whether a file counts for the size of the store's sessions: part of one, or the write-ahead log of a database."""
    log_of = name.removesuffix("-wal")
    return (log_of != name and store.sessions.fullmatch(log_of) is not None) or (
        store.rest is not None and store.rest.fullmatch(name) is not None
    )


def _files(place: Path, problems: list[str]) -> Iterator[tuple[Path, int]]:
    """Files below the place and their sizes, by name."""
    for folder, subfolders, names in os.walk(
        place, onerror=lambda error: problems.append(_unreadable(Path(error.filename or place), error))
    ):
        subfolders.sort()
        for name in [*subfolders, *sorted(names)]:
            path = Path(folder, name)
            try:
                if path.is_symlink():
                    problems.append(f"{path}: is a link, not followed; import what it leads to by name")
                elif path.is_file():
                    yield path, path.stat().st_size
            except OSError as error:
                problems.append(_unreadable(path, error))


def _count(store: KnownStore, files: list[Path], problems: list[str]) -> int | None:
    databases = [path for path in files if path.suffix in (".db", ".vscdb")]
    if not databases:
        return len(files)
    if store.table is None:
        return None if databases[0].suffix == ".vscdb" else len(files)
    total = 0
    for path in databases:
        try:
            with sqlite.open_store(open_source(path)) as opened:
                columns = tuple(opened.tables.get(store.table, ()))[:1]
                total += sum(1 for _ in opened.rows(store.table, columns, Oddities()))
        except UnreadableSource as error:
            problems.append(error.sentence)
            return None
    return total


def _unreadable(path: Path, error: OSError) -> str:
    return f"{path}: cannot be read ({(error.strerror or 'unknown error').lower()}); left out"
