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
