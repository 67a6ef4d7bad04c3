"""What the model says, held against the session: places become cites only where the quote stands. What cannot be verified goes no further."""

import itertools
import re
from collections.abc import Iterable, Sequence

import msgspec

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import event_texts, pick_quote
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.judge.digest import one
from hotwash.analysis.judge.replies import Place, ProposedFact, ProposedIssue, ProposedPhase
from hotwash.analysis.model import LateFact, Phase
from hotwash.transcript import Event, ToolCall

NEAR_RECORDS = 3
"""Models name the call's record for its result's and the reverse."""
MAX_ISSUES = 60
"""Of a session. The most that readers named is 25; an answer of megabytes would otherwise be searched for hours."""
MAX_LATE_FACTS = 60
MAX_PLACES = 8
WIDE_RECORDS = 40
"""A place of more records says nothing about where, unless the session is long: then a tenth of it."""
MAX_PHASES = 8
LABEL_CHARS, SENTENCE_CHARS, CAUSE_CHARS = 100, 500, 80
MIN_QUOTE_WORD_CHARS = 8
"""A shorter quote stands everywhere."""
MAX_QUOTE_WORD_CHARS = 2000
"""A longer one is no quote of 5 to 20 words any more, and costs as much to look for as it likes."""


class Session:
    """The events of a session by record."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._by_record: dict[int, list[Event]] = {}
        for event in facts.events:
            for record in {event.record, _last_record(event)}:
                self._by_record.setdefault(record, []).append(event)
        self.records = max(self._by_record, default=0)

    def between(self, first: int, last: int) -> list[Event]:
        """Events with a record in the range, in session order, each once."""
        found = {e.seq: e for record in range(max(first, 1), min(last, self.records) + 1) for e in self._by_record.get(record, ())}
        return [found[seq] for seq in sorted(found)]

    def cite(self, place: Place) -> Cite | None:
        """The place as a cite, its quote as the session has it. None: the range holds nothing, or the quote does not stand in it or next to it."""
        if place.first < 1 or place.last < place.first or not self.between(place.first, place.last):
            return None
        inside = self.between(place.first, place.last)
        if (found := _standing(place.quote, inside)) is not None:
            event, quote = found
            if place.last - place.first > max(WIDE_RECORDS, self.records // 10):
                return Cite(first=event, last=event, quote=quote)
            return Cite(first=inside[0], last=inside[-1], quote=quote)
        if (found := _standing(place.quote, self.between(place.first - NEAR_RECORDS, place.last + NEAR_RECORDS))) is not None:
            event, quote = found
            return Cite(first=event, last=event, quote=quote)
        return None


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """Issues whose evidence stands, as findings, and how many places did not."""

    findings: tuple[Finding, ...]
    refused_places: int
    refused_issues: int


def verify_issues(session: Session, proposed: Iterable[ProposedIssue]) -> Verified:
    """Findings with the places that stand."""
    findings: list[Finding] = []
    refused_places = refused_issues = 0
    for number, issue in enumerate(proposed, start=1):
        if number > MAX_ISSUES:
            refused_issues += 1
            continue
        cites = [session.cite(place) for place in issue.places[:MAX_PLACES]]
        standing = tuple(cite for cite in cites if cite is not None)
        refused_places += len(cites) - len(standing)
        if not standing or not issue.label.strip() or not issue.what.strip():
            refused_issues += 1
            continue
        findings.append(
            Finding(
                kind=issue.kind,
                severity=issue.severity,
                label=one(issue.label, LABEL_CHARS),
                what=one(issue.what, SENTENCE_CHARS),
                impact=one(issue.impact, SENTENCE_CHARS),
                cites=standing,
                cause=one(issue.cause, CAUSE_CHARS).casefold(),
            )
        )
    return Verified(findings=tuple(findings), refused_places=refused_places, refused_issues=refused_issues)


def verify_late_facts(session: Session, proposed: Iterable[ProposedFact]) -> tuple[LateFact, ...]:
    """Facts whose quote stands in their record, each record once, in session order."""
    kept: dict[int, LateFact] = {}
    for fact in itertools.islice(proposed, MAX_LATE_FACTS):
        cite = session.cite(Place(first=fact.record, last=fact.record, quote=fact.quote))
        if cite is not None and fact.fact.strip():
            kept.setdefault(fact.record, LateFact(record=fact.record, fact=one(fact.fact, SENTENCE_CHARS)))
    return tuple(kept[record] for record in sorted(kept))


def verify_phases(session: Session, proposed: Sequence[ProposedPhase]) -> tuple[Phase, ...]:
    """Consecutive phases from the first event to the last, at most eight; the model gives where each begins. Fewer than two say nothing: empty."""
    events = session.facts.events
    starts: dict[int, str] = {}
    for phase in sorted(proposed, key=lambda p: p.first):
        inside = session.between(phase.first, max(phase.first, phase.last))
        title = one(phase.title, LABEL_CHARS)
        if inside and title:
            starts.setdefault(inside[0].seq if starts else 0, title)
    while len(starts) > MAX_PHASES:
        _drop_shortest(starts, len(events))
    if len(starts) < 2:
        return ()
    seqs = [*sorted(starts), len(events)]
    return tuple(
        Phase(
            title=starts[first],
            first=events[first].record,
            last=max(events[first].record, _last_of(events, after - 1, events[after].record if after < len(events) else None)),
            first_seq=first,
            last_seq=after - 1,
        )
        for first, after in itertools.pairwise(seqs)
    )


def _drop_shortest(starts: dict[int, str], end: int) -> None:
    seqs = [*sorted(starts), end]
    lengths = {first: after - first for first, after in itertools.pairwise(seqs)}
    del starts[min((seq for seq in lengths if seq != seqs[0]), key=lambda seq: (lengths[seq], seq))]


def _last_of(events: Sequence[Event], seq: int, next_record: int | None) -> int:
    """The last record of a phase: up to where the next one begins."""
    last = _last_record(events[seq])
    return last if next_record is None else min(last, max(events[seq].record, next_record - 1))


def _standing(quote: str, events: Sequence[Event]) -> tuple[Event, str] | None:
    """The first event that holds the quote, and the quote as it stands there, on one line. Spaces and line breaks may differ."""
    words = quote.split()
    if not MIN_QUOTE_WORD_CHARS <= sum(map(len, words)) <= MAX_QUOTE_WORD_CHARS:
        return None
    loose = re.compile(r"\s+".join(map(re.escape, words)))
    for event in events:
        for text in event_texts(event):
            if quote in text:
                stretch = quote
            elif (match := loose.search(text)) is not None:
                stretch = match.group()
            else:
                continue
            if picked := pick_quote(stretch):
                return event, picked
    return None


def _last_record(event: Event) -> int:
    return event.result_record if isinstance(event, ToolCall) and event.result_record is not None else event.record
