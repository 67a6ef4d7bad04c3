"""Stretches of what is kept in session order, found by halving: long sessions hold tens of thousands of events, and detectors ask for stretches all the time."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypeVar

from hotwash.analysis.facts.model import CheckRun, Claim, Command, Edit, Failure
from hotwash.transcript import AgentMessage, Lifecycle, ToolCall, UserMessage

T = TypeVar("T", bound=ToolCall | AgentMessage | UserMessage | Lifecycle | Command | CheckRun | Edit | Failure | Claim)


def between(items: Sequence[T], after: int, until: int) -> Sequence[T]:
    """The items whose seq lies between the two, both excluded. `items` are in session order."""
    return items[bisect_right(items, after, key=seq_of) : bisect_left(items, until, key=seq_of)]


def before(items: Sequence[T], until: int) -> Sequence[T]:
    """The items whose seq is smaller. `items` are in session order."""
    return items[: bisect_left(items, until, key=seq_of)]


def seq_of(item: T) -> int:
    """The seq of the event that the item is, or is about."""
    if isinstance(item, (Command, CheckRun, Edit, Failure)):
        return item.call.seq
    return item.message.seq if isinstance(item, Claim) else item.seq
