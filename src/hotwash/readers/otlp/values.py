"""Attribute values of OTLP as plain values, and what agents write into them: numbers and truths also come as strings."""

from hotwash.readers import fields

Object = dict[str, object]

MAX_DEPTH = 32
"""Of nested values. Those of real agents nest 6 deep at most; deeper ones are left out."""

_MILLION = 1_000_000


def read_attributes(value: object) -> Object:
    """A list of keys and values as an object. Of a key that comes twice the last counts."""
    found: Object = {}
    for item in map(fields.mapping, fields.sequence(value)):
        if key := fields.string(item.get("key")):
            found[key] = read_value(item.get("value"))
    return found


def read_value(value: object, depth: int = MAX_DEPTH) -> object:
    """An `AnyValue` as a plain JSON value; None for nothing and for what is nested too deep."""
    if not isinstance(value, dict) or depth == 0:
        return None
    for kind, content in value.items():
        match kind:
            case "doubleValue":
                return fields.number(content)  # some write 1 for 1.0, and then it is still the same value
            case "stringValue" | "boolValue" | "bytesValue":
                return content if isinstance(content, (str, bool, int, float)) else None
            case "intValue":
                return whole(content)
            case "arrayValue":
                return [read_value(item, depth - 1) for item in fields.sequence(fields.mapping(content).get("values"))]
            case "kvlistValue":
                items = map(fields.mapping, fields.sequence(fields.mapping(content).get("values")))
                return {key: read_value(item.get("value"), depth - 1) for item in items if (key := fields.string(item.get("key")))}
    return None


def whole(value: object) -> int | None:
    """A whole number, also as a string: protobuf's JSON writes those of 64 bits so, and so does Codex."""
    if isinstance(value, str) and len(value) <= 20 and value.removeprefix("-").isdecimal() and value.isascii():
        return int(value)
    return fields.integer(value)


def count(value: object) -> int | None:
    """The value if it can count something."""
    return fields.count(whole(value))


def truth(value: object) -> bool | None:
    """Yes, no, or not told."""
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else value if isinstance(value, bool) else None


def duration_ns(attributes: Object) -> int:
    """`duration_ms`, which all agents' logs have; 0 where it is missing. In nanoseconds, as all times are here."""
    told = attributes.get("duration_ms")
    milliseconds = fields.number(whole(told) if isinstance(told, str) else told)
    return round(max(milliseconds or 0, 0) * _MILLION)


def seconds(at_ns: int) -> float:
    """Nanoseconds as seconds to the microsecond, which a float can hold."""
    return round(at_ns / 1_000_000_000, 6)


def first_string(attributes: Object, *keys: str) -> str:
    """The first of these that is a string with something in it; empty where none is."""
    return next((text for key in keys if (text := fields.string(attributes.get(key)))), "")
