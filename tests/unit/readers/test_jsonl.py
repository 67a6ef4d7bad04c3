"""Lines of JSON: what is read, what is left out, and what is told about it."""

import io
import json

import msgspec
import pytest

from hotwash.readers import jsonl
from hotwash.readers.base import MAX_LINE_BYTES, Source, UnreadableSource
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities


class Inner(msgspec.Struct):
    count: int | None = None
    name: str | None = None


class Shape(msgspec.Struct):
    type: str = ""
    inner: Inner | str | None = None
    items: list[Inner] | None = None


def source_of(data: bytes) -> Source:
    return Source(name="a.jsonl", open=lambda: io.BytesIO(data))


def read(data: bytes) -> tuple[list[tuple[int, Shape]], dict[str, tuple[int | None, int]]]:
    oddities = Oddities()
    records = list(read_records(source_of(data), Shape, oddities))
    return records, {warning.reason: (warning.record, warning.count) for warning in oddities.warnings()}


def test_records_carry_the_number_of_their_line() -> None:
    records, warnings = read(b'{"type": "a"}\n\n{"type": "b"}')
    assert records == [(1, Shape("a")), (3, Shape("b"))]
    assert warnings == {}


def test_glued_objects_share_their_lines_number() -> None:
    records, warnings = read(b'{"type": "a"}{"type": "b"} {"type": "c"}\n{"type": "d"}\n')
    assert records == [(1, Shape("a")), (1, Shape("b")), (1, Shape("c")), (2, Shape("d"))]
    assert warnings == {jsonl.GLUED: (1, 1)}


def test_malformed_lines_are_counted_with_the_first_of_them() -> None:
    records, warnings = read(b'{"type": "a"}\n{"type":\nnonsense\n{"type": "b"}\n')
    assert [shape.type for _, shape in records] == ["a", "b"]
    assert warnings == {jsonl.MALFORMED: (2, 2)}


def test_an_object_before_a_cut_off_one_on_the_same_line_is_kept() -> None:
    records, warnings = read(b'{"type": "a"}{"type": "b", "inn')
    assert records == [(1, Shape("a"))]
    assert warnings == {jsonl.MALFORMED: (1, 1)}


def test_nuls_and_a_byte_order_mark_around_an_object_are_ignored() -> None:
    records, _ = read(b'\xef\xbb\xbf{"type": "a"}\n\0\0\0{"type": "b"}\0\n')
    assert [shape.type for _, shape in records] == ["a", "b"]


def test_broken_utf8_is_replaced_where_it_stands() -> None:
    records, warnings = read(b'{"type": "caf\xe9"}\n')
    assert records == [(1, Shape("caf\ufffd"))]
    assert warnings == {jsonl.BROKEN_UTF8: (1, 1)}


def test_a_value_of_the_wrong_type_leaves_the_rest_of_the_record() -> None:
    data = {"type": "a", "inner": {"count": "[REDACTED]", "name": "n"}, "items": [{"count": "3"}, 7, {"name": ["x"]}]}
    records, warnings = read(json.dumps(data).encode())
    assert records == [(1, Shape("a", Inner(name="n"), [Inner(count=3), Inner()]))]
    assert warnings == {jsonl.WRONG_TYPES: (1, 1)}


def test_lines_that_hold_no_object_are_told_of() -> None:
    records, warnings = read(b'[1]\n"text"\n{"type": "a"}\n')
    assert records == [(3, Shape("a"))]
    assert warnings == {jsonl.NOT_AN_OBJECT: (1, 2)}


def test_a_nest_deeper_than_the_stack_is_one_malformed_line() -> None:
    records, warnings = read(b'{"x": ' + b"[" * 200_000 + b'\n{"type": "a"}\n')
    assert records == [(2, Shape("a"))]
    assert warnings == {jsonl.MALFORMED: (1, 1)}


class _Endless(io.RawIOBase):
    """One line of a given length, made as it is read; remembers the largest piece asked for at once."""

    def __init__(self, length: int) -> None:
        self.left = length
        self.largest = 0

    def readable(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> bytes:
        size = -1 if size is None else size
        self.largest = max(self.largest, size)
        taken = min(size, self.left)
        self.left -= taken
        return b"x" * taken


def test_an_overlong_line_is_passed_over_in_pieces() -> None:
    """However long it is, no more than the limit is held."""
    stream = _Endless(MAX_LINE_BYTES * 3)
    oddities = Oddities()
    assert list(jsonl.iter_lines(stream, "a.jsonl", oddities)) == []  # type: ignore[arg-type]  # a raw stream suffices here
    assert stream.largest == MAX_LINE_BYTES + 1
    assert [(warning.reason, warning.record) for warning in oddities.warnings()] == [(jsonl.TOO_LONG, 1)]


def test_lines_after_an_overlong_one_are_read() -> None:
    records, warnings = read(b'{"type": "' + b"x" * MAX_LINE_BYTES + b'"}\n{"type": "a"}\n')
    assert records == [(2, Shape("a"))]
    assert warnings == {jsonl.TOO_LONG: (1, 1)}


class _Vanishing(io.RawIOBase):
    def readline(self, size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_file_that_vanishes_while_read_is_refused_by_name() -> None:
    source = Source(name="gone.jsonl", open=_Vanishing)  # type: ignore[arg-type]  # a raw stream suffices here
    with pytest.raises(UnreadableSource, match=r"gone\.jsonl: cannot be read \(input/output error\)"):
        list(read_records(source, Shape, Oddities()))
