"""When two statements mean the same, and how many pairs two lists make."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from hotwash.evaluation.labels import LabelledFact, LabelledIssue
from hotwash.evaluation.matching import boundary_tolerance, count_pairs, same_fact, same_issue, same_place
from tests.unit.evaluation.builders import issue, phases


def test_issues_five_records_apart_are_in_the_same_place() -> None:
    """And six apart are not."""
    assert same_issue(issue("loop", 10, 20), issue("loop", 25))
    assert not same_issue(issue("loop", 10, 20), issue("loop", 26))


def test_the_kind_counts_only_where_it_is_asked_for() -> None:
    """A loop and an inefficiency at the same records are one place, two kinds."""
    assert same_place(issue("loop", 10), issue("inefficiency", 10))
    assert not same_issue(issue("loop", 10), issue("inefficiency", 10))


def test_pointing_at_half_the_session_finds_nothing() -> None:
    """Forty records, or three times the labelled ones, are as wide as a place may be."""
    assert same_place(issue("loop", 50), issue("loop", 11, 50))
    assert not same_place(issue("loop", 50), issue("loop", 10, 50))
    assert same_place(issue("loop", 1, 30), issue("loop", 1, 90))


def test_an_issue_without_a_place_meets_nothing() -> None:
    """Nothing can be said of where it is."""
    assert not same_place(LabelledIssue(kind="loop", records=()), issue("loop", 1))


def test_facts_need_a_place_and_some_words_in_common() -> None:
    """Readers phrase the same fact in different words, but not in none of the same."""
    said = LabelledFact(record=9, fact="tests run with `just check`")
    assert same_fact(said, LabelledFact(record=12, fact="`just check` is how to run the tests"))
    assert not same_fact(said, LabelledFact(record=12, fact="port 8080 must stay free"))
    assert not same_fact(said, LabelledFact(record=15, fact="tests run with `just check`"))


def test_boundaries_may_be_a_twentieth_of_the_session_off() -> None:
    """In a short one three records."""
    assert boundary_tolerance(phases(1, 100, last=400)) == 20
    assert boundary_tolerance(phases(1, 4, last=10)) == 3


@given(st.lists(st.lists(st.integers(0, 4), max_size=5), max_size=5))
def test_as_many_pairs_are_made_as_can_be(options: list[list[int]]) -> None:
    """Trying every order of the right side finds no better pairing."""
    best = max(sum(right in allowed for allowed, right in zip(options, order, strict=False)) for order in permutations(range(5)))
    assert count_pairs(options, range(5), lambda allowed, right: right in allowed) == best


def test_a_long_chain_of_moves_does_not_need_a_deep_stack() -> None:
    """Each item fits its own partner and the one before it, and the last to come moves them all."""
    many = 3000
    left = [*range(1, many), 0]
    assert count_pairs(left, range(many), lambda a, b: b in (a, a - 1) if a else b == many - 1) == many
