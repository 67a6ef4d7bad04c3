"""What a stretch of a session took, in turns, seconds, tokens and ACUs; and how grave that is."""

from bisect import bisect_left, bisect_right

from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueCost, Severity
from hotwash.kit.text import counted
from hotwash.transcript import AgentMessage, ToolCall

HIGH_SHARE = 0.25
"""TAXONOMY: an issue that took more than a quarter of the session is high."""
HIGH_TURNS = 20
"""A quarter of a small session is not grave: it must also be this many turns. Readers call one issue in fifteen high."""
MEDIUM_TURNS = 8
"""Several turns lost; readers call three in five issues low, and those take fewer."""


def cost_of(facts: Facts, first: int, last: int) -> IssueCost:
    """What the events from seq `first` to seq `last`, both included, took. None where the transcript cannot tell."""
    times = _times(facts, first, last)
    tokens = facts.tokens_at[last] - (facts.tokens_at[first - 1] if first > 0 else 0) if facts.tokens_at else None
    total = facts.tokens_at[-1] if facts.tokens_at else 0
    return IssueCost(
        turns=turns_between(facts, first, last),
        seconds=round(max(times) - min(times), 3) if times else None,
        tokens=tokens,
        acus=round(facts.acus * tokens / total, 4) if facts.acus is not None and tokens is not None and total else None,
    )


def severity_of(facts: Facts, first: int, last: int) -> Severity:
    """How grave a stretch of events is by what it took (TAXONOMY, severity). The goal's fate is for the detector to judge."""
    turns = turns_between(facts, first, last)
    whole = len(facts.calls) + len(facts.agent_messages)
    if turns >= HIGH_TURNS and turns > HIGH_SHARE * whole:
        return "high"
    return "medium" if turns >= MEDIUM_TURNS else "low"


def turns_between(facts: Facts, first: int, last: int) -> int:
    """Tool calls and agent messages from event `first` to event `last`, both included."""
    return _count(facts.calls, first, last) + _count(facts.agent_messages, first, last)


def _count(events: tuple[ToolCall, ...] | tuple[AgentMessage, ...], first: int, last: int) -> int:
    return bisect_right(events, last, key=lambda e: e.seq) - bisect_left(events, first, key=lambda e: e.seq)


def in_words(facts: Facts, first: int, last: int) -> str:
    """`9 turns`, or `9 turns and 4 minutes` where the transcript has times."""
    turns = counted(max(1, turns_between(facts, first, last)), "turn")
    times = _times(facts, first, last)
    if len(times) < 2:
        return turns
    seconds = max(times) - min(times)
    if seconds < 5:
        return turns
    return f"{turns} and {counted(round(seconds), 'second') if seconds < 90 else counted(round(seconds / 60), 'minute')}"


def _times(facts: Facts, first: int, last: int) -> list[float]:
    """Every time recorded in the stretch: of the events and of the results of calls."""
    events = facts.events[first : last + 1]
    ends = [e.result_at for e in events if isinstance(e, ToolCall)]
    return [t for t in (*(e.at for e in events), *ends) if t is not None]
