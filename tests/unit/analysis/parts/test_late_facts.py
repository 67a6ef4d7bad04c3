"""Facts that surfaced after the first prompt."""

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.parts.late_facts import find_late_facts
from hotwash.transcript import Event
from tests.unit.analysis.builders import agent, edit, session, shell, user


def late_facts(*events: Event) -> list[tuple[int, str]]:
    return [(late.record, late.fact) for late in find_late_facts(collect(session(*events)))]


WORK = (user("Store the report somewhere"), edit("report.py", "a", "b"), agent("Stored in the cache."))


def test_a_correction_that_says_how_things_are_is_a_late_fact() -> None:
    assert late_facts(*WORK, user("hmm. The cache is wiped every night, so it is not there.")) == [
        (5, "The cache is wiped every night, so it is not there.")
    ]


def test_a_constraint_in_a_later_message_is_a_late_fact() -> None:
    assert late_facts(*WORK, user("Please rename it. The name must not contain the customer's id.")) == [
        (5, "The name must not contain the customer's id.")
    ]


def test_a_sigh_is_no_fact() -> None:
    assert late_facts(*WORK, user("no!!!")) == []


def test_an_approval_is_no_fact() -> None:
    assert late_facts(*WORK, user("yes, commit it")) == []


def test_what_is_said_before_any_work_is_not_late() -> None:
    assert late_facts(user("Store the report"), agent("Where?"), user("It must be in the database."), shell("ls")) == []


def test_the_first_prompt_is_never_late() -> None:
    assert late_facts(user("The name must not contain an id."), shell("ls")) == []
