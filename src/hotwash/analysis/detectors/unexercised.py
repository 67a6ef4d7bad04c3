"""Success stated for a change that nothing exercised: no command ran it after the last edit, or the session ends with checks that know nothing of it.

What the agent's subagents, or the hooks of a commit, may have run is unknown and not held against it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.beyond_checks import LARGER, holds_back, may_hide_runs, worked_with_subagents
from hotwash.analysis.detectors.partial_search import is_removal, searched_everywhere
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.check_tools import recognise, target
from hotwash.analysis.facts.model import ClaimKind, Command, Edit, Facts, Program
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.paths import base_name, is_prose, is_scratch, is_test
from hotwash.kit.text import counted, one_line
from hotwash.transcript import AgentMessage

_SUCCESS: frozenset[ClaimKind] = frozenset({"done", "fixed", "verified", "tests_pass", "build_passes"})
_STATED = re.compile(
    r"^\W{0,8}(?:done|fixed|all (?:done|set)|completed?|implemented|updated|added|removed|renamed|created)\b"
    r"|\b(?:i['’]ve|i have) (?:now |successfully |also ){0,2}(?:added|fixed|updated|implemented|removed|created|changed|refactored|renamed)\b"
    r"|\bsuccessfully\b|\b(?:is|are) now (?:complete|fixed|in place|ready)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""A report of work done, in the words that open or close a final message."""
_DATA_SUFFIXES = (".json", ".jsonl", ".csv", ".tsv", ".lock", ".svg", ".patch", ".diff")
"""Files that are looked at, not run, unless they were there before and set something up."""
_READ_CHARS = 4_000
_LOOKING = frozenset(
    "cd ls cat head tail wc find grep rg sed awk git gh rm mv cp mkdir touch echo printf chmod diff tree stat sort uniq pwd which export true test [".split()  # noqa: SIM905 - words in a line read better than a quoted word a line
)
"""Programs that execute none of the work."""
_TENDING = frozenset(
    [
        "gofmt",
        "goimports",
        "prettier",
        "ruff",
        "black",
        "isort",
        "golangci-lint",
        "markdownlint-cli2",
        "jq",
        "yq",
        "tmux",
        "mise",
        "make",
        "just",
        "npm",
        "pnpm",
        "yarn",
        "bun",
        "npx",
        "bunx",
    ]
)
"""Formatters and the like, and task runners: a task whose name says neither test nor build formats or generates, as a rule."""


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    """The agent's last words on a request, and the changes they speak of."""

    message: AgentMessage
    sentence: str
    edits: tuple[Edit, ...]
    ran: str
    """The checks after the last edit, for the reader; empty where nothing ran at all."""


def find_unexercised(facts: Facts, excused: frozenset[int]) -> Iterator[Finding]:
    """At most one issue. Messages in `excused` (by seq) have theirs already."""
    bounds = [0, *(m.seq for m in facts.messages), len(facts.events)]
    reports = [r for begin, end in pairwise(bounds) if (r := _report(facts, begin, end)) is not None and r.message.seq not in excused]
    if reports:
        yield _finding(reports)


def _report(facts: Facts, begin: int, end: int) -> _Report | None:
    edits = tuple(e for e in between(facts.edits, begin - 1, end) if _is_work(e))
    said = between(facts.agent_messages, begin - 1, end)
    if not edits or not said or said[-1].seq < edits[-1].call.seq or holds_back(said[-1].text):
        return None
    message = said[-1]
    since = between(facts.commands, edits[-1].call.seq - 1, message.seq)
    claim = next((c for c in between(facts.claims, message.seq - 1, message.seq + 1) if c.kind in _SUCCESS), None)
    if may_hide_runs(facts, message.seq):
        return None
    if claim is not None and not any(executes(c) for c in since):
        looked = claim.kind == "verified" and bool(since)
        return None if looked else _Report(message=message, sentence=claim.sentence, edits=edits, ran="")
    if end < len(facts.events) or worked_with_subagents(facts, begin, message.seq):
        return None
    whole = any(r.kind == "test" and r.passed and not r.narrow for r in between(facts.checks, edits[-1].call.seq - 1, message.seq))
    if is_removal(edits):
        if searched_everywhere(facts, begin - 1, message.seq):
            return None
    elif whole and _runs_larger_task(since):
        return None
    return _final_report(message, edits, since)


def _runs_larger_task(since: Sequence[Command]) -> bool:
    """Whether more than the unit tests ran: such a task runs the program."""
    return any(LARGER.search(target(p)) for c in since for p in c.programs)


def _final_report(message: AgentMessage, edits: tuple[Edit, ...], since: Sequence[Command]) -> _Report | None:
    """The session's last words, where no test was touched and only checks that were there before ran on the change."""
    text = message.text[:_READ_CHARS]
    stated = _STATED.search(text)
    programs = [p for c in since for p in c.programs]
    if stated is None or any(is_test(e.path) for e in edits) or not all(_is_check_or_looks(p) for p in programs):
        return None
    checks = dict.fromkeys(known[1] for p in programs if (known := recognise(p)) is not None)
    return _Report(message=message, sentence=_line_of(text, stated), edits=edits, ran=", ".join(checks))


def _line_of(text: str, match: re.Match[str]) -> str:
    """The line that holds the match."""
    start = text.rfind("\n", 0, match.end()) + 1
    end = text.find("\n", match.end())
    return text[start : end if end >= 0 else len(text)].strip()


def _is_work(edit: Edit) -> bool:
    """Whether the file is part of the project's code or set-up. A data file that the agent wrote anew is a result."""
    return not is_prose(edit.path) and not is_scratch(edit.path) and not (edit.kind == "create" and edit.path.endswith(_DATA_SUFFIXES))


def executes(command: Command) -> bool:
    """Whether the command runs something that could show a fault, and not only looks, moves files or talks to git."""
    return any(p.name not in _LOOKING for p in command.programs)


def _is_check_or_looks(program: Program) -> bool:
    return program.name in _LOOKING or program.name in _TENDING or recognise(program) is not None


def _finding(reports: list[_Report]) -> Finding:
    report = reports[-1]
    changed = base_name(report.edits[-1].path)
    ran = _what_ran(report)
    more = f"; so it did {counted(len(reports), 'time')}" if len(reports) > 1 else ""
    return Finding(
        kind="unverified_claim",
        severity="low",
        label="success stated, the change never exercised",
        what=f"The agent closed with “{one_line(report.sentence, 120)}”; after its last edit of {changed} {ran}{more}.",
        impact=f"Whether {counted(sum(len(r.edits) for r in reports), 'edit')} did what was meant was left for the person to find out.",
        cites=tuple(cite for r in ((reports[0], report) if len(reports) > 1 else (report,)) for cite in _cites(r)),
        cause="claim on old checks alone" if report.ran else "claim without any run",
    )


def _what_ran(report: _Report) -> str:
    if not report.ran:
        return "nothing was run"
    if is_removal(report.edits):
        return f"only {report.ran} ran, and the rest of the project was not searched for what was removed"
    return f"only {report.ran} ran, and no test was written for it"


def _cites(report: _Report) -> Iterator[Cite]:
    call = report.edits[-1].call
    changed = pick_quote(call.path or call.command or "", in_arguments=True)
    if changed:
        yield Cite(first=call, last=call, quote=changed)
    yield Cite(first=report.message, last=report.message, quote=pick_quote(report.message.text, report.sentence[:100]))
