"""Issues of findings, for both engines: evidence checked, one issue a cause, numbered, with what it cost."""

import hashlib
from collections.abc import Iterable
from operator import attrgetter

import msgspec

from hotwash.analysis.cost import cost_of
from hotwash.analysis.detectors.base import Finding
from hotwash.analysis.evidence import check_cites
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import Dropped, Evidence, Issue

_PLACE = attrgetter("first_record", "last_record", "first_seq", "quote")
_SEVERITY_RANK = {"high": 0, "medium": 1, "low": 2}


class Sourced(msgspec.Struct, frozen=True):
    """A finding and who made it: the detector and its version, or the model."""

    finding: Finding
    source: str


class _Draft(msgspec.Struct, frozen=True):
    """A finding with its evidence checked, not yet numbered."""

    finding: Finding
    source: str
    evidence: tuple[Evidence, ...]

    @property
    def first_record(self) -> int:
        return min(e.first_record for e in self.evidence)

    @property
    def seqs(self) -> set[int]:
        return {s for e in self.evidence for s in range(e.first_seq, e.last_seq + 1)}


def checked_issues(facts: Facts, findings: Iterable[Sourced]) -> tuple[tuple[Issue, ...], Dropped]:
    """Issues in order of first record, and what the evidence check refused."""
    quotes = ranges = refused = 0
    drafts: list[_Draft] = []
    for sourced in findings:
        checked = check_cites(sourced.finding.cites, facts.events)
        quotes += checked.dropped.quotes
        ranges += checked.dropped.ranges
        if checked.evidence:
            drafts.append(_Draft(sourced.finding, sourced.source, tuple(sorted(checked.evidence, key=_PLACE))))
        else:
            refused += 1
    merged = _merged(drafts)
    merged.sort(key=lambda d: (d.first_record, d.finding.kind, d.finding.cause))
    issues = tuple(_issue(facts, number, draft) for number, draft in enumerate(merged, start=1))
    return issues, Dropped(quotes=quotes, ranges=ranges, issues=refused)


def _merged(drafts: Iterable[_Draft]) -> list[_Draft]:
    """One issue per cause: of drafts that cite the same events, or name the same cause of the same kind, the graver one stays and takes the evidence."""
    kept: list[_Draft] = []
    citing: dict[int, list[int]] = {}  # seq of an event: positions in `kept` of the drafts that cite it
    for draft in sorted(drafts, key=lambda d: (_SEVERITY_RANK[d.finding.severity], d.first_record, d.finding.kind, d.finding.cause)):
        near = sorted({position for seq in draft.seqs for position in citing.get(seq, ())})
        into = next((position for position in near if _same_issue(draft, kept[position])), None)
        if into is None:
            into = len(kept)
            kept.append(draft)
        else:
            evidence = dict.fromkeys((*kept[into].evidence, *draft.evidence))
            kept[into] = msgspec.structs.replace(kept[into], evidence=tuple(sorted(evidence, key=_PLACE)))
        for seq in draft.seqs:
            citing.setdefault(seq, []).append(into)
    return kept


def _same_issue(draft: _Draft, kept: _Draft) -> bool:
    """The same cause of the same kind (they are known to share an event), or nothing cited that the other does not cite."""
    return (draft.finding.kind, draft.finding.cause) == (kept.finding.kind, kept.finding.cause) or draft.seqs <= kept.seqs


def _issue(facts: Facts, number: int, draft: _Draft) -> Issue:
    finding = draft.finding
    cause = f"{finding.kind}\n{finding.cause}"
    spent = [(e.first_seq, e.last_seq) for e in draft.evidence] if finding.spent is None else [(e.seq, e.seq) for e in finding.spent]
    stretch = (min(first for first, _ in spent), max(last for _, last in spent))
    return Issue(
        id=f"issue-{number}",
        kind=finding.kind,
        severity=finding.severity,
        label=finding.label,
        what=finding.what,
        impact=finding.impact,
        evidence=draft.evidence,
        cost=cost_of(facts, *stretch),
        fingerprint=hashlib.sha256(cause.encode("utf-8", "replace")).hexdigest()[:16],
        source=draft.source,
        cause=finding.cause,
    )
