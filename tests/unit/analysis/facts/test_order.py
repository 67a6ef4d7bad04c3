"""Stretches of what is kept in session order."""

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.facts.order import before, between
from tests.unit.analysis.builders import agent, edit, session, shell, user

FACTS = collect(session(user("go"), shell("pytest"), edit("a.py", "a", "b"), shell("pytest"), agent("Done."), shell("ls", "a")))


def test_both_ends_are_excluded() -> None:
    assert [c.seq for c in between(FACTS.calls, 1, 5)] == [2, 3]
    assert [c.seq for c in before(FACTS.calls, 3)] == [1, 2]


def test_facts_about_a_call_or_a_message_are_placed_by_it() -> None:
    assert [run.call.seq for run in between(FACTS.checks, 1, 6)] == [3]
    assert [change.call.seq for change in before(FACTS.edits, 6)] == [2]
    assert [claim.sentence for claim in between(FACTS.claims, 3, 5)] == ["Done."]


def test_nothing_lies_in_an_empty_or_turned_stretch() -> None:
    assert not between(FACTS.calls, 3, 3)
    assert not between(FACTS.calls, 5, 1)
