"""Sessions of Devin's cloud as its v3 API tells them (contract sections 2 and 3): a session with its insights, its messages and, where that route
exists, its events. No file holds these, so no source is detected as such; `intake.devin_cloud` fetches what is mapped here."""

from collections.abc import Iterable, Sequence
from typing import get_args

import msgspec

from hotwash.kit.ids import bare_session_id
from hotwash.readers import fields, tools
from hotwash.readers.base import cap_output, cap_text
from hotwash.readers.drafts import CallDraft, Timeline
from hotwash.readers.oddities import Oddities
from hotwash.transcript import AgentMessage, Category, Coverage, Origin, PullRequest, Transcript, UserMessage

FORMAT = "devin"
AGENT = "Devin"

_CATEGORIES: frozenset[str] = frozenset(get_args(Category))
_NO_CALLS = frozenset({"message", "status", "lifecycle"})
"""Categories of events that tell of the session, not of work in it. What was said comes with the messages."""
_ORIGINS: frozenset[str] = frozenset(get_args(Origin))
_OUTPUT_KEYS = ("output", "result", "stdout", "content", "text")
_LATEST = 2**31 - 1

_Object = dict[str, object]


def transcript(session: _Object, messages: Sequence[object], events: Sequence[object] | None) -> Transcript:
    """The session. `events` in full (EventDetail); None where the deployment has no such route, and then tool calls are unknown.

    ACUs are as billed. A person's message and an agent's are as the API gives them; an event that goes out is a tool call, one that comes in is the
    result of the last call of its category that has none.
    """
    oddities = Oddities()
    timeline = _timeline([*map(fields.mapping, messages)], [*map(fields.mapping, events or ())], oddities)
    created_at = _time(session.get("created_at"))
    acus = fields.number(session.get("acus_consumed"))
    parent = fields.some_string(session.get("parent_session_id"))
    return Transcript(
        format=FORMAT,
        agent=AGENT,
        native_id=bare_session_id(fields.string(session.get("session_id"))),
        title=fields.some_string(session.get("title")),
        origin=_origin(session.get("origin")),
        started_at=created_at,
        ended_at=_time(session.get("updated_at")) or created_at,
        parent_native_id=bare_session_id(parent) if parent else None,
        pull_requests=_pull_requests(session.get("pull_requests")),
        acus=acus if acus is not None and acus >= 0 else msgspec.UNSET,
        events=timeline.events(),
        coverage=Coverage(timestamps=True),
        records=len(messages) + len(events or ()),
        warnings=oddities.warnings(),
    )


def _timeline(messages: list[_Object], events: list[_Object], oddities: Oddities) -> Timeline:
    """Both in order of time; at the same second a message goes first, because work answers it."""
    told = [
        (_time(item.get("created_at")) or 0.0, kind, place, item)
        for kind, items in enumerate((messages, events))
        for place, item in enumerate(items)
    ]
    timeline = Timeline()
    waiting: dict[Category, CallDraft] = {}
    for record, (_, kind, _, item) in enumerate(sorted(told, key=lambda entry: entry[:3]), 1):
        if kind == 0:
            _message(timeline, item, record, oddities)
        else:
            _event(timeline, item, record, waiting)
    return timeline


def _message(timeline: Timeline, message: _Object, record: int, oddities: Oddities) -> None:
    text, at, native_id = (
        fields.string(message.get("message")),
        _time(message.get("created_at")),
        fields.some_string(message.get("event_id")),
    )
    source = message.get("source")
    if source == "user":
        timeline.add(UserMessage(seq=0, record=record, at=at, native_id=native_id, text=cap_text(text)))
    elif source == "devin":
        timeline.add(AgentMessage(seq=0, record=record, at=at, native_id=native_id, text=cap_text(text)))
    else:
        oddities.note("message of an unknown source left out", record)


def _event(timeline: Timeline, event: _Object, record: int, waiting: dict[Category, CallDraft]) -> None:
    named = fields.string(event.get("category"))
    if named in _NO_CALLS:
        return
    category: Category = msgspec.convert(named, Category) if named in _CATEGORIES else "other"
    contents, at = fields.mapping(event.get("contents")), _time(event.get("created_at"))
    if event.get("direction") == "incoming":
        call = waiting.pop(category, None)
        if call is not None:
            call.status = "unknown"
            call.exit_code = fields.exit_code(contents.get("exit_code"))
            call.add_output(cap_output(_first(contents, _OUTPUT_KEYS)), record, at)
        return
    call = CallDraft(
        record=record,
        at=at,
        native_id=fields.some_string(event.get("event_id")),
        name=tools.tool_name(event.get("event_type")),
        category=category,
        arguments=tools.cap_arguments(contents),
        command=tools.shell_command(contents) if category == "shell" else None,
        path=tools.file_path(contents) if category == "file" else None,
        status="unknown",
    )
    waiting[category] = call
    timeline.add(call)


def _first(contents: _Object, keys: Iterable[str]) -> str:
    return next((value for key in keys if (value := fields.string(contents.get(key)))), "")


def _origin(value: object) -> Origin | None:
    name = fields.some_string(value)
    if name is None:
        return None
    return msgspec.convert(name, Origin) if name in _ORIGINS else "other"


def _pull_requests(value: object) -> tuple[PullRequest, ...]:
    found = {}
    for item in map(fields.mapping, fields.sequence(value)):
        if url := fields.some_string(item.get("pr_url")):
            found[url] = PullRequest(url=url, state=fields.some_string(item.get("pr_state")))
    return tuple(found.values())


def _time(value: object) -> float | None:
    at = fields.number(value)
    return at if at is not None and 0 < at <= _LATEST else None
