"""A command, package, runtime, local service or version that the work needs is missing or broken on the machine."""

from collections.abc import Iterable

from hotwash.analysis.cost import turns_between
from hotwash.analysis.detectors.base import Finding
from hotwash.analysis.detectors.repeated import Group, action_of, finding, groups
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind

MIN_FAILURES = 2
"""One failed command that the next call mends is no issue (TAXONOMY)."""


class EnvironmentDetector:
    kind: IssueKind = "environment"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        written = {part for edit in facts.edits for part in edit.path.replace(".", "/").split("/")}
        for group in groups(facts, "environment"):
            subject = group.diagnosis.subject
            if subject.split(".")[0].split("/")[0] in written:
                continue  # a module of the agent's own work: an import path, not the machine
            if len(group.failures) < MIN_FAILURES or turns_between(facts, group.first, group.last) < MIN_FAILURES:
                continue
            yield finding(facts, group, _what(group))


def _what(group: Group) -> str:
    return f"The machine lacks what the work needs ({group.diagnosis.label}): {action_of(group.failures[0])} failed, and so did {action_of(group.failures[-1])} later."
