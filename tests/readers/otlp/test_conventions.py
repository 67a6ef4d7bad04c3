"""Any agent whose instrumentation follows the semantic conventions for generative AI, old or new, or OpenInference."""

import json
from collections.abc import Mapping

import pytest

from hotwash.transcript import AgentMessage, Reasoning, ToolCall, Transcript, Usage, UserMessage
from tests.readers.otlp.builders import SESSION, TRACE, hex_id, log, one_session, sessions, span, story

USAGE = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 7}
OLD_USAGE = {"gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 7}
ASKED, ANSWERED = {"role": "user", "content": "Add a test."}, {"role": "assistant", "content": "I add it."}


def chat(attributes: Mapping[str, object], at: float = 0) -> dict[str, object]:
    return span("chat m", {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", **attributes}, at=at)


def texts(transcript: Transcript, kind: type[UserMessage] | type[AgentMessage] | type[Reasoning]) -> list[str]:
    return [event.text for event in transcript.events if isinstance(event, kind)]


def calls(transcript: Transcript) -> list[ToolCall]:
    return [event for event in transcript.events if isinstance(event, ToolCall)]


SHAPES = {
    "attributes of 2025": chat({"gen_ai.input.messages": json.dumps([ASKED]), "gen_ai.output.messages": json.dumps([ANSWERED]), **USAGE}),
    "structured attributes": chat({"gen_ai.input.messages": [ASKED], "gen_ai.output.messages": [ANSWERED], **USAGE}),
    "details in an event": span(
        "chat m",
        {"gen_ai.operation.name": "chat", "gen_ai.response.model": "m", **USAGE},
        events=[
            (
                "gen_ai.client.inference.operation.details",
                {"gen_ai.input.messages": json.dumps([ASKED]), "gen_ai.output.messages": json.dumps([ANSWERED])},
            )
        ],
    ),
    "an event a message": span(
        "chat m",
        {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", **OLD_USAGE},
        events=[
            ("gen_ai.system.message", {"content": "You are helpful."}),
            ("gen_ai.user.message", {"content": "Add a test."}),
            ("gen_ai.choice", {"message": json.dumps(ANSWERED), "finish_reason": "stop"}),
        ],
    ),
    "contents in events": span(
        "openai.chat",
        {"gen_ai.system": "openai", "gen_ai.request.model": "m", **OLD_USAGE},
        events=[
            ("gen_ai.content.prompt", {"gen_ai.prompt": json.dumps([ASKED])}),
            ("gen_ai.content.completion", {"gen_ai.completion": json.dumps([ANSWERED])}),
        ],
    ),
    "numbered attributes": span(
        "openai.chat",
        {
            "llm.request.type": "chat",
            "gen_ai.request.model": "m",
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": "Add a test.",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "I add it.",
            **OLD_USAGE,
        },
    ),
    "OpenInference": span(
        "ChatModel",
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "m",
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.contents.0.message_content.type": "text",
            "llm.input_messages.0.message.contents.0.message_content.text": "Add a test.",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "I add it.",
            "llm.token_count.prompt": 100,
            "llm.token_count.completion": 7,
        },
    ),
}


@pytest.mark.parametrize("request_of_shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_model_call_is_read_in_every_shape(request_of_shape: dict[str, object]) -> None:
    told = one_session(request_of_shape)
    assert story(told) == ["user_message", "agent_message", "usage"]
    assert (texts(told, UserMessage), texts(told, AgentMessage)) == (["Add a test."], ["I add it."])
    assert (told.usage, told.models) == (Usage(input=100, output=7), ("m",))


def test_messages_in_log_records_join_the_span_they_were_written_in() -> None:
    span_id = hex_id("a span")
    told = one_session(
        span("chat m", {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", **USAGE}, span_id=span_id),
        log("gen_ai.user.message", {}, body={"content": "Add a test."}, span_id=span_id, trace=TRACE, session=None),
        log("gen_ai.choice", {}, body={"index": 0, "message": ANSWERED}, span_id=span_id, trace=TRACE, session=None),
    )
    assert story(told) == ["user_message", "agent_message", "usage"]


def test_only_what_is_new_in_a_call_was_said_since_the_last() -> None:
    """Agents send the whole history with each call."""
    history = [{"role": "system", "content": "You are helpful."}, ASKED, ANSWERED, {"role": "user", "content": "And a second one."}]
    told = one_session(
        chat({"gen_ai.input.messages": json.dumps(history[:2]), "gen_ai.output.messages": json.dumps([ANSWERED])}),
        chat({"gen_ai.input.messages": json.dumps(history), "gen_ai.output.messages": json.dumps([ANSWERED])}, at=5),
    )
    assert texts(told, UserMessage) == ["Add a test.", "And a second one."]


def test_a_call_that_is_tried_again_repeats_nobodys_words() -> None:
    failed = span("chat m", {"gen_ai.operation.name": "chat", "gen_ai.input.messages": json.dumps([ASKED])}, failed=True)
    told = one_session(failed, chat({"gen_ai.input.messages": json.dumps([ASKED]), **USAGE}, at=5))
    assert texts(told, UserMessage) == ["Add a test."]


def test_tokens_of_a_call_inside_a_call_are_counted_once() -> None:
    """A framework's span and its library's tell of the same call."""
    outer = span("chat m", {"gen_ai.operation.name": "chat", **USAGE}, span_id=hex_id("outer"))
    inner = span("openai.chat", {"gen_ai.operation.name": "chat", **USAGE}, at=0.2, parent=hex_id("outer"))
    assert one_session(outer, inner).usage == Usage(input=100, output=7)


def test_an_agents_sum_counts_only_where_no_call_told_its_tokens() -> None:
    agent = span("invoke_agent a", {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.output_tokens": 7}, span_id=hex_id("agent"))
    call = span("chat m", {"gen_ai.operation.name": "chat", "gen_ai.usage.output_tokens": 7}, at=0.2, parent=hex_id("agent"))
    assert one_session(agent).usage == one_session(agent, call).usage == Usage(output=7)


@pytest.mark.parametrize(("total", "read", "fresh"), [(100, 60, 40), (30, 60, 30)], ids=["with cached ones", "without"])
def test_cached_tokens_are_told_apart_from_the_input(total: int, read: int, fresh: int) -> None:
    """The conventions want them in the input; older instrumentations of Anthropic's API leave them out."""
    usage = {"gen_ai.usage.input_tokens": total, "gen_ai.usage.output_tokens": 1, "gen_ai.usage.cache_read.input_tokens": read}
    told = one_session(chat(usage))
    assert told.usage == Usage(input=fresh, cache_read=read, output=1)
    assert told.coverage.cache_read_tokens


TOKEN_NAMES = {
    "semantic conventions": ("gen_ai.usage.", "input_tokens output_tokens cache_read.input_tokens cache_creation.input_tokens"),
    "before 2026": ("gen_ai.usage.", "input_tokens output_tokens cache_read_input_tokens cache_creation_input_tokens"),
    "Sentry": ("gen_ai.usage.", "input_tokens output_tokens input_tokens.cached input_tokens.cache_write"),
    "OpenInference": ("llm.token_count.", "prompt completion prompt_details.cache_read prompt_details.cache_write"),
    "OpenInference, cached input": ("llm.token_count.", "prompt completion prompt_details.cache_input prompt_details.cache_write"),
}


@pytest.mark.parametrize("convention", TOKEN_NAMES)
def test_tokens_are_found_under_every_name(convention: str) -> None:
    prefix, names = TOKEN_NAMES[convention]
    usage = {f"{prefix}{name}": count for name, count in zip(names.split(), (100, 7, 60, 30), strict=True)}
    kind = {"openinference.span.kind": "LLM"} if prefix.startswith("llm.") else {"gen_ai.operation.name": "chat"}
    assert one_session(span("call", {**kind, **usage})).usage == Usage(input=10, cache_read=60, cache_write_5m=30, output=7)


@pytest.mark.parametrize(
    ("names", "model"),
    [
        ({"llm.model_name": "m"}, "m"),
        ({"llm.request.model_name": "asked"}, "asked"),
        ({"llm.request.model_name": "asked", "llm.response.model_name": "answered", "llm.model_name": "m"}, "answered"),
    ],
)
def test_the_model_is_the_one_that_answered(names: dict[str, object], model: str) -> None:
    assert one_session(span("call", {"openinference.span.kind": "LLM", "llm.token_count.completion": 1, **names})).models == (model,)


def test_a_models_call_and_the_tools_own_span_are_one_call() -> None:
    asked = {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "bash", "arguments": {"command": "make"}}]}
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "bash", "gen_ai.tool.call.id": "c1"}
    told = one_session(
        chat({"gen_ai.output.messages": json.dumps([asked])}),
        span("execute_tool bash", tool, at=2, until=4, failed=True),
    )
    [call] = calls(told)
    assert (call.command, call.status, call.output, call.duration_s, call.category) == ("make", "error", "it broke", 2.0, "shell")


def test_calls_that_only_the_model_told_of_have_the_result_of_the_next_call() -> None:
    asked = {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "bash", "arguments": '{"command": "make"}'}}]}
    answered = [ASKED, asked, {"role": "tool", "tool_call_id": "c1", "content": "built"}]
    told = one_session(
        chat({"gen_ai.input.messages": json.dumps([ASKED]), "gen_ai.output.messages": json.dumps([asked])}),
        chat({"gen_ai.input.messages": json.dumps(answered)}, at=5),
    )
    [call] = calls(told)
    assert (call.command, call.output, call.status, call.exit_code) == ("make", "built", "unknown", None)
    assert not told.coverage.tool_status
    assert texts(told, UserMessage) == ["Add a test."]


def test_reasoning_is_told_apart_from_the_answer() -> None:
    parts = [{"type": "reasoning", "content": "Which file?"}, {"type": "text", "content": "I look."}]
    told = one_session(chat({"gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": parts}])}))
    assert (texts(told, Reasoning), texts(told, AgentMessage)) == (["Which file?"], ["I look."])


def test_an_agent_that_a_tool_started_is_a_session_of_its_own() -> None:
    operation = "gen_ai.operation.name"
    spans = [
        span("invoke_agent main", {operation: "invoke_agent"}, span_id=hex_id("main"), until=9),
        span(
            "execute_tool task",
            {operation: "execute_tool", "gen_ai.tool.name": "task"},
            at=1,
            span_id=hex_id("task"),
            parent=hex_id("main"),
        ),
        span(
            "invoke_agent explorer",
            {operation: "invoke_agent", "gen_ai.input.messages": json.dumps([{"role": "user", "content": "Explore."}])},
            at=2,
            span_id=hex_id("explorer"),
            parent=hex_id("task"),
        ),
        span("chat m", {operation: "chat", **USAGE}, at=3, parent=hex_id("explorer")),
        span("chat m", {operation: "chat", **USAGE}, at=7, parent=hex_id("main")),
    ]
    main, explorer = sessions(*spans)
    assert (main.native_id, explorer.parent_native_id) == (SESSION, SESSION)
    assert [call.child_native_id for call in calls(main)] == [explorer.native_id]
    assert (main.usage, explorer.usage) == (Usage(input=100, output=7), Usage(input=100, output=7))
    assert (texts(main, UserMessage), texts(explorer, UserMessage)) == ([], ["Explore."])


def test_openinference_tools_agents_and_costs() -> None:
    kind = "openinference.span.kind"
    told = one_session(
        span("agent", {kind: "AGENT", "input.value": "Add a test.", "output.value": "Added."}, span_id=hex_id("agent"), until=9),
        span("model", {kind: "LLM", "llm.token_count.completion": 7, "llm.cost.total": 0.5}, at=1, parent=hex_id("agent")),
        span(
            "run_shell",
            {kind: "TOOL", "tool.name": "run_shell", "input.value": '{"command": "make"}', "output.value": "built"},
            at=3,
            parent=hex_id("agent"),
        ),
    )
    assert story(told) == ["user_message", "usage", "tool_call", "agent_message"]
    assert told.cost_usd == 0.5
    [call] = calls(told)
    assert (call.command, call.output, call.status) == ("make", "built", "ok")


def test_spans_that_name_no_session_belong_to_the_one_their_trace_names() -> None:
    nameless = span("chat m", {"gen_ai.operation.name": "chat", **USAGE}, session=None)
    unrelated = span("GET /", {"session.id": SESSION}, at=1)
    assert one_session(nameless, unrelated).native_id == SESSION
    assert one_session(nameless).native_id == TRACE


@pytest.mark.parametrize("name", ["session.id", "gen_ai.conversation.id", "conversation.id", "thread.id"])
def test_a_session_is_known_by_any_of_its_names(name: str) -> None:
    assert one_session(span("chat", {"gen_ai.operation.name": "chat", name: "my-thread", **USAGE}, session=None)).native_id == "my-thread"
