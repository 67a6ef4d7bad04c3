"""Kimi Code: `~/.kimi-code/sessions/<folder>/session_<id>/agents/<agent>/wire.jsonl`, a file an agent, one record a line; `state.json` of the session
tells its title and folder. `usage.record` is what a turn cost; the `step.end` of each answer repeats it, and counts where there is none."""

import re
import uuid
from collections.abc import Iterator

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.documents import decode_document
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import Identity, Recorder, outcome
from hotwash.transcript import Coverage, Lifecycle, Transcript, Usage

_Object = dict[str, object]

_CONTENT_NAMESPACE = uuid.UUID(
    "7d0b4c52-1f6e-5a6b-8c1d-94c7e5b0a3f1"
)  # ours, fixed for ever: ids of files outside their folder depend on it
_COVERAGE = Coverage(
    timestamps=True,
    tokens=True,
    cache_read_tokens=True,
    cache_write_tokens=True,
    exit_codes=True,
    tool_status=True,
    durations=True,
    models=True,
    reasoning=True,
    interruptions=True,
    compactions=True,
)
_MAIN = "main"
_EXITED = re.compile(r"Command failed with exit code: (-?\d{1,10})\.?\s*\Z")
_TAIL_CHARS = 200


class Kimi:
    """Sessions of Kimi Code, and of its subagents."""

    format = "kimi-code"

    def detects(self, head: Head) -> bool:
        return any(record.get("type") == "metadata" and "protocol_version" in record for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        session, records = _Session(), 0
        first: _Object | None = None
        for record, line in read_records(source, dict[str, object], session.recorder.oddities):
            records, first = record, first or line
            session.take(record, line)
        if first is None:
            raise UnreadableSource(f"{source.name}: holds no record of Kimi Code's; get a complete copy of the file")
        coverage = msgspec.structs.replace(_COVERAGE, models=bool(session.recorder.models))
        identity = _identity(source, first, session.version)
        yield session.recorder.transcript(self.format, "Kimi Code", identity, coverage, records=records)


class _Session:
    """Takes one record after the other."""

    def __init__(self) -> None:
        self.recorder = Recorder(Oddities())
        self.version: str | None = None

    def take(self, record: int, line: _Object) -> None:
        recorder, kind = self.recorder, fields.string(line.get("type"))
        recorder.begin(record, parse_time(line.get("time") or line.get("created_at")))
        if kind == "metadata":
            self.version = fields.some_string(line.get("protocol_version"))
        elif kind == "context.append_message":
            self._message(fields.mapping(line.get("message")))
        elif kind == "context.append_loop_event":
            self._event(fields.mapping(line.get("event")))
        elif kind == "llm.request":
            self._request(line)
        elif kind == "usage.record":
            self._spend(line.get("usage"), 0, fields.some_string(line.get("model")))
        elif kind == "turn.cancel":
            recorder.lifecycle("interruption")
            recorder.interrupt()
        elif kind in {"context.apply_compaction", "full_compaction.complete"}:
            self._compaction(line, 0 if kind == "context.apply_compaction" else 1)

    def _message(self, message: _Object) -> None:
        """What a person typed, apart from what the program puts into the conversation in a person's name; answers are told by their events."""
        if message.get("role") == "user" and fields.mapping(message.get("origin")).get("kind") in (None, "user"):
            text, images = _text_and_images(message.get("content"))
            self.recorder.user(text, images=images)

    def _event(self, event: _Object) -> None:
        recorder, kind = self.recorder, event.get("type")
        part = fields.mapping(event.get("part"))
        call_id = fields.some_string(event.get("toolCallId"))
        if kind == "content.part" and part.get("type") == "text":
            recorder.agent(fields.string(part.get("text")), native_id=fields.some_string(event.get("uuid")))
        elif kind == "content.part":
            recorder.reasoning(fields.string(part.get("think")) or fields.string(part.get("thinking")))
        elif kind == "tool.call":
            recorder.call(call_id, event.get("name"), _arguments(event.get("args")))
        elif kind == "tool.result":
            result = fields.mapping(event.get("result"))
            output = result.get("output")
            text = output if isinstance(output, str) else _text_and_images(output)[0]
            self._result(call_id, text, result)
        elif kind == "step.end":
            self._spend(event.get("usage"), 1, None)

    def _result(self, call_id: str | None, text: str, result: _Object) -> None:
        """The end of a failed command's text names its exit code; a good one has 0."""
        failed, draft = result.get("isError") is True, self.recorder.calls.get(call_id or "")
        code = None
        if draft is not None and draft.category == "shell":
            exited = _EXITED.search(text[-_TAIL_CHARS:])
            code = (fields.exit_code(int(exited[1])) if exited else None) if failed else 0
        finished = self.recorder.finish(call_id, text, outcome(failed, code), code)
        took_ms = fields.number(result.get("durationMs"))
        if finished is not None and took_ms is not None and took_ms >= 0:
            finished.duration_s = took_ms / 1000

    def _request(self, line: _Object) -> None:
        self.recorder.use_model(fields.some_string(line.get("model")))
        if attempt := fields.string(line.get("attempt")):  # the first has none
            self.recorder.lifecycle("api_error", f"attempt {attempt}")

    def _spend(self, told: object, rank: int, model: str | None) -> None:
        """`inputOther` leaves cached tokens out."""
        tokens = fields.mapping(told)
        total, output = fields.count(tokens.get("inputOther")), fields.count(tokens.get("output"))
        if total is None or output is None:
            return
        read, written = tokens.get("inputCacheRead"), tokens.get("inputCacheCreation")
        usage = Usage(input=total, cache_read=fields.count(read) or 0, cache_write_5m=fields.count(written) or 0, output=output)
        self.recorder.cached(read, written)
        self.recorder.timeline.offer("tokens", rank, self.recorder.usage_report(usage, model=model))

    def _compaction(self, line: _Object, rank: int) -> None:
        text = fields.string(line.get("summary"))
        event = Lifecycle(seq=0, record=self.recorder.record, at=self.recorder.at, what="compaction", text=text)
        self.recorder.timeline.offer("compaction", rank, event)


def _identity(source: Source, first: _Object, version: str | None) -> Identity:
    """The folders bear the ids, and newer versions' `state.json`; a file that was taken out of them has one made of its first record."""
    state = _state(source)
    parts = source.path.parts if source.path is not None else ()
    title, cwd = fields.some_string(state.get("title")), fields.some_string(state.get("cwd")) or fields.some_string(state.get("workDir"))
    kept_in_folders = len(parts) >= 3 and (parts[-3], parts[-1]) == ("agents", "wire.jsonl")
    named = fields.some_string(state.get("id")) or (parts[-4] if len(parts) >= 4 else None)
    if kept_in_folders and named is not None:
        session_id, agent = named.removeprefix("session_"), parts[-2]
        if agent == _MAIN:
            return Identity(native_id=session_id, format_version=version, title=title, cwd=cwd)
        return Identity(native_id=f"{session_id}/{agent}", format_version=version, cwd=cwd, parent_native_id=session_id)
    made = uuid.uuid5(_CONTENT_NAMESPACE, msgspec.json.encode(first, order="deterministic").hex())
    return Identity(native_id=str(made), format_version=version, title=title, cwd=cwd)


def _state(source: Source) -> _Object:
    """What stands beside the session. A file that cannot be read is as good as none."""
    for other in source.beside:
        if other.name.endswith("state.json"):
            try:
                return fields.mapping(decode_document(other))
            except UnreadableSource:
                return {}
    return {}


def _arguments(args: object) -> object:
    """An object, or the text of one."""
    if not isinstance(args, str):
        return args
    try:
        return msgspec.json.decode(args)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return args


def _text_and_images(content: object) -> tuple[str, int]:
    if isinstance(content, str):
        return content, 0
    blocks = [fields.mapping(block) for block in fields.sequence(content)]
    texts = [fields.string(block.get("text")) for block in blocks if block.get("type") == "text"]
    return "\n".join(text for text in texts if text), sum("image" in fields.string(block.get("type")) for block in blocks)
