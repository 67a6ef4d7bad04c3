"""Sessions of several files on this machine: found by the names of the files, opened as one source with members. Links are not followed."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePath

from hotwash.kit.paths import is_folder
from hotwash.kit.text import shown_path
from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.bundles import EVENTS_FOLDER, Bundle, bundles, possible_root
from hotwash.readers.scattered import MESSAGE, PART, SESSION, owners, piece

BUFFER_BYTES = 256 * 1024
"""Lines of 3 KB on average: twice as fast to split as with Python's default of 8 KiB; more gains nothing."""


def bundle_in(folder: Path) -> Bundle | None:
    """The session that this folder is; None where it is none."""
    names = [*_regular_files(folder), *_regular_files(folder / EVENTS_FOLDER)]
    return next((bundle for bundle in bundles(names) if bundle.root == folder), None)


def bundle_at(path: Path) -> Bundle | None:
    """The session that this folder is, or of which this folder or file is a part; None where there is none."""
    if is_folder(path):
        return bundle_in(path) or (bundle_in(path.parent) if path.name == EVENTS_FOLDER else None)
    root = possible_root(path)
    bundle = bundle_in(Path(root)) if root is not None else None
    return bundle if bundle is not None and path in bundle.members else _scattered_at(path)


def is_store_of_scattered(folder: Path, subfolders: list[str]) -> bool:
    """Whether sessions lie in folders side by side below this one: then those of their messages and parts hold no others."""
    if MESSAGE not in subfolders:
        return False
    sessions = folder / SESSION if SESSION in subfolders else folder
    return any((found := piece(file)) and found.kind == SESSION for inner in _folders_in(sessions) for file in _regular_files(inner))


def open_bundle(bundle: Bundle) -> Source:
    """All the files as one source, which opens as the first of them."""
    members = tuple(open_file(Path(member)) for member in bundle.members)
    return Source(name=shown_path(bundle.root), open=members[0].open, path=Path(bundle.root).absolute(), members=members)


def open_file(path: Path) -> Source:
    """The file as a source. Raises UnreadableSource where it is missing or not a regular file (a pipe would block)."""
    try:
        path.stat()
    except OSError as error:
        raise UnreadableSource(
            f"{shown_path(path)}: cannot be read ({(error.strerror or 'unknown error').lower()}); check the path"
        ) from error
    if not path.is_file():
        raise UnreadableSource(f"{shown_path(path)}: is not a regular file; copy the transcript into a file first")
    return Source(name=shown_path(path), open=lambda: path.open("rb", buffering=BUFFER_BYTES), path=path, file=path)


def _regular_files(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [folder / entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    except OSError:
        return []  # there is no such folder, or it may not be listed: then nothing in it can be read either


def _scattered_at(path: Path) -> Bundle | None:
    """The session that keeps its files in several folders, and this one in them."""
    session = _session_of(path)
    found = piece(session) if session is not None else None
    if session is None or found is None:
        return None
    store = Path(found.store)
    said = [message for owner in owners(session) for folder in _message_folders(store) for message in _regular_files(folder / owner)]
    held = [part for message in said for folder in _part_folders(store, message) for part in _regular_files(folder)]
    if not said:
        said = list(islice(_everything(store, MESSAGE), 1))  # of another session: it tells that this one is no stray file
    elif not held:
        said, held = list(_everything(store, MESSAGE)), list(_everything(store, PART))
    return next((bundle for bundle in bundles([session, *said, *held]) if bundle.root == session), None)


def _session_of(path: Path) -> Path | None:
    """The file of the session to which a file of this name belongs, if it is there."""
    found = piece(path)
    if found is None or found.kind == SESSION:
        return path if found is not None else None
    store, owner = Path(found.store), found.owner
    if found.kind == PART:
        messages = (folder / f"{owner}.json" for kept in _message_folders(store) for folder in _folders_in(kept))
        owner = next((message.parent.name for message in messages if message.is_file()), "")
    names = (owner, f"ses_{owner}") if owner else ()
    sessions = (folder / f"{name}.json" for folder in _folders_in(store / SESSION) for name in names)
    return next((session for session in sessions if session.is_file()), None)


def _message_folders(store: Path) -> tuple[Path, ...]:
    return store / MESSAGE, store / SESSION / MESSAGE


def _part_folders(store: Path, message: PurePath) -> tuple[Path, ...]:
    return store / PART / message.stem, store / SESSION / PART / message.parent.name / message.stem


def _everything(store: Path, kind: str) -> Iterator[Path]:
    """All files of the kind in a store, in whichever of the two places it has them."""
    for top in (store / kind, store / SESSION / kind):
        for folder in _folders_in(top):
            for inner in (folder, *_folders_in(folder)):
                yield from sorted(_regular_files(inner))


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(folder / entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []  # as for files
