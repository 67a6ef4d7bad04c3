"""Prices come from the tables of genai-prices, whose own calculation is the judge here."""

from datetime import UTC, datetime

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price
from hypothesis import given, settings
from hypothesis import strategies as st

from hotwash.insights.pricing import Call, price
from hotwash.transcript import Usage

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKENS = st.integers(0, 400_000)


@pytest.mark.parametrize("model", ["claude-sonnet-4-5-20250929", "claude-opus-4-1", "gpt-5", "gemini-2.5-pro", "o3"])
@settings(max_examples=25, deadline=None)
@given(usage=st.builds(Usage, input=TOKENS, cache_read=TOKENS, cache_write_5m=TOKENS, cache_write_1h=TOKENS, output=TOKENS))
def test_a_call_costs_what_the_price_table_says(model: str, usage: Usage) -> None:
    """Classes of tokens and prices that rise with the context agree with the library's own sum, call by call."""
    theirs = calc_price(
        TheirUsage(
            input_tokens=usage.input + usage.cache_read + usage.cache_write,
            cache_read_tokens=usage.cache_read,
            cache_write_tokens=usage.cache_write,
            cache_write_5m_tokens=usage.cache_write_5m,
            cache_write_1h_tokens=usage.cache_write_1h,
            output_tokens=usage.output,
        ),
        model,
        genai_request_timestamp=AT,
    )
    ours = price([Call(usage=usage, model=model, at=AT.timestamp())])
    assert (ours.usd or 0) == pytest.approx(float(theirs.total_price), abs=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "anthropic/claude-sonnet-4-5",
        "claude-sonnet-4-5[1m]",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "openrouter/anthropic/claude-sonnet-4-5",
    ],
)
def test_a_model_is_found_under_the_names_agents_write(name: str) -> None:
    assert price([Call(usage=Usage(input=1_000_000), model=name)]).usd


def test_a_model_without_a_price_is_named_and_costs_nothing_known() -> None:
    cost = price([Call(usage=Usage(input=10), model="in-house-7b"), Call(usage=Usage(output=1), model=None)])
    assert cost.usd is None
    assert cost.unpriced_models == ("in-house-7b", "unknown")


def test_what_can_be_priced_is_summed_and_the_rest_named() -> None:
    cost = price([Call(usage=Usage(output=1_000_000), model="gpt-5"), Call(usage=Usage(input=10), model="in-house-7b")])
    assert cost.usd == pytest.approx(10)
    assert cost.unpriced_models == ("in-house-7b",)


def test_calls_without_tokens_are_no_calls() -> None:
    """Harnesses note messages of their own under names such as `<synthetic>`."""
    assert price([Call(usage=Usage(), model="<synthetic>")]).unpriced_models == ()


def test_prices_of_a_large_context_hold_for_each_call_not_for_their_sum() -> None:
    small = Call(usage=Usage(input=150_000), model="gemini-2.5-pro")
    assert price([small, small]).usd == pytest.approx(2 * (price([small]).usd or 0))
    large = Call(usage=Usage(input=300_000), model="gemini-2.5-pro")
    assert (price([large]).usd or 0) > 2 * (price([small]).usd or 0)
