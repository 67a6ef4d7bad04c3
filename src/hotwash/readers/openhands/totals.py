"""OpenHands' running totals of tokens, and what they hold beyond the single responses."""

from hotwash.readers import fields
from hotwash.readers.chat import usage_with_cached
from hotwash.transcript import Usage

_Object = dict[str, object]


def read_usage(counts: _Object) -> Usage | None:
    """Tokens as OpenHands counts them, of one response or added up."""
    names = ("prompt_tokens", "completion_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
    prompt, output, read, written, reasoning = (fields.count(counts.get(name)) for name in names)
    return usage_with_cached(prompt, output, read, written, reasoning)


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
