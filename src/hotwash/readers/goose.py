"""Goose: `~/.local/share/goose/sessions/sessions.db` (SQLite, all sessions), the older `<session>.jsonl` whose first line is metadata in most versions,
and what `goose session export --format json` prints. Tokens are kept as totals of the session only, cached ones inside the input. A record is the
message's 1-based position in store and export, the line in a JSONL file (formats section 9)."""

import re
from collections.abc import Iterator

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.documents import load_document
from hotwash.readers.jsonl import read_records, rescue_objects
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import Identity, Recorder, outcome
from hotwash.readers.sqlite import MAGIC, Store, has_columns, open_store
from hotwash.readers.streams import read_start
from hotwash.transcript import Category, Coverage, Origin, Transcript, Usage

_Object = dict[str, object]

_COVERAGE = Coverage(
    timestamps=True,
    tokens=True,
    cache_read_tokens=True,
    cache_write_tokens=True,
    cost=True,
    tool_status=True,
    durations=True,
    models=True,
    reasoning=True,
    compactions=True,
)
_SESSION_COLUMNS = (
    "id",
    "name",
    "description",
    "session_type",
    "working_dir",
    "created_at",
    "input_tokens",
    "output_tokens",
    "accumulated_input_tokens",
    "accumulated_output_tokens",
    "accumulated_cache_read_tokens",
    "accumulated_cache_write_tokens",
    "accumulated_cost",
    "model_config_json",
    "parent_session_id",
    "schedule_id",
)
_CATEGORIES: dict[str, Category] = {
    "developer__shell": "shell",
    "shell": "shell",
    "developer__text_editor": "file",
    "text_editor": "file",
    "developer__write": "file",
    "developer__edit": "file",
    "developer__tree": "search",
    "developer__analyze": "search",
    "todo__todo_write": "todo",
    "todo__todo_read": "todo",
    "subagent__execute_task": "other",
}
"""Goose joins an extension's name to its tool's, also for the extensions that it ships itself."""

_LINE_BYTES = 1024 * 1024
"""Of a file's first line, which tells whether it is lines or an export. Goose itself takes metadata of 1 KiB at most."""

_EXITED = re.compile(r"\n\nCommand exited with code (\d{1,10})\s*\Z")
_DENIED = re.compile(r"declined to run|has declined|Tool execution was (?:denied|cancelled)", re.IGNORECASE)


class Goose:
    """Goose's store since 1.10, and its files before."""

    format = "goose"

    def detects(self, head: Head) -> bool:
        is_store = has_columns(head, "messages", "session_id", "role", "content_json") and "sessions" in head.tables
        return is_store or _is_export(head.document) or any(map(_is_metadata, head.records)) or any(map(_is_message, head.records[:1]))

    def read(self, source: Source) -> Iterator[Transcript]:
        if not read_start(source, len(MAGIC)).startswith(MAGIC):
            yield self._read_lines(source) if _begins_with_line(source) else self._read_export(source)
            return
        found = False
        with open_store(source) as store:
            for session in store.rows("sessions", _SESSION_COLUMNS, Oddities(), order=("created_at", "id")):
                if fields.some_string(session["id"]):
                    found = True
                    yield self._read_stored(store, session)
        if not found:
            raise UnreadableSource(f"{source.name}: is a Goose store without sessions; copy sessions.db together with sessions.db-wal")

    def _read_stored(self, store: Store, session: _Object) -> Transcript:
        recorder, records = Recorder(Oddities()), 0
        conversation = _Conversation(recorder)
        recorder.use_model(fields.some_string(_object(session["model_config_json"]).get("model_name")))
        where = {"session_id": fields.string(session["id"])}
        columns = ("role", "content_json", "created_timestamp", "metadata_json")
        for row in store.rows("messages", columns, recorder.oddities, where=where, order=("created_timestamp", "id")):
            records += 1
            content = _decoded(row["content_json"])
            if content is None:
                recorder.oddities.note("message whose content is no JSON left out", records)
                continue
            recorder.begin(records, parse_time(row["created_timestamp"]))
            conversation.take(row["role"], content, _object(row["metadata_json"]))
        return self._transcript(recorder, conversation, session, records)

    def _read_export(self, source: Source) -> Transcript:
        recorder = Recorder(Oddities())
        session = fields.mapping(load_document(source, recorder.oddities))
        if not _is_export(session):
            return self._read_lines(source)
        conversation = _Conversation(recorder)
        recorder.use_model(fields.some_string(fields.mapping(session.get("model_config")).get("model_name")))
        messages = fields.sequence(session.get("conversation"))
        for record, message in enumerate(map(fields.mapping, messages), 1):
            recorder.begin(record, parse_time(message.get("created")))
            conversation.take(message.get("role"), message.get("content"), fields.mapping(message.get("metadata")))
        return self._transcript(recorder, conversation, session, len(messages))

    def _read_lines(self, source: Source) -> Transcript:
        recorder, records = Recorder(Oddities()), 0
        conversation = _Conversation(recorder)
        session: _Object = {}
        for record, line in read_records(source, dict[str, object], recorder.oddities):
            records = record
            if not session and _is_metadata(line):
                session = line
                continue
            recorder.begin(record, parse_time(line.get("created")))
            conversation.take(line.get("role"), line.get("content"), fields.mapping(line.get("metadata")))
        if not records:
            raise UnreadableSource(f"{source.name}: holds no line of Goose's; get a complete copy of the file")
        name = source.path.stem if source.path is not None else source.name
        return self._transcript(recorder, conversation, session | {"id": name}, records)

    def _transcript(self, recorder: Recorder, conversation: "_Conversation", session: _Object, records: int) -> Transcript:
        """The session's totals stand at its last message."""
        recorder.cached(session.get("accumulated_cache_read_tokens"), session.get("accumulated_cache_write_tokens"))
        recorder.spend(_usage(session), cost_usd=fields.number(session.get("accumulated_cost")))
        origin: Origin | None = "scheduled" if fields.some_string(session.get("schedule_id")) else None
        identity = Identity(
            native_id=fields.string(session["id"]),
            title=fields.some_string(session.get("name")) or fields.some_string(session.get("description")),
            cwd=fields.some_string(session.get("working_dir")),
            parent_native_id=fields.some_string(session.get("parent_session_id")),
            origin=origin,
        )
        coverage = msgspec.structs.replace(_COVERAGE, exit_codes=conversation.tells_exit_codes, models=bool(recorder.models))
        return recorder.transcript(self.format, "Goose", identity, coverage, records=records)


class _Conversation:
    """Takes one message after the other."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.tells_exit_codes = False
        """Newer versions do."""

    def take(self, role: object, content: object, metadata: _Object) -> None:
        recorder = self._recorder
        blocks = [fields.mapping(block) for block in fields.sequence(content)]
        requested = fields.mapping(metadata.get("inference")).get("requestedModel")
        recorder.use_model(fields.some_string(requested), announce=False)
        if role == "user":
            self._user(blocks, visible=metadata.get("userVisible") is not False)
        elif role == "assistant":
            for block in blocks:
                self._block(block, visible=metadata.get("userVisible") is not False)
        else:
            recorder.oddities.note("message of an unknown role left out", recorder.record)

    def _user(self, blocks: list[_Object], *, visible: bool) -> None:
        """Results of tools come as user messages; what the person does not see was not typed by one."""
        for block in blocks:
            if fields.string(block.get("type")) in {"toolResponse", "tool_response"}:
                self._result(block)
        texts = [fields.string(block.get("text")) for block in blocks if block.get("type") == "text"]
        images = sum(block.get("type") == "image" for block in blocks)
        if visible:
            self._recorder.user("\n".join(text for text in texts if text), images=images)

    def _block(self, block: _Object, *, visible: bool) -> None:
        recorder, kind = self._recorder, fields.string(block.get("type"))
        if kind == "text" and visible:
            recorder.agent(fields.string(block.get("text")))
        elif kind in {"thinking", "reasoning"}:
            recorder.reasoning(fields.string(block.get("thinking")) or fields.string(block.get("text")))
        elif kind in {"toolRequest", "tool_request", "frontendToolRequest"}:
            call = fields.mapping(fields.mapping(block.get("toolCall")).get("value"))
            name = fields.string(call.get("name"))
            recorder.call(fields.some_string(block.get("id")), name, call.get("arguments"), _CATEGORIES.get(name))
        elif kind in {"contextLengthExceeded", "summarizationRequested"}:
            recorder.lifecycle("context_limit", fields.string(block.get("msg")))
        elif kind == "conversationCompacted" or (kind == "systemNotification" and "compact" in fields.string(block.get("msg")).lower()):
            recorder.lifecycle("compaction", fields.string(block.get("msg")))

    def _result(self, block: _Object) -> None:
        """`toolResult` is `{status, value}` or `{status, error}`; since 1.9 `value` holds `content` and `isError`."""
        result = fields.mapping(block.get("toolResult"))
        value = result.get("value")
        listed = value if isinstance(value, list) else fields.sequence(fields.mapping(value).get("content"))
        text = "\n".join(part for item in listed if (part := _text(fields.mapping(item))))
        error = fields.string(result.get("error"))
        failed = result.get("status") == "error" or fields.mapping(value).get("isError") is True
        call_id = fields.some_string(block.get("id"))
        draft = self._recorder.calls.get(call_id or "")
        code = _exit_code(fields.mapping(value), text) if draft is not None and draft.category == "shell" else None
        self.tells_exit_codes = self.tells_exit_codes or code is not None
        status = "denied" if _DENIED.search(error or text[:2_000]) else outcome(failed, code)
        self._recorder.finish(call_id, text or error, status, code)


def _is_metadata(line: _Object) -> bool:
    return "working_dir" in line and "message_count" in line and not {"role", "conversation"} & line.keys()


def _is_message(line: _Object) -> bool:
    """A line of a file without metadata. Other agents' messages have no `created`."""
    content = fields.sequence(line.get("content"))
    typed = bool(content) and all(isinstance(fields.mapping(block).get("type"), str) for block in content)
    return line.get("role") in ("user", "assistant") and fields.count(line.get("created")) is not None and typed


def _begins_with_line(source: Source) -> bool:
    start = read_start(source, _LINE_BYTES).lstrip(b"\xef\xbb\xbf\0 \t\r\n").partition(b"\n")[0]
    line = next(rescue_objects(start, 1, Oddities()), {})
    return _is_metadata(line) or _is_message(line)


def _is_export(document: object) -> bool:
    told = fields.mapping(document)
    return isinstance(told.get("conversation"), list) and isinstance(told.get("id"), str) and "working_dir" in told


def _text(item: _Object) -> str:
    return fields.string(item.get("text")) or fields.string(fields.mapping(item.get("resource")).get("text"))


def _exit_code(value: _Object, text: str) -> int | None:
    """Of a command: a field, absent where it was killed; else the text's end, which names failures alone."""
    structured = fields.mapping(value.get("structuredContent"))
    if "exit_code" in structured:
        return fields.exit_code(structured["exit_code"])
    exited = _EXITED.search(text[-100:])
    return fields.exit_code(int(exited[1])) if exited else None


def _usage(session: _Object) -> Usage | None:
    """Totals over the whole session; a session that was never compacted may have the plain ones alone."""
    total = fields.count(session.get("accumulated_input_tokens"))
    output = fields.count(session.get("accumulated_output_tokens"))
    if not total and not output:
        last, answered = fields.count(session.get("input_tokens")), fields.count(session.get("output_tokens"))
        total, output = (last, answered) if last or answered or total is None else (total, output)
    if total is None or output is None:
        return None
    cached = fields.count(session.get("accumulated_cache_read_tokens")) or 0
    written = fields.count(session.get("accumulated_cache_write_tokens")) or 0
    return Usage(input=max(0, total - cached - written), cache_read=cached, cache_write_5m=written, output=output)


def _decoded(value: object) -> object:
    if not isinstance(value, str):
        return None
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _object(value: object) -> _Object:
    return fields.mapping(_decoded(value))
