"""Sessions that are folders on this machine: found by the names in them, opened as one source with members. Links are not followed."""

import os
from pathlib import Path

from hotwash.kit.text import shown_path
from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.bundles import EVENTS_FOLDER, Bundle, bundles, possible_root

BUFFER_BYTES = 256 * 1024
"""Lines of 3 KB on average: twice as fast to split as with Python's default of 8 KiB; more gains nothing."""


def bundle_in(folder: Path) -> Bundle | None:
    """The session that this folder is; None where it is none."""
    names = [*_regular_files(folder), *_regular_files(folder / EVENTS_FOLDER)]
    return next((bundle for bundle in bundles(names) if bundle.root == folder), None)


def bundle_at(path: Path) -> Bundle | None:
    """The session that this folder is, or of which this folder or file is a part; None where there is none."""
    if os.path.isdir(path):
        return bundle_in(path) or (bundle_in(path.parent) if path.name == EVENTS_FOLDER else None)
    root = possible_root(path)
    bundle = bundle_in(Path(root)) if root is not None else None
    return bundle if bundle is not None and path in bundle.members else None


def open_bundle(bundle: Bundle) -> Source:
    """The folder as one source, which opens as its first event."""
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
