"""pi and its relatives (openclaw): `~/.pi/agent/sessions/--<folder>--/<time>_<id>.jsonl`, one entry a line, which is the record (formats section 9).
Since version 3 the entries form a tree; what stands on an abandoned branch was said, done and paid for all the same, so all is read in file order."""

import re
from collections.abc import Callable, Iterator

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import UNKNOWN_TYPE, Identity, Recorder, outcome
from hotwash.transcript import Category, Coverage, ToolStatus, Transcript, Usage

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
    interruptions=True,
    compactions=True,
)
_CATEGORIES: dict[str, Category] = {
    "bash": "shell",
    "exec": "shell",
    "process": "shell",
    "ls": "search",
    "find": "search",
    "grep": "search",
}
_SILENT_ENTRIES = frozenset({"thinking_level_change", "label", "custom", "custom_message", "branch_summary"})
_SILENT_ROLES = frozenset({"bashExecution", "custom", "hookMessage", "branchSummary", "compactionSummary"})
"""`bashExecution` is a command that the person ran: neither the agent's call nor a message."""

_EXITED = re.compile(r"(?:^|\n)Command exited with code (\d{1,10})\s*$")
_ABORTED = re.compile(r"(?:^|\n)Command aborted\s*$")
_TAIL_CHARS = 200
_CONTEXT_FULL = re.compile(r"context.?(?:window|length)|prompt is too long|maximum context", re.IGNORECASE)


class Pi:
    """pi sessions of version 1 (a list) and 3 (a tree)."""

    format = "pi"

    def detects(self, head: Head) -> bool:
        return any(_is_header(record) for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        session, records = _Session(Oddities()), 0
        for record, line in read_records(source, dict[str, object], session.recorder.oddities):
            records = record
            session.take(record, line)
        if not session.identity.native_id:
            raise UnreadableSource(f"{source.name}: names no pi session; get a complete copy of the file")
        yield session.recorder.transcript(self.format, "pi", session.identity, _COVERAGE, records=records)


def _is_header(record: _Object) -> bool:
    return record.get("type") == "session" and isinstance(record.get("id"), str) and isinstance(record.get("cwd"), str)


class _Session:
    """Takes one entry after the other."""

    def __init__(self, oddities: Oddities) -> None:
        self.recorder = Recorder(oddities)
        self.identity = Identity(native_id="")
        self._copied_before: float | None = None
        self._entries: dict[str, Callable[[_Object], None]] = {
            "session": self._header,
            "message": lambda entry: self._message(fields.mapping(entry.get("message"))),
            "model_change": lambda entry: self.recorder.use_model(fields.some_string(entry.get("modelId"))),
            "compaction": lambda entry: self.recorder.lifecycle("compaction", fields.string(entry.get("summary"))),
            "session_info": self._named,
        }

    def take(self, record: int, entry: _Object) -> None:
        at = parse_time(entry.get("timestamp"))
        if self._copied_before is not None and at is not None and at < self._copied_before:
            self.recorder.oddities.note("record copied from another session left out", record)
            return
        kind = fields.string(entry.get("type"))
        handle = self._entries.get(kind)
        if handle is not None:
            self.recorder.begin(record, at)
            handle(entry)
        elif kind not in _SILENT_ENTRIES:
            self.recorder.oddities.note(UNKNOWN_TYPE, record)

    def _header(self, entry: _Object) -> None:
        """A branch begins with a copy of what it branched from, older than its own header."""
        if self.identity.native_id:
            return
        self.identity.native_id = fields.string(entry.get("id"))
        self.identity.cwd = fields.some_string(entry.get("cwd"))
        version = fields.integer(entry.get("version"))
        self.identity.format_version = None if version is None else str(version)
        self.recorder.use_model(fields.some_string(entry.get("modelId")))
        if fields.some_string(entry.get("branchedFrom")) or fields.some_string(entry.get("parentSession")):
            self._copied_before = parse_time(entry.get("timestamp"))

    def _named(self, entry: _Object) -> None:
        self.identity.title = fields.some_string(entry.get("name")) or self.identity.title

    def _message(self, message: _Object) -> None:
        role = fields.string(message.get("role"))
        if role == "user":
            text, images = _text_and_images(message.get("content"))
            self.recorder.user(text, images=images)
        elif role == "assistant":
            self._assistant(message)
        elif role == "toolResult":
            self._result(message)
        elif role not in _SILENT_ROLES:
            self.recorder.oddities.note("message of an unknown role left out", self.recorder.record)

    def _assistant(self, message: _Object) -> None:
        recorder = self.recorder
        recorder.use_model(fields.some_string(message.get("model")), announce=False)
        content = message.get("content")
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else map(fields.mapping, fields.sequence(content)):
            kind = block.get("type")
            if kind == "text":
                recorder.agent(fields.string(block.get("text")))
            elif kind == "thinking":
                recorder.reasoning(fields.string(block.get("thinking")))
            elif kind == "toolCall":
                name = fields.string(block.get("name"))
                recorder.call(fields.some_string(block.get("id")), name, block.get("arguments"), _CATEGORIES.get(name))
        told = fields.mapping(message.get("usage"))
        recorder.cached(told.get("cacheRead"), told.get("cacheWrite"))
        recorder.spend(_usage(told), cost_usd=fields.number(fields.mapping(told.get("cost")).get("total")))
        self._stopped(fields.string(message.get("stopReason")), fields.string(message.get("errorMessage")))

    def _stopped(self, reason: str, error: str) -> None:
        if reason == "aborted":
            self.recorder.lifecycle("interruption", error)
            self.recorder.interrupt()
        elif reason == "error":
            self.recorder.lifecycle("context_limit" if _CONTEXT_FULL.search(error[:2_000]) else "api_error", error)

    def _result(self, message: _Object) -> None:
        """pi's bash tool reports an exit code other than 0 in the last line of its text, and as an error."""
        text, _ = _text_and_images(message.get("content"))
        call_id = fields.some_string(message.get("toolCallId"))
        draft = self.recorder.calls.get(call_id or "")
        failed = message.get("isError")
        is_error = failed if isinstance(failed, bool) else None
        code = None
        if draft is not None and draft.category == "shell":
            reported = _EXITED.search(text, max(0, len(text) - _TAIL_CHARS))
            code = fields.exit_code(int(reported[1])) if reported else 0 if is_error is False and draft.name == "bash" else None
        status: ToolStatus = outcome(is_error, code)
        if is_error and _ABORTED.search(text, max(0, len(text) - _TAIL_CHARS)):
            status = "interrupted"
        self.recorder.finish(call_id, text, status, code)


def _text_and_images(content: object) -> tuple[str, int]:
    if isinstance(content, str):
        return content, 0
    blocks = [fields.mapping(block) for block in fields.sequence(content)]
    texts = [fields.string(block.get("text")) for block in blocks if block.get("type") == "text"]
    return "\n".join(text for text in texts if text), sum(block.get("type") == "image" for block in blocks)


def _usage(told: _Object) -> Usage | None:
    """`input` leaves cached tokens out."""
    total, output = fields.count(told.get("input")), fields.count(told.get("output"))
    if total is None or output is None:
        return None
    return Usage(
        input=total,
        cache_read=fields.count(told.get("cacheRead")) or 0,
        cache_write_5m=fields.count(told.get("cacheWrite")) or 0,
        output=output,
    )
