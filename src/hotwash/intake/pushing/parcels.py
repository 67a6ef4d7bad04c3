"""What goes over the wire for a path: a transcript compressed, a session that is a folder as a tar, an SQLite store as one consistent copy."""

import contextlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
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
    if source.members:
        with zstandard.ZstdCompressor(level=_LEVEL).stream_writer(body, closefd=False) as compressed:
            _tar(source, cast(BinaryIO, compressed))
        return
    with source.open() as stream:
        start = stream.read(len(MAGIC))
        if start.startswith(_PACKED):
            body.write(start)
            shutil.copyfileobj(stream, body, _CHUNK_BYTES)
        elif start == MAGIC:
            _pack_store(source, body)
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


def _tar(source: Source, target: BinaryIO) -> None:
    """The folder's files below the folder's name, with nothing of their owner and times."""
    root = Path(source.path or source.name)
    with tarfile.open(fileobj=target, mode="w|") as archive:
        for member in source.members:
            path = Path(member.path or member.name)
            with member.open() as stream:
                content = stream.read()  # an event's file; readers limit documents likewise
            entry = tarfile.TarInfo(f"{root.name}/{os.path.relpath(path, root)}")
            entry.size = len(content)
            with closing(io.BytesIO(content)) as data:
                archive.addfile(entry, data)
