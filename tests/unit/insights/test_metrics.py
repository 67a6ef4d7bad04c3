"""What is measured of a session, and what stays unknown."""

import msgspec
import pytest

from hotwash.insights.metrics import SessionMetrics, measure, session_status
from hotwash.transcript import Coverage, Transcript, Usage, UsageReport
from tests.unit.analysis import builders as b


def _report(model: str, usage: Usage) -> UsageReport:
    return UsageReport(seq=0, record=0, usage=usage, model=model)


def test_messages_and_calls_are_counted() -> None:
    metrics = measure(b.session(b.user("a"), b.shell("ls"), b.shell("false", exit_code=1), b.agent("b"), b.user("c")))
    assert (metrics.num_user_messages, metrics.num_agent_messages, metrics.tool_calls, metrics.failed_tool_calls) == (2, 1, 2, 1)
    assert [(t.name, t.calls, t.failed) for t in metrics.by_tool] == [("Bash", 2, 1)]


def test_what_the_format_cannot_carry_is_unknown_not_zero() -> None:
    bare = msgspec.structs.replace(b.session(b.user("a"), b.shell("ls"), coverage=Coverage()), usage=None)
    metrics = measure(bare)
    assert metrics.failed_tool_calls is None
    assert metrics.usage is None
    assert metrics.cost_usd is None
    assert metrics.active_s is None
    assert (metrics.acus, metrics.acu_basis) == (0.0, "unknown")
    assert metrics.by_tool[0].failed is None


def test_the_cost_that_the_agent_wrote_wins_over_prices() -> None:
    story = msgspec.structs.replace(b.session(b.user("a"), _report("gpt-5", Usage(output=1_000_000))), cost_usd=4.5)
    metrics = measure(story)
    assert (metrics.cost_usd, metrics.cost_basis, metrics.acus, metrics.acu_basis) == (4.5, "transcript", 2.0, "cost")


def test_a_recorded_cost_of_0_is_no_price_and_tokens_are_priced() -> None:
    report = _report("claude-sonnet-4-5", Usage(input=100_000))
    metrics = measure(msgspec.structs.replace(b.session(report), cost_usd=0.0))
    assert (metrics.cost_usd, metrics.cost_basis) == (0.3, "prices")


def test_tokens_that_were_counted_as_0_cost_nobody_knows_what() -> None:
    """ACUs then go by active time, and are not 0."""
    metrics = measure(msgspec.structs.replace(b.session(b.agent("Done.")), cost_usd=0.0, usage=Usage(), models=("claude-sonnet-4-5",)))
    assert metrics.cost_usd is None
    assert metrics.acu_basis != "cost"


def test_tokens_are_priced_and_become_acus() -> None:
    metrics = measure(b.session(b.user("a"), _report("gpt-5", Usage(output=900_000))), usd_per_acu=4.5)
    assert (metrics.cost_usd, metrics.cost_basis, metrics.acus) == (9.0, "prices", 2.0)
    assert not metrics.cost_partial


def test_a_cost_with_unpriced_models_is_marked_partial() -> None:
    metrics = measure(b.session(_report("gpt-5", Usage(output=100)), _report("in-house-7b", Usage(output=100))))
    assert metrics.cost_partial
    assert metrics.unpriced_models == ("in-house-7b",)


def test_a_sum_of_tokens_is_priced_where_one_model_was_used() -> None:
    """Some formats tell tokens for the whole session only."""
    one = msgspec.structs.replace(b.session(b.user("a")), usage=Usage(output=1_000_000), models=("gpt-5",))
    assert measure(one).cost_usd == 10.0
    two = msgspec.structs.replace(one, models=("gpt-5", "o3"))
    assert measure(two).cost_usd is None
    assert measure(two).unpriced_models == ("gpt-5", "o3")


def test_active_time_counts_long_silences_as_five_minutes() -> None:
    """Without a price, ACUs follow from active time, a quarter of an hour each."""
    first, second, third = b.session(b.user("a"), b.user("b"), b.user("c")).events
    story = msgspec.structs.replace(
        b.session(b.user("a"), coverage=Coverage(timestamps=True)),
        usage=None,
        events=tuple(msgspec.structs.replace(e, at=at) for e, at in ((first, 0.0), (second, 60.0), (third, 10_000.0))),
    )
    metrics = measure(story)
    assert metrics.active_s == 360
    assert (metrics.acus, metrics.acu_basis) == (0.4, "active_time")


def test_many_user_messages_make_a_session_large() -> None:
    assert measure(b.session(*(b.user("again") for _ in range(11)))).session_size == "l"


def test_tokens_that_are_told_of_nowhere_are_named() -> None:
    """They count as 0 in the sum, and are not known to be none."""
    report = _report("gpt-5", Usage(output=100))
    told = Coverage(tokens=True, cache_read_tokens=True)
    assert measure(b.session(report, coverage=told)).unknown_tokens == ("cache_write",)
    assert measure(b.session(report)).unknown_tokens == ()
    assert measure(b.session(coverage=Coverage())).unknown_tokens == ()


def test_metrics_survive_json() -> None:
    metrics = measure(b.session(b.user("a"), _report("gpt-5", Usage(output=100)), b.shell("ls")))
    assert msgspec.json.decode(msgspec.json.encode(metrics), type=SessionMetrics) == metrics


@pytest.mark.parametrize(
    ("story", "status"),
    [
        (b.session(b.user("a"), b.agent("done")), ("exit", None)),
        (b.session(b.user("a"), b.life("api_error", "overloaded"), b.agent("done")), ("exit", None)),
        (b.session(b.user("a"), b.agent("hm"), b.life("api_error", "500 internal error")), ("error", None)),
        (b.session(b.user("a"), b.life("api_error", "Claude usage limit reached")), ("suspended", "usage_limit_exceeded")),
        (b.session(b.user("a"), b.life("api_error", "429 rate limit"), b.life("session_end")), ("suspended", "usage_limit_exceeded")),
        (b.session(), ("exit", None)),
    ],
)
def test_a_session_that_an_api_error_ended_is_told_from_a_finished_one(story: Transcript, status: tuple[str, str | None]) -> None:
    assert session_status(story) == status
