"""What a task of Cline's or Roo Code's cost, as `ui_messages.json` tells it: `api_req_started`, which the program fills in as the answer comes,
`subagent_usage`, `deleted_api_reqs` (the sum of requests whose messages the person took back) and what a compaction cost."""

from typing import NamedTuple

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.recorder import Recorder
from hotwash.transcript import Usage

_Object = dict[str, object]

_TOTALS_SINCE = 1_761_955_200.0
"""Roo Code 3.29.5 of 2025-11-01 writes the whole prompt as `tokensIn`, whatever the provider; before, with Anthropic's protocol, what was not cached.
A message has no version, but a time."""
_PROMPT_PROVIDERS = frozenset({"openai", "litellm", "doubao", "fireworks", "hicap", "lmstudio", "qwen", "xai", "zai"})
"""Providers for which Cline passes on the whole prompt, cached tokens included; for others it leaves them out."""
_SUMS = frozenset({"deleted_api_reqs", "subagent_usage"})


class Request(NamedTuple):
    """One request to the model, or the sum of several."""

    at: float | None
    usage: Usage | None
    cached: tuple[object, object]
    """What was told of tokens read from the cache and written to it."""
    cost_usd: float | None
    model: str | None
    is_sum: bool
    """Of requests whose answers are no messages of the task."""

    def spend(self, recorder: Recorder) -> None:
        recorder.cached(*self.cached)
        recorder.spend(self.usage, cost_usd=self.cost_usd, model=self.model)


def request_in(message: _Object) -> Request | None:
    """What the message tells of requests; None where it tells of none."""
    kind = message.get("say")
    if message.get("partial") is True or not (kind == "api_req_started" or kind in _SUMS):
        return None
    told, at = told_in(message), parse_time(message.get("ts"))
    info = fields.mapping(message.get("modelInfo"))
    model = fields.some_string(info.get("modelId"))
    usage = _usage(told, holds_cached=_holds_cached(told, message, at, fields.string(info.get("providerId"))))
    return Request(at, usage, (told.get("cacheReads"), told.get("cacheWrites")), fields.number(told.get("cost")), model, kind in _SUMS)


def requests_in(listed: list[object]) -> tuple[list[Request], list[Request]]:
    """The requests that were answered, in order; and what was spent besides."""
    found = [request for message in map(fields.mapping, listed) if (request := request_in(message)) is not None]
    answered = [request for request in found if not request.is_sum and request.usage is not None and request.usage.output]
    return answered, [request for request in found if request.is_sum]


def condensing_cost(message: _Object) -> float | None:
    """What Roo Code paid for a compaction; it tells no tokens of it."""
    return fields.number(fields.mapping(message.get("contextCondense")).get("cost"))


def is_of_roo_code(message: _Object) -> bool:
    """Only Roo Code and what grew out of it tell the protocol."""
    return message.get("say") == "api_req_started" and ("apiProtocol" in message or "apiProtocol" in told_in(message))


def told_in(message: _Object) -> _Object:
    """The object that a message's text is; empty where it is none."""
    try:
        return fields.mapping(msgspec.json.decode(fields.string(message.get("text"))))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}


def _holds_cached(told: _Object, message: _Object, at: float | None, provider: str) -> bool:
    protocol = told.get("apiProtocol") or message.get("apiProtocol")
    if protocol is None:
        return provider in _PROMPT_PROVIDERS
    return protocol == "openai" or (at is not None and at >= _TOTALS_SINCE)


def _usage(told: _Object, *, holds_cached: bool) -> Usage | None:
    total, output = fields.count(told.get("tokensIn")), fields.count(told.get("tokensOut"))
    if total is None or output is None:
        return None
    cached, written = fields.count(told.get("cacheReads")) or 0, fields.count(told.get("cacheWrites")) or 0
    if holds_cached and total >= cached + written:  # less cannot hold them
        total -= cached + written
    return Usage(input=total, cache_read=cached, cache_write_5m=written, output=output)
