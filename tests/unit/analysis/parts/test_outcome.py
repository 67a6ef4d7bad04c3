"""Whether the person got what they asked for."""

import msgspec
import pytest

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.model import Outcome
from hotwash.analysis.parts.outcome import evidence_of, judge_outcome, log_odds
from hotwash.transcript import Event
from tests.unit.analysis.builders import agent, call, edit, issue, life, read, session, shell, user

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


def test_a_grave_issue_that_a_passing_check_mended_takes_nothing() -> None:
    transcript = session(user("Fix the store"), CHANGE, FAIL, CHANGE, PASS, agent("Done."), user("what is next?"))
    assert judge_outcome(collect(transcript), [issue("failing_check", transcript, 2, severity="high")]) == "achieved"


def test_a_session_that_ends_with_an_objection_nobody_answered_is_not_achieved() -> None:
    assert outcome(user("Fix the store"), CHANGE, agent("Done."), user("no, that is the wrong file")) == "partly"


@pytest.mark.parametrize(
    "said", ["never mind", "ok, leave it, we do it by hand", "Stop here, no more tries.", "forget it", "let's drop it then"]
)
def test_a_person_who_gives_up_did_not_get_what_they_asked_for(said: str) -> None:
    looks = read("a.go")
    assert outcome(user("Find the leak"), looks, agent("Not yet."), user(said), looks, agent("Understood.")) == "not_achieved"
    assert outcome(user("Fix the leak"), CHANGE, agent("Done."), user(said), agent("Understood.")) == "partly"


def test_leaving_a_thing_as_it_is_is_no_giving_up() -> None:
    assert outcome(user("Fix the leak"), CHANGE, PASS, agent("Shall I rename it?"), user("leave it as it is"), agent("Fine.")) == "achieved"


def test_a_stop_that_was_followed_by_success_is_achieved() -> None:
    assert (
        outcome(user("Fix the store"), CHANGE, life("interruption"), user("use the other table"), CHANGE, PASS, agent("Done."))
        == "achieved"
    )


def test_an_admission_is_believed_where_a_boast_is_not() -> None:
    assert outcome(user("Find the leak"), read("a.go"), agent("I could not find the leak.")) == "not_achieved"
    assert (
        outcome(user("Fix it"), CHANGE, agent("Half of it."), user("and the rest?"), CHANGE, agent("The tests are still failing."))
        == "partly"
    )


def test_a_risky_act_that_the_person_objected_to_takes_something_from_the_outcome() -> None:
    push = shell("git push --force", "forced update")
    transcript = session(
        user("Squash it"), push, agent("Pushed."), user("Stop. I did not ask you to push"), agent("Sorry."), user("ok, good"), agent("Bye.")
    )
    act = issue("unsafe_action", transcript, 1)
    quoted = msgspec.structs.replace(act, evidence=(msgspec.structs.replace(act.evidence[0], quote="git push --force"),))
    assert judge_outcome(collect(transcript), [quoted]) == "partly"
    assert judge_outcome(collect(transcript), [act]) == "achieved"  # the objection names another thing


def plan(*states: str) -> Event:
    return call("TodoWrite", category="todo", arguments={"todos": [{"content": "step", "status": state} for state in states]})


def odds(*events: Event) -> float:
    return log_odds(evidence_of(collect(session(*events))))


def test_alone_running_what_was_changed_speaks_for_the_agent() -> None:
    assert odds(CHANGE, shell("./store --try"), shell("./store --list")) > odds(shell("./store --try"), shell("./store --list"), CHANGE)


def test_alone_a_passing_check_speaks_for_the_agent_and_a_failing_one_does_not() -> None:
    assert odds(CHANGE, PASS) > odds(CHANGE, FAIL)


def test_alone_a_plan_left_open_speaks_against_the_agent() -> None:
    assert odds(plan("completed", "in_progress"), CHANGE) < odds(plan("completed", "completed"), CHANGE)


def test_alone_failures_at_the_end_speak_against_the_agent() -> None:
    looks = [read(f"src/part{index}.go") for index in range(6)]
    broken = shell("./store", "Segmentation fault", exit_code=139)
    assert odds(CHANGE, *looks, broken, broken) < odds(CHANGE, broken, broken, *looks)


def test_what_the_agent_says_of_itself_changes_nothing() -> None:
    modest, proud = agent("I could not finish."), agent("Everything works perfectly, all done!")
    assert odds(CHANGE, PASS, modest) == odds(CHANGE, PASS, proud)


def test_what_cannot_be_done_yet_is_the_next_step() -> None:
    asked = (user("Drop the package"), CHANGE, agent("Dropped."), user("and the manifest?"))
    assert outcome(*asked, read("a.go"), agent("The release will need it. I can't prepare that PR yet.")) == "achieved"
    assert outcome(*asked, read("a.go"), agent("I can't find the manifest.")) == "partly"


def test_a_record_that_ends_in_the_middle_of_the_work_is_not_achieved() -> None:
    looks = [read(f"src/part{index}.go") for index in range(6)]
    assert outcome(user("Fix the store"), *looks, CHANGE, PASS, agent("The store is fixed. Let me check the callers.")) == "partly"
    assert outcome(user("Fix the store"), *looks, CHANGE, PASS, agent("The store is fixed.")) == "achieved"


@pytest.mark.parametrize(
    ("cause", "alone"), [("planned checks dropped", False), ("only own scripts ran", True), ("claim without any run", True)]
)
def test_an_issue_that_leaves_the_work_open_takes_something_from_the_outcome(cause: str, alone: bool) -> None:
    looks = [read(f"src/part{index}.go") for index in range(6)]
    story: list[Event] = [user("Fix the store"), *looks, CHANGE, PASS, agent("Done.")]
    by_itself, with_person = session(*story), session(*story, user("what is next?"), agent("Nothing."))
    for transcript, expected in ((by_itself, "partly"), (with_person, "achieved" if alone else "partly")):
        open_one = msgspec.structs.replace(issue("unverified_claim", transcript, 7, severity="low"), cause=cause)
        assert judge_outcome(collect(transcript), [open_one]) == expected


def test_a_question_that_was_answered_in_words_is_answered() -> None:
    assert (
        outcome(user("How does it work?"), read("a.go"), agent("By a lock."), user("no, not in v2"), agent("In v2 by a queue."))
        == "achieved"
    )


def test_a_last_run_whose_output_does_not_tell_leaves_nothing_open() -> None:
    unknown = shell("go test ./store | tail -1", "see the log")
    asked = (user("Fix the store"), CHANGE, agent("Done."), user("and the rest?"))
    assert outcome(*asked, FAIL, CHANGE, unknown, agent("All done.")) == "achieved"
