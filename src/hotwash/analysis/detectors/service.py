"""Something outside fails: the network, a remote service, the model's API, a rate limit."""

from collections.abc import Iterable, Iterator

from hotwash.analysis.cost import in_words, severity_of
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.repeated import Group, finding, groups, times_and_actions
from hotwash.analysis.detectors.symptoms import diagnose
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import counted

MIN_FAILURES = 2
"""A single failure that a retry mends costs one call."""
MIN_API_ERRORS = 3
"""Agents retry the model's API by themselves; one error costs seconds."""


class ServiceDetector:
    kind: IssueKind = "service"
    version = 2

    def detect(self, facts: Facts) -> Iterable[Finding]:
        for group in groups(facts, "service"):
            if len(group.failures) >= MIN_FAILURES:
                yield finding(facts, group, _what(group))
        yield from _api_errors(facts)


def _what(group: Group) -> str:
    return f"A service outside failed ({group.diagnosis.label}) {times_and_actions(group)}."


def _api_errors(facts: Facts) -> Iterator[Finding]:
    errors = [e for e in facts.lifecycle if e.what == "api_error"]
    if len(errors) < MIN_API_ERRORS:
        return
    first, last = errors[0], errors[-1]
    quoted = [Cite(first=e, last=e, quote=quote) for e in (first, last) if (quote := pick_quote(e.text))]
    if not quoted:
        return  # the record says that it failed and not how: there is nothing to show
    found = diagnose(first.text)
    name = found.label if found is not None else "error"
    yield Finding(
        kind="service",
        severity=severity_of(facts, first.seq, last.seq) if len(errors) > MIN_API_ERRORS else "low",
        label=f"model API: {name}, {len(errors)} times",
        what=f"The model's API failed {counted(len(errors), 'time')} ({name}).",
        impact=f"The errors span {in_words(facts, first.seq, last.seq)}.",
        cites=tuple(quoted),
        cause=f"model api {name}",
    )
