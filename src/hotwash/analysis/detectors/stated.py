"""Statements in a report that nothing in the session bears out: that a thing was verified, that nothing else uses it, that this is the cause.

Each is held against what the agent did on the request: what it read and ran, and where it searched. A statement that a tool's output shows is fine.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.beyond_checks import holds_back
from hotwash.analysis.detectors.partial_search import searches_everywhere
from hotwash.analysis.detectors.reports import Report, reports
from hotwash.analysis.detectors.unexercised import executes
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.claims import split_sentences
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.facts.order import before, between
from hotwash.kit.text import counted, one_line

MIN_CALLS = 3
"""A reply after a look or two is talk, not a report."""
READ_CHARS = 8_000
_NAME = re.compile(r"`([^`\n]{2,60})`|\b([A-Za-z_]\w*(?:[._/]\w+)+)\b|\b([a-z]+[A-Z]\w+|[A-Z]\w+[A-Z]\w*)\b|\b(\d{2,})\b")
"""What can be looked for in an output: code, paths, names in camel case, numbers of some size."""
_VERIFIED = re.compile(r"\b(?:verified|confirmed|double-checked|validated)\b", re.IGNORECASE)
_NOT_YET = re.compile(
    r"\b(?:as (?:we|you|i)|since|you(?:['’]ve)?|not|to be|if|once|until|needs?|should|can|will|must|before|want)\b[^.\n]{0,30}\Z|n['’]t [^.\n]{0,30}\Z",
    re.IGNORECASE,
)
"""Before the word it makes a plan, a condition or the person's own doing of it."""
_BY_A_RUN = re.compile(
    r"\b(?:scripts?|tests?|suite|builds?|runs?|running|lint\w*|compil\w+|browser|screenshots?|locally|end[- ]to[- ]end)\b", re.IGNORECASE
)
"""Says by what it was verified: where something ran on this request, that may have been it."""
_OF_EVERYTHING = re.compile(r"\b(?:all|everything|both|each|every|fully|(?:fixed|done|implemented) and|root cause)\b", re.IGNORECASE)
"""A verification that names nothing to look for is held against the agent only where it speaks of the whole."""
_ABSENT = re.compile(
    r"\bno (?:other |existing |remaining )?(?:callers?|consumers?|uses?|usages?|references?|places?|dependents|occurrences?)\b"
    r"|\bnothing else (?:uses|calls|depends|references|reads|needs)\b|\b(?:not|never) (?:used|called|referenced|read|imported) (?:anywhere|elsewhere)\b"
    r"|\b(?:only|exclusively) (?:used|called|referenced|read|imported) (?:by|in|from|here)\b|\bunused\b(?! (?:`[^`\n]+`,? (?:and )?){0,3}(?:imports?|variables?|parameters?|arguments?)\b)|\bdead code\b"
    r"|\bonly (?:consumer|caller|user|place|usage)\b|\bno longer (?:needed|used|referenced)\b|\bthere (?:is|are) no (?:other|existing|such)\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:root cause|the (?:actual |real )?(?:issue|problem|bug|cause|reason) (?:is|was)|th(?:is|at) (?:happens|happened|is why|was why))\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:likely|probably|perhaps|might|may|could|seems?|appears?|suspect|i think|guess|hypothesis)\b|\?\s*$", re.IGNORECASE
)


class _Rule(msgspec.Struct, frozen=True, kw_only=True):
    stated: Callable[[Facts, Report, str], bool]
    """Whether the sentence states the thing, and nothing bears it out."""
    label: str
    short: str
    """Completes “the agent reported …; ”."""
    cause: str


def find_stated(facts: Facts, excused: frozenset[int]) -> Iterator[Finding]:
    """At most one issue a rule, and one a message. Messages in `excused` (by seq) have theirs already."""
    told = set(excused)
    for rule in _RULES:
        found = [(report, sentence) for report in reports(facts) if (sentence := _sentence(facts, report, rule))]
        left = [(report, sentence) for report, sentence in found if report.message.seq not in told]
        if left:
            told.add(left[-1][0].message.seq)
            yield _finding(rule, *left[-1], times=len(left))


def _sentence(facts: Facts, report: Report, rule: _Rule) -> str:
    """The first sentence of the report that the rule speaks of; empty where there is none."""
    if len(report.calls) < MIN_CALLS or holds_back(report.message.text):
        return ""
    sentences = (s.strip() for s in split_sentences(report.message.text[:READ_CHARS]))
    return next((s for s in sentences if rule.stated(facts, report, s)), "")


def _verified(facts: Facts, report: Report, sentence: str) -> bool:
    said = _VERIFIED.search(sentence)
    if said is None or sentence.endswith((":", ":**")) or _NOT_YET.search(sentence[: said.start()]) is not None:
        return False
    if _BY_A_RUN.search(sentence) is not None and _ran_anything(facts, report):
        return False
    names = _names(sentence)
    if names:
        return 2 * sum(_was_shown(facts, report, name) for name in names) < len(names)
    return _OF_EVERYTHING.search(sentence) is not None and not _tried(facts, report)


def _absent(facts: Facts, report: Report, sentence: str) -> bool:
    if _ABSENT.search(sentence) is None:
        return False
    names = _names(sentence)
    searches = [c for c in report.calls if searches_everywhere(facts, c)]
    return not any(not names or any(name in _asked(c.arguments) for name in names) for c in searches)


def _caused(facts: Facts, report: Report, sentence: str) -> bool:
    if report.edits or _CAUSE.search(sentence) is None or _HEDGED.search(sentence) is not None:
        return False
    return not _ran_anything(facts, report)


def _tried(facts: Facts, report: Report) -> bool:
    """Whether something ran after the last change of code. A look at changed text shows the text, not that all of it is right."""
    since = between(facts.commands, report.edits[-1].call.seq, report.message.seq) if report.edits else ()
    return any(executes(c) for c in since)


def _ran_anything(facts: Facts, report: Report) -> bool:
    """Whether a program ran on the request, or a browser was at work: more than looking at files."""
    return any(executes(c) for c in between(facts.commands, report.begin - 1, report.message.seq)) or any(
        c.category == "browser" for c in report.calls
    )


_RULES = (
    _Rule(
        stated=_verified,
        label="called verified, and nothing shows it",
        short="it names nothing that an output of the session shows",
        cause="statement of a verification",
    ),
    _Rule(
        stated=_absent,
        label="said to be used nowhere else, without a search",
        short="the project was not searched for it on this request",
        cause="statement of absence",
    ),
    _Rule(
        stated=_caused,
        label="cause stated from reading alone",
        short="nothing was run that would show it",
        cause="statement of a cause",
    ),
)


def _names(sentence: str) -> list[str]:
    return [next(filter(None, groups)) for groups in _NAME.findall(sentence)]


def _was_shown(facts: Facts, report: Report, name: str) -> bool:
    """Whether any call up to the report names it or prints it."""
    return any(name in c.output or name in _asked(c.arguments) for c in before(facts.calls, report.message.seq))


def _asked(arguments: dict[str, object]) -> str:
    return " ".join(str(value) for value in arguments.values())


def _finding(rule: _Rule, report: Report, sentence: str, *, times: int) -> Finding:
    more = f"; so it did {counted(times, 'time')}" if times > 1 else ""
    quote = pick_quote(sentence) or pick_quote(report.message.text, sentence[:100])
    return Finding(
        kind="unverified_claim",
        severity="low",
        label=rule.label,
        what=f"The agent reported “{one_line(sentence, 140)}”; {rule.short}{more}.",
        impact="Whether it is so was left for the person to find out.",
        cites=(Cite(first=report.message, last=report.message, quote=quote),),
        cause=rule.cause,
    )
