"""Figures stand beside what a rule that looks at nothing would reach, and beside the readers' own agreement."""

import pytest

from hotwash.evaluation.constant import constant_rule
from hotwash.evaluation.figures import Figure, Predicted, figures
from hotwash.evaluation.labels import Label
from tests.unit.evaluation.builders import issue, nothing_found, phases, turns


def _named(sessions: list[Predicted], name: str) -> Figure:
    return next(figure for figure in figures(sessions) if figure.name == name)


def _outcomes(*labelled_and_found: tuple[str, str]) -> list[Predicted]:
    return [
        Predicted(labels=(Label(outcome=labelled),), found=Label(outcome=found))  # type: ignore[arg-type]  # the words of the model
        for labelled, found in labelled_and_found
    ]


def test_the_constant_rule_says_what_is_commonest() -> None:
    """The analyser that is right two times in three is no better than one that always says `achieved` here."""
    figure = _named(_outcomes(("achieved", "achieved"), ("achieved", "partly"), ("partly", "partly")), "outcome")
    assert figure.f1 == pytest.approx(2 / 3)
    assert figure.constant_f1 == pytest.approx(2 / 3)


def test_the_constant_rule_finds_no_issue_and_cuts_the_session_in_five() -> None:
    """It takes from the prediction only how long the session is and where messages stand."""
    rule = constant_rule([Label(outcome="partly", user_turns=turns(request=1, correction=9))])
    said = rule.predict(Label(issues=(issue("loop", 4),), user_turns=turns(answer=7), phases=phases(1, 90, last=100)))
    assert said.issues == ()
    assert [(turn.record, turn.role) for turn in said.user_turns or ()] == [(7, "correction")]
    assert [(phase.first, phase.last) for phase in said.phases or ()] == [(1, 20), (21, 40), (41, 60), (61, 80), (81, 100)]


def test_the_interval_holds_the_figure_and_narrows_with_agreement() -> None:
    """Always right has no width; half right has."""
    always = _named(_outcomes(*[("achieved", "achieved")] * 10), "outcome")
    half = _named(_outcomes(*[("achieved", "achieved"), ("achieved", "partly")] * 10), "outcome")
    assert always.interval == (1.0, 1.0)
    assert half.interval is not None
    assert half.interval[0] < 0.5 < half.interval[1]


def test_the_same_input_gives_the_same_interval() -> None:
    """The draws are seeded."""
    sessions = _outcomes(("achieved", "partly"), ("partly", "partly"), ("unclear", "unclear"))
    assert figures(sessions) == figures(sessions)


def test_readers_are_measured_against_each_other_where_there_are_two() -> None:
    """The ceiling; unknown where there is one reader."""
    a, b = Label(reader="a", issues=(issue("loop", 10),)), Label(reader="b", issues=(issue("loop", 12), issue("defect", 50)))
    assert _named([Predicted(labels=(a, b), found=nothing_found())], "issues").readers_f1 == pytest.approx(2 / 3)
    assert _named([Predicted(labels=(a,), found=nothing_found())], "issues").readers_f1 is None


def test_kinds_come_last() -> None:
    """A reader of the table sees the whole before its parts."""
    names = [f.name for f in figures([Predicted(labels=(Label(issues=(issue("loop", 1),), outcome="partly"),), found=nothing_found())])]
    assert names[-1] == "issues: loop"


def test_no_session_gives_no_figure() -> None:
    """Where none could be read."""
    assert figures([]) == ()
