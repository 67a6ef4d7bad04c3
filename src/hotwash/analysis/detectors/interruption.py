"""The person stops the agent or rejects an action, and that costs something: the work goes another way, or ends there.

A stop by itself is no issue: people stop an agent to say more.
"""

import re
from collections.abc import Iterable, Iterator

from hotwash.analysis.cost import in_words, turns_between
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind, UserTurn
from hotwash.kit.text import one_line
from hotwash.transcript import ToolCall, UserMessage

MIN_REJECTIONS = 2
"""One rejected call is a choice; the same kind of call rejected again is friction."""

_STOPPED = re.compile(r"^\W*(?:no[,.! ]+)?stop\b", re.IGNORECASE)
"""A plain stop. “Wait” comes as often with a new thought of the person's own."""
MIN_REASON_WORDS = 5
"""A bare “stop” says nothing of what was wrong."""

_PROPOSALS = frozenset({"ExitPlanMode", "AskUserQuestion"})
"""Calls that ask for the person's mind: a no is an answer."""
NEAR_TURNS = 30
"""Rejections further apart have nothing to do with each other."""


class InterruptionDetector:
    kind: IssueKind = "interruption"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        yield from _stops(facts)
        yield from _rejections(facts)


def _stops(facts: Facts) -> Iterator[Finding]:
    for turn in facts.turns:
        if turn.role != "interruption":
            continue
        if not any(e.seq > turn.seq for e in (*facts.calls[-1:], *facts.agent_messages[-1:], *facts.messages[-1:])):
            yield from _abandoned(facts, turn)
        elif isinstance(facts.events[turn.seq], UserMessage):
            yield from _redirected(facts, turn)


def _abandoned(facts: Facts, turn: UserTurn) -> Iterator[Finding]:
    event = facts.events[turn.seq]
    quote = pick_quote(getattr(event, "text", ""))
    if quote and facts.calls:
        yield Finding(
            kind="interruption",
            severity="medium",
            label="session ends with a stop",
            what="The person stopped the agent and the session ends there.",
            impact=f"What the agent was doing after {in_words(facts, 0, turn.seq)} was left unfinished.",
            cites=(Cite(first=event, last=event, quote=quote),),
            cause="stopped and abandoned",
        )


def _redirected(facts: Facts, turn: UserTurn) -> Iterator[Finding]:
    """A stop with a reason given in the same breath. Where the reason comes as a correction, that is the issue and not the stop."""
    message = facts.events[turn.seq]
    quote = pick_quote(message.text) if isinstance(message, UserMessage) else ""
    if len(quote.split()) < MIN_REASON_WORDS or _STOPPED.match(quote) is None:
        return
    before = max((t.seq for t in facts.turns if t.seq < turn.seq and isinstance(facts.events[t.seq], UserMessage)), default=0)
    yield Finding(
        kind="interruption",
        severity="low",
        label="stopped and redirected",
        what=f"The person stopped the agent and said: “{one_line(quote, 140)}”.",
        impact=f"The work since the person spoke last, {in_words(facts, before, turn.seq - 1)}, was going another way.",
        cites=(Cite(first=message, last=message, quote=quote),),
        cause="stopped and redirected",
    )


def _rejections(facts: Facts) -> Iterator[Finding]:
    """Calls of one tool that a person refused, at least twice."""
    refused: dict[str, list[ToolCall]] = {}
    for call in facts.calls:
        if call.status == "denied" and call.name not in _PROPOSALS and "user" in call.output[:400].lower():
            refused.setdefault(call.name, []).append(call)
    for name, calls in refused.items():
        if len(calls) < MIN_REJECTIONS or turns_between(facts, calls[0].seq, calls[-1].seq) > NEAR_TURNS:
            continue
        chosen = (calls[0], calls[-1])
        yield Finding(
            kind="interruption",
            severity="low",
            label=f"{name} rejected {len(calls)} times",
            what=f"The person rejected {len(calls)} {name} calls.",
            impact=f"The rejections span {in_words(facts, calls[0].seq, calls[-1].seq)}.",
            cites=tuple(Cite(first=c, last=c, quote=q) for c in chosen if (q := pick_quote(c.output))),
            cause=f"{name} rejected",
        )
