"""The agent's own call is wrong: edit text not found, file not read first, bad arguments, broken shell syntax. Counted when it repeats."""

from collections.abc import Iterable, Iterator

from hotwash.analysis.cost import in_words, turns_between
from hotwash.analysis.detectors.admitted import admissions, is_about_a_call
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.repeated import Group, action_of, cites, finding, groups
from hotwash.analysis.detectors.symptoms import diagnose
from hotwash.analysis.facts.model import Facts, Failure
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import counted, one_line

MIN_FAILURES = 2
"""TAXONOMY: count it when it repeats, or costs more than one extra call."""
MANY_FAILURES = 3
"""That many are an issue however quick each was."""
COSTLY_TURNS = 5
"""Two failures side by side are one slip, made in parallel and mended at once."""
_CLIENTS = frozenset("gh glab git aws az gcloud kubectl docker jq yq sqlite3 psql terraform".split())  # noqa: SIM905 - words in a line read better than a quoted word a line
"""Programs whose failure lies in the form of the call, as a rule: not in what is worked on, nor in the machine."""
STRUGGLE_CALLS = 4
"""Failures further apart than this many calls are separate slips."""
NEAR_TURNS = 20
"""Two failures far apart are two slips, each mended at once."""


class ToolUseDetector:
    kind: IssueKind = "tool_use"
    version = 3

    def detect(self, facts: Facts) -> Iterable[Finding]:
        told: set[int] = set()
        for group in groups(facts, "tool_use"):
            if len(group.failures) >= _enough(facts, group):
                told.update(f.call.seq for f in group.failures)
                yield finding(facts, group, _what(group))
        yield from _struggles(facts, told)
        yield from _admitted(facts)


def _enough(facts: Facts, group: Group) -> int:
    """A refused edit costs its own call, the look that should have come first and the edit again; any other wrong call costs one, unless the next is
    not soon."""
    together = COSTLY_TURNS <= turns_between(facts, group.first, group.last) <= NEAR_TURNS
    return MIN_FAILURES if group.diagnosis.symptom.of_edits or together else MANY_FAILURES


def _struggles(facts: Facts, told: set[int]) -> Iterator[Finding]:
    """Commands of one program that fail one after another, each for a reason of its own: the agent feels its way."""
    position = {call.seq: index for index, call in enumerate(facts.calls)}
    program = {c.call.seq: c.programs[-1].name for c in facts.commands if c.programs}
    rows: dict[str, list[Failure]] = {}
    for failure in facts.failures:
        seq = failure.call.seq
        name = program.get(seq, "")
        if name not in _CLIENTS or failure.call.status != "error" or _is_elsewhere(failure):
            continue
        row = rows.setdefault(name, [])
        if row and position[seq] - position[row[-1].call.seq] > STRUGGLE_CALLS:
            yield from _struggle(facts, name, row, told)
            row.clear()
        row.append(failure)
    for name, row in rows.items():
        yield from _struggle(facts, name, row, told)


def _is_elsewhere(failure: Failure) -> bool:
    """Whether the line tells of the machine, of a refusal or of a service."""
    found = diagnose(failure.line) if failure.line else None
    return found is not None and found.symptom.kind != "tool_use"


def _struggle(facts: Facts, name: str, row: list[Failure], told: set[int]) -> Iterator[Finding]:
    if len(row) < MANY_FAILURES or any(f.call.seq in told for f in row):
        return
    first, last = row[0], row[-1]
    yield Finding(
        kind="tool_use",
        severity="low",
        label=f"{name} fails {len(row)} times in a row",
        what=f"{counted(len(row), 'call')} of {name} failed within a few steps, first “{one_line(first.line, 100)}”, last “{one_line(last.line, 100)}”.",
        impact=f"{counted(len(row), 'call')} within {in_words(facts, first.call.seq, last.call.seq)} went into finding the right form.",
        cites=cites(tuple(row)),
        cause=f"{name} fails in a row",
    )


def _admitted(facts: Facts) -> Iterator[Finding]:
    """Calls or replies of a wrong form that the agent itself notices, again and again."""
    noticed = [(event, quote) for event, quote in admissions(facts) if is_about_a_call(quote)]
    if len(noticed) < MIN_FAILURES:
        return
    first, last = noticed[0], noticed[-1]
    yield Finding(
        kind="tool_use",
        severity="low",
        label=f"agent notices its own wrong call {len(noticed)} times",
        what=f"The agent noticed {counted(len(noticed), 'time')} that a call of its own was wrong, first: “{one_line(first[1], 140)}”.",
        impact=f"{counted(len(noticed), 'call')} had to be made again.",
        cites=tuple(Cite(first=event, last=event, quote=quote) for event, quote in (first, last)),
        cause="wrong call noticed by the agent",
    )


def _what(group: Group) -> str:
    first, last = action_of(group.failures[0]), action_of(group.failures[-1])
    calls = first if first == last else f"{first} and {last}"
    reasons = "; ".join(dict.fromkeys(diagnosis.label for f in group.failures if (diagnosis := diagnose(f.line)) is not None))
    return f"The agent's own call was wrong {counted(len(group.failures), 'time')} ({calls}): {reasons}."
