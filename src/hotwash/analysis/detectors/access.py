"""Refused: permission, sandbox, policy, login, missing or bad credential, and the model itself. A person saying no to one action is an interruption."""

from collections.abc import Iterable, Iterator

from hotwash.analysis.cost import in_words
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.repeated import Group, finding, groups, times_and_actions
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import counted, one_line

MIN_FAILURES = 2
"""A single refusal that is worked around at once costs one call."""


class AccessDetector:
    kind: IssueKind = "access"
    version = 2

    def detect(self, facts: Facts) -> Iterable[Finding]:
        for group in groups(facts, "access"):
            if len(group.failures) >= MIN_FAILURES:
                yield finding(facts, group, _what(group))
        yield from _refused_by_the_model(facts)


def _refused_by_the_model(facts: Facts) -> Iterator[Finding]:
    """The model's safeguards refused the request; one issue, however often. Without words from the service there is nothing to show."""
    refusals = [(event, quote) for event in facts.lifecycle if event.what == "refusal" and (quote := pick_quote(event.text))]
    if not refusals:
        return
    first, quote = refusals[0]
    yield Finding(
        kind="access",
        severity="medium",
        label="the model refused",
        what=f"The model refused the request {counted(len(refusals), 'time')}: “{one_line(quote, 140)}”.",
        impact=f"It came {in_words(facts, 0, first.seq)} into the session, which went on without that model.",
        cites=tuple(Cite(first=event, last=event, quote=said) for event, said in (refusals[0], refusals[-1])[: len(refusals)]),
        cause="refused by the model",
    )


def _what(group: Group) -> str:
    return f"Access was refused ({group.diagnosis.label}) {times_and_actions(group)}."
