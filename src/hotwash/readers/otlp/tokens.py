"""Token counts under the names that conventions and agents give them: the semantic conventions new and old, Sentry's, OpenInference's, Codex's."""

from hotwash.readers.otlp.values import Object, count
from hotwash.transcript import Usage

_INPUT = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.usage.prompt_tokens",
    "llm.token_count.prompt",
)
_OUTPUT = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
    "llm.token_count.completion",
)
_READ = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "llm.token_count.prompt_details.cache_read",
    "llm.token_count.prompt_details.cache_input",
)
_WRITTEN = (
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.input_tokens.cache_write",
    "llm.token_count.prompt_details.cache_write",
)
_REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "codex.usage.reasoning_output_tokens",
    "llm.token_count.completion_details.reasoning",
)


def read_usage(attributes: Object) -> Usage | None:
    """The usage in a span's attributes, by the semantic conventions (old and new names) or OpenInference; None where there is none."""
    total, output = _first(attributes, _INPUT), _first(attributes, _OUTPUT)
    if total is None and output is None:
        return None
    return inclusive(total or 0, output or 0, _first(attributes, _READ), _first(attributes, _WRITTEN), _first(attributes, _REASONING))


def tells_cache(attributes: Object) -> tuple[bool, bool]:
    """Whether tokens read from the cache, and those written to it, are told apart."""
    return _first(attributes, _READ) is not None, _first(attributes, _WRITTEN) is not None


def inclusive(total: int, output: int, read: int | None, written: int | None, reasoning: int | None) -> Usage:
    """A usage whose input holds the cached tokens too, as the semantic conventions want it. An input that is smaller than what was cached was
    counted without (older instrumentations of Anthropic's API)."""
    cached = (read or 0) + (written or 0)
    return Usage(
        input=total - cached if total >= cached else total,
        cache_read=read or 0,
        cache_write_5m=written or 0,
        output=output,
        reasoning=min(reasoning or 0, output),
    )


def _first(attributes: Object, names: tuple[str, ...]) -> int | None:
    return next((found for name in names if (found := count(attributes.get(name))) is not None), None)
