"""Messages in the shape of OpenAI's chat API, as batch agents keep them, and the token counts that LiteLLM tells with the answers."""

import hashlib

import msgspec

from hotwash.readers import fields
from hotwash.transcript import Usage

_Object = dict[str, object]

_DIGEST_CHARS = 12
_DIGEST_MESSAGES = 3
"""System prompt, task and first answer: what a run has from its first step on."""


def text_of(content: object) -> str:
    """The text of a message's content, which may be a list of blocks."""
    if isinstance(content, str):
        return content
    return "\n".join(text for block in fields.sequence(content) if (text := fields.string(fields.mapping(block).get("text"))))


def decoded(value: object) -> object:
    """Arguments of a call, which stand as JSON in a string; as they are where they do not."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value


def digest(messages: list[_Object]) -> str:
    """Tells runs of one task apart, by how they begin; the same for every later copy of a run."""
    start = [[fields.string(message.get("role")), text_of(message.get("content"))] for message in messages[:_DIGEST_MESSAGES]]
    return hashlib.sha256(msgspec.json.encode(start)).hexdigest()[:_DIGEST_CHARS]


def response_usage(counts: _Object) -> Usage | None:
    """Tokens as a provider told them, in the shape of OpenAI's API with what LiteLLM adds for Anthropic."""
    completion = fields.mapping(counts.get("completion_tokens_details"))
    return usage_with_cached(
        counts.get("prompt_tokens"), counts.get("completion_tokens"), *cached_in(counts), completion.get("reasoning_tokens")
    )


def cached_in(counts: _Object) -> tuple[object, object]:
    """What the same tells of tokens read from the cache and written to it; None for what it leaves out."""
    read = fields.mapping(counts.get("prompt_tokens_details")).get("cached_tokens")
    return read or counts.get("cache_read_input_tokens", read), counts.get("cache_creation_input_tokens")


def usage_with_cached(prompt: object, output: object, read: object, written: object, reasoning: object) -> Usage | None:
    """Tokens, where the prompt's hold those read from and written to the cache. None: not told."""
    prompt_tokens, output_tokens = fields.count(prompt), fields.count(output)
    if prompt_tokens is None or output_tokens is None:
        return None
    cache_read, cache_write = fields.count(read) or 0, fields.count(written) or 0
    return Usage(
        input=max(0, prompt_tokens - cache_read - cache_write),
        cache_read=cache_read,
        cache_write_5m=cache_write,
        output=output_tokens,
        reasoning=fields.count(reasoning) or 0,
    )
