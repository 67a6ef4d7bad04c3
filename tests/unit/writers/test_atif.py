"""ATIF exports: valid for others, and the very same session when read again."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from atif import Trajectory
from hypothesis import given, settings
from hypothesis import strategies as st

from hotwash.errors import HotwashError
from hotwash.insights.metrics import measure
from hotwash.readers.base import Source
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.sessions.storable import storable
from hotwash.transcript import (
    AgentMessage,
    Coverage,
    Event,
    Instruction,
    Lifecycle,
    Reasoning,
    ToolCall,
    Transcript,
    Usage,
    UsageReport,
    UserMessage,
)
from hotwash.writers import atif

SHARED = Path(__file__).parents[3].parent / "shared" / "transcripts"
LARGEST_REAL_FILE_BYTES = 1_000_000
"""Larger ones hold nothing new for a writer, and take long."""


def session(*events: Event, native_id: str = "kettle-1", **fields: object) -> Transcript:
    placed = tuple(msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(events))
    made = Transcript(format="codex", agent="Codex", native_id=native_id, events=placed, coverage=Coverage(tokens=True), records=9)
    return msgspec.structs.replace(made, **fields)


def read(document: bytes) -> tuple[Transcript, ...]:
    return tuple(read_source(Source(name="export.json", open=lambda: io.BytesIO(document))))


BUSY = session(
    Instruction(seq=0, record=1, source="agents_md", name="AGENTS.md"),
    UserMessage(seq=0, record=2, at=1_760_000_000.25, text="Descale the kettle.", queued=True, images=1),
    Reasoning(seq=0, record=3, text="Vinegar first.", native_id="r1"),
    AgentMessage(seq=0, record=3, text="On it.", model="gpt-5"),
    ToolCall(
        seq=0,
        record=4,
        name="Bash",
        category="shell",
        arguments={"command": "boil", "deep": {"a": [1, None]}},
        command="boil",
        status="error",
        exit_code=3,
        output="no water",
        output_size=8,
        result_record=5,
        duration_s=1.5,
    ),
    ToolCall(seq=0, record=4, name="Task", child_native_id="kettle-2"),
    UsageReport(
        seq=0, record=4, usage=Usage(input=3, cache_read=20, cache_write_1h=7, output=5, reasoning=2), model="gpt-5", cost_usd=0.25
    ),
    Lifecycle(seq=0, record=6, what="compaction"),
    Lifecycle(seq=0, record=7, what="api_error", text="429"),
    AgentMessage(seq=0, record=8, text="One."),
    AgentMessage(seq=0, record=9, text="Two."),
    usage=Usage(input=3, cache_read=20, cache_write_1h=7, output=5, reasoning=2),
    cost_usd=0.25,
    acus=1.5,
    branch="main",
)


def test_a_session_comes_back_as_it_was() -> None:
    """Every event with every field, the head, and so the figures."""
    (again,) = read(atif.write(BUSY))
    assert again == BUSY
    assert measure(again) == measure(BUSY)


def test_the_document_says_what_atif_has_fields_for() -> None:
    """A turn of the agent is one step; cached tokens count as prompt; the exit code stands where others look for it."""
    document = json.loads(atif.write(BUSY))
    assert [step["source"] for step in document["steps"]] == ["system", "user", "agent", "system", "system", "agent", "agent"]
    turn = document["steps"][2]
    assert (turn["reasoning_content"], turn["message"], turn["model_name"]) == ("Vinegar first.", "On it.", "gpt-5")
    assert [call["function_name"] for call in turn["tool_calls"]] == ["Bash", "Task"]
    assert turn["observation"]["results"] == [
        {"source_call_id": "call-4", "content": "no water", "extra": {"exit_code": 3, "is_error": True}}
    ]
    assert turn["metrics"] == {"prompt_tokens": 30, "completion_tokens": 5, "cached_tokens": 20, "cost_usd": 0.25}
    assert document["steps"][1]["timestamp"] == "2025-10-09T08:53:20.250000+00:00"
    assert document["final_metrics"] == {
        "total_prompt_tokens": 30,
        "total_completion_tokens": 5,
        "total_cached_tokens": 20,
        "total_cost_usd": 0.25,
    }


def test_the_strict_models_accept_it() -> None:
    child = session(AgentMessage(seq=0, record=1, text="Done."), native_id="kettle-2", parent_native_id="kettle-1")
    Trajectory.model_validate_json(atif.write(BUSY, [child]))


def test_subagents_are_embedded_under_who_started_them_and_come_back() -> None:
    child = session(AgentMessage(seq=0, record=1, text="Done."), native_id="kettle-2", parent_native_id="kettle-1")
    grandchild = session(AgentMessage(seq=0, record=1, text="Dry."), native_id="kettle-3", parent_native_id="kettle-2")
    document = atif.write(BUSY, [grandchild, child])
    assert read(document) == (BUSY, child, grandchild)
    decoded = json.loads(document)
    result = decoded["steps"][2]["observation"]["results"][1]
    assert result["subagent_trajectory_ref"] == [{"trajectory_id": "kettle-2"}]
    assert decoded["subagent_trajectories"][0]["subagent_trajectories"][0]["trajectory_id"] == "kettle-3"


def test_calls_with_one_id_are_told_apart() -> None:
    """Agents repeat ids across turns; within a step of ATIF they must differ."""
    twice = session(*(ToolCall(seq=0, record=n, name=f"tool-{n}", native_id="same", output=str(n)) for n in (1, 2)))
    document = atif.write(twice)
    Trajectory.model_validate_json(document)
    assert read(document) == (twice,)


def _without_a_mark(document: dict[str, object]) -> None:
    steps = document["steps"]
    assert isinstance(steps, list)
    steps.append({"step_id": 99, "source": "user", "message": "Added by hand."})


def _with_impossible_figures(document: dict[str, object]) -> None:
    steps = document["steps"]
    assert isinstance(steps, list)
    steps[1]["extra"]["hotwash"][0]["record"] = 10**12


def _with_a_broken_head(document: dict[str, object]) -> None:
    document["extra"] = {"hotwash": {"format": 7}}


@pytest.mark.parametrize("change", [_without_a_mark, _with_impossible_figures, _with_a_broken_head])
def test_an_export_that_was_changed_is_read_as_any_other_document(change: Callable[[dict[str, object]], None]) -> None:
    """Nothing of it is lost, and nothing impossible believed."""
    document = json.loads(atif.write(BUSY))
    change(document)
    (transcript,) = read(json.dumps(document).encode())
    assert transcript.format == "atif"
    assert next(event.text for event in transcript.events if isinstance(event, UserMessage)) == "Descale the kettle."


def test_words_changed_in_a_step_count() -> None:
    """They stand in the step alone."""
    document = json.loads(atif.write(BUSY))
    document["steps"][1]["message"] = "[REDACTED]"
    (transcript,) = read(json.dumps(document).encode())
    assert [event.text for event in transcript.events if isinstance(event, UserMessage)] == ["[REDACTED]"]


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_EVENTS = st.one_of(
    st.builds(UserMessage, seq=st.just(0), record=st.integers(1, 99), text=_TEXT, at=st.none() | st.floats(0, 2e9)),
    st.builds(AgentMessage, seq=st.just(0), record=st.integers(1, 99), text=_TEXT),
    st.builds(Reasoning, seq=st.just(0), record=st.integers(1, 99), text=_TEXT),
    st.builds(Lifecycle, seq=st.just(0), record=st.integers(1, 99), text=_TEXT, what=st.just("refusal")),
    st.builds(Instruction, seq=st.just(0), record=st.integers(1, 99), text=_TEXT, name=_TEXT, source=st.just("skill")),
    st.builds(
        UsageReport, seq=st.just(0), record=st.integers(1, 99), usage=st.builds(Usage, input=st.integers(0, 9), output=st.integers(0, 9))
    ),
    st.builds(
        ToolCall,
        seq=st.just(0),
        record=st.integers(1, 99),
        name=_TEXT,
        output=_TEXT,
        native_id=st.sampled_from([None, "a", "b"]),
        result_record=st.none() | st.integers(1, 99),
        arguments=st.dictionaries(_TEXT, _TEXT | st.integers(-9, 9) | st.lists(_TEXT, max_size=2), max_size=2),
    ),
)


@settings(deadline=None)
@given(st.lists(_EVENTS, min_size=1, max_size=12))
def test_any_events_come_back_in_a_valid_document(events: list[Event]) -> None:
    made = session(*events)
    document = atif.write(made)
    Trajectory.model_validate_json(document)
    assert read(document) == (made,)


def test_real_sessions_come_back_as_they_were() -> None:
    """One of each format and folder."""
    if not SHARED.exists():
        pytest.skip("the real transcripts are not beside this repository")
    seen: set[tuple[str, str]] = set()
    for file in session_files(SHARED):
        if file.stat().st_size > LARGEST_REAL_FILE_BYTES:
            continue
        try:
            for transcript in map(storable, read_source(open_source(file))):
                if (key := (transcript.format, str(file.parent))) not in seen:
                    seen.add(key)
                    document = atif.write(transcript)
                    Trajectory.model_validate_json(document)
                    assert read(document) == (transcript,), file
        except HotwashError:
            continue  # a format without a reader
    assert len({format_name for format_name, _ in seen}) > 5
