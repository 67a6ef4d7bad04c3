"""What goes over the wire for a path: a transcript compressed, a session of several files as a tar, an SQLite store as one consistent copy."""

import contextlib
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from hotwash.kit.text import printable
from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.sqlite import MAGIC, copy_store

_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")
"""gzip, zstd, zip: sent as they are."""
_LEVEL = 3
_CHUNK_BYTES = 1 << 20
_NAME_PARTS = 6
"""Of the path, from its end. Formats that keep an id outside the file keep it in at most four (Entire's checkpoints)."""


def sent_name(source: Source) -> str:
    """What the server is told the source is called: the end of its path, where some formats keep an id. The rest says where somebody lives."""
    path = Path(source.path or source.name).absolute()
    return printable("/".join(path.parts[1:][-_NAME_PARTS:]))


@contextlib.contextmanager
def packed(source: Source) -> Iterator[BinaryIO]:
    """The source as the body of an upload, in an unnamed file. Raises UnreadableSource where it vanished or may not be read."""
    with tempfile.TemporaryFile() as file:
        body = cast(BinaryIO, file)
        try:
            _pack(source, body)
        except (OSError, sqlite3.Error) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged or locked"
            raise UnreadableSource(
                f"{source.name}: cannot be read ({why.lower()}); check that it is still there and may be read"
            ) from error
        yield body


def _pack(source: Source, body: BinaryIO) -> None:
    with source.open() as stream:
        start = stream.read(len(MAGIC))
        if start.startswith(_PACKED):
            body.write(start)
            shutil.copyfileobj(stream, body, _CHUNK_BYTES)
        elif start == MAGIC:
            _pack_store(source, body)
        elif files := _files_of(source):
            with zstandard.ZstdCompressor(level=_LEVEL).stream_writer(body, closefd=False) as compressed:
                _tar(files, cast(BinaryIO, compressed))
        else:
            stream.seek(0)
            zstandard.ZstdCompressor(level=_LEVEL).copy_stream(stream, body)


def _pack_store(source: Source, body: BinaryIO) -> None:
    """One file with what stands in the write-ahead log folded in: database and log copied one after the other may not fit together."""
    with tempfile.TemporaryDirectory(prefix="hotwash-") as scratch:
        copy = Path(scratch, "store.db")
        copy_store(source, copy)
        with copy.open("rb") as stream:
            zstandard.ZstdCompressor(level=_LEVEL).copy_stream(stream, body)


def _files_of(source: Source) -> dict[str, Source]:
    """The files of one session by the end of their path, from the folder that holds them all on; none where it is a single file. Formats take ids from
    names in there."""
    files = source.members or (source, *source.beside)
    paths = [file.file.absolute() for file in files if file.file is not None]
    if len(paths) < len(files) or not (source.members or source.beside):
        return {}
    root = Path(source.path or paths[0]).absolute()
    root = root.parent if root in paths else root
    base = Path(os.path.commonpath([root, *(path.parent for path in paths)])).parent
    return {path.relative_to(base).as_posix(): file for path, file in zip(paths, files, strict=True)}


def _tar(files: dict[str, Source], target: BinaryIO) -> None:
    """With nothing of the files' owner and times."""
    with tarfile.open(fileobj=target, mode="w|") as archive:
        for name, file in files.items():
            with tempfile.TemporaryFile() as content, file.open() as stream:
                shutil.copyfileobj(stream, content, _CHUNK_BYTES)
                entry = tarfile.TarInfo(name)
                entry.size = content.tell()
                content.seek(0)
                archive.addfile(entry, content)
