"""Whatever happens to a file, the reader neither fails nor loses a record that is still whole."""

import io
import json
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from hotwash.errors import HotwashError
from hotwash.readers.base import Source
from hotwash.readers.claude_code import ClaudeCode
from hotwash.readers.detect import read_source
from hotwash.transcript import AgentMessage, Lifecycle, ToolCall, Transcript, UserMessage

SESSION = "7c3e1a52-0b6d-4f0e-9d1c-2f8a6b5c4d3e"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def record(number: int, kind: str, content: object, **more: object) -> dict[str, object]:
    message: dict[str, object] = {"role": kind, "content": content}
    if kind == "assistant":
        usage = {"input_tokens": 3, "output_tokens": 7}
        message |= {"id": f"msg_{number}", "model": "claude-opus-4-8", "stop_reason": "tool_use", "usage": usage}
    return {
        "type": kind,
        "uuid": f"uuid-{number}",
        "sessionId": SESSION,
        "version": "2.1.219",
        "timestamp": f"2026-05-04T09:00:{number:02d}.000Z",
        "isSidechain": False,
        "message": message,
    } | more


def call(number: int) -> dict[str, object]:
    return record(number, "assistant", [{"type": "tool_use", "id": f"toolu_{number}", "name": "Bash", "input": {"command": "make"}}])


def result(number: int, of: int) -> dict[str, object]:
    block = {"type": "tool_result", "tool_use_id": f"toolu_{of}", "content": f"output {of}", "is_error": False}
    return record(number, "user", [block], toolUseResult={"stdout": f"output {of}", "interrupted": False})


RECORDS: list[dict[str, object]] = [
    record(1, "user", "Wörk on it 🛠, please"),
    call(2),
    result(3, of=2),
    {"type": "queue-operation", "operation": "enqueue", "content": "and hurry", "sessionId": SESSION, "timestamp": "2026-05-04T09:00:04Z"},
    {"type": "queue-operation", "operation": "remove", "sessionId": SESSION, "timestamp": "2026-05-04T09:00:05Z"},
    record(6, "assistant", [{"type": "text", "text": "Done."}]),
    {"type": "system", "subtype": "compact_boundary", "content": "Conversation compacted", "uuid": "uuid-7", "sessionId": SESSION},
    call(8),
    result(9, of=8),
]
LINES = [json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in RECORDS]


def source_of(data: bytes) -> Source:
    return Source(name="session.jsonl", open=lambda: io.BytesIO(data))


def read(data: bytes) -> Transcript:
    (transcript,) = read_source(source_of(data))
    return transcript


def refusal_of(transcripts: Iterable[Transcript]) -> str | None:
    """The sentence with which a source is refused, or None where it is read."""
    try:
        list(transcripts)
    except HotwashError as error:
        return error.sentence
    return None


def whole() -> Transcript:
    return read(b"".join(LINES))


def told(transcript: Transcript) -> set[str]:
    """What the session holds, without order: messages, calls, results, life cycle."""
    found: set[str] = set()
    for event in transcript.events:
        if isinstance(event, (UserMessage, AgentMessage)):
            found.add(event.text)
        elif isinstance(event, ToolCall):
            found |= {str(event.native_id), event.output or "no output"} - {"no output"}
        elif isinstance(event, Lifecycle):
            found.add(event.what)
    return found


@given(st.integers(min_value=0, max_value=len(b"".join(LINES))))
def test_a_file_cut_at_any_byte_keeps_every_whole_record(cut: int) -> None:
    """A file that was still being written ends in half a line."""
    data = b"".join(LINES)[:cut]
    kept = data.count(b"\n")
    if kept == 0:
        assert "session.jsonl" in (refusal_of(read_source(source_of(data))) or "session.jsonl")
        return
    assert told(read(b"".join(LINES[:kept]))) <= told(read(data))


@given(st.permutations(range(len(LINES))))
def test_lines_in_any_order_hold_the_same_messages_and_calls(order: list[int]) -> None:
    """Records are written late at times; a result that precedes its call is all that may be missed."""
    transcript = read(b"".join(LINES[index] for index in order))
    calls = {event.native_id for event in transcript.events if isinstance(event, ToolCall)}
    assert calls == {"toolu_2", "toolu_8"}
    assert {"Wörk on it 🛠, please", "Done.", "and hurry", "compaction"} <= told(transcript)
    assert [event.seq for event in transcript.events] == list(range(len(transcript.events)))


@given(st.sets(st.integers(min_value=0, max_value=len(LINES) - 2)))
def test_records_glued_onto_one_line_are_all_read(joints: set[int]) -> None:
    data = b"".join(line.rstrip(b"\n") if index in joints else line for index, line in enumerate(LINES))
    assert told(read(data)) == told(whole())


@given(
    st.integers(min_value=0, max_value=len(LINES)),
    st.sampled_from([b"\0" * 40 + b"\n", b"\n", b"null\n", b"{]\n", b"\xff\xfe\n", b"[" * 5000 + b"\n"]),
)
def test_junk_between_records_costs_nothing_else(position: int, junk: bytes) -> None:
    data = b"".join([*LINES[:position], junk, *LINES[position:]])
    assert told(read(data)) == told(whole())


@given(st.integers(min_value=0, max_value=len(LINES)), json_values, st.text(max_size=10))
def test_records_of_unknown_types_cost_nothing_else(position: int, payload: object, kind: str) -> None:
    extra = json.dumps({"type": f"new-{kind}", "payload": payload}).encode() + b"\n"
    transcript = read(b"".join([*LINES[:position], extra, *LINES[position:]]))
    assert told(transcript) == told(whole())
    assert any("unknown type" in warning.reason for warning in transcript.warnings)


@given(
    st.sampled_from([0, 1, 2, 5]),
    st.sampled_from(["uuid", "version", "timestamp", "isSidechain", "cwd", "gitBranch", "toolUseResult"]),
    json_values,
)
def test_a_value_of_any_type_in_a_side_field_keeps_the_record(index: int, key: str, value: object) -> None:
    """Redactors change types; only a subagent's mark may move a record elsewhere, and only one that says so."""
    if key == "isSidechain" and value in (True, 1, "true", "1", "True", "TRUE"):
        return
    lines = list(LINES)
    lines[index] = json.dumps(RECORDS[index] | {key: value}).encode() + b"\n"
    assert told(whole()) - {"and hurry"} <= told(read(b"".join(lines)))


@given(st.integers(min_value=0, max_value=len(LINES) - 1), json_values)
def test_any_message_is_survived(index: int, message: object) -> None:
    lines = list(LINES)
    lines[index] = json.dumps(RECORDS[index] | {"message": message}).encode() + b"\n"
    assert read(b"".join(lines)).native_id == SESSION


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_read_or_refused_in_a_sentence(data: bytes) -> None:
    for transcripts in (read_source(source_of(data)), ClaudeCode().read(source_of(data))):
        sentence = refusal_of(transcripts)
        assert sentence is None or ("session.jsonl" in sentence and "\n" not in sentence)


def test_numbers_written_as_strings_count() -> None:
    """A redactor that quotes everything leaves the tokens readable."""
    data = b"".join(LINES).replace(b'"output_tokens": 7', b'"output_tokens": "7"')
    assert read(data).usage == whole().usage


def test_broken_utf8_is_replaced_and_told() -> None:
    data = b"".join(LINES).replace("ö".encode(), b"\xf6")
    transcript = read(data)
    assert "W\ufffdrk on it 🛠, please" in told(transcript)
    assert any("UTF-8" in warning.reason for warning in transcript.warnings)


def test_lone_surrogates_are_replaced() -> None:
    """Text that cannot be encoded could not be stored."""
    data = b"".join(LINES).replace(b'"Done."', b'"Done \\ud83d."')
    texts = [event.text for event in read(data).events if isinstance(event, AgentMessage)]
    assert [text.encode() for text in texts] == ["Done \ufffd.".encode()]
