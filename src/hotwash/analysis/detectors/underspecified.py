"""A requirement or fact that the agent needed came only after the work began: the person had to stop the agent to add it."""

from collections.abc import Iterable, Iterator

from hotwash.analysis.cost import in_words, severity_of
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts import wording
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import counted, one_line
from hotwash.transcript import Lifecycle, UserMessage

MIN_ADDED_WORDS = 15
"""Fewer words say how to go on, not what the matter is."""
_ADDING_ROLES = frozenset({"follow_up", "answer"})


class UnderspecifiedDetector:
    kind: IssueKind = "underspecified"
    version = 2

    def detect(self, facts: Facts) -> Iterable[Finding]:
        yield from _completed_after_a_stop(facts)
        yield from _announced(facts)


def _announced(facts: Facts) -> Iterator[Finding]:
    """The first message breaks off at what it announces, and the thing itself comes before any work was done."""
    if len(facts.messages) < 2 or not facts.messages[0].text.rstrip().endswith(":"):
        return
    first = facts.messages[0]
    began = facts.edits[0].call.seq if facts.edits else len(facts.events)
    added = next((m for m in between(facts.messages, first.seq, began) if len(wording.words(m.text)) >= MIN_ADDED_WORDS), None)
    announced, brought = pick_quote(first.text.rstrip().rsplit("\n", 1)[-1]), pick_quote(added.text) if added is not None else ""
    if added is None or not announced or not brought:
        return
    yield Finding(
        kind="underspecified",
        severity="low",
        label="first prompt sent without what it announces",
        what=f"The first prompt ends with “{one_line(announced, 100)}”; what it announces came {in_words(facts, first.seq, added.seq)} later.",
        impact=f"What the agent did until then, {counted(len(between(facts.calls, first.seq, added.seq)), 'call')}, was guesswork.",
        cites=(Cite(first=first, last=first, quote=announced), Cite(first=added, last=added, quote=brought)),
        spent=(first, added),
        cause="prompt without what it announces",
    )


def _completed_after_a_stop(facts: Facts) -> Iterator[Finding]:
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
