"""Lines of JSON, read with bounded memory and the tolerance every JSONL format needs (formats section 0, rules 2 to 4).

A line is decoded into a typed shape at full speed. Only where that fails it is decoded again by hand: glued objects, broken UTF-8, NULs
and values of the wrong type cost what they touch and nothing else.
"""

import json
import re
from collections.abc import Iterator
from typing import BinaryIO, TypeVar, get_args, get_origin

import msgspec

from hotwash.readers.base import MAX_LINE_BYTES, Source
from hotwash.readers.oddities import Oddities
from hotwash.readers.streams import open_bytes, read_line

T = TypeVar("T")

MALFORMED = "malformed line left out"
GLUED = "several JSON objects on one line, each read"
TOO_LONG = f"line longer than {MAX_LINE_BYTES // 2**20} MiB left out"
BROKEN_UTF8 = "invalid UTF-8 replaced"
WRONG_TYPES = "values of an unexpected type left out"
NOT_AN_OBJECT = "line that is not a JSON object left out"

_SKIP_CHUNK_BYTES = 1024 * 1024  # read size while an overlong line is passed over; bounds the memory it takes
_PADDING = "\0 \t\r\n\ufeff"  # what may stand around an object: white space, a BOM, the NULs a power failure leaves
_LENIENT = json.JSONDecoder(strict=False)  # takes raw control characters inside strings
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNFIT = object()

_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read_records(source: Source, shape: type[T], oddities: Oddities) -> Iterator[tuple[int, T]]:
    """The source's JSON objects as `shape` (a struct whose fields all have defaults, or `dict[str, object]`), each with the 1-based number
    of its line. Objects glued together share the number. Raises UnreadableSource where the bytes cannot be read."""
    decode = msgspec.json.Decoder(shape).decode
    with open_bytes(source) as stream:
        for record, line in iter_lines(stream, source.name, oddities):
            try:
                value = decode(line)
            except _UNDECODABLE:
                for fitted in _rescue(line, shape, record, oddities):
                    yield record, fitted
                continue
            yield record, value


def iter_lines(stream: BinaryIO, name: str, oddities: Oddities) -> Iterator[tuple[int, bytes]]:
    """Lines with their 1-based number. A line beyond MAX_LINE_BYTES is passed over piece by piece and noted."""
    record = 0
    while line := read_line(stream, MAX_LINE_BYTES + 1, name):
        record += 1
        if len(line) <= MAX_LINE_BYTES or line.endswith(b"\n"):
            yield record, line
            continue
        oddities.note(TOO_LONG, record)
        while (rest := read_line(stream, _SKIP_CHUNK_BYTES, name)) and not rest.endswith(b"\n"):
            pass


def rescue_objects(line: bytes, record: int, oddities: Oddities) -> Iterator[dict[str, object]]:
    """Every JSON object that can be read from a line that is not exactly one."""
    text = _decode_text(line, record, oddities).strip(_PADDING)
    found = position = 0
    while position < len(text):
        try:
            value, position = _LENIENT.raw_decode(text, position)
            value = _without_surrogates(value)
        except (ValueError, RecursionError):
            oddities.note(MALFORMED, record)
            return
        while position < len(text) and text[position] in _PADDING:
            position += 1
        if not isinstance(value, dict):
            oddities.note(NOT_AN_OBJECT, record)
            continue
        found += 1
        if found == 2:
            oddities.note(GLUED, record)
        yield value


def _rescue(line: bytes, shape: type[T], record: int, oddities: Oddities) -> Iterator[T]:
    for value in rescue_objects(line, record, oddities):
        try:
            yield _fit_object(value, shape, record, oddities)
        except RecursionError:
            oddities.note(MALFORMED, record)


def _decode_text(line: bytes, record: int, oddities: Oddities) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        oddities.note(BROKEN_UTF8, record)
        return line.decode(errors="replace")


def _without_surrogates(value: object) -> object:
    """The value with lone surrogate escapes replaced: such text can neither be stored nor sent."""
    encoded = json.dumps(value, ensure_ascii=False)
    if not _SURROGATE.search(encoded):
        return value
    return json.loads(encoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _fit_object(value: dict[str, object], shape: type[T], record: int, oddities: Oddities) -> T:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        oddities.note(WRONG_TYPES, record)
        return _fit_fields(value, shape)


def _fit_fields(value: dict[str, object], shape: type[T]) -> T:
    """The struct with every field that fits; one that does not keeps its default."""
    fitting: dict[str, object] = {}
    for field in msgspec.structs.fields(shape):  # type: ignore[arg-type]  # only a struct can fail to convert from an object
        if field.encode_name in value:
            part = _fit(value[field.encode_name], field.type)
            if part is not _UNFIT:
                fitting[field.name] = part
    return shape(**fitting)


def _fit(value: object, kind: object) -> object:
    """The value as `kind`, its unfitting parts left out, or _UNFIT. A number written as a string counts as the number."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        pass
    for member in get_args(kind) or (kind,):
        if isinstance(value, dict) and isinstance(member, type) and issubclass(member, msgspec.Struct):
            return _fit_fields(value, member)
    for member in (kind, *get_args(kind)):
        if isinstance(value, list) and get_origin(member) is list:
            parts = (_fit(item, get_args(member)[0]) for item in value)
            return [part for part in parts if part is not _UNFIT]
    return _UNFIT
