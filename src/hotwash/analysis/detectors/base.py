"""What a detector is: facts in, findings out. Evidence is cited, never asserted; `rules.py` verifies it, numbers the issues and adds their cost."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind, Severity
from hotwash.transcript import Event


class Cite(msgspec.Struct, frozen=True, kw_only=True):
    """A claim of evidence: from event `first` to event `last`, with `quote` verbatim in one of them (any text an event holds)."""

    first: Event
    last: Event
    quote: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """An issue before its evidence is checked."""

    kind: IssueKind
    severity: Severity
    label: str
    what: str
    impact: str
    cites: tuple[Cite, ...]
    spent: tuple[Event, Event] | None = None
    """First and last event of the stretch that it cost. None: from the first cited event to the last."""
    cause: str
    """Normalised cause (no paths of one machine, no numbers of one run): what the fingerprint is made of."""


class Detector(Protocol):
    """Finds one kind of issue. Pure, and silent where the coverage does not carry what it needs."""

    kind: IssueKind
    version: int
    """Raised whenever the same facts may give other findings."""

    def detect(self, facts: Facts) -> Iterable[Finding]: ...
