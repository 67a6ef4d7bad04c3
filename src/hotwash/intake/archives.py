"""Takes a file apart into the transcripts it may hold: plain, gzip, zstd, tar (also compressed) and zip. Archives are hostile: sizes, ratios and
numbers are limited, names are only shown, and archives inside archives are refused."""

import functools
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import IO, BinaryIO, cast

import msgspec
import zstandard

from hotwash.kit.text import one_line, printable
from hotwash.readers.aider import HISTORY_SUFFIX
from hotwash.readers.base import Source
from hotwash.readers.bundles import Bundle, bundles
from hotwash.readers.companions import companions, is_log, main_files
from hotwash.readers.detect import begins_like_transcript, may_hold_transcript


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one file may become."""

    item_bytes: int = 1 << 30
    """One transcript. The largest real ones are below 100 MB."""
    total_bytes: int = 4 << 30
    items: int = 50_000
    ratio: int = 200
    """Unpacked to packed, beyond the first `free_bytes`. Transcripts compress ten- to thirtyfold; a bomb a thousandfold and more."""
    free_bytes: int = 64 << 20


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not taken in, and why: one sentence for people."""

    name: str
    reason: str


class _TooLarge(Exception):
    """A limit is reached. The words are the reason shown."""


_SNIFFED_BYTES = 512

# Held in memory up to here, in an unnamed temporary file beyond. Most transcripts are smaller.
_MEMORY_BYTES = 8 << 20
_CHUNK_BYTES = 1 << 20

# Eight bytes of zstd can stand for 256 KB. So few at a time unpack to 16 MB at most before the limits are looked at.
_ZSTD_INPUT_BYTES = 512

# What `zstd --long` writes. A frame that asks for more memory is a threat.
_ZSTD_WINDOW_BYTES = 1 << 27

_NAME_CHARS = 300

# Folders of side files; the second holds copies of OpenHands' events.
_NO_SESSIONS = frozenset({"__MACOSX", "event_cache"})

# What unpacking broken or malicious data raises, over all the formats here.
_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def unpack(source: Source, limits: Limits | None = None) -> Iterator[Source | Rejected]:
    """The transcripts a source may hold: itself, if it is not packed. Each is to be read before the next is asked for."""
    try:
        with source.open() as stream:
            kind = _kind(stream.read(_SNIFFED_BYTES))
    except OSError:
        kind = None  # the reader says it better
    if kind is None:
        yield source
        return
    with source.open() as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        told = False
        try:
            for item in _take_apart(source, stream, kind, _Budget(limits or Limits(), size)):
                told = True
                yield item
            if not told:
                yield Rejected(
                    name=source.name, reason="holds no file that can be a transcript; pack the folder an agent keeps its sessions in"
                )
        except _TooLarge as limit:
            yield Rejected(name=source.name, reason=f"{limit}; send its transcripts one by one")
        except _BROKEN:
            yield Rejected(name=source.name, reason=f"the {kind} data is cut off or damaged; make it again")


def _take_apart(source: Source, stream: BinaryIO, kind: str, budget: "_Budget") -> Iterator[Source | Rejected]:
    if kind == "zip":
        return _from_zip(source, stream, budget)
    return _from_tar(source, stream, budget) if kind == "tar" else _from_compressed(source, stream, kind, budget)


class _Budget:
    """What may still be unpacked of one file."""

    def __init__(self, limits: Limits, packed_bytes: int) -> None:
        self._limits = limits
        self._left = min(limits.total_bytes, max(limits.free_bytes, packed_bytes * limits.ratio))
        self._items = limits.items

    @property
    def items(self) -> int:
        """How many files may still come."""
        return self._items

    @contextmanager
    def keep(self, contents: Iterable[Iterable[bytes]]) -> Iterator[tuple["_Kept", ...]]:
        """Copies of unpacked files, in one place, that can be opened again and again. Raises _TooLarge."""
        with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as spool:
            yield tuple(self._copy(chunks, cast(BinaryIO, spool)) for chunks in contents)

    def count(self) -> None:
        """One file more. Raises _TooLarge."""
        self._items -= 1
        if self._items < 0:
            raise _TooLarge(f"holds more than {self._limits.items} files")

    def _copy(self, chunks: Iterable[bytes], spool: BinaryIO) -> "_Kept":
        self.count()
        start, size = spool.tell(), 0
        for chunk in chunks:
            size += len(chunk)
            self._left -= len(chunk)
            if size > self._limits.item_bytes or self._left < 0:
                raise _TooLarge("unpacks to far more than transcripts do")
            spool.write(chunk)
        return _Kept(spool, start, size)


class _Kept:
    """Unpacked bytes, in memory or in an unnamed file."""

    def __init__(self, spool: BinaryIO, start: int, size: int) -> None:
        self._spool = spool
        self._start = start
        self._size = size

    def open(self) -> BinaryIO:
        """The bytes from their start, independent of other readers."""
        return io.BufferedReader(_View(self._spool, self._start, self._size))

    def start(self) -> bytes:
        self._spool.seek(self._start)
        return self._spool.read(min(_SNIFFED_BYTES, self._size))


class _View(io.RawIOBase):
    """A reader with a position of its own over a part of a shared file."""

    def __init__(self, spool: BinaryIO, start: int, size: int) -> None:
        self._spool = spool
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # typeshed's type for it cannot be named
        self._spool.seek(self._start + self._at)
        data = self._spool.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _kind(start: bytes) -> str | None:
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        return "zstd"
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    return "tar" if start[257:262] == b"ustar" else None


def _from_compressed(source: Source, stream: BinaryIO, kind: str, budget: _Budget) -> Iterator[Source | Rejected]:
    unpacked = _zstd_chunks(stream) if kind == "zstd" else _chunks(cast(IO[bytes], gzip.GzipFile(fileobj=stream)))
    with budget.keep([unpacked]) as (kept,):
        inner = _kind(kept.start())
        if inner == "tar":
            yield from _from_tar(source, kept.open(), budget)
        elif inner is not None:
            yield Rejected(name=source.name, reason=f"is {inner} inside {kind}; unpack it once")
        else:
            path = source.path.with_suffix("") if source.path is not None and source.path.suffix in (".gz", ".zst") else source.path
            yield Source(name=source.name, open=kept.open, path=path)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk


def _zstd_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Unpacked frames. Raises EOFError where the last one is cut off, which the library's own stream reader passes over in silence."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    frame = None
    data = stream.read(_ZSTD_INPUT_BYTES)
    while data:
        frame = frame or decompressor.decompressobj()
        yield frame.decompress(data)
        rest = b""
        if frame.eof:
            rest, frame = frame.unused_data, None
        data = rest or stream.read(_ZSTD_INPUT_BYTES)
    if frame is not None:
        raise EOFError


def _from_tar(source: Source, stream: BinaryIO, budget: _Budget) -> Iterator[Source | Rejected]:
    entries: list[_Entry] = []
    broken: Exception | None = None
    with tarfile.open(fileobj=stream, mode="r:") as archive:
        try:
            for member in archive:
                if not member.isfile() or _is_system_file(member.name):
                    continue
                if _leads_out(member.name):
                    budget.count()
                    yield _refused_name(source, member.name)
                else:
                    entries.append(_Entry(name=member.name, open=functools.partial(_tar_content, archive, member)))
                if len(entries) > budget.items:
                    break
        except _BROKEN as error:
            broken = error  # what stands before the damage is taken in
        yield from _items(source, entries, budget)
    if broken is not None:
        raise broken


def _tar_content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    return content if content is not None else io.BytesIO()


def _from_zip(source: Source, stream: BinaryIO, budget: _Budget) -> Iterator[Source | Rejected]:
    with zipfile.ZipFile(stream) as archive:
        entries: list[_Entry] = []
        for info in archive.infolist():
            if info.is_dir() or _is_system_file(info.filename):
                continue
            if info.flag_bits & 0x1:
                yield Rejected(name=_shown(source, info.filename), reason="is encrypted; send it without a password")
            elif _leads_out(info.filename):
                budget.count()
                yield _refused_name(source, info.filename)
            else:
                entries.append(_Entry(name=info.filename, open=functools.partial(archive.open, info)))
        yield from _items(source, entries, budget)


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A file in an archive."""

    name: str
    open: Callable[[], IO[bytes]]

    def chunks(self) -> Iterator[bytes]:
        with self.open() as content:
            yield from _chunks(content)


def _items(source: Source, entries: list[_Entry], budget: _Budget) -> Iterator[Source | Rejected]:
    """Every file, with those that are read together with it, and every folder that is one session in the place of its first file."""
    named = {_path(entry.name): entry for entry in entries}
    sessions = {member: bundle for bundle in bundles(named) for member in bundle.members}
    taken: set[PurePath] = set()
    for entry in entries:
        path = _path(entry.name)
        bundle = sessions.get(path)
        if any(main in named for main in main_files(path)):
            continue  # comes with the other
        if bundle is None:
            beside = [named[PurePosixPath(other)] for other in companions(path) if other in named]
            yield from _item(source, entry, beside, budget)
        elif bundle.root not in taken:
            taken.add(bundle.root)
            yield from _folder(source, bundle, [named[PurePosixPath(member)] for member in bundle.members], budget)


def _item(source: Source, entry: _Entry, beside: list[_Entry], budget: _Budget) -> Iterator[Source | Rejected]:
    shown = _shown(source, entry.name)
    if is_log(_path(entry.name)):
        yield Rejected(name=shown, reason="belongs to an SQLite database that is not in the archive; send both together")
        return
    with budget.keep(one.chunks() for one in (entry, *beside)) as (kept, *others):
        inner = _kind(kept.start())
        if inner is not None:
            yield Rejected(name=shown, reason=f"is {inner} inside an archive; unpack it first")
            return
        may = may_hold_transcript(_path(entry.name))
        if not (begins_like_transcript(kept.start()) if may is None else may):
            return  # a folder of the same files would not offer it either
        told_with = tuple(_member(source, one, found) for one, found in zip(beside, others, strict=True))
        yield Source(name=shown, open=kept.open, path=_path(entry.name), beside=told_with)


def _folder(source: Source, bundle: Bundle, entries: list[_Entry], budget: _Budget) -> Iterator[Source]:
    with budget.keep(entry.chunks() for entry in entries) as files:
        members = tuple(_member(source, entry, kept) for entry, kept in zip(entries, files, strict=True))
        name = _shown(source, str(bundle.root)) if bundle.root.name else source.name
        yield Source(name=name, open=members[0].open, path=bundle.root, members=members)


def _member(source: Source, entry: _Entry, kept: _Kept) -> Source:
    return Source(name=_shown(source, entry.name), open=kept.open, path=_path(entry.name))


def _is_system_file(name: str) -> bool:
    """What operating systems and agents leave beside transcripts: a folder of the same files would not offer them either."""
    path = _path(name)
    return (
        not _NO_SESSIONS.isdisjoint(path.parts)
        or (path.name.startswith(".") and not path.name.endswith(HISTORY_SUFFIX))
        or path.name.endswith(".meta.json")
        or path.name == "journal.jsonl"
    )


def _leads_out(name: str) -> bool:
    """Whether a name would stand outside the folder that the archive is unpacked in. No packer makes such names unasked."""
    path = PureWindowsPath(name)  # knows `/` too, and drives besides
    return bool(path.root) or ".." in path.parts


def _refused_name(source: Source, name: str) -> Rejected:
    return Rejected(name=_shown(source, name), reason="its name leads out of the archive; pack it again from its own folder")


def _path(name: str) -> PurePosixPath:
    """The member's path without tricks: relative, no `..`, no control characters. It is only looked at, never opened."""
    parts = [part[:_NAME_CHARS] for part in printable(name.replace("\\", "/")).split("/") if part not in ("", ".", "..")]
    return PurePosixPath(*(parts or ["unnamed"]))


def _shown(source: Source, name: str) -> str:
    return f"{source.name}: {one_line(str(_path(name)), _NAME_CHARS)}"
