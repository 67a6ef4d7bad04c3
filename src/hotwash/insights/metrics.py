"""What a session was in figures: messages, tool calls, tokens, cost, ACUs, time. Pure; what the format cannot carry is None."""

import itertools
import re
from collections.abc import Iterator
from typing import Literal, Protocol

import msgspec

from hotwash.insights import pricing
from hotwash.insights.size import DEFAULT_THRESHOLDS, SessionSize, Thresholds, session_size
from hotwash.transcript import AgentMessage, Category, Event, Lifecycle, ToolCall, Transcript, Usage, UsageReport, UserMessage

AcuBasis = Literal["billed", "cost", "active_time", "unknown"]
CostBasis = Literal["transcript", "prices"]
TokenClass = Literal["input", "cache_read", "cache_write"]

# The list price of an ACU; `InsightsSettings.usd_per_acu` changes it.
DEFAULT_USD_PER_ACU = 2.25

# Seconds. A longer silence means that nobody, neither agent nor person, was at it; tool calls that run longer are rare, lunch breaks are not.
_LONGEST_ACTIVE_GAP_S = 300

# One ACU is about a quarter of an hour of work; the basis where there are no tokens to price.
_ACTIVE_S_PER_ACU = 15 * 60

# What providers and agents write when an allowance is used up, in distinction from a passing error.
_LIMIT_REACHED = re.compile(r"usage.limit|rate.?limit|quota|\b429\b|out of credits|limit reached", re.IGNORECASE)


class Scale(Protocol):
    """How sessions are priced and sized. The settings are one, and so is whatever carries them on."""

    @property
    def usd_per_acu(self) -> float: ...

    @property
    def size_thresholds(self) -> Thresholds: ...


class ToolCount(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of one tool."""

    name: str
    category: Category
    calls: int
    failed: int | None
    """None: the format does not tell a failed call from a good one."""
    seconds: float | None
    """Time in calls whose duration is recorded; None where not one is."""


class SessionMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one session, without its subagents."""

    num_user_messages: int
    num_agent_messages: int
    tool_calls: int
    failed_tool_calls: int | None
    usage: Usage | None
    """Tokens by class. None: the format records none."""
    usage_partial: bool
    """The true token figures, and so the cost, are higher."""
    cost_usd: float | None
    """Unrounded to a tenth of a micro-dollar. None: neither recorded nor to be priced."""
    cost_basis: CostBasis | None
    """`transcript`: the agent wrote it. `prices`: tokens times list prices."""
    cost_partial: bool
    """Some calls could not be priced: the true cost is higher."""
    unpriced_models: tuple[str, ...]
    acus: float
    """0 where the basis is `unknown`, because the contract wants a number."""
    acu_basis: AcuBasis
    session_size: SessionSize
    active_s: float | None
    started_at: float | None
    ended_at: float | None
    models: tuple[str, ...]
    by_tool: tuple[ToolCount, ...]
    """Most used first."""
    unknown_tokens: tuple[TokenClass, ...] = ()
    """Classes of tokens that are told of nowhere, where others are: in `usage` they are 0."""
    copied_events: int = 0
    """Events copied from an earlier session, which counts them; the figures above are of the rest."""


def measure(
    transcript: Transcript, *, usd_per_acu: float = DEFAULT_USD_PER_ACU, size_thresholds: Thresholds = DEFAULT_THRESHOLDS
) -> SessionMetrics:
    """The figures of a session. ACUs as billed, else by the rule of cost, else of active time; which one is told by `acu_basis`."""
    num_user_messages = sum(isinstance(e, UserMessage) for e in transcript.events)
    calls = tuple(e for e in transcript.events if isinstance(e, ToolCall))
    times = sorted(_times(transcript.events))
    active_s = _active_s(times) if transcript.coverage.timestamps else None
    cost_usd, cost_basis, unpriced = _cost(transcript)
    acus, acu_basis = _acus(transcript.acus, cost_usd, active_s, usd_per_acu)
    return SessionMetrics(
        num_user_messages=num_user_messages,
        num_agent_messages=sum(isinstance(e, AgentMessage) for e in transcript.events),
        tool_calls=len(calls),
        failed_tool_calls=_failed(calls) if transcript.coverage.tool_status else None,
        usage=transcript.usage,
        usage_partial=transcript.usage_partial,
        cost_usd=round(cost_usd, 7) if cost_usd is not None else None,
        cost_basis=cost_basis,
        cost_partial=cost_usd is not None and bool(unpriced),
        unpriced_models=unpriced,
        acus=acus,
        acu_basis=acu_basis,
        session_size=session_size(acus, num_user_messages, size_thresholds),
        active_s=round(active_s, 3) if active_s is not None else None,
        started_at=transcript.started_at if transcript.started_at is not None else (times[0] if times else None),
        ended_at=transcript.ended_at if transcript.ended_at is not None else (times[-1] if times else None),
        models=transcript.models,
        by_tool=_by_tool(calls, transcript.coverage.tool_status),
        unknown_tokens=tuple(_unknown_tokens(transcript)),
    )


def session_status(transcript: Transcript) -> tuple[str, str | None]:
    """The contract's `status` and `status_detail` of a recorded session.

    A transcript is a finished session: `exit`. One whose last word is an API error that nothing followed ended in `error`, or, where the error
    says that an allowance was used up, is `suspended` with `usage_limit_exceeded`.
    """
    for event in reversed(transcript.events):
        if isinstance(event, AgentMessage | ToolCall | UserMessage):
            break
        if isinstance(event, Lifecycle) and event.what == "api_error":
            return ("suspended", "usage_limit_exceeded") if _LIMIT_REACHED.search(event.text) else ("error", None)
    return "exit", None


def _times(events: tuple[Event, ...]) -> Iterator[float]:
    for event in events:
        if event.at is not None:
            yield event.at
        if isinstance(event, ToolCall) and event.result_at is not None:
            yield event.result_at


def _active_s(times: list[float]) -> float:
    """Time in which something went on: gaps between successive moments, each counted up to five minutes."""
    return sum(min(later - earlier, _LONGEST_ACTIVE_GAP_S) for earlier, later in itertools.pairwise(times))


def _cost(transcript: Transcript) -> tuple[float | None, CostBasis | None, tuple[str, ...]]:
    """USD, its basis, and the models that could not be priced. A recorded 0 stands where the agent knew no price, or its provider counted no
    tokens; what was answered costs something all the same."""
    if transcript.cost_usd:
        return transcript.cost_usd, "transcript", ()
    reports = [e for e in transcript.events if isinstance(e, UsageReport)]
    if transcript.usage is not None and not transcript.usage.total:
        return None, None, ()
    if reports:
        priced = pricing.price(pricing.Call(usage=r.usage, model=r.model, at=r.at or transcript.started_at) for r in reports)
    elif transcript.usage is not None and len(transcript.models) == 1:
        priced = pricing.price([pricing.Call(usage=transcript.usage, model=transcript.models[0], at=transcript.started_at)])
    elif transcript.usage is not None:
        priced = pricing.Cost(usd=None, unpriced_models=transcript.models)  # a sum over several models says nothing of each one's share
    else:
        return None, None, ()
    return priced.usd, "prices" if priced.usd is not None else None, priced.unpriced_models


def _acus(billed: float | msgspec.UnsetType, cost_usd: float | None, active_s: float | None, usd_per_acu: float) -> tuple[float, AcuBasis]:
    if billed is not msgspec.UNSET:
        return billed, "billed"
    if cost_usd is not None:
        return round(cost_usd / usd_per_acu, 4), "cost"
    if active_s is not None:
        return round(active_s / _ACTIVE_S_PER_ACU, 4), "active_time"
    return 0.0, "unknown"


def _unknown_tokens(transcript: Transcript) -> Iterator[TokenClass]:
    if transcript.usage is None:
        return
    coverage = transcript.coverage
    if not coverage.input_tokens:
        yield "input"
    if not coverage.cache_read_tokens:
        yield "cache_read"
    if not coverage.cache_write_tokens:
        yield "cache_write"


def _failed(calls: tuple[ToolCall, ...]) -> int:
    return sum(call.status == "error" for call in calls)


def _by_tool(calls: tuple[ToolCall, ...], status_known: bool) -> tuple[ToolCount, ...]:
    by_name: dict[str, list[ToolCall]] = {}
    for call in calls:
        by_name.setdefault(call.name, []).append(call)
    counts = (_tool_count(name, tuple(group), status_known) for name, group in by_name.items())
    return tuple(sorted(counts, key=lambda count: (-count.calls, count.name)))


def _tool_count(name: str, calls: tuple[ToolCall, ...], status_known: bool) -> ToolCount:
    durations = [call.duration_s for call in calls if call.duration_s is not None]
    return ToolCount(
        name=name,
        category=calls[0].category,
        calls=len(calls),
        failed=_failed(calls) if status_known else None,
        seconds=round(sum(durations), 3) if durations else None,
    )
