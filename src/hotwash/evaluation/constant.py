"""What a rule that never looks at the session would score: a figure means something only beside it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from hotwash.analysis.model import Outcome, Role, SessionCategory
from hotwash.evaluation.labels import Label, LabelledPhase, LabelledTurn

T = TypeVar("T", bound=str)

EQUAL_PHASES = 5
"""Phases are three to eight; a rule that does not look takes the middle."""


class ConstantRule(msgspec.Struct, frozen=True, kw_only=True):
    """No issue, no late fact, and of everything else what is commonest in the labels themselves: the best constant there is, chosen with hindsight."""

    outcome: Outcome | None
    category: SessionCategory | None
    role: Role | None

    def predict(self, found: Label) -> Label:
        """Its word on a session. Where messages stand and how long the session is it takes from `found`: that is reading, not judging."""
        return Label(
            outcome=self.outcome,
            category=self.category,
            issues=(),
            user_turns=tuple(LabelledTurn(record=turn.record, role=self.role or turn.role) for turn in found.user_turns or ()),
            late_facts=(),
            phases=_equal_phases(found.phases or ()),
        )


def constant_rule(labels: Iterable[Label]) -> ConstantRule:
    """The rule that fits these labels best."""
    known = list(labels)
    return ConstantRule(
        outcome=_commonest([label.outcome for label in known if label.outcome is not None]),
        category=_commonest([label.category for label in known if label.category is not None]),
        role=_commonest([turn.role for label in known for turn in label.user_turns or ()]),
    )


def _commonest(values: Sequence[T]) -> T | None:
    """Of equally common values the first in the alphabet, so that the figure is the same every time."""
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value), default=None)


def _equal_phases(phases: Sequence[LabelledPhase]) -> tuple[LabelledPhase, ...]:
    if not phases:
        return ()
    first, last = phases[0].first, phases[-1].last
    step = (last - first + 1) / EQUAL_PHASES
    starts = [first + round(step * number) for number in range(EQUAL_PHASES)]
    return tuple(LabelledPhase(first=start, last=end - 1) for start, end in zip(starts, [*starts[1:], last + 1], strict=True))
