"""The same call again without anything new."""

from hotwash.analysis.detectors.loop import LoopDetector
from tests.unit.analysis.builders import agent, edit, read, shell, user
from tests.unit.analysis.detectors.finding import findings

SAME = shell("cat config.ini", "port = 1")


def test_three_equal_calls_with_equal_results_are_a_loop() -> None:
    (found,) = findings(LoopDetector(), user("go"), SAME, agent("hm"), SAME, shell("ls", "a"), SAME)
    assert found.label == "same call 3 times"
    assert "`cat config.ini`" in found.what
    assert len(found.cites) == 2


def test_two_are_none() -> None:
    assert findings(LoopDetector(), user("go"), SAME, SAME) == []


def test_a_changed_result_is_new_information() -> None:
    assert findings(LoopDetector(), user("go"), SAME, shell("cat config.ini", "port = 2"), SAME) == []


def test_an_edit_in_between_is_a_reason_to_look_again() -> None:
    assert findings(LoopDetector(), user("go"), SAME, edit("config.ini", "1", "2"), SAME, edit("config.ini", "2", "1"), SAME) == []


def test_polling_is_no_loop() -> None:
    polls = [shell("sleep 5; gh run list", "pending") for _ in range(5)]
    assert findings(LoopDetector(), user("go"), *polls) == []


def test_calls_without_a_known_result_are_not_compared() -> None:
    assert findings(LoopDetector(), user("go"), read("a"), read("a"), read("a")) == []
