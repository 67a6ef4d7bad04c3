"""A stretch of a transcript as the page shows it: one row an event, tool calls with their output, every source record linkable."""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from hotwash.kit.text import one_line, printable
from hotwash.transcript import (
    AgentMessage,
    Event,
    Instruction,
    Lifecycle,
    LifecycleKind,
    Reasoning,
    ToolCall,
    ToolStatus,
    UsageReport,
    UserMessage,
)

CHUNK_EVENTS: Final = 200
"""Events a request brings: about two screens of scrolling, well under 20 ms to make."""
MAX_SHOWN_CHARS: Final = 12_000
"""Of an argument or output; nobody reads more on a page, and a browser slows down on it."""
_TITLE_CHARS: Final = 160

RowKind = Literal["user", "agent", "reasoning", "tool", "instruction", "lifecycle"]

_LIFECYCLE_WORDS: Final[dict[LifecycleKind, str]] = {
    "compaction": "Context compacted",
    "interruption": "Interrupted by the user",
    "refusal": "The model declined to answer",
    "api_error": "Model API error",
    "model_change": "Model changed",
    "subagent_start": "Subagent started",
    "subagent_end": "Subagent ended",
    "context_limit": "Context limit reached",
    "session_end": "Session ended",
}

_STATUS_WORDS: Final[dict[ToolStatus, str]] = {
    "ok": "",
    "error": "failed",
    "denied": "denied",
    "interrupted": "interrupted",
    "running": "no result recorded",
    "unknown": "result unclear",
}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """An argument of a tool call."""

    name: str
    value: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One event on the page."""

    kind: RowKind
    seq: int
    record: int
    at: float | None
    anchors: tuple[int, ...]
    """Records that a link may name and that this row stands for."""
    label: str
    text: str = ""
    queued: bool = False
    failed: bool = False
    status: str = ""
    exit_code: int | None = None
    duration_s: float | None = None
    fields: tuple[Field, ...] = ()
    output: str = ""
    output_left_out: int = 0
    """Characters of the output that are not shown."""
    result_anchor: int | None = None
    child_native_id: str | None = None


def rows(events: Iterable[Event]) -> tuple[Row, ...]:
    """The rows of some successive events. What is only bookkeeping gives its record to the row before it as an anchor."""
    shown: list[Row] = []
    seen: set[int] = set()
    for event in events:
        anchors = _fresh(seen, event.record)
        if isinstance(event, UsageReport):
            if shown and anchors:
                shown[-1] = msgspec.structs.replace(shown[-1], anchors=(*shown[-1].anchors, *anchors))
            continue
        result_anchor = None
        if isinstance(event, ToolCall) and event.result_record is not None and _fresh(seen, event.result_record):
            result_anchor = event.result_record
        shown.append(_row(event, anchors, result_anchor))
    return tuple(shown)


def _fresh(seen: set[int], record: int) -> tuple[int, ...]:
    if record in seen:
        return ()
    seen.add(record)
    return (record,)


def _row(event: Event, anchors: tuple[int, ...], result_anchor: int | None) -> Row:
    def made(kind: RowKind, label: str, text: str, *, queued: bool = False, failed: bool = False) -> Row:
        return Row(
            kind=kind,
            seq=event.seq,
            record=event.record,
            at=event.at,
            anchors=anchors,
            label=label,
            text=text,
            queued=queued,
            failed=failed,
        )

    match event:
        case UserMessage():
            images = f"\n\n[{event.images} images]" if event.images else ""
            return made("user", "User", event.text + images, queued=event.queued)
        case AgentMessage():
            return made("agent", "Agent", event.text)
        case Reasoning():
            return made("reasoning", "Reasoning", event.text)
        case Instruction():
            return made("instruction", f"Loaded {one_line(printable(event.name), _TITLE_CHARS)}", event.text)
        case Lifecycle():
            return made(
                "lifecycle", _LIFECYCLE_WORDS[event.what], event.text, failed=event.what in ("api_error", "context_limit", "refusal")
            )
        case ToolCall():
            return _tool_row(event, anchors, result_anchor)
        case UsageReport():  # `rows` has put it aside
            raise TypeError("a usage report is no row")


def _tool_row(call: ToolCall, anchors: tuple[int, ...], result_anchor: int | None) -> Row:
    output = printable(call.output)
    left_out = max(call.output_size - len(call.output), 0)
    if len(output) > MAX_SHOWN_CHARS:
        left_out += len(output) - MAX_SHOWN_CHARS
        output = output[:MAX_SHOWN_CHARS]
    return Row(
        kind="tool",
        seq=call.seq,
        record=call.record,
        at=call.at,
        anchors=anchors,
        label=one_line(printable(call.name), _TITLE_CHARS),
        text=one_line(printable(call.command or call.path or _first_text(call.arguments)), _TITLE_CHARS),
        failed=call.status == "error",
        status=_STATUS_WORDS[call.status],
        exit_code=call.exit_code,
        duration_s=call.duration_s,
        fields=tuple(_field(name, value) for name, value in call.arguments.items()),
        output=output,
        output_left_out=left_out,
        result_anchor=result_anchor,
        child_native_id=call.child_native_id,
    )


def _first_text(arguments: dict[str, object]) -> str:
    return next((value for value in arguments.values() if isinstance(value, str)), "")


def _field(name: str, value: object) -> Field:
    text = value if isinstance(value, str) else msgspec.json.format(msgspec.json.encode(value)).decode()
    return Field(name=printable(name), value=printable(text)[:MAX_SHOWN_CHARS])
