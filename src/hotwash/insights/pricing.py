"""What tokens cost, from the tables that ship with genai-prices. Nothing here touches the network: the tables are never updated at run time.

Importing this module takes about 0.07 s beside FastAPI and 0.35 s alone, and the first look-up 0.3 s more, so only code that prices sessions does."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

import msgspec
from genai_prices import data_snapshot
from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

from hotwash.kit import clock
from hotwash.transcript import Usage

# Prices change by the day, and a few providers have night rates that start on the half hour.
_SLOT_S = 1800

# A call whose time is not known is priced as of this day: a fixed day keeps the same transcript at the same price.
_UNDATED = datetime(2026, 1, 1, tzinfo=UTC)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one model call (or of several, where the transcript tells only their sum)."""

    usage: Usage
    model: str | None
    at: float | None = None


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """USD of the calls that could be priced, and the models that could not (`unknown` for calls that name no model)."""

    usd: float | None
    """None: not one call could be priced."""
    unpriced_models: tuple[str, ...] = ()


class _Step(msgspec.Struct, frozen=True):
    """USD a token of each class, for calls with more than `above` input tokens."""

    above: int
    input: float
    cache_read: float
    cache_write_5m: float
    cache_write_1h: float
    output: float


def price(calls: Iterable[Call]) -> Cost:
    """The cost of these calls at the list price of the day each was made.

    Prices that depend on the size of the context are applied call by call, because they do not hold for a sum.
    """
    total = 0.0
    priced = False
    unpriced: dict[str, None] = {}
    for call in calls:
        if not call.usage.total:
            continue  # harness records such as `<synthetic>` name a model that was never called
        steps = _steps(call.model, int(call.at // _SLOT_S) if call.at is not None else None) if call.model else ()
        if not steps:
            unpriced[call.model or "unknown"] = None
            continue
        priced = True
        total += _call_usd(call.usage, steps)
    return Cost(usd=total if priced else None, unpriced_models=tuple(unpriced))


def tariff(model: str) -> Callable[[Usage], float | None]:
    """What a call of this model costs as of today, for calls that are being made; None for one without a known price."""
    return lambda usage: price([Call(usage=usage, model=model, at=clock.now())]).usd


def _call_usd(usage: Usage, steps: tuple[_Step, ...]) -> float:
    context = usage.input + usage.cache_read + usage.cache_write
    step = next((s for s in reversed(steps) if context > s.above), steps[0])
    return (
        usage.input * step.input
        + usage.cache_read * step.cache_read
        + usage.cache_write_5m * step.cache_write_5m
        + usage.cache_write_1h * step.cache_write_1h
        + usage.output * step.output
    )


@lru_cache(maxsize=4096)
def _steps(model: str, slot: int | None) -> tuple[_Step, ...]:
    """The model's prices at that time, cheapest context first; empty for an unknown model. Cached: a look-up costs 0.1 ms, a session has hundreds."""
    info = _find_model(model)
    if info is None:
        return ()
    prices = info.get_prices(datetime.fromtimestamp(slot * _SLOT_S, tz=UTC) if slot is not None else _UNDATED)
    if prices.input_mtok is None or prices.output_mtok is None:
        return ()
    starts = {tier.start for value in vars(prices).values() if isinstance(value, TieredPrices) for tier in value.tiers}
    return tuple(_step(prices, above) for above in (-1, *sorted(starts)))


def _step(prices: ModelPrice, above: int) -> _Step:
    """A class without a price of its own is billed as the class it is part of: a cache write of 1 h as a cache write, that as input."""
    by_input = _usd(prices.input_mtok, above)
    write = _usd(prices.cache_write_mtok, above, by_input)
    return _Step(
        above=above,
        input=by_input,
        cache_read=_usd(prices.cache_read_mtok, above, by_input),
        cache_write_5m=_usd(prices.cache_write_5m_mtok, above, write),
        cache_write_1h=_usd(prices.cache_write_1h_mtok, above, write),
        output=_usd(prices.output_mtok, above),
    )


def _usd(value: Decimal | TieredPrices | None, above: int, otherwise: float = 0.0) -> float:
    """USD a token of a price a million, for a context of just more than `above` tokens."""
    if value is None:
        return otherwise
    if isinstance(value, TieredPrices):
        tier = next((t for t in reversed(value.tiers) if above >= t.start), None)
        value = tier.price if tier else value.base
    return float(value) / 1_000_000


def _find_model(name: str) -> ModelInfo | None:
    """The model by the name an agent wrote: as it is, then with its provider told by a prefix (`anthropic/…`, `us.anthropic.…`)."""
    snapshot = data_snapshot.get_snapshot()
    for provider, model in _candidates(name):
        try:
            return snapshot.find_provider_model(model, None, provider, None)[1]
        except LookupError:
            continue
    return None


def _candidates(name: str) -> Iterable[tuple[str | None, str]]:
    bare = name.split("[", 1)[0]  # `claude-sonnet-4-5[1m]`: Claude Code's mark of the long context
    yield None, bare
    if "/" in bare:
        provider, _, model = bare.partition("/")
        yield provider, model
        yield None, bare.rpartition("/")[2]
    if "anthropic." in bare:
        yield "aws", bare
        yield None, bare.rpartition("anthropic.")[2]
