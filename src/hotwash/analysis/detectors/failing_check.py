"""A build, test, lint or type check fails on the agent's work and takes more than one attempt, or still fails at the end."""

import re
from collections.abc import Iterable, Iterator, Sequence

from hotwash.analysis.cost import in_words, severity_of, turns_between
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import CheckKind, CheckRun, Edit, Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.paths import base_name, is_test
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import one_line, strip_ansi

MIN_ATTEMPTS = 2
"""A check that fails once and is mended at once is no issue (TAXONOMY)."""

MANY_ATTEMPTS = 3
"""That many attempts are an issue however quick each was."""
COSTLY_TURNS = 8
"""Two attempts within fewer turns are the usual rhythm of work: run, mend, run."""
SLOW_TURNS = 13
"""A single failing test that takes so many turns to mend was several attempts, whether or not the check ran in between."""
COSTLY_LOOKS = 3
"""Shell commands between a test's single failure and its pass: that many were needed to understand it."""

_NOUN = {"test": "tests", "build": "build", "lint": "lint", "type_check": "type check", "format": "format check"}
_FILE_LINE = re.compile(r"^([\w./\\@+-]+\.\w+):\d+")
_TOOL_MISSING = re.compile(r"\b127\b|command not found|No module named|ModuleNotFoundError|Cannot find module", re.IGNORECASE)
"""A check that could not start, for want of a program or package, is a matter of the environment."""


class FailingCheckDetector:
    kind: IssueKind = "failing_check"
    version = 3

    def detect(self, facts: Facts) -> Iterable[Finding]:
        if not facts.edits:
            return  # no work of the agent that could have broken it
        for series, mended_by in _series(facts):
            attempts = _attempts(facts, series, mended_by)
            if attempts and (_left_failing(attempts) if mended_by is None else _took_effort(facts, attempts, mended_by)):
                yield _finding(facts, attempts, mended_by)


def _left_failing(attempts: tuple[CheckRun, ...]) -> bool:
    """A chosen part that failed once may have been a trial (a script of the moment); a whole run, or a second attempt, was meant."""
    return len(attempts) >= MIN_ATTEMPTS or not attempts[-1].narrow


def _took_effort(facts: Facts, attempts: tuple[CheckRun, ...], mended_by: CheckRun) -> bool:
    first, last = attempts[0].call.seq, mended_by.call.seq
    if len(attempts) >= MANY_ATTEMPTS:
        return True
    if len(attempts) >= MIN_ATTEMPTS:
        return turns_between(facts, first, last) >= COSTLY_TURNS
    if attempts[0].kind == "test" and turns_between(facts, first, last) >= SLOW_TURNS:
        return True
    looks = len(between(facts.commands, first, last))
    return attempts[0].kind == "test" and looks >= COSTLY_LOOKS and turns_between(facts, first, last) >= COSTLY_TURNS


def _series(facts: Facts) -> Iterator[tuple[tuple[CheckRun, ...], CheckRun | None]]:
    """Runs of one kind that failed one after another, and the good run (of the last one's tool, or of the whole) that ended them. Not the agent's: failures from before its first edit,
    those that name a file it did not touch, trial scripts, and a tool that is missing."""
    first_edit = facts.edits[0].call.seq
    touched = {base_name(e.path) for e in facts.edits}
    scripts = {base_name(e.path) for e in facts.edits if e.kind == "create" and "test" not in e.path.rpartition("/")[0]}
    failing: dict[CheckKind, list[CheckRun]] = {}
    inherited: set[str] = set()
    for run in facts.checks:
        if run.passed is False:
            if run.call.seq < first_edit or _names_other_file(run, touched):
                inherited.add(run.tool)
            elif run.tool not in inherited and not _is_trial(run, scripts) and _TOOL_MISSING.search(run.line) is None:
                failing.setdefault(run.kind, []).append(run)
        elif run.passed:
            inherited.discard(run.tool)
            if run.kind in failing and (run.tool == failing[run.kind][-1].tool or not run.narrow):
                yield tuple(failing.pop(run.kind)), run
    for runs in failing.values():
        yield tuple(runs), None


def _is_trial(run: CheckRun, scripts: set[str]) -> bool:
    """A script of the moment, written in this session outside any test folder: it fails until the fault it shows is mended."""
    return run.kind == "test" and run.narrow and any(base_name(word) in scripts for word in run.target.split())


def _names_other_file(run: CheckRun, touched: set[str]) -> bool:
    """A linter's or compiler's line that points into a file the agent left alone; a test's line may, because tests fail far from the change."""
    if run.kind in ("test", "build"):
        return False
    named = _FILE_LINE.match(run.line)
    return named is not None and base_name(named.group(1)) not in touched


def _attempts(facts: Facts, series: tuple[CheckRun, ...], mended_by: CheckRun | None) -> tuple[CheckRun, ...]:
    """The failing runs that an edit separates from the one before: trying again without a change is looking, not an attempt."""
    attempts: list[CheckRun] = []
    for run in series:
        previous = attempts[-1] if attempts else None
        if previous is not None and not between(facts.edits, previous.call.seq, run.call.seq):
            continue
        attempts.append(run)
    if attempts and _written_to_fail(facts, attempts[0], attempts[1] if len(attempts) > 1 else mended_by):
        return tuple(attempts[1:])
    return tuple(attempts)


def _written_to_fail(facts: Facts, run: CheckRun, following: CheckRun | None) -> bool:
    """Test-first work: only tests were changed before the failing run, and other code after it."""
    if run.kind != "test" or following is None:
        return False
    before = between(facts.edits, -1, run.call.seq)
    after = between(facts.edits, run.call.seq, following.call.seq)
    return bool(before) and _only_tests(before) and not _only_tests(after)


def _only_tests(edits: Sequence[Edit]) -> bool:
    return all(is_test(e.path) for e in edits)


def _finding(facts: Facts, attempts: tuple[CheckRun, ...], mended_by: CheckRun | None) -> Finding:
    first, last = attempts[0], attempts[-1]
    until = (mended_by or last).call.seq
    cited = (first, last) if last is not first else (first,)
    return Finding(
        kind="failing_check",
        severity=severity_of(facts, first.call.seq, until) if mended_by is not None else "medium",
        label=_label(attempts, mended_by),
        what=_what(attempts, mended_by),
        impact=f"From the first failing run on it took {in_words(facts, first.call.seq, until)}.",
        cites=tuple(Cite(first=r.call, last=r.call, quote=q) for r in cited if (q := pick_quote(r.call.output, r.line[:100] or None))),
        spent=(first.call, facts.events[until]),
        cause=f"{first.tool} fails",
    )


def _label(attempts: tuple[CheckRun, ...], mended_by: CheckRun | None) -> str:
    tool = attempts[0].tool
    if len(attempts) > 1:
        return f"{tool} fails {len(attempts)} times"
    return f"{tool} still fails at the end" if mended_by is None else f"{tool} fails and is slow to mend"


def _what(attempts: tuple[CheckRun, ...], mended_by: CheckRun | None) -> str:
    first = attempts[0]
    failed = f"The {_NOUN[first.kind]} (`{one_line(first.target, 80)}`) failed on the agent's changes"
    line = f" with “{one_line(strip_ansi(first.line), 100)}”" if first.line else ""
    end = "never passed again in this session" if mended_by is None else "then passed"
    if len(attempts) > 1:
        return f"{failed} {len(attempts)} times, first{line or ' without a telling line'}, and {end}."
    return f"{failed}{line} and {end if mended_by is None else 'took several looks to mend'}."
