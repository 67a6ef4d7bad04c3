"""Statements about every case in the report on a change: that it holds for all, never fails again, is exactly the same, where nothing that ran could show so much.

Readers found such a sentence wrong or unproved four times out of five; what ran after the last edit is named, so that a person can judge.
"""

import re
from collections.abc import Iterator

import msgspec

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.beyond_checks import holds_back, worked_with_subagents
from hotwash.analysis.detectors.reports import Report, reports
from hotwash.analysis.detectors.unexercised import executes
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.check_tools import recognise
from hotwash.analysis.facts.claims import split_sentences
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.paths import base_name
from hotwash.kit.text import counted, one_line

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
    r"\btests?\b[^.]{0,30}\bpass|\b(?:lint|build|CI)\b[^.]{0,20}\b(?:pass|clean|green|succeed)"
    r"|^\W*(?:\S+ ){0,3}\S+:\**$|\?$|\b(?:let['’]s|let me|i['’]ll|if you|want me|would you)\b|\b(?:used to|previously|before this|originally)\b|\b(?:old|previous|earlier|original)\b[^.\n]{0,40}\b(?:was|were|had|did)\b"
    r"|\b(?:tasks|todos|batches|prompts|comments|commits|findings|agents)\b[^.\n]{0,20} (?:are|is|have|has) ",
    re.IGNORECASE,
)
"""What is said of the checks themselves is judged by what ran. Headings, offers, the story of the fault, and the tally of the work state nothing about the change."""
READ_CHARS = 6_000


class _Sweep(msgspec.Struct, frozen=True, kw_only=True):
    report: Report
    sentence: str
    ran: tuple[str, ...]
    """The checks after the last edit."""


def find_sweeping(facts: Facts, excused: frozenset[int]) -> Iterator[Finding]:
    """At most one issue: the last such report. Messages in `excused` (by seq) have theirs already."""
    found = [s for report in reports(facts) if report.message.seq not in excused and (s := _sweep(facts, report)) is not None]
    if found:
        yield _finding(found)


def _sweep(facts: Facts, report: Report) -> _Sweep | None:
    """A report on a change of code, where it speaks of every case."""
    if not report.edits or report.message.seq < report.edits[-1].call.seq or holds_back(report.message.text):
        return None
    if worked_with_subagents(facts, report.edits[-1].call.seq, report.message.seq):
        return None
    sentences = (s.strip() for s in split_sentences(report.message.text[:READ_CHARS]))
    sentence = next((s for s in sentences if _SWEEPING.search(s) is not None and _NO_STATEMENT.search(s) is None), "")
    if not sentence:
        return None
    since = between(facts.commands, report.edits[-1].call.seq - 1, report.message.seq)
    if any(executes(c) and not any(recognise(p) for p in c.programs) for c in since):
        return None  # something was tried beside the checks: it may have been the case in question
    ran = dict.fromkeys(known[1] for c in since for p in c.programs if (known := recognise(p)) is not None)
    return _Sweep(report=report, sentence=sentence, ran=tuple(ran))


def _finding(found: list[_Sweep]) -> Finding:
    sweep = found[-1]
    changed = base_name(sweep.report.edits[-1].path)
    ran = f"only {', '.join(sweep.ran)} ran" if sweep.ran else "no check ran"
    more = f"; so it did {counted(len(found), 'time')}" if len(found) > 1 else ""
    return Finding(
        kind="unverified_claim",
        severity="low",
        label="report speaks of every case",
        what=f"The agent reported “{one_line(sweep.sentence, 140)}”; after its last edit of {changed} {ran}, which does not show so much{more}.",
        impact="Whether it holds in every case was left for the person to find out.",
        cites=tuple(cite for s in found[-2:] for cite in _cites(s)),
        spent=(sweep.report.message, sweep.report.message),
        cause="statement about every case",
    )


def _cites(sweep: _Sweep) -> Iterator[Cite]:
    message = sweep.report.message
    quote = pick_quote(sweep.sentence) or pick_quote(message.text, sweep.sentence[:100])
    if quote:
        yield Cite(first=message, last=message, quote=quote)
