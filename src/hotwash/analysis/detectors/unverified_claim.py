"""The agent states success or a fact without a matching check, or against what its tools returned.

A claim counts against the runs before it: what the agent itself ran, never what subagents, commit hooks or cut output may hide.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec

from hotwash.analysis.cost import counted, in_words
from hotwash.analysis.detectors.admitted import is_conjecture
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.corrected import corrections, finding, in_quotes
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import CheckKind, CheckRun, Claim, ClaimKind, Command, Facts
from hotwash.analysis.facts.order import before, between
from hotwash.analysis.facts.paths import base_name
from hotwash.analysis.model import IssueKind, Severity
from hotwash.kit.text import one_line
from hotwash.transcript import ToolCall

_CHECKS_OF: dict[ClaimKind, frozenset[CheckKind]] = {
    "tests_pass": frozenset({"test"}),
    "build_passes": frozenset({"build"}),
    "lint_passes": frozenset({"lint"}),
}
"""Which runs can bear a claim out."""
_BROAD = re.compile(
    r"\ball (?:of )?(?:the |our |existing |unit |integration |other |go |python )*(?:tests?|specs?|checks)\b|\bevery(?:thing| (?:single )?test)\b|\b(?:full|entire|whole) (?:test )?suite\b"
    r"|\bno regressions\b|\bexisting tests\b|^\W*all (?:green|clean|pass)",
    re.IGNORECASE,
)
"""Says that everything passes, not a named part."""
_NAMED = re.compile(
    r"\b(?:new|these|those|related|relevant|targeted|selected|specific|focused|affected)\b|`[^`]+`|\bbut\b|\bin \w+/", re.IGNORECASE
)
_TAKEN_BACK = re.compile(
    r"\bi (?:was wrong|misread|misspoke|misstated)\b|\bmy (?:earlier|previous|initial) (?:claim|statement|conclusion|assumption|analysis) (?:was|is|were) (?:wrong|incorrect|not)\b",
    re.IGNORECASE,
)
_SUBAGENT_TOOLS = frozenset({"Task", "Agent", "spawn_agent"})
_SUCCESS: frozenset[ClaimKind] = frozenset({"done", "fixed", "verified", "tests_pass", "build_passes"})
_LOOKING = frozenset(
    "cd ls cat head tail wc find grep rg sed awk git gh rm mv cp mkdir touch echo printf chmod diff tree stat sort uniq pwd which export true test [".split()  # noqa: SIM905 - words in a line read better than a quoted word a line
)
"""Programs that execute none of the work."""
_REPORT = re.compile(r"\btests?\b[^.]{0,20}\bpassed\b", re.IGNORECASE)
_WHOLE = re.compile(r"\b(?:existing|full|entire|whole|every\w*|regressions)\b", re.IGNORECASE)
_PROSE_SUFFIXES = (".md", ".txt", ".rst", ".adoc", ".plan", ".mdx")


class UnverifiedClaimDetector:
    kind: IssueKind = "unverified_claim"
    version = 1

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
        yield from _unchecked(facts, {cite.last.seq for finding in unbacked for cite in finding.cites})


def _retracted(facts: Facts) -> Iterator[Finding]:
    """A statement that the agent takes back by itself. Where a person made it do so, the correction tells more."""
    disputed = {c.message.seq for c in facts.corrections}
    for message in facts.agent_messages:
        match = _TAKEN_BACK.search(message.text[:4000])
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


_Borne = tuple[Claim, CheckRun]
"""A claim and the run it rests on."""


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
    broader: list[_Borne] = []
    for claim in _last_of_each_message(facts):
        if _may_hide_runs(facts, claim.message.seq):
            continue
        standing = _standing(facts, claim)
        if standing.edited and not standing.runs and standing.earlier is not None and standing.earlier.passed is False:
            yield _stale(facts, claim, standing.earlier)
        elif claim.kind == "tests_pass" and _is_broad(claim.sentence):
            if standing.runs and standing.runs[-1].passed is False and standing.runs[-1].failures:
                yield _against(claim, standing.runs[-1])
            elif _ran_a_part_only(facts, claim, standing):
                broader.append((claim, standing.runs[-1]))
    if broader:
        yield _broader(broader)


def _unchecked(facts: Facts, accused: set[int]) -> Iterator[Finding]:
    """Success stated as the last word on a stretch of edits after which nothing was run at all: no check, and nothing that executes.

    Messages in `accused` (by seq) already have their issue."""
    spoken = [m.seq for m in facts.messages] + [len(facts.events)]
    for begin, end in pairwise(spoken):
        edits = [e.call for e in between(facts.edits, begin, end) if not e.path.endswith(_PROSE_SUFFIXES)]
        said = between(facts.agent_messages, begin, end)
        if not edits or not said or said[-1].seq < edits[-1].seq or _may_hide_runs(facts, said[-1].seq):
            continue
        claim = next((c for c in between(facts.claims, said[-1].seq - 1, said[-1].seq + 1) if c.kind in _SUCCESS), None)
        if (
            claim is not None
            and said[-1].seq not in accused
            and not any(_executes(c) for c in between(facts.commands, edits[-1].seq - 1, said[-1].seq))
        ):
            yield _untested(claim, edits)


def _executes(command: Command) -> bool:
    """Whether the command runs something that could show a fault, and not only looks, moves files or talks to git."""
    return any(p.name not in _LOOKING for p in command.programs)


def _is_broad(sentence: str) -> bool:
    """Says of everything that it passes; “all tests passed” only tells what the run just showed."""
    reports_the_run = _REPORT.search(sentence) is not None and _WHOLE.search(sentence) is None
    return _BROAD.search(sentence) is not None and _NAMED.search(sentence) is None and not reports_the_run


def _ran_a_part_only(facts: Facts, claim: Claim, standing: _Standing) -> bool:
    chosen = [r for r in standing.runs if r.passed is not False]
    return bool(chosen) and all(r.narrow for r in chosen) and not _borne_out(facts, claim)


def _borne_out(facts: Facts, claim: Claim) -> bool:
    """Whether the agent ran the whole by itself before the person spoke again: then the claim was only early."""
    seq = claim.message.seq
    later = between(facts.messages, seq, len(facts.events))
    spoken = later[0].seq if later else len(facts.events)
    return any(r.kind == "test" and not r.narrow and r.passed is not False for r in between(facts.checks, seq, spoken))


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
    edited = next((e for e in reversed(before(facts.edits, seq)) if not e.path.endswith(_PROSE_SUFFIXES)), None)
    last_edit = edited.call.seq if edited is not None else -1
    return _Standing(
        runs=tuple(r for r in between(facts.checks, last_edit, seq) if r.kind in kinds),
        earlier=next((r for r in reversed(before(facts.checks, last_edit)) if r.kind in kinds), None),
        edited=edited is not None,
    )


def _may_hide_runs(facts: Facts, seq: int) -> bool:
    """Whether a subagent, or a commit whose hooks may run checks, worked since the last edit before the claim: then it is unknown, not false."""
    edits = before(facts.edits, seq)
    last_edit = edits[-1].call.seq if edits else -1
    if any(c.child_native_id is not None or c.name in _SUBAGENT_TOOLS for c in between(facts.calls, last_edit, seq)):
        return True
    return any(
        p.name == "git" and p.subcommand == "commit" and "--no-verify" not in p.words
        for c in between(facts.commands, last_edit, seq)
        for p in c.programs
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


def _broader(claims: list[_Borne]) -> Finding:
    """All of a session's claims that went beyond what ran: one habit, one issue."""
    (claim, run), last = claims[0], claims[-1]
    more = f"; so it did {counted(len(claims), 'time')}" if len(claims) > 1 else ""
    return Finding(
        kind="unverified_claim",
        severity="low",
        label="claim broader than what ran",
        what=f"The agent claimed “{one_line(claim.sentence, 120)}” after running only a chosen part since its last edit: `{one_line(run.target, 100)}`{more}.",
        impact=f"{counted(len(claims), 'claim')} rested on a chosen part; whether the rest passes was left for others to find out.",
        cites=(*_cites(claim, run), *(_cites(*last) if len(claims) > 1 else ())),
        cause="claim broader than the run",
    )


def _untested(claim: Claim, edits: list[ToolCall]) -> Finding:
    edit = edits[-1]
    said = pick_quote(claim.message.text, claim.sentence[:100])
    changed = pick_quote(edit.path or edit.command or "", in_arguments=True)
    cites = [Cite(first=claim.message, last=claim.message, quote=said)]
    if changed:
        cites.insert(0, Cite(first=edit, last=edit, quote=changed))
    return Finding(
        kind="unverified_claim",
        severity="low",
        label="success stated, nothing run after the edits",
        what=f"The agent closed with “{one_line(claim.sentence, 120)}” without running anything after its last edit"
        + (f" of {base_name(edit.path)}." if edit.path else "."),
        impact=f"Whether {counted(len(edits), 'edit')} did what was meant was left for the person to find out.",
        cites=tuple(cites),
        cause="claim without any run",
    )


def _finding(claim: Claim, run: CheckRun, *, severity: Severity, label: str, what: str, impact: str, cause: str) -> Finding:
    return Finding(kind="unverified_claim", severity=severity, label=label, what=what, impact=impact, cites=_cites(claim, run), cause=cause)


def _cites(claim: Claim, run: CheckRun) -> tuple[Cite, ...]:
    """The run, by the line that shows its failure or else by its command, and the claim."""
    said = Cite(first=claim.message, last=claim.message, quote=pick_quote(claim.message.text, claim.sentence[:100]))
    ran = pick_quote(run.call.output, run.line[:100]) if run.line else pick_quote(run.call.command or "", run.tool, in_arguments=True)
    return (Cite(first=run.call, last=run.call, quote=ran), said) if ran else (said,)
