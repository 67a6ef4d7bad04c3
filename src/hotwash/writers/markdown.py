"""A transcript as Markdown that people read: who said what, each tool call with its result, in session order."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from hotwash.kit.text import one_line, printable
from hotwash.transcript import AgentMessage, Event, Instruction, Lifecycle, Reasoning, ToolCall, Transcript, UserMessage

OUTPUT_CHARS = 4_000
"""Of a result: about fifty lines. The whole of it is in the JSON export."""
_LATEST = 253_402_300_800
"""Unix seconds; ISO 8601 ends here."""
_BACKTICKS = re.compile(r"`+")
_WORDS = {"ok": "", "error": " · failed", "denied": " · denied", "interrupted": " · interrupted", "running": " · no result", "unknown": ""}


def write(transcript: Transcript) -> str:
    """The transcript under a heading of its own. Token counts are left out; they are summed in the debrief."""
    parts = (part for event in transcript.events if (part := "\n".join(_event(event))))
    return "\n\n".join(("## Transcript", *parts)) + "\n"


def fenced(text: str, language: str = "") -> str:
    """A code block that the text cannot end, whatever backticks it holds."""
    fence = "`" * max(3, max(map(len, _BACKTICKS.findall(text)), default=0) + 1)
    return f"{fence}{language}\n{printable(text)}\n{fence}"


def inline(text: str, limit: int) -> str:
    """On one line, without what Markdown or a browser would act on."""
    return one_line(printable(text), limit).replace("&", "&amp;").replace("<", "&lt;")


def _event(event: Event) -> Iterator[str]:
    match event:
        case UserMessage():
            yield _heading("User", event)
            yield from ("", _quoted(event.text))
        case AgentMessage():
            yield _heading("Agent", event)
            yield from ("", _quoted(event.text))
        case Reasoning():
            yield _heading("Agent, thinking", event)
            yield from ("", _quoted(event.text))
        case ToolCall():
            yield from _call(event)
        case Instruction():
            yield f"*Loaded {inline(event.name, 200)} ({event.source.replace('_', ' ')}, record {event.record})*"
        case Lifecycle():
            yield f"*{event.what.replace('_', ' ').capitalize()} (record {event.record}) {inline(event.text, 300)}*".replace(" *", "*")
        case _:
            return


def _call(call: ToolCall) -> Iterator[str]:
    outcome = _WORDS[call.status] + (f" · exit code {call.exit_code}" if call.exit_code else "")
    yield _heading(f"{inline(call.name, 100)}{outcome}", call)
    if call.command is not None:
        yield from ("", fenced(call.command, "sh"))
    elif call.arguments:
        yield from ("", fenced(msgspec.json.format(msgspec.json.encode(call.arguments), indent=2).decode(), "json"))
    if call.output:
        yield from ("", fenced(_shortened(call.output), "text"))


def _shortened(output: str) -> str:
    """Head and tail: errors stand at either end."""
    if len(output) <= OUTPUT_CHARS:
        return output
    half = OUTPUT_CHARS // 2
    return f"{output[:half]}\n[… {len(output) - 2 * half} characters left out …]\n{output[-half:]}"


def _heading(who: str, event: Event) -> str:
    when = ""
    if event.at is not None and 0 <= event.at < _LATEST:
        when = f", {datetime.fromtimestamp(event.at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"### {who} (record {event.record}{when})"


def _quoted(text: str) -> str:
    """As a quotation, so that headings and rules in it stay inside."""
    return "\n".join(f"> {line}".rstrip() for line in printable(text).splitlines()) or ">"
