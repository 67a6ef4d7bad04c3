"""A build, test, lint or type check fails on the agent's work and takes more than one attempt, or still fails at the end."""

from collections.abc import Iterable, Iterator

from hotwash.analysis.cost import counted, in_words, severity_of
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import CheckRun, Edit, Facts
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import one_line

MIN_ATTEMPTS = 2
"""A check that fails once and is mended at once is no issue (TAXONOMY)."""

_NOUN = {"test": "tests", "build": "build", "lint": "lint", "type_check": "type check", "format": "format check"}
_TEST_PATH_MARKS = ("test", "spec")


class FailingCheckDetector:
    kind: IssueKind = "failing_check"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        if not facts.edits:
            return  # no work of the agent that could have broken it
        for series, mended in _series(facts):
            attempts = _attempts(facts, series)
            if len(attempts) >= MIN_ATTEMPTS or (not mended and attempts and attempts[-1] is series[-1]):
                yield _finding(facts, attempts, mended)


def _series(facts: Facts) -> Iterator[tuple[tuple[CheckRun, ...], bool]]:
    """Runs of one tool that failed one after another, and whether a good run ended them. Failures from before the first edit are not the agent's."""
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
                yield tuple(failing.pop(run.tool)), True
    for runs in failing.values():
        yield tuple(runs), False


def _attempts(facts: Facts, series: tuple[CheckRun, ...]) -> tuple[CheckRun, ...]:
    """The failing runs that an edit separates from the one before: trying again without a change is looking, not an attempt."""
    attempts: list[CheckRun] = []
    for run in series:
        before = _edits_before(facts, run, attempts[-1] if attempts else None)
        if attempts and not before:
            continue
        if not attempts and _only_tests(before):
            continue  # written to fail first
        attempts.append(run)
    return tuple(attempts)


def _edits_before(facts: Facts, run: CheckRun, previous: CheckRun | None) -> tuple[Edit, ...]:
    after = previous.call.seq if previous is not None else -1
    return tuple(e for e in facts.edits if after < e.call.seq < run.call.seq)


def _only_tests(edits: tuple[Edit, ...]) -> bool:
    return bool(edits) and all(any(mark in e.path.lower() for mark in _TEST_PATH_MARKS) for e in edits)


def _finding(facts: Facts, attempts: tuple[CheckRun, ...], mended: bool) -> Finding:
    first, last = attempts[0], attempts[-1]
    noun = _NOUN[first.kind]
    times = len(attempts)
    label = f"{first.tool} fails {times} times" if times > 1 else f"{first.tool} still fails at the end"
    end = "then passed" if mended else "never passed again in this session"
    said = f": {one_line(first.line, 100)}" if first.line else ""
    cited = (first, last) if last is not first else (first,)
    return Finding(
        kind="failing_check",
        severity=severity_of(facts, first.call.seq, last.call.seq) if mended else "medium",
        label=label,
        what=f"The {noun} (`{one_line(first.target, 80)}`) failed in {counted(times, 'attempt')} on the agent's changes and {end}{said}.",
        impact=f"From the first failing run to the last it took {in_words(facts, first.call.seq, last.call.seq)}.",
        cites=tuple(Cite(first=r.call, last=r.call, quote=q) for r in cited if (q := pick_quote(r.call.output, r.line[:100] or None))),
        cause=f"{first.tool} fails",
    )
