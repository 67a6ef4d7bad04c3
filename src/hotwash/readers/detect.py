"""From a path to transcripts: which files can be transcripts, which reader takes a source, and one-line errors where none does."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePath

import msgspec

from hotwash.kit.paths import is_file, is_folder
from hotwash.kit.text import shown_path
from hotwash.readers import READERS, aider, refusals, sqlite
from hotwash.readers.base import GLANCE_RECORDS, HEAD_RECORDS, Head, Reader, Source, UnreadableSource
from hotwash.readers.bundles import EVENTS_FOLDER
from hotwash.readers.companions import companions, is_log, main_files
from hotwash.readers.folders import bundle_at, bundle_in, is_store_of_scattered, open_bundle, open_file
from hotwash.readers.jsonl import iter_lines, rescue_objects
from hotwash.readers.oddities import Oddities
from hotwash.readers.scattered import BESIDE_SESSIONS, piece
from hotwash.readers.streams import open_bytes, read_document, read_start
from hotwash.transcript import Transcript

_FIRST_BYTES = 4096
_PADDING = b"\xef\xbb\xbf\0 \t\r\n"
_TRANSCRIPT_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json", ".traj", ".db", ".sqlite", ".sqlite3", ".vscdb"})
_OUR_STORES = frozenset({"hotwash.db", "jobs.db"})
"""What Hotwash keeps itself: a data folder may lie among the transcripts."""
_OTHER_SUFFIXES = frozenset({".tmp", ".lock", ".bak", ".png", ".jpg", ".md", ".py", ".yaml", ".yml", ".toml"})
"""Never sniffed: they hold no transcript that a reader takes from a single file."""
_SIDE_FILES = frozenset({"journal.jsonl", "sessions-index.json"})
"""Beside Claude Code's sessions: a workflow's journal, an index."""
_OTHER_FOLDERS = frozenset({".git", "node_modules", "tool-results", "event_cache", "file-history"})
"""`tool-results` holds big outputs that Claude Code keeps outside the transcript (formats section 1), `event_cache` copies of OpenHands' events,
`file-history` what files were before Claude Code and Kimi Code changed them."""


def open_source(path: Path) -> Source:
    """The file, or the folder that is one session, as a source; for a part of such a folder the whole, and for a file that is read with another that
    one. Raises UnreadableSource where it is missing, or neither."""
    bundle = bundle_at(path)
    if bundle is not None:
        return open_bundle(bundle)
    if is_folder(path):
        raise UnreadableSource(f"{shown_path(path)}: is a folder; name the transcript files in it")
    main = next((Path(main) for main in main_files(path) if is_file(main)), None)
    if main is not None:
        return open_source(main)
    source = open_file(path)
    beside = tuple(open_file(Path(other)) for other in companions(path) if is_file(other))
    return msgspec.structs.replace(source, beside=beside) if beside else source


def detect(source: Source, format: str | None = None, *, readers: tuple[Reader, ...] = READERS) -> Reader:
    """The reader for this source: the one named, else the first that knows its content. Raises UnreadableSource where there is none."""
    known = ", ".join(reader.format for reader in readers)
    if format is not None:
        for reader in readers:
            if reader.format == format:
                return reader
        raise UnreadableSource(f"{source.name}: there is no format named {format!r}; known formats: {known}")
    start = head(source, limit=GLANCE_RECORDS)
    found = next((reader for reader in readers if reader.detects(start)), None)
    if found is None and start.is_glance:
        start = head(source)
        found = next((reader for reader in readers if reader.detects(start)), None)
    if found is not None:
        return found
    what = refusals.what_it_is(start) or f"not a transcript in a known format; known formats: {known}"
    raise UnreadableSource(f"{source.name}: {what}")


def read_source(source: Source, format: str | None = None, *, readers: tuple[Reader, ...] = READERS) -> Iterator[Transcript]:
    """The sessions in the source. Raises UnreadableSource where it holds none."""
    yield from detect(source, format, readers=readers).read(source)


def head(source: Source, *, limit: int = HEAD_RECORDS) -> Head:
    """The source's start, parsed for detection: so many records of JSON lines, the whole of a document. Raises UnreadableSource for an empty
    file, binary data and JSON that is cut off."""
    first_bytes = read_start(source, _FIRST_BYTES)
    if first_bytes.startswith(sqlite.MAGIC):
        return Head(first_bytes=first_bytes, tables=sqlite.list_tables(source))
    if source.members:
        return _head_of_members(source, first_bytes)
    if aider.BEGINS.search(first_bytes):
        return Head(first_bytes=first_bytes)
    _refuse_what_is_not_text(source.name, first_bytes)
    records, complete, more = _first_records(source, limit)
    if complete:
        document: object = records[0] if len(records) == 1 and not more else None
        return Head(first_bytes=first_bytes, records=records, document=document, is_glance=more and limit < HEAD_RECORDS)
    if limit < HEAD_RECORDS:
        return head(source)
    if first_bytes.lstrip(_PADDING)[:1] in (b"{", b"["):
        found = _whole_document(source)
        if found is not None:
            return Head(first_bytes=first_bytes, document=found)
        if not records:
            raise UnreadableSource(f"{source.name}: the JSON is cut off or malformed; get a complete copy of the file")
    return Head(first_bytes=first_bytes, records=records)


def session_files(path: Path) -> Iterator[Path]:
    """The file itself, or everything below the folder that can be a transcript: a folder's own files by name, then its subfolders'. A folder
    that is one session is given as such, and not its files. Links that lead out of the folder are not followed."""
    whole = bundle_at(path) if is_folder(path) else None
    if whole is not None or not is_folder(path):
        yield path
        return
    root = path.resolve()
    told: set[PurePath] = set()
    for folder, subfolders, names in os.walk(path):
        if {"objects", "refs"} <= set(subfolders) and "HEAD" in names:
            subfolders.clear()  # of git's; OpenCode keeps snapshots in such
            continue
        others = _OTHER_FOLDERS | (BESIDE_SESSIONS if is_store_of_scattered(Path(folder), subfolders) else frozenset())
        subfolders[:] = sorted(name for name in subfolders if name not in others)
        taken: frozenset[PurePath] = frozenset()
        if bundle := bundle_in(Path(folder)):
            yield Path(folder)
            taken = frozenset(bundle.members)
            subfolders[:] = [name for name in subfolders if name != EVENTS_FOLDER]
        for name in sorted(names):
            candidate = Path(folder, name)
            if candidate in taken or not can_be_transcript(candidate) or not candidate.resolve().is_relative_to(root):
                continue
            session = bundle_at(candidate) if piece(candidate) is not None else None
            if session is not None and session.root in told:
                continue
            told.update((session.root,) if session is not None else ())
            yield candidate


def _head_of_members(source: Source, first_bytes: bytes) -> Head:
    """The first of the objects of which a folder holds one a file."""
    documents = (_whole_document(member) for member in source.members[:HEAD_RECORDS])
    records = tuple(document for document in documents if isinstance(document, dict))
    return Head(first_bytes=first_bytes, records=records, members=tuple(member.name for member in source.members))


def _refuse_what_is_not_text(name: str, first_bytes: bytes) -> None:
    content = first_bytes.lstrip(_PADDING)
    if not content and len(first_bytes) < _FIRST_BYTES:
        raise UnreadableSource(f"{name}: is empty; export the session again")
    if b"\0" in content and content[:1] not in (b"{", b"["):
        raise UnreadableSource(f"{name}: is binary data, not a transcript; name the agent's session file")


def _first_records(source: Source, limit: int) -> tuple[tuple[dict[str, object], ...], bool, bool]:
    """The objects in so many lines; whether the source is plainly JSON lines; whether it has further lines."""
    whole: list[dict[str, object]] = []
    rescued: list[dict[str, object]] = []
    first_is_whole = False
    ignored = Oddities()
    with open_bytes(source) as stream:
        lines = ((number, line) for number, line in iter_lines(stream, source.name, ignored) if line.strip(_PADDING))
        for index, (number, line) in enumerate(islice(lines, limit)):
            value = _decode(line)
            if isinstance(value, dict) and value:
                whole.append(value)
                first_is_whole = first_is_whole or index == 0
            else:
                rescued += islice(rescue_objects(line, number, ignored), HEAD_RECORDS)
        more = next(lines, None) is not None
    # One whole object further down may be part of an indented document; two are lines.
    complete = first_is_whole or len(whole) > 1
    return (*whole, *rescued), complete, more or bool(rescued)


def _decode(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _whole_document(source: Source) -> object:
    """The one JSON value that the source is, or None."""
    data = read_document(source)
    document = _decode(data.strip(_PADDING))
    if document is not None:
        return document
    found = list(islice(rescue_objects(data, 1, Oddities()), 2))
    return found[0] if len(found) == 1 else None


def can_be_transcript(path: Path) -> bool:
    """Whether a file found in a folder is looked into. Goes by its name, and by its first byte where the name says nothing."""
    if path.name.endswith(aider.HISTORY_SUFFIX):
        return path.is_file()
    if path.name.startswith(".") or path.name in _OUR_STORES or not path.is_file():
        return False
    if path.name in _SIDE_FILES or path.name.endswith(".meta.json") or is_log(path):
        return False  # the second is a subagent's side file
    if any(is_file(main) for main in main_files(path)):
        return False
    may = may_hold_transcript(path)
    return _looks_like_one(path) if may is None else may


def may_hold_transcript(name: PurePath) -> bool | None:
    """Whether a file that nobody named is looked into, told from its name; None where only its start can tell."""
    if name.suffix in _TRANSCRIPT_SUFFIXES or name.name.endswith(aider.HISTORY_SUFFIX):
        return True
    return False if name.suffix in _OTHER_SUFFIXES else None


def begins_like_transcript(start: bytes) -> bool:
    """Whether a file that begins so can be one, whatever it is called."""
    return start.lstrip(_PADDING)[:1] in (b"{", b"[") or start.startswith(sqlite.MAGIC)


def _looks_like_one(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return begins_like_transcript(stream.read(_FIRST_BYTES))
    except OSError:
        return False
