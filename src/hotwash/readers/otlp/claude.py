"""What Claude Code sends: the logs of scope `com.anthropic.claude_code.events`, which alone hold cost and words, and the spans `claude_code.*`, which
alone hold what a tool answered. Words come only where OTEL_LOG_USER_PROMPTS and its like are set (formats section 10)."""

from collections.abc import Sequence

from hotwash.readers import fields
from hotwash.readers.claude_code.calls import category_of
from hotwash.readers.otlp.messages import structured
from hotwash.readers.otlp.sketch import WITHHELD, CallSketch, Sketch, Told
from hotwash.readers.otlp.values import Object, count, duration_ns, first_string, seconds, truth
from hotwash.readers.otlp.wire import Record
from hotwash.transcript import ToolStatus, Usage

_LOG_SCOPE = "com.anthropic.claude_code.events"
_SPANS = frozenset({"claude_code.interaction", "claude_code.llm_request", "claude_code.tool", "claude_code.tool.execution"})
_LOGS = frozenset(
    {
        "user_prompt",
        "assistant_response",
        "api_request",
        "api_error",
        "tool_decision",
        "tool_result",
        "compaction",
        "skill_activated",
    }
)
_REDACTED = frozenset({"", "<REDACTED>", "[REDACTED]"})
_OUTPUT_KEYS = ("output", "content", "diff")


class Claude:
    """Claude Code's own logs and spans."""

    def tells(self, record: Record) -> bool:
        if record.kind == "span":
            return record.name in _SPANS
        return record.scope == _LOG_SCOPE and _event(record) in _LOGS

    def tell(self, records: Sequence[Told], sketch: Sketch) -> None:
        requested_ns: dict[str, int] = {}  # by prompt: when the model was last asked, so that an answer stands before the calls it made
        for told in sorted((told for told in records if told.record.kind == "log"), key=_sequence):
            _tell_log(told, sketch, requested_ns)
        for told in records:
            if told.record.kind == "span":
                _tell_span(told, sketch)


def _event(record: Record) -> str:
    return record.name.removeprefix("claude_code.")


def _sequence(told: Told) -> tuple[int, int]:
    return count(told.record.attributes.get("event.sequence")) or 0, told.number


def _tell_log(told: Told, sketch: Sketch, requested_ns: dict[str, int]) -> None:
    record, event = told.record, _event(told.record)
    attributes, prompt = record.attributes, fields.string(record.attributes.get("prompt.id"))
    model = fields.some_string(attributes.get("model"))
    match event:
        case "user_prompt":
            sketch.user(told, _words(attributes, "prompt_text", "prompt"), native_id=fields.some_string(attributes.get("message.uuid")))
        case "api_request":
            started_ns = record.start_ns - duration_ns(attributes)
            requested_ns[prompt] = started_ns
            sketch.cached(read=True, written=True)
            sketch.usage(told, _usage(attributes), model=model, cost_usd=fields.number(attributes.get("cost_usd")), at_ns=started_ns)
        case "assistant_response" if _by_main_agent(attributes):
            text = _words(attributes, "response")
            if text is None:
                sketch.oddities.note(WITHHELD, told.number)
                return
            uuid = fields.some_string(attributes.get("message.uuid"))
            sketch.agent(told, text, native_id=uuid, at_ns=requested_ns.get(prompt), model=model)
        case "api_error":
            sketch.lifecycle(told, "api_error", fields.string(attributes.get("error")))
        case "tool_decision" | "tool_result":
            _tell_call(told, sketch, finished=event == "tool_result")
        case "compaction" if truth(attributes.get("success")) is not False:
            sketch.lifecycle(told, "compaction")
        case "skill_activated":
            sketch.instruction(told, "skill", fields.string(attributes.get("skill.name")))


def _tell_call(told: Told, sketch: Sketch, *, finished: bool) -> None:
    record, attributes = told.record, told.record.attributes
    call_id = fields.some_string(attributes.get("tool_use_id"))
    parameters = fields.mapping(structured(attributes.get("tool_parameters")))
    name = _tool_name(attributes, parameters)
    call = CallSketch(call_id=call_id, name=name, category=category_of(name))
    call.arguments = structured(attributes.get("tool_input")) or _arguments(fields.some_string(parameters.get("full_command")))
    if finished:
        call.started = (record.start_ns - duration_ns(attributes), told.number)
        call.ended = (record.start_ns, told.number)
        call.status = _status(attributes)
        call.duration_s = seconds(duration_ns(attributes))
        call.error = fields.some_string(attributes.get("error"))
    else:
        call.started = (record.start_ns, told.number)
        call.status = "denied" if attributes.get("decision") == "reject" else None
    sketch.call(call_id or record.identity, call)


def _tell_span(told: Told, sketch: Sketch) -> None:
    record, attributes = told.record, told.record.attributes
    call_id = fields.some_string(attributes.get("tool_use_id")) or fields.some_string(attributes.get("gen_ai.tool.call.id"))
    match record.name:
        case "claude_code.interaction":
            sketch.user(told, _words(attributes, "user_prompt"), rank=1)
        case "claude_code.llm_request":
            sketch.cached(read=True, written=True)
            model = first_string(attributes, "model", "gen_ai.request.model") or None
            sketch.usage(told, _usage(attributes), model=model, rank=1, at_ns=record.start_ns)
        case "claude_code.tool" if call_id:
            name = _tool_name(attributes, {})
            sketch.call(
                call_id,
                CallSketch(
                    call_id=call_id,
                    name=name,
                    category=category_of(name),
                    arguments=_arguments(fields.some_string(attributes.get("full_command"))) or _file(attributes),
                    output=_output(record),
                    started=(record.start_ns, told.number),
                    ended=(record.end_ns, told.number),
                ),
            )
        case "claude_code.tool.execution" if call_id:
            error = fields.some_string(attributes.get("error"))
            sketch.call(call_id, CallSketch(call_id=call_id, status=_status(attributes), error=error))


def _words(attributes: Object, *keys: str) -> str | None:
    """What was said; None where the agent was set not to send it."""
    text = first_string(attributes, *keys)
    return None if text in _REDACTED else text


def _by_main_agent(attributes: Object) -> bool:
    return "agent" not in fields.string(attributes.get("query_source")).lower()


def _tool_name(attributes: Object, parameters: Object) -> str:
    """The tool's name; that of a server's tool is a general one unless details are sent."""
    server, tool = first_string(parameters, "mcp_server_name"), first_string(parameters, "mcp_tool_name")
    return f"mcp__{server}__{tool}" if server and tool else fields.string(attributes.get("tool_name")) or "unknown"


def _arguments(command: str | None) -> Object | None:
    return {"command": command} if command else None


def _file(attributes: Object) -> Object | None:
    path = fields.some_string(attributes.get("file_path"))
    return {"file_path": path} if path else None


def _output(record: Record) -> str | None:
    told = (event.attributes for event in record.events if event.name == "tool.output")
    return next((text for output in told for key in _OUTPUT_KEYS if (text := fields.some_string(output.get(key)))), None)


def _status(attributes: Object) -> ToolStatus | None:
    """A command's exit code is not sent; that it failed is."""
    success = truth(attributes.get("success"))
    return None if success is None else "ok" if success else "error"


def _usage(attributes: Object) -> Usage | None:
    """Anthropic's input does not hold the cached tokens. Which part of the written ones was kept for an hour is told only where it is not 0."""
    told, output = count(attributes.get("input_tokens")), count(attributes.get("output_tokens"))
    if told is None or output is None:
        return None
    written = count(attributes.get("cache_creation_tokens")) or 0
    hour = min(count(attributes.get("cache_creation_1h_tokens")) or 0, written)
    return Usage(
        input=told,
        cache_read=count(attributes.get("cache_read_tokens")) or 0,
        cache_write_5m=written - hour,
        cache_write_1h=hour,
        output=output,
    )
