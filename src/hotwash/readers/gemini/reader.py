"""Gemini CLI: `~/.gemini/tmp/<project>/chats/session-<date>-<id>.json`, since 0.4x `.jsonl` (formats section 6).

In JSON lines a message is written again under the same id whenever more of it is known: its last form counts, once. A record is the 1-based
index of the message, or the line.
"""

import uuid
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import PurePath

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import HEAD_RECORDS, Head, Source, UnreadableSource
from hotwash.readers.documents import load_document
from hotwash.readers.gemini.messages import Message, Session
from hotwash.readers.jsonl import iter_lines, read_records, rescue_objects
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import NOT_AN_OBJECT, UNKNOWN_TYPE
from hotwash.readers.streams import open_bytes
from hotwash.transcript import Coverage, Transcript

_Object = dict[str, object]

_CONTENT_NAMESPACE = uuid.UUID("0b7a3c52-3a55-5a0e-9d0c-6f6e0a5d7c11")  # ours, fixed for ever: ids of sessions without one depend on it
_COVERAGE = Coverage(
    timestamps=True,
    tokens=True,
    cache_read_tokens=True,
    exit_codes=True,
    tool_status=True,
    models=True,
    reasoning=True,
    interruptions=True,
    compactions=True,
)


class Gemini:
    """Sessions of Gemini CLI as one document and as JSON lines."""

    format = "gemini-cli"

    def detects(self, head: Head) -> bool:
        return _is_document(head.document) or any(_is_header(record) for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        yield _read_lines(self.format, source) if _is_lines(source) else _read_document(self.format, source)


def _is_lines(source: Source) -> bool:
    """Whether a header stands on a line of its own."""
    with open_bytes(source) as stream:
        start = (
            rescue_objects(line, record, Oddities()) for record, line in islice(iter_lines(stream, source.name, Oddities()), HEAD_RECORDS)
        )
        return any(_is_header(item) and "messages" not in item for item in chain.from_iterable(start))


def _is_header(record: _Object) -> bool:
    return isinstance(record.get("sessionId"), str) and "projectHash" in record


def _is_document(document: object) -> bool:
    """A session with `messages`, or only what `/chat save` keeps: contents of the API."""
    if isinstance(document, dict) and "projectHash" in document and isinstance(document.get("messages"), list):
        return True
    contents = _contents(document)
    return bool(contents) and all(_is_content(item) for item in contents)


def _contents(document: object) -> list[object]:
    return fields.sequence(document if isinstance(document, list) else fields.mapping(document).get("history"))


def _is_content(item: object) -> bool:
    content = fields.mapping(item)
    return fields.string(content.get("role")) in {"user", "model", "gemini"} and isinstance(content.get("parts"), list)


def _read_document(format: str, source: Source) -> Transcript:
    session = Session(Oddities())
    document = load_document(source, session.recorder.oddities)
    if not _is_document(document):
        raise UnreadableSource(f"{source.name}: names no Gemini CLI session; get a complete copy of the file")
    about = fields.mapping(document)
    listed = fields.sequence(about.get("messages")) or _contents(document)
    _about(session, about)
    for record, item in enumerate(listed, 1):
        if isinstance(item, dict):
            session.take(Message.of(record, item))
        else:
            session.recorder.oddities.note(NOT_AN_OBJECT, record)
    if not session.identity.native_id:
        session.identity.native_id = _id_of_content(about, listed)
    return session.transcript(format, _COVERAGE, records=len(listed))


def _read_lines(format: str, source: Source) -> Transcript:
    session = Session(Oddities())
    messages: dict[str, Message] = {}
    records = 0
    for record, line in read_records(source, dict[str, object], session.recorder.oddities):
        records = record
        for item in _messages_of(session, record, line, source.path):
            message = Message.of(record, item)
            known = messages.get(message.key)
            messages[message.key] = message if known is None else known.again(message)
    if not session.identity.native_id:
        raise UnreadableSource(f"{source.name}: names no Gemini CLI session; get a complete copy of the file")
    for message in messages.values():
        session.take(message)
    return session.transcript(format, _COVERAGE, records=records)


def _messages_of(session: Session, record: int, line: _Object, path: PurePath | None) -> list[_Object]:
    """The messages in a line: one, or those that a patch sets."""
    if _is_header(line):
        _about(session, line)
        if line.get("kind") == "subagent" and path is not None and path.parent.name != "chats":
            session.identity.parent_native_id = path.parent.name or None  # a subagent's file lies in a folder with its parent's id
        return []
    if "$set" in line:
        patch = fields.mapping(line["$set"])
        _about(session, patch)
        return [item for item in fields.sequence(patch.get("messages")) if isinstance(item, dict)]
    if "type" in line:
        return [line]
    if "$rewindTo" not in line:  # what was taken back was said, done and paid for all the same
        session.recorder.oddities.note(UNKNOWN_TYPE, record)
    return []


def _about(session: Session, about: _Object) -> None:
    """What a document, a header or a patch says of the session as a whole."""
    identity = session.identity
    identity.native_id = identity.native_id or fields.string(about.get("sessionId"))
    identity.title = fields.some_string(about.get("summary")) or identity.title
    for key in ("startTime", "start_time", "lastUpdated"):
        session.recorder.clock(parse_time(about.get(key)))


def _id_of_content(about: _Object, listed: list[object]) -> str:
    """An id for contents that bear none: the same for every later copy."""
    start = [about.get("start_time"), *listed[:1]]
    return str(uuid.uuid5(_CONTENT_NAMESPACE, msgspec.json.encode(start, order="deterministic").hex()))
