"""The measures: what one label, or two, say about one prediction, as counts that add up over sessions."""

from collections.abc import Iterable, Sequence

import msgspec

from hotwash.evaluation.labels import Label, LabelledIssue, LabelledPhase, LabelledTurn
from hotwash.evaluation.matching import boundary_tolerance, count_pairs, same_fact, same_issue, same_place

KIND_PREFIX = "issues: "
"""Begins the name of a measure of one issue kind."""
_OBJECTIONS = ("correction", "interruption")


class Tally(msgspec.Struct, frozen=True):
    """Counts of one measure. Precision, recall and F1 are None where nothing was predicted or labelled."""

    hits: int = 0
    predicted: int = 0
    labelled: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.hits + other.hits, self.predicted + other.predicted, self.labelled + other.labelled)

    @property
    def precision(self) -> float | None:
        return self.hits / self.predicted if self.predicted else None

    @property
    def recall(self) -> float | None:
        return self.hits / self.labelled if self.labelled else None

    @property
    def f1(self) -> float | None:
        return 2 * self.hits / (self.predicted + self.labelled) if self.predicted + self.labelled else None


Tallies = dict[str, Tally]
"""By the name of the measure."""


def add_up(many: Iterable[Tallies]) -> Tallies:
    """The sum, measure by measure."""
    total: Tallies = {}
    for tallies in many:
        for name, tally in tallies.items():
            total[name] = total.get(name, Tally()) + tally
    return total


def measure_session(labels: Sequence[Label], found: Label) -> Tallies:
    """Every measure of one session: the prediction against each label, and against what two readers agree on where there are two."""
    tallies = add_up(measure(label, found) for label in labels)
    if len(labels) == 2:
        tallies |= _consensus(labels[0], labels[1], found)
    return tallies


def measure(label: Label, found: Label) -> Tallies:
    """The prediction against one label. Parts that the label does not have are not measured."""
    return (
        _issues(label, found)
        | _judged(label, found)
        | _whole(label, found)
        | _turns(label, found)
        | _facts(label, found)
        | _phases(label, found)
    )


def _issues(label: Label, found: Label) -> Tallies:
    if label.issues is None:
        return {}
    labelled, predicted = label.issues, found.issues or ()
    high = [issue for issue in labelled if issue.severity == "high"]
    clean = int(not labelled)
    tallies = {
        "issues": Tally(count_pairs(labelled, predicted, same_issue), len(predicted), len(labelled)),
        "issues, any kind": Tally(count_pairs(labelled, predicted, same_place), len(predicted), len(labelled)),
        "high issues seen (any kind)": Tally(count_pairs(high, predicted, same_place), len(high), len(high)),
        "clean sessions kept clean": Tally(int(clean and not predicted), clean, clean),
    }
    for kind in {issue.kind for issue in (*labelled, *predicted)}:
        wanted, got = ([issue for issue in issues if issue.kind == kind] for issues in (labelled, predicted))
        tallies[KIND_PREFIX + kind] = Tally(count_pairs(wanted, got, same_place), len(got), len(wanted))
    return tallies


def _judged(label: Label, found: Label) -> Tallies:
    """Only what a person judged counts: a confirmed issue should be found, a rejected one should not."""
    if label.confirmed is None and label.rejected is None:
        return {}
    predicted, confirmed = found.issues or (), label.confirmed or ()
    hits = count_pairs(confirmed, predicted, same_issue)
    repeated = count_pairs(label.rejected or (), predicted, same_issue)
    return {"issues judged by people": Tally(hits, hits + repeated, len(confirmed))}


def _whole(label: Label, found: Label) -> Tallies:
    tallies: Tallies = {}
    if label.outcome is not None:
        tallies["outcome"] = Tally(int(label.outcome == found.outcome), 1, 1)
    if label.category is not None:
        tallies["category"] = Tally(int(label.category == found.category), 1, 1)
    return tallies


def _turns(label: Label, found: Label) -> Tallies:
    if label.user_turns is None:
        return {}
    labelled, predicted = _roles(label.user_turns), _roles(found.user_turns or ())
    both = labelled.keys() & predicted.keys()
    agreed = sum(labelled[record] == predicted[record] for record in both)
    objections, objected = ({record for record, role in roles.items() if role in _OBJECTIONS} for roles in (labelled, predicted))
    return {
        "user turns": Tally(len(both), len(predicted), len(labelled)),
        "roles of turns both see": Tally(agreed, len(both), len(both)),
        "corrections and interruptions": Tally(len(objections & objected), len(objected), len(objections)),
    }


def _roles(turns: Iterable[LabelledTurn]) -> dict[int, str]:
    return {turn.record: turn.role for turn in turns}


def _facts(label: Label, found: Label) -> Tallies:
    if label.late_facts is None:
        return {}
    predicted = found.late_facts or ()
    return {"late facts": Tally(count_pairs(label.late_facts, predicted, same_fact), len(predicted), len(label.late_facts))}


def _phases(label: Label, found: Label) -> Tallies:
    """Where phases begin; the first begins with the session and tells nothing."""
    if label.phases is None:
        return {}
    within = boundary_tolerance(label.phases)
    labelled, predicted = _starts(label.phases), _starts(found.phases or ())
    return {"phase boundaries": Tally(count_pairs(labelled, predicted, lambda a, b: abs(a - b) <= within), len(predicted), len(labelled))}


def _starts(phases: Sequence[LabelledPhase]) -> list[int]:
    return [phase.first for phase in phases[1:]]


def _consensus(a: Label, b: Label, found: Label) -> Tallies:
    """Precision of what either reader named, recall of what both named. Each count stands for itself: pairs need not be one to one."""
    if a.issues is None or b.issues is None:
        return {}
    either, predicted = (*a.issues, *b.issues), found.issues or ()
    named = sum(any(same_issue(issue, p) for issue in either) for p in predicted)
    placed = sum(any(same_place(issue, p) for issue in either) for p in predicted)
    agreed = [issue for issue in a.issues if _is_met(issue, b.issues)]
    return {
        "consensus precision, kind and place": Tally(named, len(predicted), len(predicted)),
        "consensus precision, place": Tally(placed, len(predicted), len(predicted)),
        "consensus recall, place": Tally(sum(_is_met(issue, predicted) for issue in agreed), len(agreed), len(agreed)),
    }


def _is_met(issue: LabelledIssue, others: Iterable[LabelledIssue]) -> bool:
    return any(same_place(issue, other) for other in others)
