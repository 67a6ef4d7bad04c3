"""How many fields a protobuf message holds, before it is parsed: a message without any takes two bytes on the wire and some hundred in memory."""

from typing import Protocol

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10
"""Bytes of 64 bits, seven each."""


class Field(Protocol):
    """The part of protobuf's field descriptor that is used here; the library ships without types."""

    @property
    def message_type(self) -> "Message | None": ...


class Message(Protocol):
    """The same of its message descriptor."""

    @property
    def full_name(self) -> str: ...
    @property
    def fields_by_number(self) -> "dict[int, Field]": ...


def has_more_fields(body: bytes, message: Message, limit: int) -> bool:
    """Whether a message of this type holds more than `limit` fields, at any depth. What is malformed is not counted: parsing it says so."""
    inner_types: dict[tuple[str, int], Message | None] = {}
    found = 0
    waiting = [(0, len(body), message)]
    while waiting:
        place, end, kind = waiting.pop()
        while place < end:
            tag, place = _varint(body, place, end)
            found += 1
            if found > limit:
                return True
            number, wire_type = tag >> 3, tag & 7
            if wire_type == _VARINT:
                _, place = _varint(body, place, end)
            elif wire_type in _FIXED_SIZES:
                place += _FIXED_SIZES[wire_type]
            elif wire_type == _LENGTH:
                size, place = _varint(body, place, end)
                key = (kind.full_name, number)
                if key not in inner_types:
                    field = kind.fields_by_number.get(number)
                    inner_types[key] = None if field is None else field.message_type
                inner = inner_types[key]
                if inner is not None and size:
                    waiting.append((place, min(place + size, end), inner))
                place += size
            else:
                break
    return False


def _varint(body: bytes, place: int, end: int) -> tuple[int, int]:
    """The number that begins at a place, and where it ends; the message's end where it is cut off or too long."""
    value = shift = 0
    for at in range(place, min(place + _LONGEST_VARINT, end)):
        byte = body[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at + 1
        shift += 7
    return 0, end
