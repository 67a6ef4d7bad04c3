"""Every token once, whatever way the counters are written."""

from collections.abc import Callable

from hotwash.transcript import Transcript, Usage, UsageReport

Read = Callable[..., Transcript]
Record = tuple[str, dict[str, object]]


def numbers(total: int, cached: int, output: int, reasoning: int = 0) -> dict[str, object]:
    return {"input_tokens": total, "cached_input_tokens": cached, "output_tokens": output, "reasoning_output_tokens": reasoning}


def counted(total: int, cached: int, output: int) -> Record:
    return "event_msg", {"type": "token_count", "info": {"total_token_usage": numbers(total, cached, output)}}


def recorded(response_id: str, total: int, cached: int, output: int) -> Record:
    return "token_usage_record", {"response_id": response_id, "usage": numbers(total, cached, output)}


def reports(transcript: Transcript) -> list[Usage]:
    return [event.usage for event in transcript.events if isinstance(event, UsageReport)]


def test_cumulative_counts_add_up_to_the_last_one(read: Read) -> None:
    transcript = read(counted(100, 60, 10), counted(250, 160, 25))
    assert reports(transcript) == [Usage(input=40, cache_read=60, output=10), Usage(input=50, cache_read=100, output=15)]
    assert transcript.usage == Usage(input=90, cache_read=160, output=25)


def test_counts_written_twice_count_once(read: Read) -> None:
    """Desktop versions of early 2026 wrote each twice."""
    transcript = read(counted(100, 60, 10), counted(100, 60, 10), counted(250, 160, 25), counted(250, 160, 25))
    assert transcript.usage == Usage(input=90, cache_read=160, output=25)
    assert len(reports(transcript)) == 2


def test_a_counter_that_begins_anew_is_added(read: Read) -> None:
    assert read(counted(100, 60, 10), counted(30, 0, 5)).usage == Usage(input=70, cache_read=60, output=15)


def test_records_of_single_responses_replace_the_cumulative_counts(read: Read) -> None:
    transcript = read(
        recorded("r1", 100, 60, 10), counted(100, 60, 10), recorded("r2", 50, 0, 5), recorded("r2", 50, 0, 5), counted(150, 60, 15)
    )
    assert transcript.usage == Usage(input=90, cache_read=60, output=15)


def test_a_session_resumed_by_a_newer_version_counts_both_ways_once(read: Read) -> None:
    """Cumulative counts up to the resumption, records after it."""
    transcript = read(counted(100, 60, 10), recorded("r1", 50, 0, 5), counted(150, 60, 15))
    assert transcript.usage == Usage(input=90, cache_read=60, output=15)


def test_redacted_numbers_make_the_total_partial_until_a_later_count_is_readable(read: Read) -> None:
    redacted: Record = (
        "event_msg",
        {"type": "token_count", "info": {"total_token_usage": {"input_tokens": "REDACTED", "output_tokens": "REDACTED"}}},
    )
    assert read(counted(100, 0, 10), redacted).usage_partial
    healed = read(redacted, counted(100, 0, 10))
    assert (healed.usage_partial, healed.usage) == (False, Usage(input=100, output=10))


def test_no_counts_are_unknown_tokens_and_not_zero(read: Read) -> None:
    transcript = read(("event_msg", {"type": "token_count", "info": None}))
    assert transcript.usage is None
    assert not transcript.coverage.tokens


def test_usage_names_the_model_of_its_turn(read: Read) -> None:
    transcript = read(("turn_context", {"model": "small"}), counted(10, 0, 1), ("turn_context", {"model": "large"}), counted(20, 0, 2))
    assert [event.model for event in transcript.events if isinstance(event, UsageReport)] == ["small", "large"]
    assert transcript.models == ("small", "large")
