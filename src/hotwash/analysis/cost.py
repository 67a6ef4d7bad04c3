"""What a stretch of a session took, in turns, seconds, tokens and ACUs; and how grave that is."""

from bisect import bisect_left, bisect_right

from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueCost, Severity
from hotwash.transcript import AgentMessage, ToolCall

HIGH_SHARE = 0.25
"""TAXONOMY: an issue that took more than a quarter of the session is high."""
HIGH_TURNS = 12
"""A quarter of a tiny session is not grave: it must also be this many turns."""
MEDIUM_TURNS = 8
"""Several turns lost; readers call three in five issues low, and those take fewer."""
MEDIUM_SECONDS = 900.0
"""A quarter of an hour of a person's waiting is noticeable, however few turns it took."""


def cost_of(facts: Facts, ranges: tuple[tuple[int, int], ...]) -> IssueCost:
    """What the events in the ranges (of seq, both ends included; overlaps count once) took. None where the transcript cannot tell."""
    turns, seconds, tokens = 0, 0.0, 0
    timed = False
    for first, last in _joined(ranges):
        events = facts.events[first : last + 1]
        turns += sum(1 for e in events if isinstance(e, (ToolCall, AgentMessage)))
        times = [t for e in events for t in _times(e)]
        if times:
            timed = True
            seconds += max(times) - min(times)
        if facts.tokens_at:
            tokens += facts.tokens_at[last] - (facts.tokens_at[first - 1] if first > 0 else 0)
    total = facts.tokens_at[-1] if facts.tokens_at else 0
    return IssueCost(
        turns=turns,
        seconds=round(seconds, 3) if timed else None,
        tokens=tokens if facts.tokens_at else None,
        acus=round(facts.acus * tokens / total, 4) if facts.acus is not None and total else None,
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


def counted(number: int, noun: str) -> str:
    """`1 call`, `3 calls`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def in_words(facts: Facts, first: int, last: int) -> str:
    """`9 turns`, or `9 turns and 4 minutes` where the transcript has times."""
    turns = counted(max(1, turns_between(facts, first, last)), "turn")
    times = [t for e in facts.events[first : last + 1] for t in _times(e)]
    if len(times) < 2:
        return turns
    seconds = max(times) - min(times)
    if seconds < 5:
        return turns
    return f"{turns} and {counted(round(seconds), 'second') if seconds < 90 else counted(round(seconds / 60), 'minute')}"


def _times(event: object) -> list[float]:
    at = getattr(event, "at", None)
    end = event.result_at if isinstance(event, ToolCall) else None
    return [t for t in (at, end) if t is not None]


def _joined(ranges: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined
