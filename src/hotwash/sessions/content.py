"""What is derived from a transcript for lists, pages and search: messages, thin event rows, search text. Pure."""

from collections.abc import Iterator

from hotwash.kit.text import one_line
from hotwash.sessions.model import EventRow, Message
from hotwash.sessions.storable import column_text
from hotwash.transcript import AgentMessage, Event, Instruction, Lifecycle, Reasoning, ToolCall, Transcript, UsageReport, UserMessage

PREVIEW_CHARS = 160
"""One line of a wide terminal or page."""
_PREVIEW_SOURCE_CHARS = 2_000
"""Of a text, the start that a preview is made of: folding the white space of a whole tool result would cost more than storing it."""
TITLE_CHARS = 500
SEARCH_CHARS = 200_000
"""Of search text a session. A tsvector may hold 1 MB, and 200,000 characters of any script and word length stay below."""
NAME_CHARS = 200
"""Longest tool name kept."""


def title(transcript: Transcript) -> str | None:
    """What the agent called the session, else the first thing a person said in it: some formats carry no title, and people know a session by its
    request. None where there is neither."""
    said = (event.text for event in transcript.events if isinstance(event, UserMessage) and event.text.strip())
    named = transcript.title or next(said, None)
    return None if named is None else column_text(one_line(named[:_PREVIEW_SOURCE_CHARS], TITLE_CHARS))


def messages(transcript: Transcript, created_at: int) -> Iterator[tuple[int, Message]]:
    """What was said, with its `seq`, in order. A message without a time has that of the last event with one, or the session's."""
    last, session_id = float(created_at), transcript.session_id
    for event in transcript.events:
        last = event.at if event.at is not None else last
        if isinstance(event, (UserMessage, AgentMessage)):
            yield (
                event.seq,
                Message(
                    event_id=f"event-{session_id}-{event.seq}",
                    source="user" if isinstance(event, UserMessage) else "devin",
                    message=column_text(event.text),
                    created_at=int(last),
                ),
            )


def event_row(event: Event) -> EventRow:
    """The event in one line."""
    call = event if isinstance(event, ToolCall) else None
    return EventRow(
        seq=event.seq,
        record=event.record,
        at=event.at,
        kind=str(event.__struct_config__.tag),
        category=call.category if call else None,
        tool=column_text(call.name, NAME_CHARS) if call else None,
        status=call.status if call else None,
        tokens=event.usage.total if isinstance(event, UsageReport) else None,
        preview=column_text(one_line(_preview_source(event)[:_PREVIEW_SOURCE_CHARS], PREVIEW_CHARS)),
    )


def search_text(transcript: Transcript) -> str:
    """What search looks through: title, messages, commands and paths, as many as fit."""
    return column_text("\n".join(_search_parts(transcript)), SEARCH_CHARS)


def _search_parts(transcript: Transcript) -> Iterator[str]:
    left = SEARCH_CHARS
    for part in (transcript.title, transcript.repository, transcript.cwd, *map(_searchable, transcript.events)):
        if part:
            yield part
            left -= len(part) + 1
            if left <= 0:
                return


def _searchable(event: Event) -> str | None:
    match event:
        case UserMessage() | AgentMessage():
            return event.text
        case ToolCall():
            return event.command or event.path
        case _:
            return None


def _preview_source(event: Event) -> str:
    match event:
        case UserMessage() | AgentMessage() | Reasoning():
            return event.text
        case ToolCall():
            return event.command or event.path or _first_text(event.arguments) or event.output
        case Instruction():
            return event.name
        case Lifecycle():
            return event.text or event.what.replace("_", " ")
        case UsageReport():
            return event.model or ""


def _first_text(arguments: dict[str, object]) -> str | None:
    return next((value for value in arguments.values() if isinstance(value, str) and value), None)
