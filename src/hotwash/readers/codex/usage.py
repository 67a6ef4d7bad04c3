"""Tokens of a Codex session, each once, from counters that are cumulative, repeated or, since 0.169, one record a response."""

from hotwash.readers import fields
from hotwash.readers.oddities import Oddities
from hotwash.transcript import Usage

Counts = tuple[int, int, int, int, int]
"""Input (cached and written included), cached, written to the cache, output (reasoning included), reasoning."""

_NOTHING: Counts = (0, 0, 0, 0, 0)
_KEYS = ("input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens", "reasoning_output_tokens")


class TokenCounter:
    """Turns the records into what each adds.

    `token_count.info.total_token_usage` is cumulative and may be written twice, so the difference to the last one counts; a total that
    falls is a counter that began anew. Once a `token_usage_record` is seen, those alone count: one a response id (formats section 2).
    """

    def __init__(self, oddities: Oddities) -> None:
        self._oddities = oddities
        self._last: Counts = _NOTHING
        self._responses: set[str] = set()
        self._has_records = False
        self.seen = False
        """Some usage could be read."""
        self.tells_cache_writes = False
        """Some usage says what was written to the cache, as versions before 0.169 do not."""
        self.partial = False
        """The newest numbers were unreadable (redacted), so tokens are missing from the total."""

    def total(self, info: object, record: int) -> Usage | None:
        """What a `token_count` adds; None for nothing."""
        cumulative = fields.mapping(info).get("total_token_usage")
        if self._has_records or cumulative is None:
            return None
        counts = self._read(cumulative, record)
        if counts is None:
            return None
        began_anew = any(new < old for new, old in zip(counts, self._last, strict=True))
        base = _NOTHING if began_anew else self._last
        self._last = counts
        return usage_of(counts, base)

    def inherit(self, info: object, record: int) -> None:
        """A count copied from the session this one was forked from: where this session's own counting begins."""
        counts = self._read(fields.mapping(info).get("total_token_usage"), record) if info else None
        if counts is not None:
            self._last = counts

    def response(self, payload: dict[str, object], record: int) -> Usage | None:
        """What a `token_usage_record` adds; None for nothing."""
        response_id = fields.string(payload.get("response_id"))
        if response_id and response_id in self._responses:
            return None
        counts = self._read(payload.get("usage"), record)
        if counts is None:
            return None
        self._has_records = True
        self._responses.add(response_id)
        return usage_of(counts)

    def _read(self, value: object, record: int) -> Counts | None:
        counts = read_counts(value)
        self.partial = counts is None
        if counts is None:
            self._oddities.note("token count with values that are not numbers left out", record)
        else:
            self.seen = True
            self.tells_cache_writes = self.tells_cache_writes or tells_cache_writes(value)
        return counts


def read_counts(value: object) -> Counts | None:
    """The numbers of a usage object; None where input or output is missing, or any is not a number."""
    usage = fields.mapping(value)
    if usage.get("input_tokens") is None or usage.get("output_tokens") is None:
        return None
    counts = [0 if usage.get(key) is None else fields.count(usage.get(key)) for key in _KEYS]
    total, cached, written, output, reasoning = counts
    if total is None or cached is None or written is None or output is None or reasoning is None:
        return None
    return (total, cached, written, output, reasoning)


def tells_cache_writes(value: object) -> bool:
    return fields.mapping(value).get("cache_write_input_tokens") is not None


def usage_of(counts: Counts, base: Counts = _NOTHING) -> Usage | None:
    """What `counts` adds to `base`; None where that is nothing."""
    total, cached, written, output, reasoning = (new - old for new, old in zip(counts, base, strict=True))
    usage = Usage(input=max(0, total - cached - written), cache_read=cached, cache_write_5m=written, output=output, reasoning=reasoning)
    return usage if usage.total else None
