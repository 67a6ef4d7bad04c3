"""Qwen Code: `~/.qwen/projects/<folder>/chats/<session>.jsonl`, one record a line (formats section 6). It descends from Gemini CLI: messages hold
the parts of Gemini's API, though the records around them look like Claude Code's. Answers tell their tokens; telemetry repeats them."""

import re
from collections.abc import Callable, Iterator

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.gemini.parts import CATEGORIES, each_part, exit_code, result_text, typed_text, usage
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import UNKNOWN_TYPE, Identity, Recorder, outcome
from hotwash.transcript import Coverage, Transcript

_Object = dict[str, object]

_COVERAGE = Coverage(
    timestamps=True,
    tokens=True,
    cache_read_tokens=True,
    exit_codes=True,
    tool_status=True,
    durations=True,
    models=True,
    reasoning=True,
    branch=True,
    interruptions=True,
    compactions=True,
)
_MS_PER_S = 1000
_DECLINED = re.compile(r"did not allow|declined|rejected|denied", re.IGNORECASE)
_USAGE_NAMES = {
    "prompt": "promptTokenCount",
    "output": "candidatesTokenCount",
    "cached": "cachedContentTokenCount",
    "thoughts": "thoughtsTokenCount",
    "tool": "toolUsePromptTokenCount",
    "total": "totalTokenCount",
}


class Qwen:
    """Qwen Code's session files."""

    format = "qwen-code"

    def detects(self, head: Head) -> bool:
        return any(_is_record(record) for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        session, records = _Session(Oddities()), 0
        for record, line in read_records(source, dict[str, object], session.recorder.oddities):
            records = record
            session.take(record, line)
        if not session.identity.native_id:
            raise UnreadableSource(f"{source.name}: names no Qwen Code session; get a complete copy of the file")
        covered = msgspec.structs.replace(_COVERAGE, branch=session.identity.branch is not None)
        yield session.recorder.transcript(self.format, "Qwen Code", session.identity, covered, records=records)


def _is_record(record: _Object) -> bool:
    if not isinstance(record.get("sessionId"), str) or "uuid" not in record:
        return False
    return "parts" in fields.mapping(record.get("message")) or ("provenance" in record and "systemPayload" in record)


class _Session:
    """Takes one record after the other."""

    def __init__(self, oddities: Oddities) -> None:
        self.recorder = Recorder(oddities)
        self.identity = Identity(native_id="")
        self._kinds: dict[str, Callable[[_Object], None]] = {
            "user": self._user,
            "assistant": self._assistant,
            "tool_result": self._result,
            "system": self._system,
        }

    def take(self, record: int, line: _Object) -> None:
        identity = self.identity
        identity.native_id = identity.native_id or fields.string(line.get("sessionId"))
        identity.cwd = identity.cwd or fields.some_string(line.get("cwd"))
        identity.format_version = fields.some_string(line.get("version")) or identity.format_version
        identity.branch = fields.some_string(line.get("gitBranch")) or identity.branch
        handle = self._kinds.get(fields.string(line.get("type")))
        if handle is None:
            self.recorder.oddities.note(UNKNOWN_TYPE, record)
            return
        self.recorder.begin(record, parse_time(line.get("timestamp")))
        handle(line)

    def _user(self, line: _Object) -> None:
        """`provenance` tells a person's words from the program's; older versions had none."""
        if line.get("provenance") not in (None, "real_user"):
            return
        shown = fields.some_string(fields.mapping(line.get("systemPayload")).get("displayText"))
        text, images = typed_text(fields.mapping(line.get("message")).get("parts"))
        self.recorder.user(shown or text, images=images, native_id=fields.some_string(line.get("uuid")))

    def _assistant(self, line: _Object) -> None:
        recorder = self.recorder
        recorder.use_model(fields.some_string(line.get("model")))
        for part in each_part(fields.mapping(line.get("message")).get("parts")):
            text = fields.string(part.get("text"))
            if part.get("thought") is True:
                recorder.reasoning(text)
            else:
                recorder.agent(text, native_id=fields.some_string(line.get("uuid")))
            if call := fields.mapping(part.get("functionCall")):
                name = fields.string(call.get("name"))
                recorder.call(fields.some_string(call.get("id")), name, call.get("args"), CATEGORIES.get(name))
        told = fields.mapping(line.get("usageMetadata"))
        recorder.cached(told.get(_USAGE_NAMES["cached"]), None)
        recorder.spend(usage(told, **_USAGE_NAMES))

    def _result(self, line: _Object) -> None:
        """The model is told `message`; `toolCallResult` says how it ended."""
        parts = fields.mapping(line.get("message")).get("parts")
        ended = fields.mapping(line.get("toolCallResult"))
        text, failed = result_text(parts)
        call_id = fields.some_string(ended.get("callId")) or _answered(parts)
        told = fields.string(ended.get("status"))
        draft = self.recorder.calls.get(call_id or "")
        code = _exit_code(ended, text, succeeded=told == "success") if draft is not None and draft.category == "shell" else None
        done = self.recorder.finish(call_id, text, outcome(_failed(told, failed=failed), code), code)
        if done is not None and told == "cancelled":
            done.status = "denied" if _DECLINED.search(text) else "interrupted"

    def _system(self, line: _Object) -> None:
        payload = fields.mapping(line.get("systemPayload"))
        subtype = line.get("subtype")
        if subtype == "chat_compression":
            self.recorder.lifecycle("compaction")
        elif subtype == "ui_telemetry":
            self._telemetry(fields.mapping(payload.get("uiEvent")))

    def _telemetry(self, event: _Object) -> None:
        """Of telemetry only what no other record tells: how long a call ran, and errors of the API."""
        name = fields.string(event.get("event.name"))
        if name.endswith(".tool_call"):
            draft = self.recorder.calls.get(fields.string(event.get("call_id")))
            took = fields.number(event.get("duration_ms"))
            if draft is not None and took is not None and took >= 0:
                draft.duration_s = took / _MS_PER_S
        elif name.endswith(".api_error"):
            self.recorder.lifecycle("api_error", fields.string(event.get("error_message")) or fields.string(event.get("error")))
        elif name.endswith(".api_cancel"):
            self.recorder.lifecycle("interruption")
            self.recorder.interrupt()


def _answered(parts: object) -> str | None:
    """The call that the first result among the parts answers."""
    ids = (fields.some_string(fields.mapping(part.get("functionResponse")).get("id")) for part in each_part(parts))
    return next((call_id for call_id in ids if call_id), None)


def _failed(told: str, *, failed: bool) -> bool | None:
    if told == "error" or failed:
        return True
    return False if told == "success" else None


def _exit_code(ended: _Object, text: str, *, succeeded: bool) -> int | None:
    shown = fields.mapping(ended.get("resultDisplay"))
    return fields.exit_code(shown.get("exitCode")) if "exitCode" in shown else exit_code(text, succeeded=succeeded)
