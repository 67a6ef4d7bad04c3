"""The agent's own call is wrong: edit text not found, file not read first, bad arguments, broken shell syntax. Counted when it repeats."""

from collections.abc import Iterable

from hotwash.analysis.detectors.base import Finding
from hotwash.analysis.detectors.repeated import Group, action_of, finding, groups
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind

MIN_FAILURES = 2
"""TAXONOMY: count it when it repeats, or costs more than one extra call."""


class ToolUseDetector:
    kind: IssueKind = "tool_use"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        for group in groups(facts, "tool_use"):
            if len(group.failures) >= MIN_FAILURES:
                yield finding(facts, group, _what(group))


def _what(group: Group) -> str:
    calls = f"{action_of(group.failures[0])} and {action_of(group.failures[-1])}"
    return f"The agent's own calls were refused {len(group.failures)} times for the same reason, {group.diagnosis.label}: {calls}."
