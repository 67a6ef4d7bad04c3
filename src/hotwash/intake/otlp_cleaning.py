"""What the inbox keeps of a span or log record: what can tell of a session, without secrets. Records hold JSON in strings and whole histories in each
model call; both are taken apart first, so that a secret is seen as the text it is and a long session does not grow with its square."""

import re
from collections.abc import Callable

import msgspec

from hotwash.intake.redaction import redact_text, redact_value
from hotwash.readers import fields
from hotwash.readers.otlp.messages import structured
from hotwash.readers.otlp.wire import Piece

Object = dict[str, object]

_KEPT = (
    "traceId",
    "spanId",
    "parentSpanId",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "timeUnixNano",
    "observedTimeUnixNano",
)
_KEPT_TEXTS = ("name", "eventName")
_KEPT_OF_RESOURCE = re.compile(r"service\..*|vcs\..*|session\.id|gen_ai\..*|conversation\.id|thread\.id")
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
"""The agent's own texts, and copies of the history: 50 KB a span, and nothing in them that the session does not tell."""
_LEFT_OUT_FAMILIES = ("llm.tools.", "process.")
_EXIT_CODE = "process.exit.code"
_HISTORIES = frozenset({"gen_ai.input.messages", "gen_ai.prompt"})
_ANSWERS = frozenset({"assistant", "model", "ai"})
_NUMBERED = re.compile(r"(?:llm\.input_messages|gen_ai\.prompt)\.(\d{1,4})\.(.*)")
_NAMING = re.compile(
    r"(?:.*[._])?(?:id|kind|model|model_name|tokens|token_count|operation|provider|type|role)|event\.\w+|service\..*|vcs\..*"
    r"|(?:.*[._])?tool[._]name|function_name|gen_ai\.operation\.name|decision|query_source|success|status"
)
"""Attributes whose texts name things and tell nothing that was said."""
_NAMING_IN_JSON = frozenset({"role", "type", "id", "name", "callId", "call_id", "tool_call_id", "tool_use_id", "status", "decision"})
_NO_WORD = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?|true|false|")
_LEFT_OUT_WORDS = "…"
_DEEPEST = 40
"""Of nested attribute values; the reader takes 32."""


def clean(piece: Piece) -> Piece:
    """The piece as it may be stored."""
    data: Object = {key: piece.data[key] for key in _KEPT if isinstance(piece.data.get(key), (str, int)) and piece.data[key] != ""}
    for key in _KEPT_TEXTS:
        if text := fields.string(piece.data.get(key)):
            data[key] = redact_text(text)
    status = fields.mapping(piece.data.get("status"))
    if status:
        data["status"] = {"code": status.get("code"), "message": redact_text(fields.string(status.get("message")))}
    data["attributes"] = _attributes(piece.data.get("attributes"))
    if piece.data.get("body") is not None:
        data["body"] = _value("", piece.data["body"], 0)
    events = [_event(fields.mapping(event)) for event in fields.sequence(piece.data.get("events"))]
    if events:
        data["events"] = events
    resource: Object = {"attributes": _attributes(piece.resource.get("attributes"), only=_KEPT_OF_RESOURCE.fullmatch)}
    return Piece(kind=piece.kind, resource=resource, scope={"name": redact_text(fields.string(piece.scope.get("name")))}, data=data)


def clean_of_words(piece: Piece) -> Piece:
    """The same for a store that keeps no content: of all texts only names, ids and numbers stay. That something was said stays, what was said does
    not."""
    cleaned = clean(piece)
    data = {key: value for key, value in cleaned.data.items() if key != "body"}
    for holder in (data, *map(fields.mapping, fields.sequence(data.get("events")))):
        holder["attributes"] = [_wordless(fields.mapping(item)) for item in fields.sequence(holder.get("attributes"))]
    if status := fields.mapping(data.get("status")):
        data["status"] = {"code": status.get("code")}
    return msgspec.structs.replace(cleaned, data=data)


def _wordless(item: Object) -> Object:
    key = fields.string(item.get("key"))
    return item if _NAMING.fullmatch(key) else {"key": key, "value": _wordless_value(item.get("value"))}


def _wordless_value(value: object) -> object:
    told = fields.mapping(value)
    if "stringValue" in told:
        text = fields.string(told["stringValue"])
        decoded = structured(text)
        if not isinstance(decoded, str):
            return {"stringValue": msgspec.json.encode(_wordless_json("", decoded)).decode()}
        return told if _NO_WORD.fullmatch(text) else {"stringValue": _LEFT_OUT_WORDS}
    if "arrayValue" in told:
        return {
            "arrayValue": {"values": [_wordless_value(item) for item in fields.sequence(fields.mapping(told["arrayValue"]).get("values"))]}
        }
    if "kvlistValue" in told:
        items = fields.sequence(fields.mapping(told["kvlistValue"]).get("values"))
        return {"kvlistValue": {"values": [_wordless(fields.mapping(item)) for item in items]}}
    return told


def _wordless_json(key: str, value: object) -> object:
    if isinstance(value, dict):
        return {name: _wordless_json(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_wordless_json(key, item) for item in value]
    kept = not isinstance(value, str) or key in _NAMING_IN_JSON or _NO_WORD.fullmatch(value)
    return value if kept else _LEFT_OUT_WORDS


def _event(event: Object) -> Object:
    return {
        "name": redact_text(fields.string(event.get("name"))),
        "timeUnixNano": event.get("timeUnixNano") if isinstance(event.get("timeUnixNano"), (str, int)) else None,
        "attributes": _attributes(event.get("attributes")),
    }


def _attributes(value: object, *, only: Callable[[str], object] | None = None, depth: int = 0) -> list[object]:
    items = [fields.mapping(item) for item in fields.sequence(value)]
    answered = max((_number(item) for item in items if _is_flat_answer(item)), default=-1)
    kept: list[object] = []
    for item in items:
        key = fields.string(item.get("key"))
        left_out = key in _LEFT_OUT or (key.startswith(_LEFT_OUT_FAMILIES) and key != _EXIT_CODE)
        if not key or left_out or (only is not None and not only(key)) or _number(item) in range(answered + 1):
            continue
        kept.append({"key": redact_text(key), "value": _value(key, item.get("value"), depth)})
    return kept


def _value(key: str, value: object, depth: int) -> object:
    """An `AnyValue` without secrets."""
    told = fields.mapping(value)
    if depth > _DEEPEST:
        return {}
    if (text := told.get("stringValue")) is not None:
        return {"stringValue": _text(key, fields.string(text))}
    if "arrayValue" in told:
        values = fields.sequence(fields.mapping(told["arrayValue"]).get("values"))
        return {"arrayValue": {"values": [_value(key, item, depth + 1) for item in values]}}
    if "kvlistValue" in told:
        return {"kvlistValue": {"values": _attributes(fields.mapping(told["kvlistValue"]).get("values"), depth=depth + 1)}}
    return {kind: plain for kind in ("boolValue", "intValue", "doubleValue") if isinstance(plain := told.get(kind), (str, int, float))}


def _text(key: str, text: str) -> str:
    """JSON in a string is redacted value by value: a rule that looks at the whole would stop at its quotes and escapes."""
    decoded = structured(text)
    if isinstance(decoded, str):
        clean_text = redact_value(text, key)
        return clean_text if isinstance(clean_text, str) else ""
    fresh = _without_history(decoded) if key in _HISTORIES else decoded
    cleaned = redact_value(fresh, key)
    return text if cleaned == decoded else msgspec.json.encode(cleaned).decode()


def _without_history(messages: object) -> object:
    """The messages after the last answer: those before it came with earlier calls."""
    listed = fields.sequence(messages)
    last = max((index for index, message in enumerate(listed) if _role(message) in _ANSWERS), default=-1)
    return listed[last + 1 :] if isinstance(messages, list) else messages


def _role(message: object) -> str:
    return fields.string(fields.mapping(message).get("role")).lower()


def _number(item: Object) -> int:
    """Which message a flattened key belongs to; -1 for any other key."""
    found = _NUMBERED.fullmatch(fields.string(item.get("key")))
    return int(found[1]) if found else -1


def _is_flat_answer(item: Object) -> bool:
    found = _NUMBERED.fullmatch(fields.string(item.get("key")))
    role = fields.string(fields.mapping(item.get("value")).get("stringValue"))
    return found is not None and found[2].endswith("role") and role.lower() in _ANSWERS
