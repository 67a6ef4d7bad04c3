"""OpenCode: the store `~/.local/share/opencode/opencode.db` (SQLite), before 1.2 a file a message and part below `storage/`, and what `opencode
export` prints, `{info, messages}` (formats section 8). A record is the 1-based position of the message in its session, in each."""

from collections.abc import Iterator
from pathlib import PurePath

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.documents import load_document
from hotwash.readers.oddities import Oddities
from hotwash.readers.opencode.session import Conversation, parts_of
from hotwash.readers.recorder import NOT_AN_OBJECT, Identity, Recorder
from hotwash.readers.scattered import piece
from hotwash.readers.sqlite import MAGIC, Store, has_columns, open_store
from hotwash.readers.streams import read_document, read_start
from hotwash.transcript import Coverage, Transcript

_Object = dict[str, object]

_COVERAGE = Coverage(
    timestamps=True,
    tokens=True,
    cache_read_tokens=True,
    cache_write_tokens=True,
    cost=True,
    exit_codes=True,
    tool_status=True,
    durations=True,
    models=True,
    reasoning=True,
    instructions=True,
    subagents=True,
    interruptions=True,
    compactions=True,
)
_SESSION_COLUMNS = ("id", "parent_id", "directory", "title", "version", "time_created", "time_updated")


class OpenCode:
    """OpenCode's store, which holds many sessions, and its export, which holds one."""

    format = "opencode"

    def detects(self, head: Head) -> bool:
        if head.members:
            return any(_is_session(record) or _is_message(record) for record in head.records)
        is_store = has_columns(head, "message", "session_id", "data") and has_columns(head, "part", "message_id", "data")
        return (is_store and "session" in head.tables) or _is_export(head.document)

    def read(self, source: Source) -> Iterator[Transcript]:
        if source.members:
            yield self._read_scattered(source)
            return
        if not read_start(source, len(MAGIC)).startswith(MAGIC):
            yield self._read_export(source)
            return
        found = False
        with open_store(source) as store:
            for session in store.rows("session", _SESSION_COLUMNS, Oddities(), order=("time_created", "id")):
                if fields.some_string(session["id"]):
                    found = True
                    yield self._read_stored(store, session)
        if not found:
            raise UnreadableSource(f"{source.name}: is an OpenCode store without sessions; copy opencode.db together with opencode.db-wal")

    def _read_stored(self, store: Store, session: _Object) -> Transcript:
        recorder = Recorder(Oddities())
        conversation, records = Conversation(recorder), 0
        parts: dict[str, list[_Object]] = {}
        for row in store.rows("part", ("id", "message_id", "data"), recorder.oddities, where=_of(session), order=("id",)):
            if (data := _decode(row, recorder.oddities)) is not None:
                parts.setdefault(fields.string(row["message_id"]), []).append(data)
        for row in store.rows("message", ("id", "data"), recorder.oddities, where=_of(session), order=("time_created", "id")):
            records += 1
            if (info := _decode(row, recorder.oddities, records)) is not None:
                conversation.take(records, info, parts.pop(fields.string(row["id"]), []))
        told = session | {"parentID": session["parent_id"], "time": {"created": session["time_created"]}}
        return self._transcript(recorder, told, records)

    def _read_scattered(self, source: Source) -> Transcript:
        recorder = Recorder(Oddities())
        session: _Object = {}
        messages: list[_Object] = []
        parts: dict[str, list[_Object]] = {}
        for member in source.members:
            found = piece(member.path or PurePath(member.name))
            if found is None or (told := _member(member, recorder.oddities)) is None:
                continue
            if found.kind == "session":
                session = told
            elif found.kind == "message":
                messages.append(told)
            else:
                parts.setdefault(fields.some_string(told.get("messageID")) or found.owner, []).append(told)
        if not fields.some_string(session.get("id")):
            session = session | {"id": (source.path or PurePath(source.name)).stem}  # its own file is damaged
        conversation = Conversation(recorder)
        for record, message in enumerate(sorted(messages, key=_order), 1):
            conversation.take(record, message, sorted(parts.pop(fields.string(message.get("id")), []), key=_part_order))
        if parts:
            recorder.oddities.note("part of a message that is missing left out", count=sum(map(len, parts.values())))
        return self._transcript(recorder, session, len(messages))

    def _read_export(self, source: Source) -> Transcript:
        document = _whole(source)
        info, messages = fields.mapping(document.get("info")), fields.sequence(document.get("messages"))
        if not fields.some_string(info.get("id")):
            raise UnreadableSource(f"{source.name}: holds no OpenCode session; export it again with `opencode export`")
        recorder = Recorder(Oddities())
        conversation = Conversation(recorder)
        for record, message in enumerate(messages, 1):
            if isinstance(message, dict):
                conversation.take(record, fields.mapping(message.get("info")), parts_of(message.get("parts"), recorder, record))
            else:
                recorder.oddities.note(NOT_AN_OBJECT, record)
        return self._transcript(recorder, info, len(messages))

    def _transcript(self, recorder: Recorder, info: _Object, records: int) -> Transcript:
        recorder.clock(parse_time(fields.mapping(info.get("time")).get("created")))
        identity = Identity(
            native_id=fields.string(info.get("id")),
            parent_native_id=fields.some_string(info.get("parentID")),
            title=fields.some_string(info.get("title")),
            cwd=fields.some_string(info.get("directory")),
            format_version=fields.some_string(info.get("version")),
        )
        return recorder.transcript(self.format, "OpenCode", identity, _COVERAGE, records=records)


def _is_session(record: _Object) -> bool:
    """The file that tells of a session as a whole, in a store of a file a message."""
    return (
        isinstance(record.get("id"), str) and "time" in record and "role" not in record and ("directory" in record or "version" in record)
    )


def _is_message(record: _Object) -> bool:
    return {"id", "sessionID", "role"} <= record.keys()


def _member(member: Source, oddities: Oddities) -> _Object | None:
    """The object in one of the files; None, which is noted, where there is none."""
    try:
        told = load_document(member, oddities)
    except UnreadableSource:
        told = None
    if not isinstance(told, dict):
        oddities.note("file that is no JSON object left out")
        return None
    return told


def _order(message: _Object) -> tuple[float, str]:
    created = parse_time(fields.mapping(message.get("time")).get("created"))
    return created or 0.0, fields.string(message.get("id"))


def _part_order(part: _Object) -> str:
    return fields.string(part.get("id"))


def _of(session: _Object) -> dict[str, str | int]:
    return {"session_id": fields.string(session["id"])}


def _is_export(document: object) -> bool:
    told = fields.mapping(document)
    info = fields.mapping(told.get("info"))
    return isinstance(told.get("messages"), list) and isinstance(info.get("id"), str) and ("directory" in info or "projectID" in info)


def _whole(source: Source) -> _Object:
    """The document. `opencode export` prints a line of progress before it when both go to one file."""
    data = read_document(source)
    try:
        return fields.mapping(msgspec.json.decode(data[data.find(b"{") :].rstrip(b"\0 \t\r\n")))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableSource(f"{source.name}: the JSON is cut off or malformed; get a complete copy of the file") from error


def _decode(row: _Object, oddities: Oddities, record: int | None = None) -> _Object | None:
    """A row's `data`, with the row's id, which it leaves out."""
    try:
        data = msgspec.json.decode(fields.string(row["data"]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        data = None
    if not isinstance(data, dict):
        oddities.note("row whose data is no JSON object left out", record)
        return None
    return {"id": row["id"], **data}
