"""Factory Droid: `~/.factory/sessions/<folder>/<id>.jsonl`, one record a line, with `<id>.settings.json` beside it, the only place with tokens (the
session's totals); and what `droid exec --output-format stream-json` prints, which has none."""

import re
from collections.abc import Iterator

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.documents import decode_document
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import UNKNOWN_TYPE, Identity, Recorder, outcome
from hotwash.transcript import Coverage, Transcript, Usage

_Object = dict[str, object]

SETTINGS_SUFFIX = ".settings.json"
"""Of what Droid keeps about a session beside it."""

_COVERAGE = Coverage(timestamps=True, exit_codes=True, tool_status=True, durations=True, reasoning=True, compactions=True)
_SILENT = frozenset({"todo_state", "tool_progress", "session_end"})
_REMINDER = re.compile(r"<system-reminder>.*?(?:</system-reminder>\s*|\Z)", re.DOTALL)
_EXITED = re.compile(r"\[Process exited with code (-?\d{1,10})\]\s*\Z")
_TAIL_CHARS = 200


class Droid:
    """Sessions and streams of Factory Droid."""

    format = "factory-droid"

    def detects(self, head: Head) -> bool:
        return any(_is_header(record) or _is_streamed(record) for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        session, records = _Session(), 0
        recorder, settings = session.recorder, _settings(source)
        recorder.use_model(fields.some_string(settings.get("model")))
        for record, line in read_records(source, dict[str, object], session.recorder.oddities):
            records = record
            session.take(record, line)
        if not session.identity.native_id:
            raise UnreadableSource(f"{source.name}: names no session of Factory Droid; get a complete copy of the file")
        told = fields.mapping(settings.get("tokenUsage"))
        recorder.cached(told.get("cacheReadTokens"), told.get("cacheCreationTokens"))
        recorder.spend(_usage(told))
        has_tokens = _usage(told) is not None
        coverage = msgspec.structs.replace(
            _COVERAGE, tokens=has_tokens, cache_read_tokens=has_tokens, cache_write_tokens=has_tokens, models=bool(recorder.models)
        )
        yield recorder.transcript(self.format, "Factory Droid", session.identity, coverage, records=records)


def _is_header(record: _Object) -> bool:
    """Other programs begin a session by a record of the same type, without what it is called or whose it is."""
    return record.get("type") == "session_start" and isinstance(record.get("id"), str) and bool({"title", "owner"} & record.keys())


def _is_streamed(record: _Object) -> bool:
    """The first record of a stream looks like Claude Code's; these do not."""
    kind = record.get("type")
    if not isinstance(record.get("session_id"), str):
        return False
    return (
        (kind == "message" and isinstance(record.get("text"), str))
        or (kind == "tool_call" and "toolName" in record)
        or (kind == "completion" and "finalText" in record)
    )


class _Session:
    """Takes one record after the other, of either kind."""

    def __init__(self) -> None:
        self.recorder = Recorder(Oddities())
        self.identity = Identity(native_id="")
        self._last_said = ""

    def take(self, record: int, line: _Object) -> None:
        recorder, kind = self.recorder, fields.string(line.get("type"))
        recorder.begin(record, parse_time(line.get("timestamp")))
        if not self.identity.native_id:
            self.identity.native_id = fields.string(line.get("session_id"))
        if kind in {"session_start", "system"}:
            self._header(line)
        elif kind == "message":
            said = fields.mapping(line.get("message")) or {"role": line.get("role"), "content": line.get("text")}
            self._message(said, fields.some_string(line.get("id")))
        elif kind == "tool_call":
            recorder.call(_call_id(line), line.get("toolName") or line.get("toolId"), line.get("parameters"))
        elif kind == "tool_result":
            self._result(_call_id(line), line.get("value"), line.get("isError"))
        elif kind == "completion":
            self._say(fields.string(line.get("finalText")), None)
        elif kind == "compaction_state":
            recorder.lifecycle("compaction", fields.string(line.get("summaryText")))
        elif kind not in _SILENT:
            recorder.oddities.note(UNKNOWN_TYPE, record)

    def _header(self, line: _Object) -> None:
        identity = self.identity
        identity.native_id = identity.native_id or fields.string(line.get("id"))
        identity.title = fields.some_string(line.get("sessionTitle")) or fields.some_string(line.get("title"))
        identity.cwd = fields.some_string(line.get("cwd"))
        self.recorder.use_model(fields.some_string(line.get("model")))

    def _message(self, message: _Object, native_id: str | None) -> None:
        content = message.get("content")
        listed: list[object] = [{"type": "text", "text": content}] if isinstance(content, str) else fields.sequence(content)
        blocks = [fields.mapping({"type": "text", "text": block} if isinstance(block, str) else block) for block in listed]
        if message.get("role") == "user":
            self._user(blocks, native_id)
        elif message.get("role") == "assistant":
            for block in blocks:
                self._block(block, native_id)
        else:
            self.recorder.oddities.note("message of an unknown role left out", self.recorder.record)

    def _user(self, blocks: list[_Object], native_id: str | None) -> None:
        """Results of tools come as a person's messages, and reminders stand before what one typed."""
        for block in blocks:
            if block.get("type") == "tool_result":
                self._result(fields.some_string(block.get("tool_use_id")), block.get("content"), block.get("is_error"))
        texts = [_REMINDER.sub("", fields.string(block.get("text"))).strip() for block in blocks if block.get("type") == "text"]
        images = sum(block.get("type") == "image" for block in blocks)
        self.recorder.user("\n".join(text for text in texts if text), images=images, native_id=native_id)

    def _block(self, block: _Object, native_id: str | None) -> None:
        if block.get("type") == "text":
            self._say(fields.string(block.get("text")), native_id)
        elif block.get("type") == "thinking":
            self.recorder.reasoning(fields.string(block.get("thinking")))
        elif block.get("type") == "tool_use":
            self.recorder.call(fields.some_string(block.get("id")), block.get("name"), block.get("input"))

    def _say(self, text: str, native_id: str | None) -> None:
        """The end of a stream repeats the last answer."""
        if text != self._last_said:
            self.recorder.agent(text, native_id=native_id)
        self._last_said = text

    def _result(self, call_id: str | None, value: object, is_error: object) -> None:
        text, code = _text(value), fields.exit_code(fields.mapping(value).get("exitCode"))
        draft = self.recorder.calls.get(call_id or "")
        if draft is None or draft.category != "shell":
            code = None
        elif code is None and (exited := _EXITED.search(text[-_TAIL_CHARS:])):
            code = fields.exit_code(int(exited[1]))
        self.recorder.finish(call_id, text, outcome(is_error is True, code), code)


def _call_id(line: _Object) -> str | None:
    return fields.some_string(line.get("toolCallId")) or fields.some_string(line.get("id"))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    told = fields.mapping(value)
    listed = [fields.string(fields.mapping(block).get("text")) for block in fields.sequence(value)]
    parts = listed or [fields.string(told.get("stdout")), fields.string(told.get("stderr"))]
    return "\n".join(part for part in parts if part)


def _settings(source: Source) -> _Object:
    """What stands beside the session. A file that cannot be read is as good as none."""
    for other in source.beside:
        if other.name.endswith(SETTINGS_SUFFIX):
            try:
                return fields.mapping(decode_document(other))
            except UnreadableSource:
                return {}
    return {}


def _usage(told: _Object) -> Usage | None:
    """`inputTokens` leaves cached tokens out, `outputTokens` holds those of thinking."""
    total, output = fields.count(told.get("inputTokens")), fields.count(told.get("outputTokens"))
    if total is None or output is None:
        return None
    return Usage(
        input=total,
        cache_read=fields.count(told.get("cacheReadTokens")) or 0,
        cache_write_5m=fields.count(told.get("cacheCreationTokens")) or 0,
        output=output,
        reasoning=fields.count(told.get("thinkingTokens")) or 0,
    )
