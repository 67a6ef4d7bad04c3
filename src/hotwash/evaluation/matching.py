"""When two statements about a session mean the same thing, and how many of two lists can be paired off."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

from hotwash.evaluation.labels import LabelledFact, LabelledIssue, LabelledPhase, Ranges

NEAR_RECORDS = 5
"""Two careful readers of the same issue start and end it within so many records of each other, as a rule."""
WIDE_RECORDS = 40
WIDE_FACTOR = 3
"""An issue that points at more than 40 records, and at three times more than the label, says nothing about where."""
PHASE_SHARE = 0.05
PHASE_MIN_RECORDS = 3
"""Phases may begin a twentieth of the session apart, in a short session three records."""
SHARED_WORDS = 0.2
"""The share of the shorter fact's words that the other must have: readers phrase the same fact in very different words."""
MIN_WORD_CHARS = 3

A = TypeVar("A")
B = TypeVar("B")


def same_issue(labelled: LabelledIssue, found: LabelledIssue) -> bool:
    """The same kind in the same place."""
    return labelled.kind == found.kind and same_place(labelled, found)


def same_place(labelled: LabelledIssue, found: LabelledIssue) -> bool:
    """Records within NEAR_RECORDS of each other, and `found` does not get there by pointing at half the session."""
    if _gap(labelled.records, found.records) > NEAR_RECORDS:
        return False
    return _reach(found.records) <= max(WIDE_RECORDS, WIDE_FACTOR * _reach(labelled.records))


def same_fact(labelled: LabelledFact, found: LabelledFact) -> bool:
    """Surfaced in the same place, and the words overlap."""
    if abs(labelled.record - found.record) > NEAR_RECORDS:
        return False
    a, b = _words(labelled.fact), _words(found.fact)
    return not a or not b or len(a & b) / min(len(a), len(b)) >= SHARED_WORDS


def boundary_tolerance(phases: Sequence[LabelledPhase]) -> float:
    """Records that a found phase may begin before or after the labelled one."""
    return max(PHASE_MIN_RECORDS, PHASE_SHARE * max((phase.last for phase in phases), default=1))


def count_pairs(left: Sequence[A], right: Sequence[B], fits: Callable[[A, B], bool]) -> int:
    """How many pairs that fit can be made at most when each item is used once (augmenting paths)."""
    options = [[j for j, b in enumerate(right) if fits(a, b)] for a in left]
    owner: dict[int, int] = {}  # index in `right`: index in `left`
    return sum(_place(start, options, owner) for start in range(len(left)))


def _place(start: int, options: Sequence[Sequence[int]], owner: dict[int, int]) -> bool:
    """Finds `start` a partner, moving others to another of theirs where that frees one; breadth first, so that long lists need no deep stack."""
    reached_from: dict[int, int] = {}
    waiting = deque([start])
    while waiting:
        item = waiting.popleft()
        for partner in options[item]:
            if partner in reached_from:
                continue
            reached_from[partner] = item
            if partner not in owner:
                _reassign(partner, start, reached_from, owner)
                return True
            waiting.append(owner[partner])
    return False


def _reassign(free: int, start: int, reached_from: dict[int, int], owner: dict[int, int]) -> None:
    held = {item: partner for partner, item in owner.items()}
    partner = free
    while True:
        item = reached_from[partner]
        owner[partner] = item
        if item == start:
            return
        partner = held[item]


def _gap(a: Ranges, b: Ranges) -> float:
    """Records between the nearest two ranges, 0 where they touch, infinite where one side names no place."""
    return min((max(0, max(x[0], y[0]) - min(x[1], y[1])) for x in a for y in b), default=float("inf"))


def _reach(records: Ranges) -> int:
    return sum(last - first + 1 for first, last in records)


def _words(text: str) -> set[str]:
    spaced = "".join(c.lower() if c.isalnum() else " " for c in text)
    return {word for word in spaced.split() if len(word) >= MIN_WORD_CHARS}
