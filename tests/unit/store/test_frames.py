"""Packing events into frames and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotwash.store.blobs import EVENTS_PER_FRAME, BlobMissing, pack, unpack
from hotwash.transcript import AgentMessage, Event, Instruction, Lifecycle, Reasoning, ToolCall, Usage, UsageReport, UserMessage


def _one_of_each() -> list[Event]:
    return [
        UserMessage(seq=0, record=1, at=1.5, text="Fix it", images=1),
        AgentMessage(seq=1, record=2, text="Looking", model="a-model"),
        Reasoning(seq=2, record=2, text="Hm"),
        ToolCall(seq=3, record=3, name="Bash", category="shell", arguments={"a": [1, 2.5, None, {"b": True}]}, exit_code=0, status="ok"),
        Instruction(seq=4, record=4, source="agents_md", name="AGENTS.md"),
        Lifecycle(seq=5, record=5, what="compaction"),
        UsageReport(seq=6, record=6, usage=Usage(input=1, output=2), cost_usd=0.1),
    ]


def test_every_kind_of_event_comes_back_equal() -> None:
    events = _one_of_each()
    assert unpack(frame.data for frame in pack(events)) == tuple(events)


def test_frames_start_at_multiples_of_a_hundred() -> None:
    events = [UserMessage(seq=i, record=i, text="x") for i in range(250)]
    assert [(f.number, f.first_seq, f.last_seq) for f in pack(events)] == [(0, 0, 99), (1, 100, 199), (2, 200, 249)]
    assert EVENTS_PER_FRAME == 100


def test_the_same_events_give_the_same_bytes() -> None:
    assert [f.data for f in pack(_one_of_each())] == [f.data for f in pack(_one_of_each())]


def test_no_events_give_no_frames() -> None:
    assert list(pack([])) == []


@settings(max_examples=30)  # big examples; more find nothing new
@given(
    st.text(), st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(), st.lists))
)
def test_any_text_and_arguments_come_back_equal(text: str, arguments: dict[str, object]) -> None:
    events: list[Event] = [UserMessage(seq=0, record=1, text=text), ToolCall(seq=1, record=2, name="t", arguments=arguments)]
    assert unpack(frame.data for frame in pack(events)) == tuple(events)


@given(st.binary(max_size=200))
def test_damaged_frames_are_reported(data: bytes) -> None:
    with pytest.raises(BlobMissing):
        unpack([data])
