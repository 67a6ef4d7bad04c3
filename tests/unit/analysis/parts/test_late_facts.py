"""Facts that surfaced after the first prompt."""

import pytest

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.parts.late_facts import find_late_facts
from hotwash.transcript import Event
from tests.unit.analysis.builders import agent, call, edit, session, shell, user


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


@pytest.mark.parametrize(
    "said",
    [
        "stuff it, the tests don't need more, let's keep it",
        "don't worry about the linter, never mind the warnings",
        "no, I want to use option B since they lazy load things",
        "why exactly didn't you use the wrapper functions we have",
        "the pipeline fails now: https://ci.example/runs/12",
    ],
)
def test_shrugs_choices_reproaches_and_bare_links_are_no_facts(said: str) -> None:
    assert late_facts(*WORK, user(said)) == []


def test_a_sigh_is_no_fact() -> None:
    assert late_facts(*WORK, user("no!!!")) == []


def test_an_approval_is_no_fact() -> None:
    assert late_facts(*WORK, user("yes, commit it")) == []


def test_what_is_said_before_any_work_is_not_late() -> None:
    assert late_facts(user("Store the report"), agent("Where?"), user("It must be in the database."), shell("ls")) == []


def test_the_first_prompt_is_never_late() -> None:
    assert late_facts(user("The name must not contain an id."), shell("ls")) == []


def test_what_the_first_message_should_have_brought_is_a_late_fact() -> None:
    assert late_facts(*WORK, user("here's the third:\n\nThe report of May")) == [(5, "here's the third: The report of May")]


def test_a_wish_that_is_spelled_out_after_a_colon_keeps_what_follows() -> None:
    assert late_facts(*WORK, user("I do want this command to behave like:\nreport --long prints all")) == [
        (5, "I do want this command to behave like: report --long prints all")
    ]


def test_shown_errors_and_pasted_reviews_are_no_facts() -> None:
    assert late_facts(*WORK, user("I get .: cannot open file report.txt: No such file or directory")) == []
    review = "The function only handles maps, so that a list is written unchanged. " * 6
    assert late_facts(*WORK, user(f"wrong: {review}")) == []


def test_a_second_objection_counts_where_work_lay_between_them() -> None:
    first, second = user("no, the cache is wiped every night"), user("don't run the slow tests, they take an hour")
    assert len(late_facts(*WORK, first, second)) == 1
    assert len(late_facts(*WORK, first, edit("report.py", "b", "c"), agent("Moved."), second)) == 2


def test_what_the_agent_had_to_ask_before_it_could_begin_is_a_late_fact() -> None:
    asked = call("AskUserQuestion", output='Your questions have been answered: "Include the test files?"="Yes, include tests". Go on.')
    assert late_facts(user("Trim the comments"), asked, edit("a.py", "x", "y")) == [(3, "Include the test files? Yes, include tests")]
    assert late_facts(user("Trim the comments"), edit("a.py", "x", "y"), asked) == []
