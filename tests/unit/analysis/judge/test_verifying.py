"""What of a model's claims the session bears out."""

import msgspec
import pytest

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.judge.replies import Place, ProposedFact, ProposedIssue, ProposedPhase
from hotwash.analysis.judge.verifying import (
    MAX_ISSUES,
    MAX_LATE_FACTS,
    MAX_PHASES,
    Session,
    verify_issues,
    verify_late_facts,
    verify_phases,
)
from tests.unit.analysis.builders import agent, session, shell, user
from tests.unit.analysis.judge.replying import BROKEN_BUILD, issue

SESSION = Session(collect(BROKEN_BUILD))


def proposed(*places: dict[str, object], **changes: object) -> ProposedIssue:
    return msgspec.convert(issue(*places, **changes), ProposedIssue)


def test_a_quote_that_stands_in_its_range_is_evidence() -> None:
    cite = SESSION.cite(Place(first=6, last=6, quote="All tests pass now"))
    assert cite is not None
    assert (cite.first.record, cite.quote) == (6, "All tests pass now")


@pytest.mark.parametrize("quote", ["All  tests\npass now", "1 failed, 3 passed assert 'json' in output"])
def test_spaces_and_line_breaks_may_differ_and_the_quote_becomes_what_stands_there(quote: str) -> None:
    cite = SESSION.cite(Place(first=2, last=6, quote=quote))
    assert cite is not None
    assert cite.quote in ("All tests pass now", "1 failed, 3 passed", "assert 'json' in output")


def test_a_record_next_to_the_right_one_is_put_right() -> None:
    cite = SESSION.cite(Place(first=7, last=7, quote="All tests pass now"))
    assert cite is not None
    assert cite.first.record == 6


@pytest.mark.parametrize(
    "place",
    [
        Place(first=6, last=6, quote="All tests pass except three"),
        Place(first=1, last=1, quote="I had not run the suite"),
        Place(first=6, last=5, quote="All tests pass now"),
        Place(first=0, last=6, quote="All tests pass now"),
        Place(first=900, last=901, quote="All tests pass now"),
        Place(first=6, last=6, quote="now"),
        Place(first=6, last=6, quote=""),
    ],
)
def test_a_place_that_cannot_be_verified_is_no_evidence(place: Place) -> None:
    assert SESSION.cite(place) is None


def test_a_place_of_half_the_session_shrinks_to_where_its_quote_stands() -> None:
    long = session(user("Go."), *[shell(f"step {n}") for n in range(80)], agent("Every step was checked."))
    cite = Session(collect(long)).cite(Place(first=1, last=162, quote="Every step was checked."))
    assert cite is not None
    assert cite.first == cite.last == long.events[-1]


def test_an_issue_keeps_the_places_that_stand_and_goes_when_none_does() -> None:
    made_up = {"first": 2, "last": 3, "quote": "400 tests passed in 2 s"}
    good = {"first": 6, "last": 6, "quote": "All tests pass now"}
    verified = verify_issues(SESSION, [proposed(good, made_up), proposed(made_up), proposed(good, what=" ")])
    assert [len(finding.cites) for finding in verified.findings] == [1]
    assert (verified.refused_places, verified.refused_issues) == (2, 2)


def test_an_answer_without_end_is_not_looked_up_whole() -> None:
    """A model may name any number of issues, and give megabytes for a quote; what goes beyond reason is refused and counted."""
    verified = verify_issues(SESSION, [proposed(label=f"issue {n}") for n in range(MAX_ISSUES + 5)])
    assert (len(verified.findings), verified.refused_issues) == (MAX_ISSUES, 5)
    assert SESSION.cite(Place(first=1, last=6, quote="All tests pass now " * 1_000)) is None
    facts = [ProposedFact(record=6, fact="f", quote="never said by anybody")] * MAX_LATE_FACTS
    assert verify_late_facts(SESSION, [*facts, ProposedFact(record=6, fact="f", quote="All tests pass now")]) == ()


def test_words_of_a_model_are_cleaned_and_cut() -> None:
    (finding,) = verify_issues(SESSION, [proposed(label="red \x1b[31m" + "x" * 500, impact="a\nb")]).findings
    assert len(finding.label) < 200
    assert "\x1b" not in finding.label
    assert finding.impact == "a b"


def test_a_late_fact_needs_words_from_its_record() -> None:
    facts = [
        ProposedFact(record=7, fact="The suite must be green.", quote="the suite is red on my machine"),
        ProposedFact(record=7, fact="Again.", quote="the suite is red"),
        ProposedFact(record=4, fact="Made up.", quote="Windows must work too"),
    ]
    assert [fact.record for fact in verify_late_facts(SESSION, facts)] == [7]


def test_phases_follow_on_each_other_from_first_to_last_record() -> None:
    phases = verify_phases(SESSION, [ProposedPhase(title="End", first=6, last=8), ProposedPhase(title="Start", first=2, last=4)])
    assert [(p.title, p.first, p.last, p.first_seq, p.last_seq) for p in phases] == [("Start", 1, 5, 0, 2), ("End", 6, 8, 3, 5)]


def test_too_many_phases_are_joined_and_one_says_nothing() -> None:
    long = Session(collect(session(user("Go."), *[agent(f"Step {n}.") for n in range(40)])))
    many = verify_phases(long, [ProposedPhase(title=f"P{n}", first=1 + 2 * n, last=2 + 2 * n) for n in range(20)])
    assert len(many) == MAX_PHASES
    assert (many[0].first, many[-1].last) == (1, 41)
    assert verify_phases(long, [ProposedPhase(title="All", first=1, last=41)]) == ()
