"""How many tokens a request will take and what that costs, before it is sent."""

import math
from collections.abc import Iterable

import msgspec

from hotwash.analysis.judge.model import Request
from hotwash.judging.model import Spending, Tariff
from hotwash.transcript import Usage

BYTES_PER_TOKEN = 3.5
"""Bytes of UTF-8. English prose has 4 to 4.5 characters a token, code and JSON 3 to 3.5; transcripts are mostly the latter, and an estimate
should rather be too high. Other scripts have about a token a character, of two or three bytes."""
ANSWER_TOKENS = 3_000
"""Of a debrief of a full window. Thinking comes on top where a model thinks, and is known only afterwards."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a request, or several, will take."""

    input_tokens: int
    output_tokens: int
    usd: float | None
    """None: the model has no known price."""

    @property
    def spending(self) -> Spending:
        return Spending(tokens=self.input_tokens + self.output_tokens, usd=self.usd or 0.0)


def tokens_of(text: str) -> int:
    """About as many as a model's tokeniser makes of it."""
    return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)


def estimate(request: Request, tariff: Tariff) -> Estimate:
    """What one request will take."""
    usage = Usage(input=tokens_of(request.as_text), output=ANSWER_TOKENS)
    return Estimate(input_tokens=usage.input, output_tokens=usage.output, usd=tariff(usage))


def both_passes(first: Iterable[Request], tariff: Tariff) -> Estimate:
    """What a session will take at most: the second pass, known only once the first is answered, asks no more requests, each about as long."""
    each = [estimate(request, tariff) for request in first]
    prices = [one.usd for one in each]
    usd = math.fsum(price for price in prices if price is not None) if None not in prices else None
    return Estimate(
        input_tokens=2 * sum(one.input_tokens for one in each),
        output_tokens=2 * sum(one.output_tokens for one in each),
        usd=None if usd is None else 2 * usd,
    )
