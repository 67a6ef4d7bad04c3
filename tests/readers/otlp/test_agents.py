"""What Claude Code, Codex, Gemini CLI and Copilot CLI each send: every thing told once, from the record that tells it best."""

import json
from collections.abc import Mapping

from hotwash.transcript import AgentMessage, Instruction, Lifecycle, ToolCall, Transcript, Usage, UserMessage
from tests.readers.otlp.builders import SESSION, hex_id, log, one_session, sessions, span, story

CLAUDE_LOGS = {"service": "claude-code", "scope": "com.anthropic.claude_code.events"}
TOKENS = {"input_tokens": 10, "output_tokens": 7, "cache_read_tokens": 100, "cache_creation_tokens": 20, "cache_creation_1h_tokens": 5}


def claude(name: str, at: float, **attributes: object) -> dict[str, object]:
    return log(name, attributes, at=at, **CLAUDE_LOGS)


def call_of(transcript: Transcript) -> ToolCall:
    [call] = [event for event in transcript.events if isinstance(event, ToolCall)]
    return call


CLAUDE_CALL = {"tool_use_id": "toolu_1", "tool_name": "Bash"}
CLAUDE_SESSION = [
    claude("user_prompt", 0, prompt="Run the tests.", **{"prompt.id": "p", "message.uuid": "m-1"}),
    claude("api_request", 3, model="opus", cost_usd=0.25, duration_ms=2_000, **TOKENS, **{"prompt.id": "p", "event.sequence": 1}),
    claude("assistant_response", 3, model="opus", response="I run them.", **{"prompt.id": "p", "event.sequence": 2}),
    claude("tool_result", 5, success="false", duration_ms=2_500, error="failed", tool_input='{"command": "make test"}', **CLAUDE_CALL),
]
CLAUDE_SPANS = [
    span("claude_code.interaction", {"user_prompt": "Run the tests."}, until=9),
    span("claude_code.llm_request", {"model": "opus", **TOKENS}, at=1, until=3),
    span("claude_code.tool", {**CLAUDE_CALL, "full_command": "make test"}, at=2, until=5, events=[("tool.output", {"output": "2 failed"})]),
    span("claude_code.tool.execution", {"tool_use_id": "toolu_1", "success": False, "error": "failed"}, at=3, until=5),
]


def test_claude_code_is_told_once_from_logs_and_spans() -> None:
    """Words and cost stand in the logs, what a tool answered in a span; both tell the tokens."""
    told = one_session(*CLAUDE_SESSION, *CLAUDE_SPANS)
    assert (told.agent, told.native_id, told.format_version, told.models) == ("Claude Code", SESSION, "1.2.3", ("opus",))
    assert story(told) == ["user_message", "agent_message", "usage", "tool_call"]
    assert told.usage == Usage(input=10, cache_read=100, cache_write_5m=15, cache_write_1h=5, output=7)
    assert told.cost_usd == 0.25
    call = call_of(told)
    assert (call.command, call.output, call.status, call.exit_code, call.duration_s) == ("make test", "2 failed", "error", None, 2.5)
    assert not told.coverage.exit_codes


def test_claude_code_spans_alone_tell_all_but_the_answers() -> None:
    told = one_session(*CLAUDE_SPANS)
    assert story(told) == ["user_message", "usage", "tool_call"]
    assert told.cost_usd is None
    assert not told.coverage.cost
    assert not told.coverage.agent_messages
    assert call_of(told).status == "error"


def test_a_prompt_that_is_not_sent_counts_and_has_no_words() -> None:
    told = one_session(claude("user_prompt", 0, prompt="<REDACTED>", prompt_length=14), *CLAUDE_SESSION[1:])
    assert [event.text for event in told.events if isinstance(event, UserMessage)] == [""]
    assert [warning.count for warning in told.warnings] == [1]


def test_what_a_subagent_of_claude_code_said_is_not_the_agents_answer() -> None:
    told = one_session(*CLAUDE_SESSION, claude("assistant_response", 8, response="Found it.", query_source="agent:explore"))
    assert [event.text for event in told.events if isinstance(event, AgentMessage)] == ["I run them."]


def test_a_call_that_was_refused_is_denied() -> None:
    told = one_session(CLAUDE_SESSION[0], claude("tool_decision", 2, decision="reject", **CLAUDE_CALL))
    assert call_of(told).status == "denied"


def codex(name: str, at: float, **attributes: object) -> dict[str, object]:
    return log(f"codex.{name}", {"conversation.id": SESSION, "model": "gpt", **attributes}, at=at, session=None, service="codex_exec")


CODEX_TOKENS = {"input_token_count": "1200", "output_token_count": "40", "cached_token_count": 800, "reasoning_token_count": 10}
CODEX_OUTPUT = "Chunk ID: a\nWall time: 0.1 seconds\nProcess exited with code 3\nOutput:\n1 failed\n"
CODEX_CALL = {"call_id": "call_1", "tool_name": "exec_command", "duration_ms": "40", "success": "true"}
CODEX_LOGS = [
    codex("user_prompt", 0, prompt="Run the tests."),
    codex("sse_event", 2, **{"event.kind": "response.completed"}),
    codex("sse_event", 2, **{"event.kind": "response.completed"}, **CODEX_TOKENS),
    codex("sse_event", 2, **{"event.kind": "response.output_text.delta"}),
    codex("tool_result", 3, arguments='{"cmd": "make test"}', output=CODEX_OUTPUT, **CODEX_CALL),
]
CODEX_SPANS = [
    span("session_task.turn", {"thread.id": 4, "conversation.id": SESSION}, session=None, service="codex_exec", until=9),
    span(
        "handle_responses",
        {"thread.id": 4, "gen_ai.usage.input_tokens": 1200, "gen_ai.usage.cache_read.input_tokens": 800, "gen_ai.usage.output_tokens": 40},
        at=1,
        session=None,
        service="codex_exec",
    ),
    span(
        "handle_tool_call",
        {"thread.id": 4},
        at=2,
        session=None,
        service="codex_exec",
        events=[("event", {"event.name": "codex.tool_result", **CODEX_CALL})],
    ),
    *(span("append_items", {"thread.id": 3}, at=number, session=None, service="codex_exec") for number in range(20)),
]


def test_codex_is_told_by_its_logs() -> None:
    """A command's exit code stands in its output; what the agent said is not sent, so how often it spoke is unknown."""
    told = one_session(*CODEX_LOGS, *CODEX_SPANS)
    assert (told.agent, told.native_id, told.models) == ("Codex", SESSION, ("gpt",))
    assert story(told) == ["user_message", "usage", "tool_call"]
    assert told.usage == Usage(input=400, cache_read=800, output=40, reasoning=10)
    call = call_of(told)
    assert (call.command, call.status, call.exit_code, call.duration_s) == ("make test", "error", 3, 0.04)
    assert not told.coverage.agent_messages


def test_codex_spans_alone_tell_tokens_and_calls() -> None:
    """Their `thread.id` is the operating system's; whether a command failed is not in them."""
    told = one_session(*CODEX_SPANS)
    assert told.native_id == SESSION
    assert (told.records, story(told)) == (2, ["usage", "tool_call"])
    assert (call_of(told).status, told.coverage.tool_status, told.coverage.user_messages) == ("unknown", False, False)


def gemini(name: str, at: float, **attributes: object) -> dict[str, object]:
    return log(name, attributes, at=at, service="gemini-cli")


GEMINI_TOKENS = {"input_token_count": 1200, "output_token_count": 40, "cached_content_token_count": 800, "thoughts_token_count": 10}
GEMINI_CHUNKS = [{"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}}]} for text in ("I run ", "them.")]
GEMINI_MESSAGES = [{"role": "system", "parts": [{"type": "text", "content": "I run them."}]}]
CONTEXT = (
    "<session_context>\n- **Workspace Directories:**\n  - /src/shop\n<project_context>\n--- Context from: /src/shop/GEMINI.md ---\n"
    "Run make lint.\n--- End of Context from: /src/shop/GEMINI.md ---\n</project_context>\n</session_context>"
)
GEMINI_LOGS = [
    gemini("gemini_cli.user_prompt", 0, prompt="Run the tests."),
    gemini("gemini_cli.api_request", 1, model="gemini-pro"),
    gemini("gen_ai.client.inference.operation.details", 1, **{"gen_ai.input.messages": json.dumps([{"role": "user", "parts": []}])}),
    gemini("gemini_cli.api_response", 2, model="gemini-pro-001", response_text=json.dumps(GEMINI_CHUNKS), role="main", **GEMINI_TOKENS),
    gemini(
        "gen_ai.client.inference.operation.details",
        2,
        **{"gen_ai.output.messages": json.dumps(GEMINI_MESSAGES), "gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 40},
    ),
    gemini(
        "gemini_cli.tool_call",
        4,
        function_name="run_shell_command",
        function_args='{"command": "make test"}',
        duration_ms=900,
        success=True,
        metadata='{"exitCode": 2, "isError": true}',
    ),
]


def gemini_span(operation: str, at: float, **attributes: object) -> dict[str, object]:
    named = {"gen_ai.operation.name": operation, "gen_ai.conversation.id": SESSION}
    return span(operation, {**named, **attributes}, at=at, session=None, service="gemini-cli", trace=hex_id(str(at)) * 2)


RESPONSE = {"resultDisplay": "2 failed", "data": {"exitCode": 2, "isError": True}}
GEMINI_SPANS = [
    gemini_span(
        "llm_call",
        1,
        **{
            "gen_ai.request.model": "gemini-pro",
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"text": CONTEXT}, {"text": "Run the tests."}]}]),
            "gen_ai.output.messages": json.dumps([{"role": "model", "parts": [{"text": "I run them."}]}]),
            "gen_ai.usage.input_tokens": 1200,
            "gen_ai.usage.output_tokens": 40,
        },
    ),
    gemini_span(
        "tool_call",
        3,
        **{
            "gen_ai.tool.name": "run_shell_command",
            "gen_ai.tool.call_id": "call_1",
            "gen_ai.input.messages": json.dumps({"args": {"command": "make test"}}),
            "gen_ai.output.messages": json.dumps({"status": "success", "response": RESPONSE}),
        },
    ),
    gemini_span("schedule_tool_calls", 3),
]


def test_gemini_tells_everything_up_to_three_times_and_it_counts_once() -> None:
    """Tokens from the response's log, which has the cached ones and the thoughts; answers and calls from the spans."""
    told = one_session(*GEMINI_LOGS, *GEMINI_SPANS)
    assert (told.agent, told.cwd, told.models) == ("Gemini CLI", "/src/shop", ("gemini-pro",))
    assert sorted(story(told)) == ["agent_message", "instruction", "tool_call", "usage", "user_message"]
    assert told.usage == Usage(input=400, cache_read=800, output=50, reasoning=10)
    assert [event.name for event in told.events if isinstance(event, Instruction)] == ["/src/shop/GEMINI.md"]
    call = call_of(told)
    assert (call.native_id, call.output, call.exit_code, call.status) == ("call_1", "2 failed", 2, "error")


def test_gemini_logs_alone_tell_the_session() -> None:
    """Traces are off unless asked for."""
    told = one_session(*GEMINI_LOGS)
    assert sorted(story(told)) == ["agent_message", "tool_call", "usage", "user_message"]
    assert [event.text for event in told.events if isinstance(event, AgentMessage)] == ["I run them."]
    assert (call_of(told).exit_code, call_of(told).command, call_of(told).output) == (2, "make test", "")


def test_gemini_errors_and_compressions_are_events_of_the_session() -> None:
    told = one_session(*GEMINI_LOGS, gemini("gemini_cli.api_error", 5, error="429 quota"), gemini("gemini_cli.chat_compression", 6))
    assert [event.what for event in told.events if isinstance(event, Lifecycle)] == ["api_error", "compaction"]


def copilot(name: str, at: float, **attributes: object) -> dict[str, object]:
    parent = "" if name.startswith("invoke_agent") else hex_id("agent")
    span_id = hex_id("agent") if name.startswith("invoke_agent") else None
    operation = {"gen_ai.operation.name": name.split()[0], "gen_ai.conversation.id": SESSION}
    return span(name, {**operation, **attributes}, at=at, session=None, service="github-copilot", parent=parent, span_id=span_id)


def said(role: str, *parts: Mapping[str, object]) -> str:
    return json.dumps([{"role": role, "parts": parts}])


ASKED = said("user", {"type": "text", "content": "<current_datetime>2026-09-20</current_datetime>\n\nRun the tests."})
COPILOT_USAGE = {"gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 40, "gen_ai.usage.cache_read.input_tokens": 800}
COPILOT_CALL = {"type": "tool_call", "id": "call_1", "name": "bash", "arguments": {"command": "make test"}}
COPILOT_SPANS = [
    copilot(
        "execute_tool bash",
        2,
        **{
            "gen_ai.tool.name": "bash",
            "gen_ai.tool.call.id": "call_1",
            "gen_ai.tool.call.arguments": '{"command": "make test"}',
            "gen_ai.tool.call.result": "2 failed",
            "process.exit.code": 3,
        },
    ),
    copilot(
        "chat gpt",
        0.5,
        **{"gen_ai.response.model": "gpt", "gen_ai.input.messages": ASKED, **COPILOT_USAGE},
        **{"gen_ai.output.messages": said("assistant", {"type": "text", "content": "I run them."}, COPILOT_CALL)},
    ),
    copilot("invoke_agent", 0, **{"gen_ai.input.messages": ASKED, **COPILOT_USAGE}),
]


def test_copilot_follows_the_conventions() -> None:
    """The agent's span repeats the tokens and the words of its model calls."""
    told = one_session(*COPILOT_SPANS)
    assert (told.agent, told.native_id) == ("Copilot CLI", SESSION)
    assert story(told) == ["user_message", "agent_message", "usage", "tool_call"]
    assert [event.text for event in told.events if isinstance(event, UserMessage)] == ["Run the tests."]
    assert told.usage == Usage(input=400, cache_read=800, output=40)
    call = call_of(told)
    assert (call.command, call.output, call.exit_code, call.status) == ("make test", "2 failed", 3, "error")


def test_sessions_in_one_batch_are_told_apart() -> None:
    other = "9d1c4a5e-0b1f-4f43-8c0a-6a86c1b4d001"
    found = sessions(*CLAUDE_SESSION, log("user_prompt", {"prompt": "Hello."}, at=20, session=other, **CLAUDE_LOGS))
    assert [transcript.native_id for transcript in found] == [SESSION, other]
