"""Nothing in a trajectory can crash the reader."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotwash.readers.atif import Atif
from hotwash.readers.base import Source, UnreadableSource
from hotwash.transcript import Transcript, UserMessage

HERE = Path(__file__).parent
WHOLE = (HERE / "continued_with_summary.trajectory.json").read_bytes()
shared_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8
)
STEP_KEYS = [
    "message",
    "reasoning_content",
    "model_name",
    "tool_calls",
    "observation",
    "metrics",
    "timestamp",
    "is_copied_context",
    "extra",
]
DOCUMENT_KEYS = ["session_id", "agent", "final_metrics", "extra", "subagent_trajectories", "continued_trajectory_ref"]
tool_calls = st.lists(
    st.dictionaries(st.sampled_from(["tool_call_id", "function_name", "arguments"]), values, max_size=3) | values, max_size=3
)
steps = st.builds(
    lambda source, rest, calls: {**rest, "tool_calls": calls, "source": source},
    st.sampled_from(["user", "agent", "system", "novel"]) | scalars,
    st.dictionaries(st.sampled_from(STEP_KEYS), values, max_size=5),
    tool_calls,
)


def readable(source: Source) -> list[Transcript]:
    """The sessions, each of which can be written out; none where the source holds none."""
    try:
        transcripts = list(Atif().read(source))
    except UnreadableSource:
        return []
    for transcript in transcripts:
        msgspec.json.encode(transcript)
        assert [event.seq for event in transcript.events] == list(range(len(transcript.events)))
        assert all(1 <= event.record <= max(1, transcript.records) for event in transcript.events)
    return transcripts


@shared_fixture
@given(listed=st.lists(steps | values, max_size=6), rest=st.dictionaries(st.sampled_from(DOCUMENT_KEYS), values, max_size=4))
def test_values_of_any_type_anywhere_are_survived(
    listed: list[object], rest: dict[str, object], make_source: Callable[[bytes], Source]
) -> None:
    document = {**rest, "schema_version": "ATIF-v1.6", "steps": listed}
    assert readable(make_source(json.dumps(document).encode()))


@shared_fixture
@given(bad=values, place=st.integers(0, 3))
def test_a_broken_step_costs_no_other(bad: object, place: int, make_source: Callable[[bytes], Source]) -> None:
    said = [{"source": "user", "message": text} for text in ("one", "two", "three")]
    document = {"schema_version": "ATIF-v1.6", "steps": [*said[:place], bad, *said[place:]]}
    (transcript,) = readable(make_source(json.dumps(document).encode()))
    assert [event.text for event in transcript.events if isinstance(event, UserMessage)] == ["one", "two", "three"]


@shared_fixture
@given(cut=st.integers(0, len(WHOLE)))
def test_a_cut_document_is_refused_or_whole(cut: int, make_source: Callable[[bytes], Source]) -> None:
    transcripts = readable(make_source(WHOLE[:cut]))
    assert len(transcripts) == (1 if WHOLE[:cut].rstrip() == WHOLE.rstrip() else 0)


def test_subagents_nested_without_end_are_followed_to_a_limit(make_source: Callable[[bytes], Source]) -> None:
    document: dict[str, object] = {"steps": []}
    for _ in range(100):
        document = {"schema_version": "ATIF-v1.7", "steps": [], "subagent_trajectories": [document]}
    assert len(readable(make_source(json.dumps(document).encode()))) == 9
