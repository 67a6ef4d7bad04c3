"""The agent's own plan: to-do lists that are written anew with each change (Claude Code's TodoWrite, Codex's update_plan)."""

from collections.abc import Iterable, Iterator

import msgspec

from hotwash.transcript import ToolCall

_LISTS = (("todos", "content"), ("plan", "step"))
"""The argument that holds the list, and the key of an item's text."""
_DONE = frozenset({"completed", "done", "cancelled"})


class PlanItem(msgspec.Struct, frozen=True):
    text: str
    status: str

    @property
    def done(self) -> bool:
        return self.status in _DONE


def plan_of(call: ToolCall) -> tuple[PlanItem, ...]:
    """The plan as this call leaves it; empty when the call writes none."""
    if call.category != "todo":
        return ()
    for argument, key in _LISTS:
        items = call.arguments.get(argument)
        if isinstance(items, list):
            return tuple(PlanItem(str(item.get(key, "")), str(item.get("status", ""))) for item in items if isinstance(item, dict))
    return ()


def steps_begun(calls: Iterable[ToolCall]) -> Iterator[tuple[ToolCall, str]]:
    """The calls by which another item of the plan came under way, with that item's text."""
    current = None
    for call in calls:
        begun = next((item.text for item in plan_of(call) if item.status == "in_progress"), None)
        if begun and begun != current:
            current = begun
            yield call, begun
