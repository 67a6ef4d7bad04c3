"""The agent's own call is wrong: edit text not found, file not read first, bad arguments, broken shell syntax. Counted when it repeats."""

from collections.abc import Iterable, Iterator

from hotwash.analysis.cost import counted, turns_between
from hotwash.analysis.detectors.admitted import admissions, is_about_a_call
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.repeated import Group, action_of, finding, groups
from hotwash.analysis.detectors.symptoms import diagnose
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import one_line

MIN_FAILURES = 2
"""TAXONOMY: count it when it repeats, or costs more than one extra call."""
MANY_FAILURES = 3
"""That many are an issue however quick each was."""
COSTLY_TURNS = 5
"""Two failures side by side are one slip, made in parallel and mended at once."""
NEAR_TURNS = 20
"""Two failures far apart are two slips, each mended at once."""


class ToolUseDetector:
    kind: IssueKind = "tool_use"
    version = 2

    def detect(self, facts: Facts) -> Iterable[Finding]:
        for group in groups(facts, "tool_use"):
            together = COSTLY_TURNS <= turns_between(facts, group.first, group.last) <= NEAR_TURNS
            if len(group.failures) >= (MIN_FAILURES if together else MANY_FAILURES):
                yield finding(facts, group, _what(group))
        yield from _admitted(facts)


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
