"""Refused: permission, sandbox, policy, login, missing or bad credential. A person saying no to one action is an interruption."""

from collections.abc import Iterable

from hotwash.analysis.detectors.base import Finding
from hotwash.analysis.detectors.repeated import Group, finding, groups, times_and_actions
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind

MIN_FAILURES = 2
"""A single refusal that is worked around at once costs one call."""


class AccessDetector:
    kind: IssueKind = "access"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        for group in groups(facts, "access"):
            if len(group.failures) >= MIN_FAILURES:
                yield finding(facts, group, _what(group))


def _what(group: Group) -> str:
    return f"Access was refused ({group.diagnosis.label}) {times_and_actions(group)}."
