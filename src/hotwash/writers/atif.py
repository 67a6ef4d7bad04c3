"""A session as an ATIF document (formats section 3), valid against the format's strict models. What ATIF has no field for stands in `extra`, so
that Hotwash reads the very same session back; subagents are embedded."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from hotwash.readers.atif.carried import CALL_ID, KEY, SAID_BY_STEP
from hotwash.transcript import (
    AgentMessage,
    Event,
    Instruction,
    Lifecycle,
    Reasoning,
    ToolCall,
    Transcript,
    Usage,
    UsageReport,
    UserMessage,
)

SCHEMA_VERSION = "ATIF-v1.7"
"""The first with embedded subagents and `extra` on calls and results; 1.8 adds audio alone."""

_MAX_NESTING = 8
"""Subagents of subagents that are embedded: as many as the reader follows."""

_YEAR_10000 = 253_402_300_800
"""Unix seconds. ISO 8601 ends here; times beyond it come from broken transcripts."""

_PLACES: dict[type[Event], int] = {Reasoning: 0, AgentMessage: 1, ToolCall: 2, UsageReport: 3}
"""Where in an agent's step an event stands. One that would stand before what is there already begins the next step."""
_CALLS = _PLACES[ToolCall]

_Object = dict[str, object]


def write(transcript: Transcript, descendants: Sequence[Transcript] = ()) -> bytes:
    """The document. `descendants`: the session's subagents, theirs, and so on, in any order; they are embedded under who started them."""
    by_parent: dict[str, list[Transcript]] = {}
    for child in sorted(descendants, key=lambda child: (child.started_at or 0.0, child.native_id)):
        if child.parent_native_id is not None:
            by_parent.setdefault(child.parent_native_id, []).append(child)
    return msgspec.json.encode(_trajectory(transcript, by_parent, 0))


def _trajectory(transcript: Transcript, by_parent: dict[str, list[Transcript]], depth: int) -> _Object:
    children = by_parent.get(transcript.native_id, []) if depth < _MAX_NESTING else []
    embedded = {child.native_id: child for child in children if child.native_id != transcript.native_id}
    document: _Object = {
        "schema_version": SCHEMA_VERSION,
        "session_id": transcript.native_id,
        "trajectory_id": transcript.native_id,
        "agent": _agent(transcript),
        "steps": [_step(number, group, frozenset(embedded)) for number, group in enumerate(_groups(transcript.events), 1)],
        "extra": {KEY: {name: value for name, value in msgspec.to_builtins(transcript).items() if name != "events"}},
    }
    totals = _final_metrics(transcript)
    if totals:
        document["final_metrics"] = totals
    if embedded:
        document["subagent_trajectories"] = [_trajectory(child, by_parent, depth + 1) for child in embedded.values()]
    return document


def _agent(transcript: Transcript) -> _Object:
    agent: _Object = {"name": transcript.agent.lower().replace(" ", "-"), "version": transcript.format_version or "unknown"}
    if len(transcript.models) == 1:
        agent["model_name"] = transcript.models[0]
    return agent


def _groups(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Events by step: a turn of the agent is one, everything else is one each."""
    group: list[Event] = []
    for event in events:
        if group and not _continues(group, event):
            yield group
            group = []
        group.append(event)
    if group:
        yield group


def _continues(group: list[Event], event: Event) -> bool:
    place, last = _PLACES.get(type(event)), _PLACES.get(type(group[-1]))
    if place is None or last is None:
        return False
    if place == last == _CALLS:
        return isinstance(event, ToolCall) and _call_id(event) not in {_call_id(call) for call in group if isinstance(call, ToolCall)}
    return place > last


def _step(number: int, group: list[Event], embedded: frozenset[str]) -> _Object:
    step: _Object = {"step_id": number, "source": "agent", "message": ""}
    at = group[0].at
    if at is not None and 0 <= at < _YEAR_10000:
        step["timestamp"] = datetime.fromtimestamp(at, UTC).isoformat()
    for event in group:
        match event:
            case UserMessage():
                step |= {"source": "user", "message": event.text}
            case AgentMessage():
                step["message"] = event.text
            case Reasoning():
                step["reasoning_content"] = event.text
            case Instruction():
                step |= {"source": "system", "message": event.text or event.name}
            case Lifecycle():
                step |= {"source": "system", "message": event.text or event.what}
            case UsageReport():
                step |= {"metrics": _metrics(event), "llm_call_count": 1}
            case ToolCall():
                pass
    calls = [event for event in group if isinstance(event, ToolCall)]
    if calls:
        step["tool_calls"] = [_call(call) for call in calls]
    results = [
        _result(call, embedded) for call in calls if call.output or call.result_record is not None or call.child_native_id in embedded
    ]
    if results:
        step["observation"] = {"results": results}
    model = next((event.model for event in group if isinstance(event, (AgentMessage, UsageReport)) and event.model), None)
    if model is not None:
        step["model_name"] = model
    return step | {"extra": {KEY: [_left_over(event) for event in group]}}


def _call_id(call: ToolCall) -> str:
    return call.native_id or f"call-{call.seq}"


def _call(call: ToolCall) -> _Object:
    return {"tool_call_id": _call_id(call), "function_name": call.name, "arguments": call.arguments}


def _result(call: ToolCall, embedded: frozenset[str]) -> _Object:
    """With the exit code and the failure where other readers of ATIF look for them too."""
    result: _Object = {"source_call_id": _call_id(call), "content": call.output}
    extra: _Object = {} if call.exit_code is None else {"exit_code": call.exit_code}
    if call.status in ("ok", "error"):
        extra["is_error"] = call.status == "error"
    if extra:
        result["extra"] = extra
    if call.child_native_id in embedded:
        result["subagent_trajectory_ref"] = [{"trajectory_id": call.child_native_id}]
    return result


def _metrics(report: UsageReport) -> _Object:
    metrics: _Object = dict(_tokens(report.usage))
    if report.cost_usd is not None:
        metrics["cost_usd"] = report.cost_usd
    return metrics


def _final_metrics(transcript: Transcript) -> _Object:
    totals: _Object = {}
    if transcript.usage is not None:
        totals = {f"total_{name}": count for name, count in _tokens(transcript.usage)}
    if transcript.cost_usd is not None:
        totals["total_cost_usd"] = transcript.cost_usd
    return totals


def _tokens(usage: Usage) -> tuple[tuple[str, int], ...]:
    """In ATIF all input counts as prompt, cached or not."""
    return (
        ("prompt_tokens", usage.input + usage.cache_read + usage.cache_write),
        ("completion_tokens", usage.output),
        ("cached_tokens", usage.cache_read),
    )


def _left_over(event: Event) -> _Object:
    """What the step does not say of an event."""
    told: _Object = msgspec.to_builtins(event)
    said = SAID_BY_STEP[str(told["kind"])]
    if isinstance(event, Instruction | Lifecycle) and not event.text:
        return told | {"text": ""}  # the step's message says something else
    left: _Object = {name: value for name, value in told.items() if name not in said and name != "seq"}
    return left | {CALL_ID: _call_id(event)} if isinstance(event, ToolCall) else left
