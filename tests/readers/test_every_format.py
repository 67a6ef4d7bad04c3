"""Every format, whatever happened to its file: it is read, or refused in one sentence, and no damage costs a good record."""

import copy
import io
import json
import random
import tracemalloc
from collections.abc import Callable, Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotwash.readers.base import MAX_LINE_BYTES, Source, UnreadableSource
from hotwash.readers.detect import read_source
from hotwash.transcript import AgentMessage, ToolCall, Transcript, UserMessage
from tests.readers.samples import Sample, formats, own_samples, samples, source_of

a_few = settings(max_examples=12, deadline=None)
LINES = samples("lines")
DOCUMENTS = samples("document")
TEXTS = samples("document", "lines", "text")
GIANT_BYTES = 100 * 1024 * 1024
MOST_MEMORY_BYTES = 4 * MAX_LINE_BYTES
"""A line within the limit is held, grown and decoded; a longer one is not."""

each_line = pytest.mark.parametrize("sample", LINES, ids=lambda sample: sample.id)
each_document = pytest.mark.parametrize("sample", DOCUMENTS, ids=lambda sample: sample.id)
each_text = pytest.mark.parametrize("sample", TEXTS, ids=lambda sample: sample.id)


def read(source: Source | bytes) -> list[Transcript]:
    """The sessions, each sound; none where the source is refused in one line that names it."""
    source = source_of(source) if isinstance(source, bytes) else source
    found: list[Transcript] = []
    try:
        for transcript in read_source(source):
            msgspec.json.encode(transcript)
            assert [event.seq for event in transcript.events] == list(range(len(transcript.events)))
            assert all(1 <= event.record <= max(1, transcript.records) for event in transcript.events)
            found.append(transcript)
    except UnreadableSource as refused:
        refuse(source, refused.sentence)
    return found


def refuse(source: Source, sentence: str) -> None:
    assert sentence.startswith(f"{source.name}: ")
    assert "\n" not in sentence


def told(transcripts: list[Transcript]) -> set[str]:
    """What was said, by whom, and what was called."""
    found: set[str] = set()
    for event in (event for transcript in transcripts for event in transcript.events):
        match event:
            case UserMessage() | AgentMessage():
                found.add(f"{type(event).__name__} {event.text}")
            case ToolCall():
                found.add(f"call {event.name} {event.command or event.path}")
    return found


def lines_of(sample: Sample) -> list[bytes]:
    return [line for line in sample.data.splitlines() if line.strip()]


def test_every_format_has_a_sample() -> None:
    """A reader without an input of its own in `tests/readers` would not be tried here."""
    assert {sample.format for sample in own_samples()} == formats()


@each_text
def test_a_sample_tells_something(sample: Sample) -> None:
    """Or the tests below would prove nothing."""
    assert told(read(sample.data))


@each_text
@a_few
@given(share=st.floats(0, 1))
def test_a_file_cut_at_any_byte_keeps_its_whole_lines(sample: Sample, share: float) -> None:
    cut = sample.data[: int(share * len(sample.data))]
    whole = cut[: cut.rfind(b"\n") + 1] if sample.shape == "lines" else b""
    assert told(read(whole)) <= told(read(cut))


@each_line
@a_few
@given(at=st.integers(0, 10_000))
def test_two_lines_glued_together_are_both_read(sample: Sample, at: int) -> None:
    """Agents that write at the same time lose the line end between them."""
    lines = lines_of(sample)
    place = at % max(1, len(lines) - 1)
    glued = [*lines[:place], b"".join(lines[place : place + 2]), *lines[place + 2 :]]
    assert told(read(sample.data)) <= told(read(b"\n".join(glued)))


NOVEL: tuple[bytes, ...] = (
    b'{"type": "novel", "payload": {"a": [1, {"b": null}]}, "timestamp": "2026-01-01T00:00:00Z"}',
    b'{"kind": "novel", "role": "novel", "id": 7}',
    b"\0" * 40,
    b"",
    b"null",
    b"7",
    b'"text"',
    b"[]",
    b"{}",
    b"{]",
    b"\xff\xfe\xfd",
    b"[" * 100_000,
    b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
)


@each_line
@a_few
@given(at=st.integers(0, 10_000), novel=st.sampled_from(NOVEL))
def test_an_unknown_or_broken_line_costs_no_other(sample: Sample, at: int, novel: bytes) -> None:
    lines = lines_of(sample)
    place = 1 + at % len(lines)
    assert told(read(sample.data)) <= told(read(b"\n".join([*lines[:place], novel, *lines[place:]])))


@each_line
@a_few
@given(seed=st.integers(0, 10_000))
def test_lines_that_come_late_are_read_all_the_same(sample: Sample, seed: int) -> None:
    """Any line may change places with its neighbour; what people said is kept, whatever the order makes of calls and results."""
    lines = lines_of(sample)
    chance = random.Random(seed)
    for place in range(1, len(lines) - 1):
        if chance.random() < 0.2:
            lines[place], lines[place + 1] = lines[place + 1], lines[place]
    said = {text for text in told(read(sample.data)) if text.startswith("UserMessage")}
    assert said <= told(read(b"\n".join(lines)))


def changed(value: object, change: Callable[[object], object]) -> object:
    """The value with every number, text and so on in it changed."""
    if isinstance(value, dict):
        return {key: changed(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [changed(item, change) for item in value]
    return change(value)


def number_as_string(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def string_as_number(value: object) -> object:
    return len(value) if isinstance(value, str) else value


def nothing(value: object) -> object:
    return None


CHANGES = (number_as_string, string_as_number, nothing)


@each_line
@pytest.mark.parametrize("change", CHANGES)
def test_lines_whose_values_have_other_types_cost_no_other(sample: Sample, change: Callable[[object], object]) -> None:
    """Each line in turn; the others are read as before."""
    lines = lines_of(sample)
    step = max(1, len(lines) // 12)
    for place in range(1, len(lines), step):
        broken = json.dumps(changed(_decoded(lines[place]), change)).encode()
        others = told(read(b"\n".join([*lines[:place], *lines[place + 1 :]])))
        assert others <= told(read(b"\n".join([*lines[:place], broken, *lines[place + 1 :]]))), place


def _decoded(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return {}


@each_document
@pytest.mark.parametrize("change", CHANGES)
@a_few
@given(at=st.integers(0, 100_000))
def test_a_document_with_values_of_other_types_is_read_or_refused(sample: Sample, change: Callable[[object], object], at: int) -> None:
    """All of them, and one alone."""
    document = json.loads(sample.data)
    read(json.dumps(changed(document, change)).encode())
    found = list(values(document))
    value, (*way, last) = found[at % len(found)]
    broken = copy.deepcopy(document)
    holder = broken
    for step in way:
        holder = holder[step]
    holder[last] = changed(value, change)
    read(json.dumps(broken).encode())


def values(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[object, tuple[str | int, ...]]]:
    """Every value inside a JSON value, with the way to it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield item, (*path, key)
        yield from values(item, (*path, key))


DISGUISES: dict[str, Callable[[bytes], bytes]] = {
    "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "line ends of Windows": lambda data: data.replace(b"\n", b"\r\n"),
    "NULs at the end": lambda data: data.rstrip() + b"\0" * 4_096,
    "empty lines": lambda data: b"\n\n \n" + data + b"\n\n",
}


@each_text
@pytest.mark.parametrize("disguise", DISGUISES)
def test_what_editors_and_power_failures_add_changes_nothing(sample: Sample, disguise: str) -> None:
    whole = {text.replace("\r", "") for text in told(read(sample.data))}
    assert whole <= {text.replace("\r", "") for text in told(read(DISGUISES[disguise](sample.data)))}


@each_text
@a_few
@given(at=st.integers(0, 1_000_000), junk=st.sampled_from([b"\xff", b"\xc3", b"\0", b"\xed\xa0\x80", b"\\ud800", b'"', b"\n", b"{"]))
def test_a_broken_byte_anywhere_costs_at_most_its_line(sample: Sample, at: int, junk: bytes) -> None:
    place = at % len(sample.data)
    changed_data = sample.data[:place] + junk + sample.data[place:]
    found = told(read(changed_data))
    lines = sample.data.split(b"\n")
    line = sample.data[:place].count(b"\n")
    if sample.shape == "lines" and 0 < line < len(lines):
        others = told(read(b"\n".join([*lines[:line], *lines[line + 1 :]])))
        assert {text for text in others if text.startswith("UserMessage")} <= found


@each_text
@a_few
@given(junk=st.binary(max_size=200))
def test_bytes_of_any_kind_after_a_good_start_never_crash(sample: Sample, junk: bytes) -> None:
    read(sample.data[: len(sample.data) // 3] + junk)


@each_text
def test_values_nested_without_end_are_survived(sample: Sample) -> None:
    """In the place of a text: as deep as a decoder follows, deeper than that, and deeper than Python's stack."""
    if sample.shape == "text":
        return
    for depth in (60, 500, 20_000):
        deep = b"[" * depth + b"]" * depth
        for quoted in (b'"text":', b'"content":', b'"arguments":', b'"input":', b'"value":'):
            broken = sample.data.replace(quoted, quoted + b" " + deep + b', "moved":', 3)
            read(broken)


class _Giant(io.RawIOBase):
    """Good lines, a line of a hundred megabytes, which is made as it is read, and the other good lines."""

    def __init__(self, before: bytes, after: bytes) -> None:
        self._parts: list[bytes | int] = [before + b'{"type": "user", "text": "', GIANT_BYTES, b'"}\n' + after]
        self._filler = b"x" * (1 << 20)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # whatever takes bytes
        while self._parts:
            part = self._parts[0]
            if isinstance(part, int):
                size = min(part, len(view), len(self._filler))
                view[:size] = self._filler[:size]
                self._parts[0] = part - size if part > size else b""
                return size
            size = min(len(part), len(view))
            if size:
                view[:size] = part[:size]
                self._parts[0] = part[size:]
                return size
            self._parts.pop(0)
        return 0


@pytest.mark.parametrize("sample", [sample for sample in own_samples() if sample.shape == "lines"], ids=lambda sample: sample.id)
def test_a_line_of_a_hundred_megabytes_is_passed_over(sample: Sample) -> None:
    """Without holding it, and without losing what stands before and after."""
    lines = lines_of(sample)
    middle = max(1, len(lines) // 2)
    before, after = b"\n".join(lines[:middle]) + b"\n", b"\n".join(lines[middle:]) + b"\n"
    source = Source(name="giant.jsonl", open=lambda: io.BufferedReader(_Giant(before, after)))
    tracemalloc.start()
    try:
        found = told(read(source))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told(read(before + after)) <= found
    assert peak < MOST_MEMORY_BYTES
