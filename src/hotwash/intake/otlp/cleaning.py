"""Takes secrets, or all words, out of a span or log record before the inbox keeps it. JSON in a string is taken apart first, so that a secret is seen
as the text it is."""

import functools
import re
from collections.abc import Callable

import msgspec

from hotwash.intake.redaction import Table, redact_text, redact_value, table
from hotwash.readers import fields
from hotwash.readers.otlp.messages import structured
from hotwash.readers.otlp.wire import Piece

Object = dict[str, object]
_Rewrite = Callable[[str, str], str]
"""A key and a text under it; what may be kept of the text."""

_NAMING = re.compile(
    r"(?:.*[._])?(?:id|kind|model|model_name|tokens|token_count|operation|provider|type|role)|event\.\w+|service\..*|vcs\..*"
    r"|(?:.*[._])?tool[._]name|function_name|gen_ai\.operation\.name|decision|query_source|success|status"
)
"""Attributes whose texts name things and tell nothing that was said."""
_NAMING_IN_JSON = frozenset({"role", "type", "id", "name", "callId", "call_id", "tool_call_id", "tool_use_id", "status", "decision"})
_NO_WORD = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?|true|false|")
_LEFT_OUT = "…"


def without_secrets(piece: Piece, *, emails: bool = False) -> Piece:
    """The essence of a record, as it may be stored; with `emails` addresses of people go too."""
    return _rewritten(piece, functools.partial(_redacted, table(emails=emails)))


def without_words(piece: Piece, *, emails: bool = False) -> Piece:
    """The same for a store that keeps no content: of all texts only names, ids and numbers stay. That something was said stays, what was said does
    not."""
    return _rewritten(without_secrets(piece, emails=emails), _wordless)


def _rewritten(piece: Piece, rewrite: _Rewrite) -> Piece:
    data = {**piece.data, "attributes": _attributes(piece.data.get("attributes"), rewrite)}
    for key in ("name", "eventName"):
        if key in data:
            data[key] = redact_text(fields.string(data[key]))
    if status := fields.mapping(data.get("status")):
        data["status"] = {**status, "message": rewrite("", fields.string(status.get("message")))}
    if "body" in data:
        data["body"] = _value("", data["body"], rewrite)
    if "events" in data:
        events = map(fields.mapping, fields.sequence(data["events"]))
        data["events"] = [{**event, "attributes": _attributes(event.get("attributes"), rewrite)} for event in events]
    resource = {**piece.resource, "attributes": _attributes(piece.resource.get("attributes"), rewrite)}
    return msgspec.structs.replace(piece, data=data, resource=resource)


def _attributes(value: object, rewrite: _Rewrite) -> list[object]:
    items = [(fields.string(item.get("key")), item.get("value")) for item in map(fields.mapping, fields.sequence(value))]
    return [{"key": redact_text(key), "value": _value(key, content, rewrite)} for key, content in items]


def _value(key: str, value: object, rewrite: _Rewrite) -> object:
    """An `AnyValue`. It is no deeper than essences are."""
    told = fields.mapping(value)
    if isinstance(text := told.get("stringValue"), str):
        return {"stringValue": rewrite(key, text)}
    if "arrayValue" in told:
        values = fields.sequence(fields.mapping(told["arrayValue"]).get("values"))
        return {"arrayValue": {"values": [_value(key, item, rewrite) for item in values]}}
    if "kvlistValue" in told:
        return {"kvlistValue": {"values": _attributes(fields.mapping(told["kvlistValue"]).get("values"), rewrite)}}
    return told


def _redacted(rules: Table, key: str, text: str) -> str:
    decoded = structured(text)
    cleaned = redact_value(decoded, key, rules)
    if isinstance(cleaned, str):
        return cleaned
    return text if cleaned == decoded else msgspec.json.encode(cleaned).decode()


def _wordless(key: str, text: str) -> str:
    if _NAMING.fullmatch(key):
        return text
    decoded = structured(text)
    if isinstance(decoded, str):
        return text if _NO_WORD.fullmatch(text) else _LEFT_OUT
    return msgspec.json.encode(_wordless_json("", decoded)).decode()


def _wordless_json(key: str, value: object) -> object:
    """The value is no deeper than redaction leaves it."""
    if isinstance(value, dict):
        return {redact_text(name): _wordless_json(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_wordless_json(key, item) for item in value]
    kept = not isinstance(value, str) or key in _NAMING_IN_JSON or _NO_WORD.fullmatch(value)
    return value if kept else _LEFT_OUT
