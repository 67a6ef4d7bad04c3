"""Success stated on the word of scripts that the agent wrote for the moment: no test of the project ran."""

from collections.abc import Iterator

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.beyond_checks import holds_back, may_hide_runs
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Claim, ClaimKind, Command, Facts
from hotwash.analysis.facts.order import before, between
from hotwash.analysis.facts.paths import base_name, is_prose, is_scratch
from hotwash.kit.text import counted, one_line

MIN_CLAIM_WORDS = 3
"""“(FIXED)” in a list says less than the sentence before it."""
_SUCCESS: frozenset[ClaimKind] = frozenset({"done", "fixed", "verified", "tests_pass"})


def find_own_scripts(facts: Facts, excused: frozenset[int]) -> Iterator[Finding]:
    """At most one issue: the last such statement. Messages in `excused` (by seq) have theirs already."""
    created = {base_name(e.path) for e in facts.edits if e.kind == "create"}
    changed = [e for e in facts.edits if e.kind == "edit" and base_name(e.path) not in created and _is_code(e.path)]
    if not changed or any(not _runs_any(c.target.split(), created) for c in facts.checks if c.kind == "test"):
        return
    last = changed[-1].call.seq
    claims = [c for c in between(facts.claims, last, len(facts.events)) if c.kind in _SUCCESS]
    claim = next((c for c in reversed(claims) if len(c.sentence.split()) >= MIN_CLAIM_WORDS), claims[-1] if claims else None)
    if claim is None or claim.message.seq in excused or holds_back(claim.message.text) or may_hide_runs(facts, claim.message.seq):
        return
    ran = [c for c in between(facts.commands, last, claim.message.seq) if _runs(c, created)]
    if ran:
        yield _finding(facts, claim, ran, base_name(changed[-1].path))


def _is_code(path: str) -> bool:
    return not is_prose(path) and not is_scratch(path)


def _runs(command: Command, created: set[str]) -> bool:
    return any(_runs_any((p.name, p.subcommand or "", *p.words), created) for p in command.programs)


def _runs_any(words: tuple[str, ...] | list[str], created: set[str]) -> bool:
    return any(base_name(word) in created for word in words if word)


def _finding(facts: Facts, claim: Claim, ran: list[Command], changed: str) -> Finding:
    script = pick_quote(ran[-1].call.command or "", in_arguments=True)
    said = Cite(first=claim.message, last=claim.message, quote=pick_quote(claim.message.text, claim.sentence[:100]))
    end = before(facts.agent_messages, len(facts.events))[-1]
    cites = [Cite(first=ran[-1].call, last=ran[-1].call, quote=script)] if script else []
    cites += [said] if end.seq == claim.message.seq else [said, Cite(first=end, last=end, quote=pick_quote(end.text))]
    return Finding(
        kind="unverified_claim",
        severity="low",
        label="only scripts of its own ran",
        what=f"The agent stated “{one_line(claim.sentence, 120)}” for its change of {changed} after {counted(len(ran), 'run')} of scripts that it had written itself; no test of the project ran.",
        impact="Whether the change breaks what the project's own tests cover was left for others to find out.",
        cites=tuple(cite for cite in cites if cite.quote),
        cause="only own scripts ran",
    )
