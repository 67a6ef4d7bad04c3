"""Whether the person got what they asked for."""

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.model import Outcome
from hotwash.analysis.parts.outcome import judge_outcome
from hotwash.transcript import Event
from tests.unit.analysis.builders import agent, edit, issue, life, session, shell, user

CHANGE = edit("store.go", "a", "b")
FAIL = shell("go test ./store", "--- FAIL: TestStore\nFAIL\texample/store", exit_code=1)
PASS = shell("go test ./store", "ok  \texample/store\t0.2s")


def outcome(*events: Event) -> Outcome:
    return judge_outcome(collect(session(*events)), ())


def test_a_session_without_an_agent_is_unclear() -> None:
    assert outcome(user("Fix the store")) == "unclear"


def test_a_change_whose_last_check_passes_is_achieved() -> None:
    assert outcome(user("Fix the store"), FAIL, CHANGE, PASS, agent("Done.")) == "achieved"


def test_a_check_that_fails_at_the_end_is_not_achieved_whatever_the_agent_says() -> None:
    assert outcome(user("Fix the store"), CHANGE, FAIL, agent("Everything works now, all tests pass!")) != "achieved"


def test_the_persons_approval_at_the_end_counts() -> None:
    assert outcome(user("Fix the store"), CHANGE, agent("Done."), user("great, works")) == "achieved"


def test_a_session_that_ends_with_the_person_stopping_the_agent_is_not_achieved() -> None:
    assert outcome(user("Fix the store"), CHANGE, life("interruption")) != "achieved"


def test_a_grave_issue_takes_something_from_the_outcome() -> None:
    transcript = session(user("Fix the store"), CHANGE, agent("Done."))
    assert judge_outcome(collect(transcript), [issue("defect", transcript, 1, severity="high")]) != "achieved"
