"""Whatever is sent, it is read or refused in one sentence, and a broken record costs no other."""

import io
import json
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.detect import read_source
from hotwash.readers.otlp import Otlp
from hotwash.transcript import UserMessage
from tests.readers.otlp.builders import hex_id, one_session, source_of, span
from tests.readers.otlp.test_agents import CLAUDE_SESSION, COPILOT_SPANS, GEMINI_LOGS, GEMINI_SPANS

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
RECORDS = [*CLAUDE_SESSION, *COPILOT_SPANS, *GEMINI_LOGS, *GEMINI_SPANS]


def in_memory(data: bytes) -> Source:
    return Source(name="file.json", open=lambda: io.BytesIO(data))


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in items for found in [(*path, key), *places(inner, (*path, key))]]


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_value_in_any_place_costs_at_most_its_record(data: st.DataObject) -> None:
    broken = json.loads(json.dumps(data.draw(st.sampled_from(RECORDS))))
    *way, last = data.draw(st.sampled_from(places(broken)))
    holder = broken
    for step in way:
        holder = holder[step]
    holder[last] = data.draw(json_values)
    transcripts = list(Otlp().read(source_of(broken, *CLAUDE_SESSION)))
    assert msgspec.json.encode(transcripts)
    assert "Run the tests." in [event.text for told in transcripts for event in told.events if isinstance(event, UserMessage)]


@given(cut=st.integers(min_value=0, max_value=8_000))
@settings(max_examples=40, deadline=None)
def test_a_file_cut_anywhere_is_read_up_to_there_or_refused(cut: int) -> None:
    data = "\n".join(json.dumps(record) for record in RECORDS).encode()[:cut]
    source = in_memory(data)
    if data.count(b"\n"):
        assert list(Otlp().read(source))  # the first line holds a record
    else:
        with pytest.raises(UnreadableSource, match=r"^file\.json: "):
            list(Otlp().read(source))


def test_spans_that_lie_in_each_other_end() -> None:
    operation = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.output_tokens": 1}
    one = span("invoke_agent", operation, span_id=hex_id("one"), parent=hex_id("two"))
    two = span("invoke_agent", operation, span_id=hex_id("two"), parent=hex_id("one"))
    assert Otlp().read(source_of(one, two))
    assert len(list(Otlp().read(source_of(one, two)))) >= 1


def test_deeply_nested_values_are_left_out() -> None:
    value: dict[str, object] = {"stringValue": "x"}
    for _ in range(200):
        value = {"arrayValue": {"values": [value]}}
    request = json.loads(json.dumps(CLAUDE_SESSION[0]))
    request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["attributes"].append({"key": "deep", "value": value})
    assert one_session(request).records == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"resourceMetrics": []}',
        '{"resourceSpans": []}',
        '{"resourceSpans": [{"scopeSpans": [{"spans": [7, {"name": "no ids"}]}]}]}',
        '{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "started"}}]}]}]}',
    ],
)
def test_requests_without_a_session_are_refused_by_what_they_lack(text: str) -> None:
    with pytest.raises(UnreadableSource, match="holds no span or log record of an agent's session"):
        list(read_source(in_memory(text.encode())))


def test_an_indented_document_and_a_list_of_requests_are_read() -> None:
    for text in (json.dumps(CLAUDE_SESSION[0], indent=2), json.dumps(CLAUDE_SESSION, indent=1), json.dumps(CLAUDE_SESSION[0])):
        [transcript] = Otlp().read(in_memory(text.encode()))
        assert transcript.events


def in_time(*requests: object) -> None:
    """Reads it well within what a test may take; a quadratic reader would need minutes."""
    started = time.monotonic()
    assert list(Otlp().read(source_of(*requests)))
    assert time.monotonic() - started < 5


def test_spans_nested_thousands_deep_take_no_longer_than_others() -> None:
    operation = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.output_tokens": 1}
    in_time(*(span("invoke_agent", operation, span_id=hex_id(f"{n}"), parent=hex_id(f"{n - 1}")) for n in range(3_000)))


@pytest.mark.parametrize(
    ("service", "text"),
    [
        ("github-copilot", "<reminder>" * 100_000),
        ("gemini-cli", "<session_context>" + "\n--- Context from: x ---\n" * 40_000),
        ("gemini-cli", "<session_context>" + "Workspace Directories:**\n" * 40_000 + " " * 100_000),
    ],
)
def test_a_text_of_nothing_but_openings_is_read_in_time(service: str, text: str) -> None:
    operation = "llm_call" if service == "gemini-cli" else "chat"
    messages = json.dumps([{"role": "user", "parts": [{"type": "text", "text": text}]}])
    in_time(
        span(operation, {"gen_ai.operation.name": operation, "gen_ai.input.messages": messages}, service=service),
    )


def test_json_in_a_string_nested_thousands_deep_is_a_text() -> None:
    for depth in (50, 900, 5_000):
        in_time(span("chat m", {"gen_ai.operation.name": "chat", "gen_ai.input.messages": "[" * depth + "]" * depth}))
        in_time(span("tool", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": '{"a":' * depth + "1" + "}" * depth}))
