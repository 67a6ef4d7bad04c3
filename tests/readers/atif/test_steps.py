"""What steps become: calls matched with results, tokens counted once, ids that tell sessions apart."""

import json
from collections.abc import Callable

import pytest

from hotwash.readers.atif import Atif
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.transcript import ToolCall, Transcript, Usage, UsageReport, UserMessage

Read = Callable[..., Transcript]
Step = dict[str, object]


def acted(names: list[str], results: list[dict[str, object]], **step: object) -> Step:
    """An agent's step with calls `c0`, `c1`, … of these tools."""
    calls = [{"tool_call_id": f"c{number}", "function_name": name, "arguments": {"command": name}} for number, name in enumerate(names)]
    return {"source": "agent", "message": "", "tool_calls": calls, "observation": {"results": results}, **step}


def calls(transcript: Transcript) -> list[ToolCall]:
    return [event for event in transcript.events if isinstance(event, ToolCall)]


def test_results_find_their_calls_by_id_in_any_order(read: Read) -> None:
    transcript = read(acted(["a", "b"], [{"source_call_id": "c1", "content": "of b"}, {"source_call_id": "c0", "content": "of a"}]))
    assert [call.output for call in calls(transcript)] == ["of a", "of b"]


def test_a_result_without_id_belongs_to_the_steps_only_call(read: Read) -> None:
    assert [call.output for call in calls(read(acted(["a"], [{"content": "of a"}])))] == ["of a"]


def test_as_many_results_without_id_as_calls_go_in_order(read: Read) -> None:
    assert [call.output for call in calls(read(acted(["a", "b"], [{"content": "of a"}, {"content": "of b"}])))] == ["of a", "of b"]


def test_a_result_that_fits_no_call_is_reported(read: Read) -> None:
    transcript = read(acted(["a", "b"], [{"content": "whose?"}]))
    assert [call.status for call in calls(transcript)] == ["running", "running"]
    assert [warning.reason for warning in transcript.warnings] == ["tool result without its call left out"]


@pytest.mark.parametrize(
    ("result", "status", "exit_code"),
    [
        ({"content": "", "extra": {"exit_code": 2}}, "error", 2),
        ({"content": "", "extra": {"exit_code": 0}}, "ok", 0),
        ({"content": "", "extra": {"is_error": True}}, "error", None),
        ({"content": "", "extra": {"is_error": False}}, "ok", None),
        ({"content": "spilled\n[Command finished with exit code 1]"}, "error", 1),
        ({"content": "<returncode>0</returncode>\n<output>\nfine</output>"}, "ok", 0),
        ({"content": "fine"}, "unknown", None),
        ({"content": None}, "unknown", None),
    ],
)
def test_status_comes_from_extra_or_from_the_text_of_a_shell_result(
    read: Read, result: dict[str, object], status: str, exit_code: int | None
) -> None:
    (call,) = calls(read(acted(["bash"], [result])))
    assert (call.status, call.exit_code) == (status, exit_code)


def test_an_exit_code_in_the_text_of_another_tools_result_is_not_believed(read: Read) -> None:
    (call,) = calls(read(acted(["read_file"], [{"content": "Exit code: 1"}])))
    assert (call.status, call.exit_code) == ("unknown", None)


def test_prompt_tokens_include_cached_ones_and_are_split(read: Read) -> None:
    metrics = {"prompt_tokens": 1000, "cached_tokens": 700, "completion_tokens": 50, "cost_usd": 0.5, "extra": {"reasoning_tokens": 20}}
    transcript = read(acted([], [], metrics=metrics), acted([], [], metrics=metrics))
    assert transcript.usage == Usage(input=600, cache_read=1400, output=100, reasoning=40)
    assert transcript.cost_usd == 1.0


def test_totals_count_only_where_no_step_has_metrics(read: Read) -> None:
    totals = {"total_prompt_tokens": 30, "total_completion_tokens": 3, "total_cost_usd": 0.1}
    assert read(acted([], []), final_metrics=totals).usage == Usage(input=30, output=3)
    measured = acted([], [], metrics={"prompt_tokens": 30, "completion_tokens": 3})
    assert read(measured, final_metrics=totals).usage == Usage(input=30, output=3)


def test_what_only_the_totals_hold_is_counted_too(read: Read) -> None:
    """A call that timed out has no step. What the totals add is one more report, so that reports still make up the sum."""
    measured = acted([], [], metrics={"prompt_tokens": 30, "completion_tokens": 3, "cost_usd": 0.25})
    transcript = read(measured, final_metrics={"total_prompt_tokens": 80, "total_completion_tokens": 9, "total_cost_usd": 0.75})
    assert (transcript.usage, transcript.cost_usd, transcript.usage_partial) == (Usage(input=80, output=9), 0.75, False)
    assert [event.usage.input for event in transcript.events if isinstance(event, UsageReport)] == [30, 50]


def test_totals_that_do_not_go_with_the_steps_say_that_calls_are_missing(read: Read) -> None:
    measured = acted([], [], metrics={"prompt_tokens": 30, "completion_tokens": 3})
    transcript = read(measured, final_metrics={"total_prompt_tokens": 80, "total_completion_tokens": 2})
    assert (transcript.usage, transcript.usage_partial) == (Usage(input=30, output=3), True)


def test_totals_of_a_document_with_copied_steps_are_not_taken_apart(read: Read) -> None:
    """They may hold what another session counts."""
    metrics = {"prompt_tokens": 30, "completion_tokens": 3}
    copied = acted([], [], metrics=metrics, is_copied_context=True)
    transcript = read(copied, acted([], [], metrics=metrics), final_metrics={"total_prompt_tokens": 60, "total_completion_tokens": 6})
    assert transcript.usage == Usage(input=30, output=3)


def test_a_total_of_no_cached_tokens_is_a_figure(read: Read) -> None:
    """Steps need not repeat it; where nothing tells of cached tokens, they are unknown."""
    measured = acted([], [], metrics={"prompt_tokens": 30, "completion_tokens": 3})
    assert not read(measured).coverage.cache_read_tokens
    assert read(measured, final_metrics={"total_prompt_tokens": 30, "total_cached_tokens": 0}).coverage.cache_read_tokens


def test_steps_copied_from_another_session_are_not_this_sessions_own(read: Read) -> None:
    copied = {"source": "user", "message": "old", "is_copied_context": True}
    copied_call = acted(["bash"], [{"content": "x"}], metrics={"prompt_tokens": 9, "completion_tokens": 9}, is_copied_context=True)
    transcript = read(copied, copied_call, {"source": "user", "message": "new"})
    assert [event.text for event in transcript.events if isinstance(event, UserMessage)] == ["new"]
    assert (transcript.usage, calls(transcript)) == (None, [])
    assert [(warning.record, warning.count) for warning in transcript.warnings] == [(1, 2)]


def test_the_sum_of_reports_is_the_sessions_usage(read: Read) -> None:
    transcript = read(acted([], []), final_metrics={"total_prompt_tokens": 30, "total_completion_tokens": 3})
    assert transcript.usage == sum((event.usage for event in transcript.events if isinstance(event, UsageReport)), start=Usage())


def test_a_session_without_id_takes_its_trajectory_id_else_one_from_its_content(read: Read) -> None:
    step = {"source": "user", "message": "boil"}
    assert read(step, session_id=None, trajectory_id="t-5").native_id == "t-5"
    first, again, other = (read({**step, "message": text}, session_id=None) for text in ("boil", "boil", "steep"))
    assert first.native_id == again.native_id != other.native_id


def test_embedded_subagents_of_one_run_have_ids_of_their_own(make_source: Callable[[bytes], Source]) -> None:
    """Since 1.7 all trajectories of a run may share its session id."""
    step = {"source": "user", "message": "boil"}
    subagents = [
        {"session_id": "run-1", "steps": [step]},
        {"session_id": "run-1", "trajectory_id": "t-2", "steps": [step]},
        "broken",
        {"steps": 3},
    ]
    document = {"schema_version": "ATIF-v1.7", "session_id": "run-1", "steps": [step], "subagent_trajectories": subagents}
    transcripts = list(Atif().read(make_source(json.dumps(document).encode())))
    run = transcripts[0].native_id
    assert run.startswith("run-1-")
    assert [(t.native_id, t.parent_native_id) for t in transcripts] == [(run, None), (f"{run}/subagent-1", run), ("t-2", run)]


def test_a_file_with_a_trajectory_a_line_holds_several_sessions(make_source: Callable[[bytes], Source]) -> None:
    lines = [{"schema_version": "ATIF-v1.5", "session_id": name, "steps": [{"source": "user", "message": "boil"}]} for name in ("a", "b")]
    transcripts = Atif().read(make_source("\n".join(map(json.dumps, lines)).encode()))
    assert [t.native_id.partition("-")[0] for t in transcripts] == ["a", "b"]


def test_sessions_that_share_a_name_are_told_apart_by_how_they_begin(read: Read) -> None:
    """Harnesses write names such as `test-session` where an id should stand; a run that goes on stays the same session."""
    first, second = {"source": "user", "message": "boil"}, {"source": "agent", "message": "boiling"}
    start = (first, second, {"source": "agent", "message": "done"})
    run, grown = read(*start, session_id="test"), read(*start, {"source": "user", "message": "and steep"}, session_id="test")
    other = read({"source": "user", "message": "steep"}, second, session_id="test")
    assert run.native_id == grown.native_id != other.native_id


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"schema_version":"ATIF-v1.5","steps":[{"sou', b'{"schema_version":"ATIF-v1.5"}', b"\x00\xff"]
)
def test_a_file_without_a_whole_trajectory_is_unreadable(data: bytes, make_source: Callable[[bytes], Source]) -> None:
    with pytest.raises(UnreadableSource, match=r"^kettle\.json: "):
        list(Atif().read(make_source(data)))


def test_detection_goes_by_the_schema_version() -> None:
    assert Atif().detects(Head(first_bytes=b"{", document={"schema_version": "ATIF-v1.8"}))
    assert not Atif().detects(Head(first_bytes=b"{", document={"schema_version": "2.1"}))
    assert not Atif().detects(Head(first_bytes=b"[", document=[{"schema_version": "ATIF-v1.8"}]))


def test_input_that_no_step_tells_is_unknown(read: Read) -> None:
    told = read({"source": "agent", "message": "Done.", "metrics": {"completion_tokens": 5}})
    assert told.usage == Usage(output=5)
    assert not told.coverage.input_tokens
