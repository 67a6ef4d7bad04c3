"""Statements about every case in the report on a change: that it holds for all, never fails again, is exactly the same, where nothing that ran could show so much.

Readers found such a sentence wrong or unproved four times out of five; what ran after the last edit is named, so that a person can judge.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.beyond_checks import holds_back, worked_with_subagents
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.check_tools import recognise
from hotwash.analysis.facts.claims import split_sentences
from hotwash.analysis.facts.model import Edit, Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.paths import base_name, is_prose, is_scratch
from hotwash.kit.text import counted, one_line
from hotwash.transcript import AgentMessage

_SWEEPING = re.compile(
    r"\b(?:will|won['’]t|can['’]t|cannot|no longer)\b[^.\n]{0,80}\b(?:any|all|every|each|never|always|future|regardless|whenever|even (?:if|when)|both|automatically)\b"
    r"|\b(?:any|all|every|each) (?:other |future |existing |remaining |the )?[\w`]+(?: [\w`]+)? (?:is|are|now|will|gets?|has|have|stays?|keeps?|uses?|goes)\b"
    r"|\bexactly (?:what|the|as|like|how|one)\b|\bidentical\b|\bonly (?:consumer|place|caller|use|usage|remaining)\b|\bno (?:other|remaining|more) \w+"
    r"|\bnothing (?:else|to fix|is left|remains)\b|\bin (?:all|every) (?:case|mode|path)s?\b|\bguarantee\w*"
    r"|\bworks? (?:correctly|properly|for (?:all|both|any|every)|everywhere|with any|regardless|as (?:expected|intended|before))"
    r"|\b(?:preserves?|handles?|covers?|catch(?:es)?|supports?) (?:all|any|every|both)\b|\bsafe (?:with|for|to)\b"
    r"|\bnow (?:correctly|properly|consistently|always|only)\b|\bbackwards?[- ]compatib\w+",
    re.IGNORECASE,
)
_NO_STATEMENT = re.compile(
    r"\btests?\b[^.]{0,30}\bpass|\blint|\bbuild(?:s|ing)?\b(?!\.)|\bCI\b"
    r"|:\**$|\?$|\b(?:let['’]s|let me|i['’]ll|if you|want me|would you)\b|\b(?:was|were|had|used to|previously|before this|originally)\b"
    r"|\b(?:tasks|todos|batches|prompts|comments|commits|findings|agents)\b[^.\n]{0,20} (?:are|is|have|has) ",
    re.IGNORECASE,
)
"""What is said of the checks themselves is judged by what ran. Headings, offers, the story of the fault, and the tally of the work state nothing about the change."""
READ_CHARS = 6_000


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    message: AgentMessage
    sentence: str
    edits: tuple[Edit, ...]
    ran: tuple[str, ...]
    """The checks after the last edit."""


def find_sweeping(facts: Facts, excused: frozenset[int]) -> Iterator[Finding]:
    """At most one issue: the last such report. Messages in `excused` (by seq) have theirs already."""
    bounds = [0, *(m.seq for m in facts.messages[1:]), len(facts.events)]
    reports = [r for begin, end in pairwise(bounds) if (r := _report(facts, begin, end)) is not None and r.message.seq not in excused]
    if reports:
        yield _finding(reports)


def _report(facts: Facts, begin: int, end: int) -> _Report | None:
    """The agent's last words on a request for which it changed code, where they speak of every case."""
    edits = tuple(e for e in between(facts.edits, begin - 1, end) if not is_prose(e.path) and not is_scratch(e.path))
    said = between(facts.agent_messages, begin - 1, end)
    if not edits or not said or said[-1].seq < edits[-1].call.seq or holds_back(said[-1].text):
        return None
    if worked_with_subagents(facts, edits[-1].call.seq, said[-1].seq):
        return None
    sentences = (s.strip() for s in split_sentences(said[-1].text[:READ_CHARS]))
    sentence = next((s for s in sentences if _SWEEPING.search(s) is not None and _NO_STATEMENT.search(s) is None), "")
    if not sentence:
        return None
    since = between(facts.commands, edits[-1].call.seq - 1, said[-1].seq)
    ran = dict.fromkeys(known[1] for c in since for p in c.programs if (known := recognise(p)) is not None)
    return _Report(message=said[-1], sentence=sentence, edits=edits, ran=tuple(ran))


def _finding(reports: list[_Report]) -> Finding:
    report = reports[-1]
    changed = base_name(report.edits[-1].path)
    ran = f"only {', '.join(report.ran)} ran" if report.ran else "no check ran"
    more = f"; so it did {counted(len(reports), 'time')}" if len(reports) > 1 else ""
    return Finding(
        kind="unverified_claim",
        severity="low",
        label="report speaks of every case",
        what=f"The agent reported “{one_line(report.sentence, 140)}”; after its last edit of {changed} {ran}, which does not show so much{more}.",
        impact=f"Whether it holds of {counted(sum(len(r.edits) for r in reports), 'edit')} in every case was left for the person to find out.",
        cites=tuple(cite for r in reports[-2:] for cite in _cites(r)),
        cause="statement about every case",
    )


def _cites(report: _Report) -> Iterator[Cite]:
    quote = pick_quote(report.message.text, report.sentence[:100])
    if quote:
        yield Cite(first=report.message, last=report.message, quote=quote)
