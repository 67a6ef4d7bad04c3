"""A build, test, lint or type check fails on the agent's work and takes more than one attempt, or still fails at the end."""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from hotwash.analysis.cost import in_words, severity_of, turns_between
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import CheckKind, CheckRun, Edit, Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.paths import base_name, is_test
from hotwash.analysis.model import IssueKind, Severity
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


_SUPPRESSES: dict[CheckKind, re.Pattern[str]] = {
    "lint": re.compile(r"//\s*nolint|#\s*noqa|eslint-disable|biome-ignore|#\[allow\(|@SuppressWarnings|rubocop:disable|pylint:\s*disable"),
    "type_check": re.compile(r"@ts-(?:ignore|expect-error|nocheck)|#\s*type:\s*ignore"),
    "test": re.compile(r"\bt\.Skip\(|@pytest\.mark\.(?:skip|xfail)|\b(?:it|test|describe)\.skip\("),
}
"""Marks in the code that make a check look away."""


class FailingCheckDetector:
    kind: IssueKind = "failing_check"
    version = 3

    def detect(self, facts: Facts) -> Iterable[Finding]:
        if not facts.edits:
            return  # no work of the agent that could have broken it
        told: set[str] = set()
        quick: list[_Mended] = []
        for series, mended_by in _series(facts):
            attempts = _attempts(facts, series, mended_by)
            if not attempts:
                continue
            mended = _Mended(attempts, mended_by, _silencing_line(facts, attempts, mended_by))
            if _left_failing(attempts) if mended_by is None else _took_effort(facts, attempts, mended_by):
                told.add(attempts[0].tool)
                yield _finding(facts, mended)
            elif mended.silenced is not None:
                quick.append(mended)
        yield from (_finding(facts, mended) for mended in quick[:1] if mended.attempts[0].tool not in told)


class _Mended(msgspec.Struct, frozen=True):
    """Failing runs and what ended them."""

    attempts: tuple[CheckRun, ...]
    mended_by: CheckRun | None
    """None: the check never passed again."""
    silenced: tuple[Edit, str] | None
    """The edit, with its line, that made the check look away."""


def _left_failing(attempts: tuple[CheckRun, ...]) -> bool:
    """A chosen part that failed once may have been a trial (a script of the moment); a whole run, or a second attempt, was meant."""
    return len(attempts) >= MIN_ATTEMPTS or not attempts[-1].narrow


def _silencing_line(facts: Facts, attempts: tuple[CheckRun, ...], mended_by: CheckRun | None) -> tuple[Edit, str] | None:
    marks = _SUPPRESSES.get(attempts[0].kind)
    if mended_by is None or marks is None:
        return None
    edits = between(facts.edits, attempts[0].call.seq, mended_by.call.seq)
    return next(((e, line) for e in edits for line in e.added if marks.search(line)), None)


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
    """Runs of one kind that failed one after another, and the run (of the last one's tool, or a good one of the whole) that ended them; whether it was good
    may be unknown. Not the agent's: failures from before its first edit,
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
            continue
        if run.passed:
            inherited.discard(run.tool)
        if run.kind in failing and (run.tool == failing[run.kind][-1].tool or (run.passed and not run.narrow)):
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


def _finding(facts: Facts, mended: _Mended) -> Finding:
    attempts, mended_by = mended.attempts, mended.mended_by
    first, last = attempts[0], attempts[-1]
    until = (mended_by or last).call.seq
    return Finding(
        kind="failing_check",
        severity=_severity(facts, mended, until),
        label=_label(mended),
        what=_what(mended),
        impact=f"From the first failing run on it took {in_words(facts, first.call.seq, until)}.",
        cites=tuple(_cites(mended)),
        spent=(first.call, facts.events[until]),
        cause=f"{first.tool} fails",
    )


def _severity(facts: Facts, mended: _Mended, until: int) -> Severity:
    if mended.mended_by is None:
        return "medium"
    silenced_at_once = mended.silenced is not None and len(mended.attempts) == 1
    return "low" if silenced_at_once else severity_of(facts, mended.attempts[0].call.seq, until)


def _cites(mended: _Mended) -> Iterator[Cite]:
    first, last = mended.attempts[0], mended.attempts[-1]
    for run in (first, last) if last is not first else (first,):
        if quote := pick_quote(run.call.output, run.line[:100] or None):
            yield Cite(first=run.call, last=run.call, quote=quote)
    if mended.silenced is not None:
        edit, line = mended.silenced
        if quote := pick_quote(line, in_arguments=True):
            yield Cite(first=edit.call, last=edit.call, quote=quote)


def _label(mended: _Mended) -> str:
    tool, times = mended.attempts[0].tool, len(mended.attempts)
    if times > 1:
        return f"{tool} fails {times} times"
    if mended.silenced is not None:
        return f"{tool} fails and is silenced"
    return f"{tool} still fails at the end" if mended.mended_by is None else f"{tool} fails and is slow to mend"


def _what(mended: _Mended) -> str:
    first, times = mended.attempts[0], len(mended.attempts)
    failed = f"The {_NOUN[first.kind]} (`{one_line(first.target, 80)}`) failed on the agent's changes"
    line = f" with “{one_line(strip_ansi(first.line), 100)}”" if first.line else ""
    if mended.mended_by is None:
        end = "never passed again in this session"
    elif mended.mended_by.passed is None:
        end = "whether it passed in the end its output does not tell"
    elif mended.silenced is not None:
        end = "passed once a mark in the code made it look away"
    else:
        end = "then passed" if times > 1 else "took several looks to mend"
    if times > 1:
        return f"{failed} {times} times, first{line or ' without a telling line'}, and {end}."
    return f"{failed}{line} and {end}."
