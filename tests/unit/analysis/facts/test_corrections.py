"""What a person's objection shows."""

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.facts.model import Correction
from hotwash.transcript import Event
from tests.unit.analysis.builders import agent, edit, session, shell, user


def corrections(*events: Event) -> tuple[Correction, ...]:
    return collect(session(*events)).corrections


WORK = (user("Make the export faster"), edit("src/export.py", "a", "b"), agent("The export is faster now."))


def test_a_reported_fault_after_an_edit_is_a_defect() -> None:
    (correction,) = corrections(*WORK, user("It doesn't work, the export fails with a KeyError"), agent("Looking into it."))
    assert correction.kind == "defect"
    assert [e.path for e in correction.edits] == ["src/export.py"]
    assert correction.before is not None
    assert correction.before.text == "The export is faster now."
    assert correction.words in correction.message.text


def test_something_else_done_than_asked_is_a_misunderstanding() -> None:
    (correction,) = corrections(*WORK, user("No, I asked for the import, not for this"), agent("Sorry."))
    assert correction.kind == "misunderstanding"


def test_an_observation_against_a_statement_is_an_unverified_claim() -> None:
    said = (user("Where are the logs?"), shell("ls"), agent("They lie in /var/log."))
    (correction,) = corrections(*said, user("Wrong, I just checked and none of them is there"), agent("I see."))
    assert correction.kind == "unverified_claim"


def test_the_agent_giving_in_makes_any_turn_a_correction() -> None:
    said = (*WORK, user("Hm, what about the empty table?"))
    assert corrections(*said, agent("It stays as it is.")) == ()
    (correction,) = corrections(*said, agent("You're right, I overlooked it."))
    assert (correction.kind, correction.words) == ("defect", "")


def test_discussion_without_any_action_is_no_misunderstanding() -> None:
    talk = (user("How would you store it?"), agent("In a table."), user("No, I would rather use files instead"), agent("Files are fine."))
    assert corrections(*talk) == ()


def test_the_persons_own_slip_is_no_correction() -> None:
    assert corrections(*WORK, user("Sorry, my mistake, the wrong file was open"), agent("No problem.")) == ()


def test_what_a_review_made_the_agent_change_again_is_a_defect() -> None:
    asked = user("Have a look at the review comments")
    (correction,) = corrections(*WORK, asked, edit("src/export.py", "b", "c"), agent("All addressed."))
    assert (correction.kind, correction.words) == ("defect", "review comments")
    assert corrections(*WORK, asked, edit("docs/other.py", "b", "c"), agent("All addressed.")) == ()


def test_an_acknowledged_catch_counts_where_the_work_is_changed_for_it() -> None:
    asked = user("An empty table must give a header")
    (correction,) = corrections(*WORK, asked, agent("Good catch, the header is written first now."), edit("src/export.py", "b", "c"))
    assert correction.kind == "defect"
    assert corrections(*WORK, asked, agent("Good catch, noted for later.")) == ()


def test_a_doubt_that_the_agent_grants_in_the_end_was_a_fault() -> None:
    (correction,) = corrections(
        *WORK,
        user("Can you double check the header?"),
        agent("Let me read it."),
        shell("cat out.csv", "1,2"),
        agent("You were right to doubt it."),
    )
    assert correction.message.text == "Can you double check the header?"


def test_work_undone_by_the_person_is_a_defect() -> None:
    (correction,) = corrections(*WORK, user("That was too much, i undid your changes, try again"), agent("Understood."))
    assert correction.kind == "defect"


def test_a_fault_that_has_nothing_to_do_with_the_work_is_none_of_the_agents() -> None:
    assert corrections(*WORK, user("Unrelated to the export, but the tests are still failing"), agent("Let me see.")) == ()


def test_the_failing_output_in_answer_to_a_boast_refutes_it() -> None:
    boast = (
        user("Make the export faster"),
        edit("src/export.py", "a", "b"),
        shell("go test ./export", "ok  \texport\t0.1s"),
        agent("All tests pass."),
    )
    (correction,) = corrections(*boast, user("--- FAIL: TestExport (0.00s)"), agent("Let me look."))
    assert correction.kind == "unverified_claim"


def test_a_test_or_look_of_the_persons_own_that_shows_nothing_is_a_correction_in_any_form() -> None:
    asked = user("can you check this is right? because I just tested and I don't see it in the table")
    (correction,) = corrections(*WORK, asked, agent("Let me check."))
    assert correction.kind == "unverified_claim"


def test_what_is_still_the_same_after_the_work_is_a_defect() -> None:
    (correction,) = corrections(
        *WORK, user("when I run the export it's still using the old header, can you look?"), agent("I see two places.")
    )
    assert correction.kind == "defect"


def test_a_finding_of_a_review_with_its_severity_is_a_defect() -> None:
    (correction,) = corrections(*WORK, user("export ignores the locale\n\nMedium Severity"), agent("You're right, mended."))
    assert correction.kind == "defect"


def test_a_direction_that_the_agent_grants_is_a_misunderstanding_once_there_is_work_to_turn_round() -> None:
    plan = (user("Plan the import too"), shell("ls"), agent("A format for each table."))
    said = (user("one format for both, keep it simple"), agent("You're right, let me simplify."))
    (correction,) = corrections(*WORK, *plan, *said)
    assert correction.kind == "misunderstanding"
    assert corrections(*plan, *said) == ()


def test_not_understanding_is_no_objection() -> None:
    assert corrections(*WORK, user("i don't understand, is it read at start?"), agent("It is read at start.")) == ()


def test_a_thought_of_the_persons_own_that_the_agent_likes_is_no_correction() -> None:
    assert corrections(*WORK, user("Question: I realized the name is used twice"), agent("You're right, that's confusing.")) == ()
