"""What Hotwash's own ATIF exports carry in `extra` because ATIF has no field for it, and how a session is read back from it unchanged."""

import msgspec

from hotwash.readers import fields
from hotwash.readers.base import MAX_ARGUMENT_CHARS, MAX_TEXT_CHARS, OUTPUT_HEAD_CHARS, OUTPUT_TAIL_CHARS
from hotwash.transcript import Event, ToolCall, Transcript, UsageReport

KEY = "hotwash"
"""Of the document's `extra`: the transcript without its events. Of a step's: its events without what the step itself says."""

SAID_BY_STEP: dict[str, tuple[str, ...]] = {
    "user_message": ("text",),
    "agent_message": ("text",),
    "reasoning": ("text",),
    "tool_call": ("name", "arguments", "output"),
    "instruction": ("text",),
    "lifecycle": ("text",),
    "usage": (),
}
"""By kind of event, the fields that stand in the step's own fields and nowhere else, so that what others change there counts."""

CALL_ID = "call_id"
"""Beside a tool call's other fields: its `tool_call_id` in the step, which a call without a native id needs too."""

_LONGEST_TEXT = max(MAX_TEXT_CHARS, OUTPUT_HEAD_CHARS + OUTPUT_TAIL_CHARS, MAX_ARGUMENT_CHARS) + 200
"""What the readers keep, and the sentence that says what was left out."""
_LAST_RECORD = 2**31 - 1
_LATEST = 2**33
"""Unix seconds; beyond it a file was not written by Hotwash."""

_Object = dict[str, object]


def restore(trajectory: _Object) -> Transcript | None:
    """The transcript that was exported. None where this is no export of Hotwash, or was changed so that it no longer holds together; then it is
    read as any other document."""
    header = fields.mapping(fields.mapping(trajectory.get("extra")).get(KEY))
    if not header:
        return None
    events: list[_Object] = []
    for step in fields.sequence(trajectory.get("steps")):
        told = fields.sequence(fields.mapping(fields.mapping(step).get("extra")).get(KEY))
        if not isinstance(step, dict) or not told:
            return None  # a step that somebody added
        events += [_event(step, fields.mapping(event), len(events) + place) for place, event in enumerate(told)]
    try:
        transcript = msgspec.convert({**header, "events": events}, Transcript)
    except msgspec.ValidationError:
        return None
    return transcript if all(map(_is_sane, transcript.events)) else None


def _event(step: _Object, told: _Object, seq: int) -> _Object:
    kind = told.get("kind")
    event = {name: value for name, value in told.items() if name != CALL_ID} | {"seq": seq}
    if kind == "reasoning":
        event["text"] = step.get("reasoning_content")
    elif kind == "tool_call":
        event |= _call(step, told.get(CALL_ID))
    elif "text" not in event and kind != "usage":
        event["text"] = step.get("message")
    return event


def _call(step: _Object, call_id: object) -> _Object:
    call = _first(fields.sequence(step.get("tool_calls")), "tool_call_id", call_id)
    result = _first(fields.sequence(fields.mapping(step.get("observation")).get("results")), "source_call_id", call_id)
    return {"name": call.get("function_name"), "arguments": call.get("arguments"), "output": fields.string(result.get("content"))}


def _first(items: list[object], key: str, value: object) -> _Object:
    return next((item for item in items if isinstance(item, dict) and item.get(key) == value), {})


def _is_sane(event: Event) -> bool:
    """Within the bounds that every reader keeps, whatever was written into the file."""
    records = (event.record, getattr(event, "result_record", None) or 1)
    times = (event.at or 0.0, getattr(event, "result_at", None) or 0.0)
    if not all(0 < record <= _LAST_RECORD for record in records) or not all(0 <= time <= _LATEST for time in times):
        return False
    if isinstance(event, UsageReport):
        return all(0 <= count <= fields.MAX_COUNT for count in msgspec.structs.astuple(event.usage))
    if isinstance(event, ToolCall):
        return all(
            len(text) <= _LONGEST_TEXT for text in (event.name, event.command or "", event.output, *map(str, event.arguments.values()))
        )
    return len(getattr(event, "text", "")) <= _LONGEST_TEXT
