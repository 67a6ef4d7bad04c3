"""Each measure counts what its name says."""

import msgspec

from hotwash.evaluation.labels import Label, LabelledFact
from hotwash.evaluation.measures import Tally, add_up, measure, measure_session
from tests.unit.evaluation.builders import issue, nothing_found, phases, turns


def test_issues_are_paired_one_to_one() -> None:
    """Naming the same issue twice is one hit and one false alarm."""
    label = Label(issues=(issue("loop", 10), issue("defect", 50, severity="high")))
    found = Label(issues=(issue("loop", 11), issue("loop", 12), issue("tool_use", 50)))
    tallies = measure(label, found)
    assert tallies["issues"] == Tally(1, 3, 2)
    assert tallies["issues, any kind"] == Tally(2, 3, 2)
    assert tallies["issues: loop"] == Tally(1, 2, 1)
    assert tallies["issues: tool_use"] == Tally(0, 1, 0)
    assert tallies["high issues seen (any kind)"] == Tally(1, 1, 1)


def test_a_clean_session_is_kept_clean_or_not() -> None:
    """Sessions with issues do not count here."""
    assert measure(Label(issues=()), nothing_found())["clean sessions kept clean"] == Tally(1, 1, 1)
    assert measure(Label(issues=()), Label(issues=(issue("loop", 1),)))["clean sessions kept clean"] == Tally(0, 1, 1)
    assert measure(Label(issues=(issue("loop", 1),)), nothing_found())["clean sessions kept clean"] == Tally(0, 0, 0)


def test_roles_are_compared_where_both_see_a_turn() -> None:
    """A turn that only one sees is a matter of turns, not of roles."""
    label = Label(user_turns=turns(request=1, correction=9, answer=20))
    tallies = measure(label, Label(user_turns=turns(request=1, follow_up=9, interruption=30)))
    assert tallies["user turns"] == Tally(2, 3, 3)
    assert tallies["roles of turns both see"] == Tally(1, 2, 2)
    assert tallies["corrections and interruptions"] == Tally(0, 1, 1)


def test_the_first_phase_is_no_boundary() -> None:
    """It begins with the session, which anyone could say."""
    tallies = measure(Label(phases=phases(1, 40, 80, last=100)), Label(phases=phases(1, 43, 60, last=100)))
    assert tallies["phase boundaries"] == Tally(1, 2, 2)


def test_late_facts_need_place_and_words() -> None:
    """One found, one made up, one missed."""
    label = Label(late_facts=(LabelledFact(record=9, fact="use the staging database"), LabelledFact(record=30, fact="no new dependency")))
    found = Label(late_facts=(LabelledFact(record=9, fact="staging database"), LabelledFact(record=70, fact="be quick")))
    assert measure(label, found)["late facts"] == Tally(1, 2, 2)


def test_parts_that_were_not_looked_at_are_not_measured() -> None:
    """A team may label outcomes alone."""
    assert set(measure(Label(outcome="partly"), nothing_found())) == {"outcome"}


def test_two_readers_give_consensus_figures() -> None:
    """Precision of what either named, recall of what both named."""
    a = Label(reader="a", issues=(issue("loop", 10), issue("defect", 50)))
    b = Label(reader="b", issues=(issue("inefficiency", 10), issue("service", 90)))
    found = Label(issues=(issue("inefficiency", 11), issue("service", 51), issue("loop", 200)))
    tallies = measure_session((a, b), found)
    assert tallies["consensus precision, kind and place"] == Tally(1, 3, 3)
    assert tallies["consensus precision, place"] == Tally(2, 3, 3)
    assert tallies["consensus recall, place"] == Tally(1, 1, 1)
    assert tallies["issues"].labelled == 4


def test_of_judged_issues_only_the_judged_count() -> None:
    """A finding nobody judged is neither a hit nor a false alarm."""
    label = Label(confirmed=(issue("loop", 10),), rejected=(issue("defect", 50), issue("defect", 70)))
    found = Label(issues=(issue("loop", 10), issue("defect", 50), issue("service", 90)))
    assert measure(label, found) == {"issues judged by people": Tally(1, 2, 1)}


def test_counts_of_sessions_add_up_before_they_become_figures() -> None:
    """Nothing counted is unknown, not 0."""
    total = add_up([{"issues": Tally(1, 2, 4)}, {"issues": Tally(2, 2, 2)}])["issues"]
    assert (total.precision, total.recall, total.f1) == (0.75, 0.5, 0.6)
    assert (Tally().precision, Tally().recall, Tally().f1) == (None, None, None)
    assert msgspec.structs.astuple(total) == (3, 4, 6)
