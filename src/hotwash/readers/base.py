"""What a reader is, what it reads from, and the limits every reader keeps."""

from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import BinaryIO, Protocol

import msgspec

from hotwash.errors import InvalidInput
from hotwash.transcript import Transcript

MAX_LINE_BYTES = 32 * 1024 * 1024
"""A longer line is skipped and reported. The longest real one seen is 1.2 MB (formats section 0.10)."""
MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
"""A single JSON document must fit in memory; a larger one is refused."""
MAX_TEXT_CHARS = 64_000
"""Longest message or reasoning text kept."""
OUTPUT_HEAD_CHARS = 24_000
OUTPUT_TAIL_CHARS = 8_000
"""Of a tool result's text, head and tail are kept: errors stand at either end. p99 of real results is below 32,000 characters."""
MAX_ARGUMENT_CHARS = 32_000
"""Longest string kept inside a tool call's arguments."""
GLANCE_RECORDS = 8
"""Records parsed first: they settle nearly every file, and what is parsed to detect a format is parsed again to read it. Before a session's
first message stand one to five records of bookkeeping in most real files."""
HEAD_RECORDS = 60
"""Records parsed where those do not settle it (formats section 0.1)."""


class UnreadableSource(InvalidInput):
    """A source that no reader can take. The sentence names the source and says what to do."""

    code = "unreadable_source"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Something to read a session from: a name, and a way to open its bytes from the start. `path` is where it came from; readers may use its
    parts (never the file system) where the format keeps ids only in the file name."""

    name: str
    open: Callable[[], BinaryIO]
    path: PurePath | None = None
    members: tuple["Source", ...] = ()
    """The named files of one session that lies in a folder."""
    beside: tuple["Source", ...] = ()
    """Files that tell more of the same session or store: the `-wal` of an SQLite store that came without its place, Cline's `ui_messages.json`."""
    file: Path | None = None
    """Where the bytes lie on this machine, for stores that must be opened by their path (SQLite). None: only `open` gives them."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The start of a source, parsed once for all readers' `detects`."""

    first_bytes: bytes
    """Up to 4 KiB."""
    records: tuple[dict[str, object], ...] = ()
    """The first JSON objects, when the source is JSON lines or a folder with an object a file."""
    document: object = None
    """The whole document, when the source is one JSON value and not JSON lines (a one-line document is here and in `records`)."""
    tables: dict[str, frozenset[str]] = {}
    """Columns by table, when the source is an SQLite database."""
    members: tuple[str, ...] = ()
    """Names of the source's files, when it is a folder."""
    is_glance: bool = False
    """Only GLANCE_RECORDS were parsed, and there are more."""


class Reader(Protocol):
    """A format. Readers are pure: no settings, no file system, no network."""

    format: str
    """The name used everywhere: `claude-code`, `codex`, `atif`, …"""

    def detects(self, head: Head) -> bool:
        """Whether this source is in this reader's format. Looks at content only, never at a file name. At a glance it says yes only where no
        further record could change its mind; where no reader does, all are asked again with more records."""
        ...

    def read(self, source: Source) -> Iterator[Transcript]:
        """The sessions in the source; most formats hold one. Bad records become warnings. Raises UnreadableSource if there is no session at all."""
        ...


def cap_text(text: str) -> str:
    """A message within MAX_TEXT_CHARS."""
    return text if len(text) <= MAX_TEXT_CHARS else text[:MAX_TEXT_CHARS]


def cap_output(text: str) -> str:
    """A tool result with its middle left out where it is too long."""
    if len(text) <= OUTPUT_HEAD_CHARS + OUTPUT_TAIL_CHARS:
        return text
    left_out = len(text) - OUTPUT_HEAD_CHARS - OUTPUT_TAIL_CHARS
    return f"{text[:OUTPUT_HEAD_CHARS]}\n[… {left_out} characters left out …]\n{text[-OUTPUT_TAIL_CHARS:]}"
