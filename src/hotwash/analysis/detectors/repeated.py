"""Failures of one cause, gathered: what the four detectors of failing calls share."""

from collections.abc import Iterator

import msgspec

from hotwash.analysis.cost import in_words, severity_of, turns_between
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.symptoms import Diagnosis, SymptomKind, diagnose
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.check_tools import is_check_tool
from hotwash.analysis.facts.model import Facts, Failure
from hotwash.analysis.facts.paths import base_name
from hotwash.kit.text import counted, one_line

MAX_CITES = 4
"""First, last and two between show a repeated failure; more only widens the place."""
GAP_TURNS = 40
"""Failures of one cause further apart than this are two occasions; the later one is reported only if it repeats too."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Failures with one diagnosis, close together, in session order."""

    diagnosis: Diagnosis
    failures: tuple[Failure, ...]

    @property
    def first(self) -> int:
        return self.failures[0].call.seq

    @property
    def last(self) -> int:
        return self.failures[-1].call.seq


def groups(facts: Facts, kind: SymptomKind) -> Iterator[Group]:
    """The failures of a kind by cause, each run of them that is not torn apart by much other work."""
    by_cause: dict[str, list[tuple[Diagnosis, Failure]]] = {}
    for failure in facts.failures:
        found = diagnose(failure.line) if failure.line else None
        if found is not None and found.symptom.kind == kind:
            by_cause.setdefault(_key(found, failure), []).append((found, failure))
    for members in by_cause.values():
        run: list[Failure] = []
        for _, failure in members:
            if run and turns_between(facts, run[-1].call.seq, failure.call.seq) > GAP_TURNS:
                yield Group(diagnosis=members[0][0], failures=tuple(run))
                run = []
            run.append(failure)
        yield Group(diagnosis=members[0][0], failures=tuple(run))


def _key(diagnosis: Diagnosis, failure: Failure) -> str:
    """One issue per cause; refused edits belong together, whatever each was refused for: the agent writes without having looked."""
    if diagnosis.symptom.of_edits:
        return "refused edits"
    if diagnosis.symptom.kind == "environment" and is_check_tool(diagnosis.subject):
        return f"missing {diagnosis.subject}"  # `pytest` and `python -m pytest` miss the same thing
    if diagnosis.symptom.cause.endswith("module missing"):
        return diagnosis.symptom.cause  # packages that are not installed miss for one reason, whichever import comes first
    if diagnosis.symptom.of_paths:
        return diagnosis.symptom.cause
    return f"{diagnosis.cause} {failure.call.name}" if diagnosis.symptom.kind == "tool_use" else diagnosis.cause


def cites(failures: tuple[Failure, ...]) -> tuple[Cite, ...]:
    """The failing calls with their error lines: all of a few, of many the first and the last ones."""
    chosen = failures if len(failures) <= MAX_CITES else (*failures[: MAX_CITES - 1], failures[-1])
    return tuple(Cite(first=f.call, last=f.call, quote=quote) for f in chosen if (quote := pick_quote(f.call.output, f.line[:100] or None)))


def action_of(failure: Failure) -> str:
    """What was tried, short: the command, or tool and path."""
    call = failure.call
    if call.command:
        return f"`{one_line(call.command, 80)}`"
    return f"{call.name} of {base_name(call.path)}" if call.path else call.name


def times_and_actions(group: Group) -> str:
    """`3 times: `git push` and `gh pr create``."""
    first, last = action_of(group.failures[0]), action_of(group.failures[-1])
    return f"{counted(len(group.failures), 'time')}: {first if first == last else f'{first} and {last}'}"


def finding(facts: Facts, group: Group, what: str) -> Finding:
    """The issue of a group; its severity and impact follow from the stretch it spans."""
    return Finding(
        kind=group.diagnosis.symptom.kind,
        severity="low" if group.diagnosis.symptom.of_paths else severity_of(facts, group.first, group.last),
        label=label_of(group),
        what=what,
        impact=f"{counted(len(group.failures), 'failed call')} within {in_words(facts, group.first, group.last)}.",
        cites=cites(group.failures),
        cause=group.diagnosis.cause,
    )


def label_of(group: Group) -> str:
    number = len(group.failures)
    label = group.diagnosis.label
    if group.diagnosis.symptom.of_edits and len({f.line for f in group.failures}) > 1:
        label = "edits refused"
    return f"{label}, {number} times" if number > 1 else label
