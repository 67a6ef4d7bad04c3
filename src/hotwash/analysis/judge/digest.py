"""A session as text for a model: every user turn, the agent's words and reasoning, each call with its outcome, each under its record number.

What a stranger wrote never begins a line: only we do. So text in a transcript cannot pass for a record of its own, whatever it holds.
"""

import re
from collections.abc import Iterator

import msgspec

from hotwash.kit.text import printable
from hotwash.transcript import AgentMessage, Event, Instruction, Lifecycle, Reasoning, ToolCall, Transcript, UserMessage

_TAGS = re.compile("[\U000e0000-\U000e007f\u2060-\u2064\u180e\u00ad]")
"""Characters nobody sees: the Unicode tags that carry hidden orders, and joiners. `printable` takes the rest."""
_HARNESS_NOTE = re.compile(r"\s*<system-reminder>.*?</system-reminder>\s*", re.DOTALL)
"""What a harness adds to a tool's output for the model: orders, not results, and the same ones hundreds of times."""
_BLANK_LINES = re.compile(r"\n\s*\n+")


PAUSE_SECONDS = 90
"""Shorter than that, a model thinks or a person types."""


SLOW_SECONDS = 5
"""A call that took longer says so."""


class Caps(msgspec.Struct, frozen=True, kw_only=True):
    """Most characters of one text, by what it is. Head and tail are kept, for the end of an output is where its verdict stands."""

    user: int = 8000
    agent: int = 6000
    reasoning: int = 2000
    argument: int = 2000
    output: int = 1200
    looked_at: int = 800
    """Output of a call that only reads: what a file holds is seldom what went wrong."""
    failed: int = 2500
    instruction: int = 3000


def scaled(caps: Caps, factor: float) -> Caps:
    """Smaller caps for what machines wrote; what the person and the agent said stays whole."""
    return msgspec.structs.replace(
        caps,
        reasoning=int(caps.reasoning * max(factor, 0.5)),
        argument=int(caps.argument * factor),
        output=int(caps.output * factor),
        looked_at=int(caps.looked_at * factor),
        failed=int(caps.failed * factor),
        instruction=int(caps.instruction * factor),
    )


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the digest says of one event."""

    seq: int
    record: int
    last_record: int
    text: str


def digest(transcript: Transcript, caps: Caps) -> tuple[Entry, ...]:
    """The entries in session order. Events that say nothing (token counts) have none."""
    entries: list[Entry] = []
    now: float | None = None
    for event in transcript.events:
        lines = "\n".join(_lines(event, caps))
        if lines:
            lines = _waited(event, now) + lines
            now = _end(event) or now
            last = event.result_record if isinstance(event, ToolCall) and event.result_record is not None else event.record
            entries.append(Entry(seq=event.seq, record=event.record, last_record=max(last, event.record), text=lines))
    return tuple(entries)


def _end(event: Event) -> float | None:
    return event.result_at if isinstance(event, ToolCall) and event.result_at is not None else event.at


def _waited(event: Event, now: float | None) -> str:
    """A line for a pause: nobody sees from the words that a trivial call stood still for an hour."""
    if event.at is None or now is None or event.at - now < PAUSE_SECONDS:
        return ""
    return f"({(event.at - now) / 60:.0f} minutes pass)\n"


def _lines(event: Event, caps: Caps) -> Iterator[str]:
    at = f"[{event.record}]"
    if isinstance(event, UserMessage):
        images = f" (with {event.images} images)" if event.images else ""
        yield f"{at} USER{images}:{block(event.text, caps.user)}"
    elif isinstance(event, AgentMessage):
        yield f"{at} AGENT:{block(event.text, caps.agent)}"
    elif isinstance(event, Reasoning):
        if event.text.strip():
            yield f"{at} AGENT THINKS:{block(event.text, caps.reasoning)}"
    elif isinstance(event, ToolCall):
        yield from _call_lines(event, caps)
    elif isinstance(event, Instruction):
        yield f"{at} INSTRUCTIONS LOADED {one(event.name, 200)}:{block(event.text, caps.instruction)}"
    elif isinstance(event, Lifecycle):
        yield f"{at} SESSION {event.what}:{block(event.text, caps.output)}"


def _call_lines(call: ToolCall, caps: Caps) -> Iterator[str]:
    yield f"[{call.record}] CALL {one(call.name, 80)}:{block(_arguments(call, caps.argument), 3 * caps.argument)}"
    code = f", exit code {call.exit_code}" if call.exit_code is not None else ""
    took = f", after {call.duration_s:.0f} s" if call.duration_s is not None and call.duration_s >= SLOW_SECONDS else ""
    size = f", {call.output_size} characters" if call.output_size > len(call.output) else ""
    where = call.result_record if call.result_record is not None else call.record
    if call.status in ("error", "denied", "interrupted") or call.exit_code:
        limit = caps.failed
    else:
        limit = caps.looked_at if call.category in ("file", "search") else caps.output
    output = _HARNESS_NOTE.sub("\n", call.output)
    yield f"[{where}] RESULT {call.status}{code}{took}{size}:{block(output, limit)}"


def _arguments(call: ToolCall, limit: int) -> str:
    """The command alone where the call is one; else every argument as text of its own, so that words in it can be quoted as they stand."""
    if call.command is not None:
        return cut(call.command, 2 * limit)
    return "\n".join(f"{name}: {cut(_as_text(value), limit)}" for name, value in call.arguments.items())


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode("utf-8", "replace")


def block(text: str, limit: int) -> str:
    """The text cut, cleaned, every further line indented: nothing in it can begin a line of the digest."""
    clean = _BLANK_LINES.sub("\n", visible(cut(text, limit))).strip("\n")
    lines = clean.splitlines()
    return " " + "\n  ".join(lines) if lines else " (nothing)"


def one(text: str, limit: int) -> str:
    """On one line."""
    return " ".join(visible(cut(text, limit)).split())


def visible(text: str) -> str:
    """Without terminal escapes and without characters that nobody sees."""
    return printable(_TAGS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def cut(text: str, limit: int) -> str:
    """Head and tail of a long text, and how much was left out."""
    if len(text) <= limit:
        return text
    head = limit * 3 // 5
    tail = limit - head
    return f"{text[:head]} […{len(text) - limit} characters left out…] {text[-tail:]}"
