"""Which session a file is, and what is known of it as a whole."""

import io
import json
from pathlib import PurePath

import pytest

from hotwash.insights.metrics import measure
from hotwash.readers.base import MAX_ARGUMENT_CHARS, OUTPUT_HEAD_CHARS, OUTPUT_TAIL_CHARS, Source, UnreadableSource
from hotwash.readers.claude_code import ClaudeCode
from hotwash.transcript import ToolCall, Transcript, Usage, UserMessage


def user(session: str, content: object, **more: object) -> dict[str, object]:
    return {"type": "user", "sessionId": session, "message": {"role": "user", "content": content}} | more


def bash(number: int, command: str, **usage: int) -> dict[str, object]:
    block = {"type": "tool_use", "id": f"toolu_{number}", "name": "Bash", "input": {"command": command}}
    message = {"id": f"msg_{number}", "role": "assistant", "model": "claude-opus-4-8", "content": [block], "usage": usage}
    return {"type": "assistant", "sessionId": "s", "version": "2.1.219", "message": message}


def result(number: int, text: str, *, is_error: bool = False) -> dict[str, object]:
    return user("s", [{"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": text, "is_error": is_error}])


def read(*records: object, path: str = "s.jsonl") -> Transcript:
    data = "\n".join(json.dumps(record) for record in records).encode()
    (transcript,) = ClaudeCode().read(Source(name=path, open=lambda: io.BytesIO(data), path=PurePath(path)))
    return transcript


def test_the_session_is_the_one_on_the_records_whatever_the_file_is_called() -> None:
    assert read(user("s1", "Hi."), path="copy.jsonl").native_id == "s1"


def test_where_records_disagree_the_file_name_decides() -> None:
    """A resumed session of an old version holds the records it was resumed from."""
    transcript = read(user("old", "a"), user("old", "b"), user("new", "c"), path="new.jsonl")
    assert transcript.native_id == "new"
    assert [(warning.count, "another session" in warning.reason) for warning in transcript.warnings] == [(2, True)]


def test_where_records_disagree_and_the_file_name_is_neither_the_majority_decides() -> None:
    assert read(user("a", "1"), user("b", "2"), user("b", "3"), path="x.jsonl").native_id == "b"


def test_a_file_of_bookkeeping_without_a_session_is_refused() -> None:
    with pytest.raises(UnreadableSource, match=r"s\.jsonl: holds no Claude Code session"):
        read({"type": "summary", "summary": "x", "leafUuid": "l"})


def test_a_session_in_which_nothing_was_said_yet_is_an_empty_one() -> None:
    transcript = read({"type": "mode", "mode": "normal", "sessionId": "s"})
    assert transcript.events == ()
    assert transcript.usage is None


def test_a_subagents_file_is_known_by_the_session_and_agent_on_its_records() -> None:
    transcript = read(user("s", "Find it.", isSidechain=True, agentId="ab12"), path="agent-ab12.jsonl")
    assert transcript.native_id == "s/agent-ab12"
    assert transcript.parent_native_id == "s"


def test_a_subagents_file_that_names_itself_for_its_session_belongs_to_the_folders() -> None:
    asked = user("agent-b1", "Look.", isSidechain=True, agentId="b1")
    assert read(asked, path="p/s1/subagents/agent-b1.jsonl").parent_native_id == "s1"
    assert read(asked, path="agent-b1.jsonl").parent_native_id == "agent-b1"


def test_usage_that_a_proxy_does_not_count_is_0_as_recorded_and_partial() -> None:
    """What it cost is then unknown, and not nothing."""
    transcript = read(bash(1, "ls", input_tokens=0, output_tokens=0))
    assert (transcript.usage, transcript.usage_partial) == (Usage(), True)
    assert measure(transcript).cost_usd is None


def test_a_message_without_usage_leaves_the_tokens_unknown() -> None:
    message = {"id": "m", "role": "assistant", "model": "claude-opus-4-8", "content": [{"type": "text", "text": "Done."}]}
    transcript = read({"type": "assistant", "sessionId": "s", "message": message})
    assert transcript.usage is None
    assert not transcript.coverage.tokens


def test_few_tokens_for_much_text_are_flagged_as_partial_in_any_version() -> None:
    transcript = read(bash(1, "x" * 3000, input_tokens=5, output_tokens=12))
    assert transcript.usage_partial


def test_exit_codes_are_not_covered_where_failures_do_not_name_them() -> None:
    told = read(bash(1, "make"), result(1, "Exit code 2\nno rule", is_error=True))
    untold = read(bash(1, "make"), result(1, "no rule", is_error=True))
    assert (told.coverage.exit_codes, untold.coverage.exit_codes) == (True, False)
    assert [event.exit_code for event in untold.events if isinstance(event, ToolCall)] == [None]


def test_long_texts_are_capped_and_their_size_is_kept() -> None:
    transcript = read(bash(1, "c" * (MAX_ARGUMENT_CHARS + 1)), result(1, "a" * 40_000 + "z" * 40_000))
    (call,) = (event for event in transcript.events if isinstance(event, ToolCall))
    assert call.command == "c" * MAX_ARGUMENT_CHARS
    assert call.output_size == 80_000
    assert call.output.startswith("a" * OUTPUT_HEAD_CHARS)
    assert call.output.endswith("z" * OUTPUT_TAIL_CHARS)


def test_a_text_of_nothing_but_opening_tags_is_read() -> None:
    """It would take for ever if each tag's end were searched to the end of the text."""
    text = "<command-message>" + "<command-args>" * 200_000
    assert read(user("s", text)).native_id == "s"


def test_a_queue_that_only_grows_is_read() -> None:
    """It would take for ever if each removal searched everything ever queued."""
    operation = {"type": "queue-operation", "sessionId": "s"}
    queued = [operation | {"operation": "enqueue", "content": f"wait {number}"} for number in range(20_000)]
    removed = [operation | {"operation": "remove", "content": f"other {number}"} for number in range(20_000)]
    transcript = read(*queued, *removed)
    assert all(isinstance(event, UserMessage) for event in transcript.events)


def test_cached_tokens_that_no_usage_tells_of_are_unknown() -> None:
    """Proxies to other providers leave the fields out; 0 stands where they are told to be none."""
    without = read(bash(1, "ls", input_tokens=5, output_tokens=2)).coverage
    told = read(bash(1, "ls", input_tokens=5, output_tokens=2, cache_read_input_tokens=0, cache_creation_input_tokens=0)).coverage
    assert (without.cache_read_tokens, without.cache_write_tokens) == (False, False)
    assert (told.cache_read_tokens, told.cache_write_tokens) == (True, True)
