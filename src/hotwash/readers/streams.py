"""Bytes of a source, with every failure of the machine below turned into a sentence that names the source."""

from typing import BinaryIO

from hotwash.readers.base import MAX_DOCUMENT_BYTES, Source, UnreadableSource


def open_bytes(source: Source) -> BinaryIO:
    """The source from its start. Raises UnreadableSource where it has vanished or may not be read."""
    try:
        return source.open()
    except (OSError, EOFError) as error:
        raise lost(source.name, error) from error


def read_line(stream: BinaryIO, limit: int, name: str) -> bytes:
    """The next line, or `limit` bytes of it; empty at the end. Raises UnreadableSource where the stream breaks off."""
    try:
        return stream.readline(limit)
    except (OSError, EOFError) as error:
        raise lost(name, error) from error


def read_start(source: Source, size: int) -> bytes:
    """The first `size` bytes, fewer only if there are no more. Raises UnreadableSource where they cannot be read."""
    with open_bytes(source) as stream:
        try:
            return stream.read(size)
        except (OSError, EOFError) as error:
            raise lost(source.name, error) from error


def read_document(source: Source) -> bytes:
    """All bytes of a source that is one JSON document. Raises UnreadableSource also where they are more than fit in memory."""
    data = read_start(source, MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise UnreadableSource(f"{source.name}: a JSON document above {MAX_DOCUMENT_BYTES // 2**20} MiB; split it by session")
    return data


def lost(name: str, error: OSError | EOFError) -> UnreadableSource:
    """What to raise where the machine below fails."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else "it ends too early"
    return UnreadableSource(f"{name}: cannot be read ({why.lower()}); check that it is still there and that you may read it")
