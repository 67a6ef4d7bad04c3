"""The agent's own plan, from either kind of list."""

from hotwash.analysis.facts.plans import PlanItem, plan_of, steps_begun
from hotwash.transcript import ToolCall
from tests.unit.analysis.builders import call, session


def todo(*items: tuple[str, str]) -> ToolCall:
    return call("TodoWrite", category="todo", arguments={"todos": [{"content": text, "status": status} for text, status in items]})


def test_a_to_do_list_and_a_plan_read_alike() -> None:
    codex = call("update_plan", category="todo", arguments={"plan": [{"step": "Read", "status": "pending"}]})
    assert plan_of(todo(("Read", "pending"))) == plan_of(codex) == (PlanItem("Read", "pending"),)


def test_a_call_that_writes_no_plan_has_none() -> None:
    assert plan_of(call("TaskList", category="todo")) == ()
    assert plan_of(call("Deploy", arguments={"todos": [{"content": "x", "status": "pending"}]})) == ()


def test_malformed_items_are_left_out() -> None:
    assert plan_of(call("TodoWrite", category="todo", arguments={"todos": ["Read", None, {"content": "Write"}]})) == (
        PlanItem("Write", ""),
    )


def test_a_step_begins_when_another_item_comes_under_way() -> None:
    transcript = session(
        todo(("Read", "in_progress"), ("Write", "pending")),
        todo(("Read", "in_progress"), ("Write", "pending")),
        todo(("Read", "completed"), ("Write", "in_progress")),
    )
    calls = [event for event in transcript.events if isinstance(event, ToolCall)]
    assert [(begun.seq, text) for begun, text in steps_begun(calls)] == [(0, "Read"), (2, "Write")]
