"""What Gemini CLI sends, and Qwen Code after it: logs `gemini_cli.*` (always), spans of scope `gemini-cli` with an operation `llm_call` or `tool_call`
(where traces are on), and a third copy of each answer in `gen_ai.client.inference.operation.details`. Each thing is taken from one of them (formats
section 10)."""

import re
from collections.abc import Iterator, Sequence

from hotwash.readers import fields
from hotwash.readers.otlp.messages import Said, new_input, read_messages, structured
from hotwash.readers.otlp.sketch import CallSketch, Sketch, Told
from hotwash.readers.otlp.tokens import read_usage
from hotwash.readers.otlp.values import Object, count, duration_ns, seconds, truth
from hotwash.readers.otlp.wire import Record
from hotwash.transcript import Category, ToolStatus, Usage

_PREFIXES = {"gemini-cli": "gemini_cli.", "qwen-code": "qwen-code."}
_LOGS = frozenset({"user_prompt", "api_request", "api_response", "api_error", "tool_call", "chat_compression"})
_DETAILS = "gen_ai.client.inference.operation.details"
_OPERATIONS = frozenset({"llm_call", "tool_call"})
_SHELL = "run_shell_command"
_CATEGORIES: dict[str, Category] = {_SHELL: "shell", "glob": "search", "search_file_content": "search", "save_memory": "knowledge"}
_STATUSES: dict[str, ToolStatus] = {"success": "ok", "error": "error", "cancelled": "denied"}

_CONTEXT = "<session_context>"
_WORKSPACE = re.compile(r"Workspace Directories:\*\*\n\s*- (\S[^\n]{0,4000})")
_CONTEXT_FILE = re.compile(r"^--- Context from: ([^\n]{1,1000}?) ---\n", re.MULTILINE)
_CONTEXT_FILE_END = "\n--- End of Context from: "


class Gemini:
    """Gemini CLI's own logs and spans."""

    def tells(self, record: Record) -> bool:
        if not _service(record):
            return False
        if record.kind == "span":
            return record.attributes.get("gen_ai.operation.name") in _OPERATIONS
        return _event(record) in _LOGS or record.name == _DETAILS

    def tell(self, records: Sequence[Told], sketch: Sketch) -> None:
        asked: str | None = None  # the model that was asked for: the answer's log names the one that a router or a proxy took
        for told in records:
            record = told.record
            if record.kind == "span":
                _tell_span(told, sketch)
            elif _event(record) == "api_request":
                asked = fields.some_string(record.attributes.get("model"))
            else:
                _tell_log(told, sketch, asked)


def _service(record: Record) -> str:
    name = fields.string(record.resource.get("service.name"))
    return name if name in _PREFIXES else ""


def _event(record: Record) -> str:
    prefix = _PREFIXES.get(_service(record), "")
    return record.name.removeprefix(prefix) if prefix and record.name.startswith(prefix) else ""


def _tell_log(told: Told, sketch: Sketch, asked: str | None) -> None:
    record, attributes = told.record, told.record.attributes
    match _event(record):
        case "user_prompt":
            prompt = fields.some_string(attributes.get("prompt"))
            sketch.user(told, prompt, rank=0 if prompt else 2)
        case "api_response":
            sketch.cached(read=True, written=False)
            sketch.usage(told, _usage(attributes), model=asked or fields.some_string(attributes.get("model")))
            if attributes.get("role") in (None, "main"):
                _tell_answer(told, sketch, _chunks(attributes.get("response_text")), rank=2)
        case "api_error":
            sketch.lifecycle(told, "api_error", fields.string(attributes.get("error.message")) or fields.string(attributes.get("error")))
        case "chat_compression":
            sketch.lifecycle(told, "compaction")
        case "tool_call":
            sketch.call(record.identity, _logged_call(told), rank=1)
        case "":
            _tell_answer(told, sketch, read_messages(attributes.get("gen_ai.output.messages")), rank=1)


def _tell_span(told: Told, sketch: Sketch) -> None:
    record, attributes = told.record, told.record.attributes
    if attributes.get("gen_ai.operation.name") == "tool_call":
        call = _spanned_call(told)
        sketch.call(call.call_id or record.identity, call)
        return
    sketch.usage(told, read_usage(attributes), model=fields.some_string(attributes.get("gen_ai.request.model")), rank=1)
    for message in new_input(read_messages(attributes.get("gen_ai.input.messages"))):
        if message.is_user:
            _tell_user(told, sketch, message)
    _tell_answer(told, sketch, read_messages(attributes.get("gen_ai.output.messages")), rank=0)


def _tell_user(told: Told, sketch: Sketch, message: Said) -> None:
    """The first message carries the surroundings too: the folder, and instruction files."""
    said = [text for text in message.texts if not text.startswith(_CONTEXT)]
    if said:
        sketch.user(told, "\n".join(said), rank=1, images=message.images)
    for context in (text for text in message.texts if text.startswith(_CONTEXT)):
        if (workspace := _WORKSPACE.search(context)) is not None:
            sketch.cwd = sketch.cwd or workspace[1].strip()
        for name, text in _context_files(context):
            sketch.instruction(told, "agents_md" if name.endswith("AGENTS.md") else "rules", name, text)


def _context_files(context: str) -> Iterator[tuple[str, str]]:
    """Names and texts of the instruction files in it."""
    for found in _CONTEXT_FILE.finditer(context):
        end = context.find(_CONTEXT_FILE_END, found.end() - 1)
        if end < 0:
            return
        yield found[1], context[found.end() : end]


def _tell_answer(told: Told, sketch: Sketch, messages: Sequence[Said], *, rank: int) -> None:
    for message in messages:
        for thought in message.reasoning:
            sketch.reasoning(told, thought, rank=rank)
        if message.texts:
            sketch.agent(told, "".join(message.texts), rank=rank)


def _chunks(value: object) -> tuple[Said, ...]:
    """The answer as it streamed in: a list of pieces of one message."""
    pieces = [fields.mapping(piece) for piece in fields.sequence(structured(value))]
    candidates = [fields.mapping(next(iter(fields.sequence(piece.get("candidates"))), None)) for piece in pieces]
    parts = [part for candidate in candidates for part in fields.sequence(fields.mapping(candidate.get("content")).get("parts"))]
    return read_messages({"role": "model", "parts": parts}) if parts else ()


def _spanned_call(told: Told) -> CallSketch:
    record, attributes = told.record, told.record.attributes
    request = fields.mapping(structured(attributes.get("gen_ai.input.messages")))
    told_result = fields.mapping(structured(attributes.get("gen_ai.output.messages")))
    response = fields.mapping(told_result.get("response"))
    name = fields.string(attributes.get("gen_ai.tool.name")) or "unknown"
    arguments = fields.mapping(request.get("args"))
    status = _STATUSES.get(fields.string(told_result.get("status")), "error" if record.failed else None)
    call = CallSketch(
        call_id=fields.some_string(attributes.get("gen_ai.tool.call_id")) or fields.some_string(request.get("callId")),
        name=name,
        category=_CATEGORIES.get(name),
        arguments=arguments or None,
        output=_answered(response),
        started=(record.start_ns, told.number),
        ended=(record.end_ns, told.number),
    )
    _conclude(call, arguments, status, fields.mapping(response.get("data")))
    return call


def _logged_call(told: Told) -> CallSketch:
    """The log tells neither the call's id nor what the tool answered."""
    record, attributes = told.record, told.record.attributes
    took_ns = duration_ns(attributes)
    name = fields.string(attributes.get("function_name")) or "unknown"
    if server := fields.string(attributes.get("mcp_server_name")):
        name = f"mcp__{server}__{name}"
    arguments = fields.mapping(structured(attributes.get("function_args")))
    call = CallSketch(
        call_id=None,
        name=name,
        category=_CATEGORIES.get(name),
        arguments=arguments or None,
        error=fields.some_string(attributes.get("error")),
        duration_s=seconds(took_ns),
        started=(record.start_ns - took_ns, told.number),
        ended=(record.start_ns, told.number),
    )
    success: ToolStatus = "error" if truth(attributes.get("success")) is False else "ok"
    status: ToolStatus = "denied" if attributes.get("decision") == "reject" else success
    _conclude(call, arguments, status, fields.mapping(structured(attributes.get("metadata"))))
    return call


def _conclude(call: CallSketch, arguments: Object, status: ToolStatus | None, data: Object) -> None:
    """A command's exit code is written only where it is not 0, and the call counts as a success all the same."""
    code = fields.exit_code(data.get("exitCode"))
    if code is None and call.name == _SHELL and status == "ok" and not arguments.get("is_background"):
        code = 0
    call.exit_code = code
    call.status = "error" if code and status == "ok" else status


def _answered(response: Object) -> str | None:
    """What the person was shown, which is the output without what is wrapped around it for the model."""
    shown = response.get("resultDisplay")
    if isinstance(shown, str):
        return shown
    parts = [fields.mapping(part) for part in fields.sequence(response.get("responseParts"))]
    results = [result.text for message in read_messages({"role": "user", "parts": parts}) for result in message.results]
    return "\n".join(results) or fields.some_string(response.get("error"))


def _usage(attributes: Object) -> Usage | None:
    """The input holds the cached tokens; the output does not hold the thoughts."""
    total, output = count(attributes.get("input_token_count")), count(attributes.get("output_token_count"))
    if total is None or output is None:
        return None
    cached = min(count(attributes.get("cached_content_token_count")) or 0, total)
    thoughts = count(attributes.get("thoughts_token_count")) or 0
    return Usage(input=total - cached, cache_read=cached, output=output + thoughts, reasoning=thoughts)
