"""The agent states success or a fact without a matching check, or against what its tools returned.

A claim counts against the runs before it: what the agent itself ran, never what subagents, commit hooks or cut output may hide.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from hotwash.analysis.cost import in_words
from hotwash.analysis.detectors.admitted import is_conjecture
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.beyond_checks import find_beyond, is_broad, may_hide_runs
from hotwash.analysis.detectors.corrected import corrections, finding, in_quotes
from hotwash.analysis.detectors.dropped_steps import find_dropped_steps
from hotwash.analysis.detectors.own_scripts import find_own_scripts
from hotwash.analysis.detectors.stated import find_stated
from hotwash.analysis.detectors.sweeping import find_sweeping
from hotwash.analysis.detectors.unexercised import find_unexercised
from hotwash.analysis.detectors.untried_option import find_untried_options
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import CheckKind, CheckRun, Claim, ClaimKind, Facts
from hotwash.analysis.facts.order import before, between
from hotwash.analysis.facts.paths import is_prose
from hotwash.analysis.model import IssueKind, Severity
from hotwash.kit.text import counted, one_line

_CHECKS_OF: dict[ClaimKind, frozenset[CheckKind]] = {
    "tests_pass": frozenset({"test"}),
    "build_passes": frozenset({"build"}),
    "lint_passes": frozenset({"lint"}),
}
"""Which runs can bear a claim out."""
_READ_CHARS = 4_000
_TAKEN_BACK_HINTS = ("i was wrong", "i mis", "my earlier", "my previous", "my initial")
"""Every retraction holds one of these; looking for them is much faster."""
_TAKEN_BACK = re.compile(
    r"\bi (?:was wrong|misread|misspoke|misstated)\b|\bmy (?:earlier|previous|initial) (?:claim|statement|conclusion|assumption|analysis) (?:was|is|were) (?:wrong|incorrect|not)\b",
    re.IGNORECASE,
)


class UnverifiedClaimDetector:
    kind: IssueKind = "unverified_claim"
    version = 3

    def detect(self, facts: Facts) -> Iterable[Finding]:
        for correction, quote in corrections(facts, "unverified_claim"):
            yield finding(
                facts,
                correction,
                quote,
                label=f"person disputes: {one_line(quote, 60)}",
                what=f"The person disputed what the agent had stated: {in_quotes(quote)}.",
                cause="statement disputed by the person",
            )
        yield from _retracted(facts)
        unbacked = tuple(_unbacked(facts))
        yield from unbacked
        beyond = tuple(find_beyond(facts, _cited(unbacked)))
        yield from beyond
        yield from find_dropped_steps(facts)
        yield from find_untried_options(facts)
        unexercised = tuple(find_unexercised(facts, _cited((*unbacked, *beyond))))
        yield from unexercised
        scripts = tuple(find_own_scripts(facts, _cited((*unbacked, *beyond, *unexercised))))
        yield from scripts
        sweeping = tuple(find_sweeping(facts, _cited((*unbacked, *beyond, *unexercised, *scripts))))
        yield from sweeping
        yield from find_stated(facts, _cited((*unbacked, *beyond, *unexercised, *scripts, *sweeping)))


def _cited(found: Iterable[Finding]) -> frozenset[int]:
    return frozenset(cite.last.seq for finding in found for cite in finding.cites)


def _retracted(facts: Facts) -> Iterator[Finding]:
    """A statement that the agent takes back by itself. Where a person made it do so, the correction tells more."""
    disputed = {c.message.seq for c in facts.corrections}
    for message in facts.agent_messages:
        text = message.text[:_READ_CHARS]
        lower = text.lower()
        match = _TAKEN_BACK.search(text) if any(hint in lower for hint in _TAKEN_BACK_HINTS) else None
        if match is None or is_conjecture(message.text, match):
            continue
        quote = pick_quote(message.text, match.group())
        earlier = before(facts.messages, message.seq)
        spoke = earlier[-1].seq if earlier else -1
        if quote and spoke not in disputed:
            yield Finding(
                kind="unverified_claim",
                severity="low",
                label="agent takes a statement back",
                what=f"The agent found that what it had stated was wrong: “{one_line(quote, 140)}”.",
                impact=f"The statement stood for {in_words(facts, max(spoke, 0), message.seq)}.",
                cites=(Cite(first=message, last=message, quote=quote),),
                cause="statement taken back",
            )


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the session knew when a claim was made."""

    runs: tuple[CheckRun, ...]
    """Runs that bear on the claim, since the last edit of code."""
    earlier: CheckRun | None
    """The last one before that edit."""
    edited: bool


def _unbacked(facts: Facts) -> Iterator[Finding]:
    if not facts.edits:
        return
    for claim in _last_of_each_message(facts):
        if may_hide_runs(facts, claim.message.seq):
            continue
        standing = _standing(facts, claim)
        if standing.edited and not standing.runs and standing.earlier is not None and standing.earlier.passed is False:
            yield _stale(facts, claim, standing.earlier)
        elif _is_against(claim, standing):
            yield _against(claim, standing.runs[-1])


def _is_against(claim: Claim, standing: _Standing) -> bool:
    """Everything is said to pass, and the last run counts failures."""
    last = standing.runs[-1] if standing.runs else None
    return claim.kind == "tests_pass" and is_broad(claim.sentence) and last is not None and last.passed is False and bool(last.failures)


def _last_of_each_message(facts: Facts) -> list[Claim]:
    """One claim for each message and kind: the last words count."""
    last: dict[tuple[int, ClaimKind], Claim] = {}
    for claim in facts.claims:
        if claim.kind in _CHECKS_OF:
            last[(claim.message.seq, claim.kind)] = claim
    return list(last.values())


def _standing(facts: Facts, claim: Claim) -> _Standing:
    kinds = _CHECKS_OF[claim.kind]
    seq = claim.message.seq
    edited = next((e for e in reversed(before(facts.edits, seq)) if not is_prose(e.path)), None)
    last_edit = edited.call.seq if edited is not None else -1
    return _Standing(
        runs=tuple(r for r in between(facts.checks, last_edit, seq) if r.kind in kinds),
        earlier=next((r for r in reversed(before(facts.checks, last_edit)) if r.kind in kinds), None),
        edited=edited is not None,
    )


def _stale(facts: Facts, claim: Claim, run: CheckRun) -> Finding:
    edits = len(between(facts.edits, run.call.seq, claim.message.seq))
    return _finding(
        claim,
        run,
        severity="medium",
        label=f"success claimed, {run.tool} not run again",
        what=f"The agent claimed “{one_line(claim.sentence, 120)}” although the last `{one_line(run.target, 60)}` failed and was not run again after the edits that followed.",
        impact=f"{counted(edits, 'edit')} after the failing run stood unchecked when success was stated.",
        cause="claim without a run after the last edit",
    )


def _against(claim: Claim, run: CheckRun) -> Finding:
    return _finding(
        claim,
        run,
        severity="medium",
        label=f"success claimed against failing {run.tool}",
        what=f"The agent claimed “{one_line(claim.sentence, 120)}” although the last `{one_line(run.target, 60)}` showed {counted(run.failures or 1, 'failure')}.",
        impact=f"Success was stated over {counted(run.failures or 1, 'failure')}, for the person to find.",
        cause="claim against the output",
    )


def _finding(claim: Claim, run: CheckRun, *, severity: Severity, label: str, what: str, impact: str, cause: str) -> Finding:
    return Finding(kind="unverified_claim", severity=severity, label=label, what=what, impact=impact, cites=_cites(claim, run), cause=cause)


def _cites(claim: Claim, run: CheckRun) -> tuple[Cite, ...]:
    """The run, by the line that shows its failure or else by its command, and the claim."""
    said = Cite(first=claim.message, last=claim.message, quote=pick_quote(claim.message.text, claim.sentence[:100]))
    ran = pick_quote(run.call.output, run.line[:100]) if run.line else pick_quote(run.call.command or "", run.tool, in_arguments=True)
    return (Cite(first=run.call, last=run.call, quote=ran), said) if ran else (said,)
