"""Success stated beyond what ran: a chosen part passed and everything is said to, no test ran in what was changed, or the checks are older than the last edit.

One habit of a session is one issue: all its claims that go too far are gathered.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import CheckRun, Claim, ClaimKind, Command, Edit, Facts
from hotwash.analysis.facts.order import before, between
from hotwash.analysis.facts.paths import is_prose, is_scratch
from hotwash.kit.text import counted, one_line

_BROAD = re.compile(
    r"\ball (?:of )?(?:the |our |existing |unit |integration |other |go |python )*(?:tests?|specs?|checks)\b|\bevery(?:thing| (?:single )?test)\b|\b(?:full|entire|whole) (?:test )?suite\b"
    r"|\bno regressions\b|\bexisting tests\b|^\W*all (?:green|clean|pass)",
    re.IGNORECASE,
)
"""Says that everything passes, not a named part."""
_NAMED = re.compile(
    r"\b(?:new|these|those|both|related|relevant|targeted|selected|specific|focused|affected)\b|`[^`]+`|\bbut\b|\bin \w+/", re.IGNORECASE
)
_REPORT = re.compile(r"\btests?\b[^.]{0,20}\bpassed\b", re.IGNORECASE)
_WHOLE = re.compile(r"\b(?:existing|full|entire|whole|every\w*|regressions)\b", re.IGNORECASE)
SUBAGENT_TOOLS = frozenset({"Task", "Agent", "spawn_agent"})
_CLOSING: frozenset[ClaimKind] = frozenset({"done", "fixed", "verified", "tests_pass"})
_HELD_BACK = re.compile(
    r"(?:\b(?:not|never|without|only)|n['’]t)\b[^.\n]{0,50}\b(?:ran|run|running|tested|testing|verif(?:y|ied|ying)|check(?:ed|ing)?|exercised)\b|\b(?:untested|unverified)\b",
    re.IGNORECASE,
)
_NOTHING_RAN = re.compile(r"^(?:ok|\?)\s+(\S+)\s.*\[no test(?:s to run| files)\]", re.MULTILINE)
LARGER = re.compile(r"\b(?:integration|e2e|test[:_-](?:ci|all|full))\b|integration_tests?\b|test[:_-]integration", re.IGNORECASE)
"""Names a task that runs more than the unit tests."""
_OWN_LINE = re.compile(
    r"^(?:\[\S.* [0-9a-f]{6,}\] | ?\d+ files? changed| (?:create|delete|rename|rewrite|copy|mode change) |On branch |Your branch |nothing to commit|no changes added"
    r"| Date: | Author: |warning: (?:in the working copy|LF will|CRLF will)|The file will have|[MADR?]{1,2} |[0-9a-f]{7,} |\s+[\w./-]+ +\| +\d+)"
)
"""What git itself prints of a commit, a status or a short log."""
MAX_SUMMARY_LINES = 60
MAX_CITES = 4
"""First and last claim, each with the run it rests on."""


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """A claim, the run that it rests on, and what the run leaves open."""

    claim: Claim
    run: CheckRun
    why: str
    """Completes “the agent claimed … after …”."""


def find_beyond(facts: Facts, excused: frozenset[int] = frozenset()) -> Iterator[Finding]:
    """At most one issue. Messages in `excused` (by seq) have theirs already."""
    found = [s for s in _shortfalls(facts) if s.claim.message.seq not in excused]
    if found:
        yield _finding(found)


def is_broad(sentence: str) -> bool:
    """Says of everything that it passes; “all tests passed” only tells what the run just showed."""
    reports_the_run = _REPORT.search(sentence) is not None and _WHOLE.search(sentence) is None
    return _BROAD.search(sentence) is not None and _NAMED.search(sentence) is None and not reports_the_run


def _shortfalls(facts: Facts) -> Iterator[Shortfall]:
    tests = tuple(r for r in facts.checks if r.kind == "test")
    closing = _closing_messages(facts)
    honest = {seq for seq, text in {c.message.seq: c.message.text for c in facts.claims}.items() if holds_back(text)}
    told: set[int] = set()
    for claim in facts.claims:
        seq = claim.message.seq
        edits = [e for e in before(facts.edits, seq) if _is_code(e)]
        if seq in told or not edits or may_hide_runs(facts, seq) or seq in honest:
            continue
        runs = between(tests, edits[-1].call.seq - 1, seq)
        found = _left_open(tests, claim, edits, [r for r in runs if r.passed is not False], closing=seq in closing)
        if found is not None and not _borne_out(facts, tests, seq):
            told.add(seq)
            yield found


def _left_open(tests: Sequence[CheckRun], claim: Claim, edits: list[Edit], runs: list[CheckRun], *, closing: bool) -> Shortfall | None:
    """What the runs since the last edit of code leave open of the claim; None where nothing shows."""
    broad = claim.kind == "tests_pass" and is_broad(claim.sentence)
    earlier = before(tests, claim.message.seq)
    if not runs:
        if broad and closing and earlier and earlier[-1].passed:
            return Shortfall(
                claim=claim,
                run=earlier[-1],
                why=f"an edit that no run followed; the last `{one_line(earlier[-1].target, 80)}` came before it",
            )
        return None
    run = runs[-1]
    if not all(r.narrow or _leaves_out(r, edits) for r in runs):
        larger = next((r for r in reversed(earlier) if LARGER.search(r.target)), None)
        if broad and larger is not None and not any(LARGER.search(r.target) for r in runs):
            return Shortfall(
                claim=claim, run=run, why=f"`{one_line(run.target, 80)}` alone, though `{one_line(larger.target, 60)}` covers more"
            )
        return None
    if broad and (closing or _REPORT.search(claim.sentence) is None):
        return Shortfall(claim=claim, run=run, why=f"running only a chosen part since its last edit: `{one_line(run.target, 100)}`")
    idle = _idle_package(run, edits)
    if idle and closing and claim.kind in _CLOSING:
        return Shortfall(claim=claim, run=run, why=f"a run in which no test of the edited package {idle} was selected")
    return None


def holds_back(text: str) -> bool:
    """Whether the message itself says what was not checked: an honest report."""
    return _HELD_BACK.search(text) is not None


def worked_with_subagents(facts: Facts, after: int, until: int) -> bool:
    """Whether a subagent worked between the two events: its runs and edits are the agent's, but not seen here."""
    return any(c.child_native_id is not None or c.name in SUBAGENT_TOOLS for c in between(facts.calls, after, until))


def may_hide_runs(facts: Facts, seq: int) -> bool:
    """Whether a subagent, or a commit whose hooks may have run checks, worked since the last edit before the claim: then it is unknown, not false."""
    edits = before(facts.edits, seq)
    last_edit = edits[-1].call.seq if edits else -1
    return worked_with_subagents(facts, last_edit, seq) or any(_may_run_hooks(c) for c in between(facts.commands, last_edit, seq))


def _may_run_hooks(command: Command) -> bool:
    """Hooks that run checks speak: a commit of which nothing but git's own summary was printed ran none."""
    if not any(p.name == "git" and p.subcommand == "commit" and "--no-verify" not in p.words for p in command.programs):
        return False
    lines = [line for line in command.call.output.splitlines() if line.strip()]
    return not lines or len(lines) > MAX_SUMMARY_LINES or not all(_OWN_LINE.match(line) for line in lines)


def _is_code(edit: Edit) -> bool:
    return not is_prose(edit.path) and not is_scratch(edit.path)


def _leaves_out(run: CheckRun, edits: list[Edit]) -> bool:
    """`go test` of one package tree while code outside it was changed."""
    trees = [w.removesuffix("/...").removeprefix("./") for w in run.target.split() if w.endswith("/...")]
    if run.tool != "go test" or not trees or "." in trees:
        return False
    touched = [e.path.replace("\\", "/") for e in edits if e.path.endswith(".go")]
    return any(not any(f"{tree}/" in path for tree in trees) for path in touched)


def _idle_package(run: CheckRun, edits: list[Edit]) -> str:
    """The package of the last edit, where the run says that it has no test to run there."""
    folder = edits[-1].path.replace("\\", "/").rpartition("/")[0]
    return next(
        (
            m.group(1).rpartition("/")[2]
            for m in _NOTHING_RAN.finditer(run.call.output)
            if folder.endswith("/" + m.group(1).rpartition("/")[2])
        ),
        "",
    )


def _closing_messages(facts: Facts) -> frozenset[int]:
    """The agent's last words on each request, by seq."""
    turns = [0, *(m.seq for m in facts.messages), len(facts.events)]
    last = (between(facts.agent_messages, begin - 1, end) for begin, end in pairwise(turns))
    return frozenset(said[-1].seq for said in last if said)


def _borne_out(facts: Facts, tests: Sequence[CheckRun], seq: int) -> bool:
    """Whether the agent ran the whole by itself before the person spoke again: then the claim was only early."""
    later = between(facts.messages, seq, len(facts.events))
    spoken = later[0].seq if later else len(facts.events)
    return any(not r.narrow and r.passed is not False for r in between(tests, seq, spoken))


def _finding(found: list[Shortfall]) -> Finding:
    first, last = found[0], found[-1]
    more = f"; so it did {counted(len(found), 'time')}" if len(found) > 1 else ""
    cites = (*_cites(first), *(_cites(last) if last is not first else ()))
    return Finding(
        kind="unverified_claim",
        severity="low",
        label="claim broader than what ran",
        what=f"The agent claimed “{one_line(first.claim.sentence, 120)}” after {first.why}{more}.",
        impact=f"{counted(len(found), 'claim')} rested on less than was said; whether the rest passes was left for others to find out.",
        cites=cites[:MAX_CITES],
        cause="claim broader than the run",
    )


def _cites(shortfall: Shortfall) -> tuple[Cite, ...]:
    claim, run = shortfall.claim, shortfall.run
    said = Cite(first=claim.message, last=claim.message, quote=pick_quote(claim.message.text, claim.sentence[:100]))
    ran = pick_quote(run.call.command or "", run.tool, in_arguments=True)
    return (Cite(first=run.call, last=run.call, quote=ran), said) if ran else (said,)
