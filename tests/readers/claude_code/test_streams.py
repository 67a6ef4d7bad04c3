"""Output tokens and cost of a stream, whose messages are written down before their output is counted."""

import io
import json

from hotwash.insights.metrics import measure
from hotwash.readers.base import Source
from hotwash.readers.claude_code import ClaudeCodeStream
from hotwash.transcript import Transcript, Usage


def said(number: int, *, output: int = 1, subagent: str | None = None, stop: str | None = None) -> dict[str, object]:
    message = {"id": f"msg_{number}", "role": "assistant", "model": "claude-sonnet-4-5", "stop_reason": stop}
    content = [{"type": "text", "text": f"Step {number} is done."}]
    usage = {"input_tokens": 10, "cache_read_input_tokens": 100, "output_tokens": output}
    return {
        "type": "assistant",
        "session_id": "s",
        "parent_tool_use_id": subagent,
        "message": message | {"content": content, "usage": usage},
    }


def result(messages: int, output: int, cost: float = 0.5) -> dict[str, object]:
    usage = {"input_tokens": 10 * messages, "cache_read_input_tokens": 100 * messages, "output_tokens": output}
    return {"type": "result", "session_id": "s", "usage": usage, "total_cost_usd": cost}


def read(*records: dict[str, object]) -> list[Transcript]:
    opening: dict[str, object] = {"type": "system", "subtype": "init", "session_id": "s"}
    data = "\n".join(json.dumps(record) for record in (opening, *records)).encode()
    return list(ClaudeCodeStream().read(Source(name="s", open=lambda: io.BytesIO(data))))


def counted(transcript: Transcript) -> tuple[int | None, bool]:
    return (transcript.usage.output if transcript.usage else None), transcript.usage_partial


def test_results_of_one_turn_each_are_added_up() -> None:
    (told,) = read(said(1), result(1, 40), said(2), said(3), result(2, 60))
    assert told.usage == Usage(input=30, cache_read=300, output=100)
    assert not told.usage_partial


def test_of_results_over_all_turns_so_far_the_last_counts() -> None:
    (told,) = read(said(1), result(1, 40), said(2), result(2, 100))
    assert counted(told) == (100, False)


def test_a_result_that_leaves_the_subagent_out_tells_the_sessions_own_output() -> None:
    """The subagent's own stays what its messages say, which is too little."""
    main, subagent = read(said(1), said(2, subagent="toolu_1"), said(3), result(2, 70))
    assert counted(main) == (70, False)
    assert counted(subagent) == (1, True)


def test_a_result_that_holds_the_subagents_tokens_too_does_not_tell_whose_they_are() -> None:
    main, _ = read(said(1), said(2, subagent="toolu_1"), said(3), result(3, 70))
    assert counted(main) == (2, True)


def test_without_a_result_the_output_is_partial_unless_each_message_was_finished() -> None:
    """The program was killed before it could print one."""
    (cut,) = read(said(1), said(2))
    (finished,) = read(said(1, output=30, stop="tool_use"), said(2, output=20, stop="end_turn"))
    assert (counted(cut), counted(finished)) == ((2, True), (50, False))


def test_a_cost_of_nothing_is_given_as_recorded_and_the_price_looked_up() -> None:
    """Claude Code writes 0 where it knows no price of the model."""
    (told,) = read(said(1), result(1, 40, cost=0))
    assert told.cost_usd == 0
    assert measure(told).cost_basis == "prices"
