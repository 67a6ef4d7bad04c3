"""The agent's last words on each request: where it says what it did and found out."""

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from hotwash.analysis.facts.model import Edit, Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.paths import is_prose, is_scratch
from hotwash.transcript import AgentMessage, ToolCall


class Report(msgspec.Struct, frozen=True, kw_only=True):
    begin: int
    """Seq of the person's message before the report; 0 for the first."""
    end: int
    """Seq of the person's next message, else one more than the last event's."""
    message: AgentMessage
    edits: tuple[Edit, ...]
    """Changes of code on this request."""
    calls: tuple[ToolCall, ...]


def reports(facts: Facts) -> Iterator[Report]:
    bounds = [0, *(m.seq for m in facts.messages[1:]), len(facts.events)]
    for begin, end in pairwise(bounds):
        said = between(facts.agent_messages, begin - 1, end)
        if said:
            edits = tuple(e for e in between(facts.edits, begin - 1, end) if not is_prose(e.path) and not is_scratch(e.path))
            yield Report(begin=begin, end=end, message=said[-1], edits=edits, calls=tuple(between(facts.calls, begin - 1, end)))
