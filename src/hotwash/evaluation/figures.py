"""From counts to figures: precision, recall, F1 with its bootstrap interval, the constant rule and the readers' own agreement beside each."""

import random
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from hotwash.evaluation.constant import constant_rule
from hotwash.evaluation.labels import Label
from hotwash.evaluation.measures import KIND_PREFIX, Tallies, Tally, add_up, measure, measure_session

DRAWS = 1000
"""Sessions are drawn with replacement so many times: enough for two digits of a 95 % interval."""
SEED = 7
"""Fixed: the same labels and predictions give the same interval."""
TAIL = 0.025


class Predicted(msgspec.Struct, frozen=True, kw_only=True):
    """A labelled session and what the analyser says of it."""

    labels: tuple[Label, ...]
    found: Label


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure over all sessions. None: there was nothing to measure."""

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    interval: tuple[float, float] | None
    """Bounds of F1 in 95 of 100 resamplings of the sessions."""
    constant_f1: float | None
    """What the constant rule reaches (`constant.py`)."""
    readers_f1: float | None
    """What one reader reaches against the other, over the sessions that have two: the ceiling."""
    hits: int
    predicted: int
    labelled: int


def figures(sessions: Sequence[Predicted]) -> tuple[Figure, ...]:
    """Every measure by name, those of single kinds last."""
    counted = [measure_session(session.labels, session.found) for session in sessions]
    rule = constant_rule(label for session in sessions for label in session.labels)
    constant = add_up(measure_session(session.labels, rule.predict(session.found)) for session in sessions)
    readers = add_up(_agreement(session.labels) for session in sessions)
    intervals = _intervals(counted)
    totals = add_up(counted)
    return tuple(
        _figure(name, totals[name], intervals.get(name), constant.get(name), readers.get(name))
        for name in sorted(totals, key=lambda name: (name.startswith(KIND_PREFIX), name))
    )


def _agreement(labels: Sequence[Label]) -> Tallies:
    """Each of two readers measured against the other."""
    if len(labels) != 2:
        return {}
    return add_up((measure(labels[0], labels[1]), measure(labels[1], labels[0])))


def _intervals(sessions: Sequence[Tallies]) -> dict[str, tuple[float, float]]:
    chance = random.Random(SEED)  # noqa: S311 (draws samples, guards nothing)
    drawn: dict[str, list[float]] = defaultdict(list)
    for _ in range(DRAWS):
        for name, tally in add_up(chance.choices(sessions, k=len(sessions))).items():
            if tally.f1 is not None:
                drawn[name].append(tally.f1)
    return {name: _bounds(sorted(values)) for name, values in drawn.items()}


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    return values[int(TAIL * len(values))], values[int((1 - TAIL) * len(values))]


def _figure(name: str, total: Tally, interval: tuple[float, float] | None, constant: Tally | None, readers: Tally | None) -> Figure:
    return Figure(
        name=name,
        precision=total.precision,
        recall=total.recall,
        f1=total.f1,
        interval=interval,
        constant_f1=constant.f1 if constant else None,
        readers_f1=readers.f1 if readers else None,
        hits=total.hits,
        predicted=total.predicted,
        labelled=total.labelled,
    )
