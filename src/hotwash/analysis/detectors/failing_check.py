"""A build, test, lint or type check fails on the agent's work and takes more than one attempt, or still fails at the end."""

from collections.abc import Iterable, Iterator

from hotwash.analysis.cost import counted, in_words, severity_of, turns_between
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import CheckRun, Edit, Facts
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import one_line

MIN_ATTEMPTS = 2
"""A check that fails once and is mended at once is no issue (TAXONOMY)."""

COSTLY_TURNS = 8
"""A single failure that takes this many turns to mend took several attempts at understanding it."""

_NOUN = {"test": "tests", "build": "build", "lint": "lint", "type_check": "type check", "format": "format check"}
_TEST_PATH_MARKS = ("test", "spec")


class FailingCheckDetector:
    kind: IssueKind = "failing_check"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        if not facts.edits:
            return  # no work of the agent that could have broken it
        for series, mended_by in _series(facts):
            attempts = _attempts(facts, series, mended_by)
            if not attempts:
                continue
            still_failing = mended_by is None and attempts[-1] is series[-1]
            costly = mended_by is not None and turns_between(facts, attempts[0].call.seq, mended_by.call.seq) >= COSTLY_TURNS
            if len(attempts) >= MIN_ATTEMPTS or still_failing or costly:
                yield _finding(facts, attempts, mended_by)


def _series(facts: Facts) -> Iterator[tuple[tuple[CheckRun, ...], CheckRun | None]]:
    """Runs of one tool that failed one after another, and the good run that ended them. Failures from before the first edit are not the agent's."""
    first_edit = facts.edits[0].call.seq
    failing: dict[str, list[CheckRun]] = {}
    inherited: set[str] = set()
    for run in facts.checks:
        if run.passed is False:
            if run.call.seq < first_edit:
                inherited.add(run.tool)
            elif run.tool not in inherited:
                failing.setdefault(run.tool, []).append(run)
        elif run.passed:
            inherited.discard(run.tool)
            if run.tool in failing:
                yield tuple(failing.pop(run.tool)), run
    for runs in failing.values():
        yield tuple(runs), None


def _attempts(facts: Facts, series: tuple[CheckRun, ...], mended_by: CheckRun | None) -> tuple[CheckRun, ...]:
    """The failing runs that an edit separates from the one before: trying again without a change is looking, not an attempt."""
    attempts: list[CheckRun] = []
    for run in series:
        previous = attempts[-1] if attempts else None
        if previous is not None and not _edits_between(facts, previous.call.seq, run.call.seq):
            continue
        attempts.append(run)
    if attempts and _written_to_fail(facts, attempts[0], attempts[1] if len(attempts) > 1 else mended_by):
        return tuple(attempts[1:])
    return tuple(attempts)


def _written_to_fail(facts: Facts, run: CheckRun, following: CheckRun | None) -> bool:
    """Test-first work: only tests were changed before the failing run, and other code after it."""
    if run.kind != "test" or following is None:
        return False
    before = _edits_between(facts, -1, run.call.seq)
    after = _edits_between(facts, run.call.seq, following.call.seq)
    return bool(before) and _only_tests(before) and not _only_tests(after)


def _edits_between(facts: Facts, after: int, until: int) -> tuple[Edit, ...]:
    return tuple(e for e in facts.edits if after < e.call.seq < until)


def _only_tests(edits: tuple[Edit, ...]) -> bool:
    return all(any(mark in e.path.lower() for mark in _TEST_PATH_MARKS) for e in edits)


def _finding(facts: Facts, attempts: tuple[CheckRun, ...], mended_by: CheckRun | None) -> Finding:
    first, last = attempts[0], attempts[-1]
    until = (mended_by or last).call.seq
    noun = _NOUN[first.kind]
    times = len(attempts)
    label = (
        f"{first.tool} fails {times} times"
        if times > 1
        else f"{first.tool} fails and is slow to mend"
        if mended_by
        else f"{first.tool} still fails at the end"
    )
    end = "then passed" if mended_by is not None else "never passed again in this session"
    said = f": {one_line(first.line, 100).rstrip('.:')}" if first.line else ""
    cited = (first, last) if last is not first else (first,)
    return Finding(
        kind="failing_check",
        severity=severity_of(facts, first.call.seq, until) if mended_by is not None else "medium",
        label=label,
        what=f"The {noun} (`{one_line(first.target, 80)}`) failed in {counted(times, 'attempt')} on the agent's changes and {end}{said}.",
        impact=f"From the first failing run on it took {in_words(facts, first.call.seq, until)}.",
        cites=tuple(Cite(first=r.call, last=r.call, quote=q) for r in cited if (q := pick_quote(r.call.output, r.line[:100] or None))),
        cause=f"{first.tool} fails",
    )
