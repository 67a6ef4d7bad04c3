"""What OpenHands tells of tokens and cost: by response where it keeps them, and in running totals, which may hold more."""

from collections.abc import Iterator

import msgspec

from hotwash.readers import fields
from hotwash.readers.chat import usage_with_cached
from hotwash.transcript import Usage

_Object = dict[str, object]


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What model calls cost."""

    service: str
    """What the calls were for: the agent, the condenser."""
    model: str | None
    usage: Usage
    cached: tuple[object, object]
    """What was told of tokens read from the cache and written to it."""
    cost_usd: float | None
    """0 where no price is known. None: not told."""
    response_id: str = ""


def bills(stats: _Object) -> Iterator[Bill]:
    """One for each response that the statistics list."""
    for service, metrics in _services(stats):
        listed = [fields.mapping(item) for item in fields.sequence(metrics.get("token_usages"))]
        costs = [fields.number(fields.mapping(item).get("cost")) or 0.0 for item in fields.sequence(metrics.get("costs"))]
        for index, item in enumerate(listed):
            yield Bill(
                service=service,
                model=fields.some_string(metrics.get("model_name")),
                usage=read_usage(item) or Usage(),
                cached=_cached_in(item),
                cost_usd=costs[index] if len(costs) == len(listed) else None,
                response_id=fields.string(item.get("response_id")),
            )


def totals(stats: _Object) -> Iterator[Bill]:
    """One for each service, over all its calls."""
    for service, metrics in _services(stats):
        counts = fields.mapping(metrics.get("accumulated_token_usage"))
        yield Bill(
            service=service,
            model=fields.some_string(metrics.get("model_name")),
            usage=read_usage(counts) or Usage(),
            cached=_cached_in(counts),
            cost_usd=fields.number(metrics.get("accumulated_cost")),
        )


def _services(stats: _Object) -> Iterator[tuple[str, _Object]]:
    by_service = stats.get("usage_to_metrics", stats.get("service_to_metrics"))  # the second: the SDK's first versions
    for service, metrics in fields.mapping(by_service).items():
        yield service, fields.mapping(metrics)


def read_usage(counts: _Object) -> Usage | None:
    """Tokens as OpenHands counts them, of one response or added up."""
    names = ("prompt_tokens", "completion_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
    prompt, output, read, written, reasoning = (fields.count(counts.get(name)) for name in names)
    return usage_with_cached(prompt, output, read, written, reasoning)


def _cached_in(counts: _Object) -> tuple[object, object]:
    return counts.get("cache_read_tokens"), counts.get("cache_write_tokens")


def remainder(total: Usage | None, told: Usage) -> Usage | None:
    """What a total holds beyond what was told response by response; None where it holds nothing more."""
    if total is None:
        return None
    left = Usage(
        input=max(0, total.input - told.input),
        cache_read=max(0, total.cache_read - told.cache_read),
        cache_write_5m=max(0, total.cache_write_5m - told.cache_write_5m),
        output=max(0, total.output - told.output),
        reasoning=max(0, total.reasoning - told.reasoning),
    )
    return left if left.total else None
