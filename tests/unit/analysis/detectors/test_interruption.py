"""Stops and rejections that cost something."""

from hotwash.analysis.detectors.interruption import InterruptionDetector
from tests.unit.analysis.builders import agent, call, life, shell, user
from tests.unit.analysis.detectors.finding import findings

STOP = life("interruption", "[Request interrupted by user]")
REFUSED = call("Edit", path="a.py", status="denied", output="The user doesn't want to proceed with this tool use.")


def test_a_session_that_ends_with_a_stop_was_abandoned() -> None:
    (found,) = findings(InterruptionDetector(), user("go"), shell("ls", "a"), agent("Working."), STOP)
    assert found.label == "session ends with a stop"
    assert found.severity == "medium"


def test_a_stop_to_say_more_is_no_issue() -> None:
    assert findings(InterruptionDetector(), user("go"), shell("ls", "a"), STOP, user("also the docs please"), agent("Fine.")) == []


def test_a_stop_with_its_reason_is_an_issue() -> None:
    reason = user("stop, that is the wrong database you are looking at")
    (found,) = findings(InterruptionDetector(), user("go"), shell("ls", "a"), reason, agent("Oh."))
    assert "wrong database" in found.what


def test_calls_of_one_tool_rejected_again_are_an_issue_and_one_is_none() -> None:
    (found,) = findings(InterruptionDetector(), user("go"), REFUSED, agent("Another way."), REFUSED, agent("Fine."))
    assert found.label == "Edit rejected 2 times"
    assert findings(InterruptionDetector(), user("go"), REFUSED, agent("Fine.")) == []


def test_rejections_far_apart_have_nothing_to_do_with_each_other() -> None:
    between = [shell("ls", "a") for _ in range(40)]
    assert findings(InterruptionDetector(), user("go"), REFUSED, *between, REFUSED, agent("Fine.")) == []
