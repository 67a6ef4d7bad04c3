"""The stretches a session falls into: where a person speaks and where the work changes its nature (understand, implement, verify, deliver)."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal

import msgspec

from hotwash.analysis.facts.deliveries import delivers
from hotwash.analysis.facts.model import CheckRun, Command, Edit
from hotwash.analysis.facts.phase_titles import Titles
from hotwash.analysis.facts.plans import steps_begun
from hotwash.analysis.model import Phase, Role, UserTurn
from hotwash.transcript import AgentMessage, Event, ToolCall

MAX_PHASES = 8
"""TAXONOMY.md asks for three to eight stretches."""
MIN_SHARE = 0.03
"""A stretch shorter than this share of the session's records is part of its neighbour."""
MIN_RECORDS = 4
"""Shorter than two tool calls with their results, a stretch says nothing."""
PHASES_AT_LEAST = 3
RECORDS_PER_PHASE = 26
RECORDS_OF_A_LONG_SESSION = 400
"""Readers cut a session of 40 records into three stretches and one of 200 into six or seven; in a long session the stretches grow too."""

ROLE_WEIGHT: dict[Role, float] = {
    "request": 3.0,
    "correction": 2.6,
    "follow_up": 2.6,
    "approval": 2.0,
    "answer": 1.4,
    "interruption": 1.0,
    "other": 1.0,
}
"""How surely a message of this role begins a stretch: a new task always, a stop by itself rarely."""
WEIGHT_WITHOUT_WORK = 0.4
RECORDS_OF_WORK = 20
"""A message weighs this share when nothing follows it, and gains up to one more the nearer the work after it comes to so many records."""
STEPS_THAT_LAST = 12
"""A change of work weighs fully when the stretches before and after it have so many calls together."""
LOOKS_IN_BETWEEN = 2
"""Looks at something between two edits or two checks are part of editing or checking."""
MIN_STEPS: dict[str, int] = {"implement": 1, "deliver": 1, "verify": 2, "understand": 2}
"""Calls that make a stretch of this kind of work: one edit is one, one check is the end of what came before it."""
WEIGHT_OF_CHANGE: dict[str, float] = {"implement": 1.6, "deliver": 1.3, "verify": 1.0, "understand": 0.7}
"""How surely a change to this kind of work begins a stretch where nobody spoke."""
WEIGHT_OF_PLAN = 1.2
"""How surely a stretch begins where the agent takes up another item of its plan."""

Work = Literal["understand", "implement", "verify", "deliver"]


class _Step(msgspec.Struct, frozen=True):
    """A tool call by the nature of its work."""

    seq: int
    record: int
    work: Work


class _Cut(msgspec.Struct, frozen=True):
    """A place where a stretch may begin."""

    seq: int
    record: int
    weight: float


def find_phases(
    events: Sequence[Event],
    turns: Sequence[UserTurn],
    commands: Sequence[Command],
    checks: Sequence[CheckRun],
    edits: Sequence[Edit],
) -> tuple[Phase, ...]:
    """Three to eight consecutive stretches (fewer in a tiny session) from the session's first record to its last, each titled by what happened in it."""
    if not events:
        return ()
    steps = _steps(events, commands, checks, edits)
    first, last = events[0].record, _last_record(events)
    begun = list(steps_begun(event for event in events if isinstance(event, ToolCall)))
    planned = [_Cut(call.seq, call.record, WEIGHT_OF_PLAN) for call, _ in begun]
    cuts = _choose([*_cuts_at_turns(events, turns), *_cuts_at_changes(steps, turns), *planned], first, last)
    titles = Titles(events, commands, checks, edits, {call.seq: text for call, text in begun})
    starts = [events[0].seq, *(cut.seq for cut in cuts)]
    phases: list[Phase] = []
    for index, start in enumerate(starts):
        end = starts[index + 1] - 1 if index + 1 < len(starts) else events[-1].seq
        opening = cuts[index - 1].record if index else first
        closing = cuts[index].record - 1 if index < len(cuts) else last
        title = titles.of(start, end)
        if phases and phases[-1].title == title:
            title = f"{title} again"
        phases.append(Phase(title=title, first=opening, last=closing, first_seq=start, last_seq=end))
    return tuple(phases)


def _last_record(events: Sequence[Event]) -> int:
    return max(event.result_record or event.record if isinstance(event, ToolCall) else event.record for event in events)


def _steps(events: Sequence[Event], commands: Sequence[Command], checks: Sequence[CheckRun], edits: Sequence[Edit]) -> list[_Step]:
    work: dict[int, Work] = {}
    for command in commands:
        work[command.call.seq] = "deliver" if delivers(command) else "understand"
    for check in checks:
        work[check.call.seq] = "verify"
    for edit in edits:
        work[edit.call.seq] = "implement"
    return [
        _Step(event.seq, event.record, work.get(event.seq, "understand"))
        for event in events
        if isinstance(event, ToolCall) and event.category not in ("todo", "status", "message")
    ]


def _cuts_at_turns(events: Sequence[Event], turns: Sequence[UserTurn]) -> list[_Cut]:
    """A cut at each turn, the surer the more work follows it before the next. What stands before anyone did anything (instructions, settings) is no stretch, nor
    is a word of thanks after the work."""
    cuts = []
    last_call = max((event.seq for event in events if isinstance(event, ToolCall)), default=-1)
    acted = (event.seq for event in events if isinstance(event, ToolCall | AgentMessage))
    begun = next(acted, events[-1].seq)
    for index, turn in enumerate(turns):
        end = turns[index + 1].record if index + 1 < len(turns) else _last_record(events)
        closes = turn.role == "approval" and turn.seq > last_call
        if turn.seq <= begun or closes:
            continue
        work_after = min(1.0, (end - turn.record) / RECORDS_OF_WORK)
        cuts.append(_Cut(turn.seq, turn.record, ROLE_WEIGHT[turn.role] * (WEIGHT_WITHOUT_WORK + work_after)))
    return cuts


def _cuts_at_changes(steps: Sequence[_Step], turns: Sequence[UserTurn]) -> list[_Cut]:
    """Cuts where, between two turns, one kind of work gives way to another that lasts."""
    bounds = [turn.seq for turn in turns]
    cuts: list[_Cut] = []
    start = 0
    seqs = [step.seq for step in steps]
    for bound in [*bounds, None]:
        end = len(steps) if bound is None else bisect_left(seqs, bound)
        cuts.extend(_changes(steps[start:end]))
        start = end
    return cuts


def _changes(steps: Sequence[_Step]) -> list[_Cut]:
    runs = _runs(steps)
    cuts = []
    before = 0
    for index, (first, size) in enumerate(runs):
        if index and size >= MIN_STEPS[first.work]:
            lasting = min(1.0, (before + size) / STEPS_THAT_LAST)
            cuts.append(_Cut(first.seq, first.record, WEIGHT_OF_CHANGE[first.work] * lasting))
        before = size
    return cuts


def _runs(steps: Sequence[_Step]) -> list[tuple[_Step, int]]:
    """Stretches of one kind of work: first step and size. A look or two in between does not break one."""
    runs: list[tuple[_Step, int]] = []
    pending = 0
    for step in steps:
        if runs and step.work == runs[-1][0].work:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1 + pending)
            pending = 0
        elif runs and step.work == "understand" and pending <= LOOKS_IN_BETWEEN:
            pending += 1
        else:
            runs.append((step, 1))
            pending = 0
    return runs


def _choose(cuts: Sequence[_Cut], first: int, last: int) -> list[_Cut]:
    """The surest cuts that leave no stretch too short, as many as a session of this length deserves."""
    records = last - first + 1
    gap = max(MIN_RECORDS, round(records * MIN_SHARE))
    chosen: list[_Cut] = []
    for cut in sorted(cuts, key=lambda c: (-c.weight, c.seq)):
        if len(chosen) >= _phases_wanted(records) - 1:
            break
        if first + gap <= cut.record <= last - 1 and all(abs(cut.record - other.record) >= gap for other in chosen):
            chosen.append(cut)
    return _in_order(chosen)


def _phases_wanted(records: int) -> int:
    grown = 2 + records / (RECORDS_PER_PHASE * (1 + records / RECORDS_OF_A_LONG_SESSION))
    return max(PHASES_AT_LEAST, min(MAX_PHASES, round(grown)))


def _in_order(cuts: Sequence[_Cut]) -> list[_Cut]:
    """By `seq`, without those that stand earlier in the source than one before them: agents do write records out of order."""
    ordered: list[_Cut] = []
    for cut in sorted(cuts, key=lambda c: c.seq):
        if not ordered or cut.record > ordered[-1].record:
            ordered.append(cut)
    return ordered
