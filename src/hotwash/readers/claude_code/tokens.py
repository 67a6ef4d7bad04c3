"""Token usage, each model call once. Usage stands on every block's line of a message and grows while it streams: the maximum for a message
id and request id counts (formats section 1, pitfalls)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hotwash.readers.claude_code.shapes import Message, TokenUsage
from hotwash.transcript import Usage, UsageReport

LAST_PARTIAL_VERSION = (2, 1, 49)
"""Up to this version output tokens were written before the message was complete, and `stop_reason` stayed null (formats section 1)."""
PARTIAL_CHARACTERS_PER_TOKEN = 8.0
"""More text than this for an output token cannot be: complete sessions write 2 to 5 characters a token, partial ones about 26."""
_JUDGED_CHARACTERS = 2000  # below this a ratio says nothing

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})")


@dataclass(slots=True, kw_only=True)
class UsageDraft:
    """The usage of one model call while its lines come in."""

    record: int
    at: float | None
    native_id: str | None
    model: str | None
    usage: Usage
    finished: bool
    """The message's stop reason was recorded."""

    def event(self, seq: int) -> UsageReport:
        return UsageReport(seq=seq, record=self.record, at=self.at, native_id=self.native_id, model=self.model, usage=self.usage)


def written_characters(message: Message) -> int:
    """Characters of what the agent wrote: text, readable thinking, and the strings it passed to tools."""
    characters = 0
    for block in message.blocks:
        characters += len(block.text or "") + len(block.thinking or "")
        if block.input:
            characters += sum(len(value) for value in block.input.values() if isinstance(value, str))
    return characters


def is_partial(calls: Iterable[UsageDraft], version: str | None, characters: int) -> bool:
    """Whether the true output is higher than what was recorded: an old version left a call unfinished, or so much text cannot have come
    from so few tokens, or any from none."""
    calls = tuple(calls)
    output = sum(call.usage.output for call in calls)
    match = _VERSION.match(version or "")
    if match and (int(match[1]), int(match[2]), int(match[3])) <= LAST_PARTIAL_VERSION and not all(call.finished for call in calls):
        return True
    return bool(characters and not output) or (characters >= _JUDGED_CHARACTERS and characters > PARTIAL_CHARACTERS_PER_TOKEN * output)


def usage_of(tokens: TokenUsage) -> Usage:
    """The record's token counts by class. Cache writes that are not split by lifetime count as 5-minute ones, the default."""
    split = tokens.cache_creation
    written = _count(tokens.cache_creation_input_tokens)
    hour = min(_count(split.ephemeral_1h_input_tokens), written) if split else 0
    details = tokens.output_tokens_details
    return Usage(
        input=_count(tokens.input_tokens),
        cache_read=_count(tokens.cache_read_input_tokens),
        cache_write_5m=written - hour,
        cache_write_1h=hour,
        output=_count(tokens.output_tokens),
        reasoning=_count(details.thinking_tokens) if details else 0,
    )


def larger(one: Usage, other: Usage) -> Usage:
    """The maximum in each class."""
    return Usage(
        input=max(one.input, other.input),
        cache_read=max(one.cache_read, other.cache_read),
        cache_write_5m=max(one.cache_write_5m, other.cache_write_5m),
        cache_write_1h=max(one.cache_write_1h, other.cache_write_1h),
        output=max(one.output, other.output),
        reasoning=max(one.reasoning, other.reasoning),
    )


def _count(value: int | None) -> int:
    return value if value is not None and 0 <= value < 2**63 else 0
