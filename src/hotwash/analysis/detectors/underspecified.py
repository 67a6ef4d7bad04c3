"""A requirement or fact that the agent needed came only after the work began: the person had to stop the agent to add it."""

from collections.abc import Iterable

from hotwash.analysis.cost import in_words, severity_of
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import one_line
from hotwash.transcript import Lifecycle, UserMessage

_ADDING_ROLES = frozenset({"follow_up", "answer"})


class UnderspecifiedDetector:
    kind: IssueKind = "underspecified"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        """The stop in the first stretch of work, with what the person added right after it. Later stops are changes of mind."""
        if len(facts.turns) < 3 or facts.turns[1].role != "interruption" or facts.turns[2].role not in _ADDING_ROLES:
            return
        stop, added = facts.events[facts.turns[1].seq], facts.events[facts.turns[2].seq]
        if not isinstance(stop, Lifecycle) or not isinstance(added, UserMessage):
            return
        quote = pick_quote(added.text)
        if not quote:
            return
        began = facts.turns[0].seq
        yield Finding(
            kind="underspecified",
            severity=severity_of(facts, began, stop.seq),
            label="first prompt completed after a stop",
            what=f"The first prompt left out what the agent needed; the person stopped it to add: “{one_line(quote, 140)}”.",
            impact=f"The work until then took {in_words(facts, began, stop.seq)}.",
            cites=(Cite(first=stop, last=added, quote=quote),),
            spent=(facts.events[began], stop),
            cause="prompt completed after a stop",
        )
