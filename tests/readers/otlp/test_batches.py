"""Batches come late, twice and in any order: the session is the same."""

import copy
import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from hotwash.transcript import ToolCall, Usage
from tests.readers.otlp.builders import log, one_session, sessions, span
from tests.readers.otlp.test_agents import (
    CLAUDE_SESSION,
    CLAUDE_SPANS,
    CODEX_LOGS,
    CODEX_SPANS,
    COPILOT_SPANS,
    GEMINI_LOGS,
    GEMINI_SPANS,
)
from tests.readers.otlp.test_conventions import SHAPES

STORIES = {
    "claude": [*CLAUDE_SESSION, *CLAUDE_SPANS],
    "codex": [*CODEX_LOGS, *CODEX_SPANS[:4]],
    "gemini": [*GEMINI_LOGS, *GEMINI_SPANS],
    "copilot": COPILOT_SPANS,
    "conventions": list(SHAPES.values()),
}


def written(requests: list[dict[str, object]]) -> bytes:
    return msgspec.json.encode(sessions(*requests))


@given(data=st.data(), name=st.sampled_from(sorted(STORIES)))
@settings(max_examples=60, deadline=None)
def test_any_order_and_any_repetition_give_the_same_bytes(data: st.DataObject, name: str) -> None:
    story = STORIES[name]
    repeated = data.draw(st.lists(st.sampled_from(story), max_size=6))
    shuffled = data.draw(st.permutations([*story, *repeated]))
    assert written(shuffled) == written(story)


def test_one_request_with_everything_gives_the_same_bytes() -> None:
    merged: dict[str, list[object]] = {}
    for request in STORIES["claude"]:
        for key, groups in request.items():
            assert isinstance(groups, list)
            merged.setdefault(key, []).extend(groups)
    assert written([merged]) == written(STORIES["claude"])  # type: ignore[list-item]  # lists of objects are objects


def test_a_log_that_passed_a_collector_again_is_the_same_log() -> None:
    """Only when it was observed differs."""
    later = json.loads(json.dumps(CLAUDE_SESSION[1]))
    later["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["observedTimeUnixNano"] = "1790000000999999999"
    assert one_session(*CLAUDE_SESSION, later).usage == one_session(*CLAUDE_SESSION).usage


def test_a_log_in_another_encoding_is_the_same_log() -> None:
    """Numbers come as strings from protobuf and as either in JSON; what says nothing is left out or empty."""
    told = {"event.kind": "response.completed", "input_token_count": 7, "output_token_count": 5, "score": 1.0}
    one = log("codex.sse_event", told)
    other = json.loads(json.dumps(one).replace('"intValue": "7"', '"intValue": 7').replace('"doubleValue": 1.0', '"doubleValue": 1'))
    [record] = other["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    del record["body"], record["traceId"]
    record |= {"flags": 0, "severityNumber": 9, "droppedAttributesCount": 0}
    assert record["attributes"] != one["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["attributes"]  # type: ignore[index]  # JSON
    assert one_session(one, other).usage == one_session(one).usage == Usage(input=7, output=5)


def test_of_a_span_sent_twice_the_later_end_counts() -> None:
    """Some exporters send a span when it starts, and again when it ends."""
    begun = copy.deepcopy(COPILOT_SPANS[0])
    whole = span(
        "execute_tool bash", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "bash"}, span_id="ab" * 8, at=2, until=2
    )
    ended = span(
        "execute_tool bash", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "bash"}, span_id="ab" * 8, at=2, until=6
    )
    for order in ([whole, ended], [ended, whole]):
        [call] = [event for event in one_session(*order, begun).events if isinstance(event, ToolCall) and event.native_id is None]
        assert call.duration_s == 4.0
