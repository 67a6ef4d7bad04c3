"""What matters of a span or log record: agents send their own system prompt and every tool's description with each model call, and the whole history
with it, so that a session's telemetry grows with its square. The reader sees the essence alone, and the inbox keeps nothing else."""

import re
from collections.abc import Callable

import msgspec

from hotwash.readers import fields
from hotwash.readers.otlp.messages import is_answer, structured
from hotwash.readers.otlp.values import MAX_DEPTH, Object
from hotwash.readers.otlp.wire import Piece

_IDS_AND_TIMES = (
    "traceId",
    "spanId",
    "parentSpanId",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "timeUnixNano",
    "observedTimeUnixNano",
)
_NAMES = ("name", "eventName")
_RESOURCE = re.compile(r"service\..*|vcs\..*|gen_ai\..*|session\.id|conversation\.id|thread\.id")
_LEFT_OUT = frozenset(
    {
        "gen_ai.agent.description",
        "gen_ai.system_instructions",
        "gen_ai.tool.definitions",
        "gen_ai.tool.description",
        "llm.invocation_parameters",
        "request_text",
    }
)
"""The agent's own texts, and a copy of the history: 50 KB a span, and nothing in them that the session does not tell."""
_LEFT_OUT_FAMILIES = ("llm.tools.", "process.")
_EXIT_CODE = "process.exit.code"
_HISTORIES = frozenset({"gen_ai.input.messages", "gen_ai.prompt"})
_NUMBERED = re.compile(r"(?:llm\.input_messages|gen_ai\.prompt)\.(\d{1,4})\.(.*)")


def essence(piece: Piece) -> Piece:
    """The piece without what tells nothing. Of an essence the essence is itself."""
    told = piece.data
    data: Object = {key: told[key] for key in _IDS_AND_TIMES if isinstance(told.get(key), (str, int)) and told[key] != ""}
    data |= {key: told[key] for key in _NAMES if fields.string(told.get(key))}
    if status := fields.mapping(told.get("status")):
        data["status"] = {"code": status.get("code"), "message": fields.string(status.get("message"))}
    data["attributes"] = _attributes(told.get("attributes"))
    if body := _value("", told.get("body"), 0):
        data["body"] = body
    if events := [_event(fields.mapping(event)) for event in fields.sequence(told.get("events"))]:
        data["events"] = events
    resource: Object = {"attributes": _attributes(piece.resource.get("attributes"), only=_RESOURCE.fullmatch)}
    return Piece(kind=piece.kind, resource=resource, scope={"name": fields.string(piece.scope.get("name"))}, data=data)


def _event(event: Object) -> Object:
    at = event.get("timeUnixNano")
    return {
        "name": fields.string(event.get("name")),
        "timeUnixNano": at if isinstance(at, (str, int)) else "0",
        "attributes": _attributes(event.get("attributes")),
    }


def _attributes(value: object, *, only: Callable[[str], object] | None = None, depth: int = 0) -> list[object]:
    items = [fields.mapping(item) for item in fields.sequence(value)]
    answered = max((_number(item) for item in items if _is_numbered_answer(item)), default=-1)
    kept: list[object] = []
    for item in items:
        key = fields.string(item.get("key"))
        left_out = key in _LEFT_OUT or (key.startswith(_LEFT_OUT_FAMILIES) and key != _EXIT_CODE)
        if not key or left_out or (only is not None and not only(key)) or _number(item) in range(answered + 1):
            continue
        kept.append({"key": key, "value": _value(key, item.get("value"), depth)})
    return kept


def _value(key: str, value: object, depth: int) -> Object:
    """An `AnyValue`, as deep as it is read."""
    told = fields.mapping(value)
    if depth > MAX_DEPTH:
        return {}
    if isinstance(text := told.get("stringValue"), str):
        return {"stringValue": _without_history(text) if key in _HISTORIES else text}
    if "arrayValue" in told:
        values = fields.sequence(fields.mapping(told["arrayValue"]).get("values"))
        return {"arrayValue": {"values": [_value(key, item, depth + 1) for item in values]}}
    if "kvlistValue" in told:
        return {"kvlistValue": {"values": _attributes(fields.mapping(told["kvlistValue"]).get("values"), depth=depth + 1)}}
    return {kind: plain for kind in ("boolValue", "intValue", "doubleValue") if isinstance(plain := told.get(kind), (str, int, float))}


def _without_history(text: str) -> str:
    """The messages after the last answer: those before it came with earlier calls."""
    messages = structured(text)
    if not isinstance(messages, list):
        return text
    last = max((index for index, message in enumerate(messages) if is_answer(fields.mapping(message).get("role"))), default=-1)
    return text if last < 0 else msgspec.json.encode(messages[last + 1 :]).decode()


def _number(item: Object) -> int:
    """Which message a numbered key belongs to; -1 for any other key."""
    found = _NUMBERED.fullmatch(fields.string(item.get("key")))
    return int(found[1]) if found else -1


def _is_numbered_answer(item: Object) -> bool:
    found = _NUMBERED.fullmatch(fields.string(item.get("key")))
    return found is not None and found[2].endswith("role") and is_answer(fields.mapping(item.get("value")).get("stringValue"))
