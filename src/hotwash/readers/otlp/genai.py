"""The semantic conventions for generative AI, old and new, which most instrumentations and the Copilot CLI follow: model calls, tool calls and agents
are spans; what was said stands in attributes, in events on the span, or in log records beside it."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from hotwash.readers import fields
from hotwash.readers.copilot.calls import CATEGORIES as COPILOT_CATEGORIES
from hotwash.readers.otlp.messages import Said, as_text, nested, read_messages, structured
from hotwash.readers.otlp.sketch import CallSketch, Told
from hotwash.readers.otlp.steps import Step, StepKind
from hotwash.readers.otlp.tokens import read_usage, tells_cache
from hotwash.readers.otlp.values import Object, first_string
from hotwash.readers.otlp.wire import Record
from hotwash.readers.recorder import outcome

DETAILS = "gen_ai.client.inference.operation.details"

_OPERATIONS: dict[str, StepKind] = {
    "chat": "model",
    "text_completion": "model",
    "completion": "model",
    "generate_content": "model",
    "execute_tool": "tool",
    "invoke_agent": "agent",
}
_LIBRARY_KINDS: dict[str, StepKind] = {"tool": "tool", "agent": "agent"}
"""`traceloop.span.kind`, older than the conventions for tools and agents."""

_MESSAGE = re.compile(r"gen_ai\.(system|user|assistant|tool)\.message")
_CHOICE = "gen_ai.choice"
_CONTENTS = {"gen_ai.content.prompt": "gen_ai.prompt", "gen_ai.content.completion": "gen_ai.completion"}

_COPILOT = "github-copilot"
_COPILOT_TAGS = ("current_datetime", "system_reminder", "reminder", "system_notification")
"""What the Copilot CLI puts around a person's words."""


class GenAi:
    """Spans and logs after the conventions."""

    def tells(self, record: Record) -> bool:
        return kind_of(record) is not None or (record.kind == "log" and _is_message_event(record.name))

    def steps(self, records: Sequence[Told]) -> Iterator[Step]:
        """The spans' steps. Log records join the span they were written in; without that span they are a model call of their own."""
        logs: dict[str, list[Told]] = {}
        for told in records:
            if told.record.kind == "log":
                logs.setdefault(told.record.span_id or told.record.identity, []).append(told)
        for told in records:
            if told.record.kind == "span":
                yield _step(told, logs.pop(told.record.span_id, []))
        for left in logs.values():
            yield _step(left[-1], left)


def kind_of(record: Record) -> StepKind | None:
    """What a span is; None for one that tells nothing of a session."""
    if record.kind != "span":
        return None
    attributes = record.attributes
    named = _OPERATIONS.get(fields.string(attributes.get("gen_ai.operation.name")).lower())
    library = _LIBRARY_KINDS.get(fields.string(attributes.get("traceloop.span.kind")))
    if named or library or "gen_ai.operation.name" in attributes:
        return named or library
    return "model" if read_usage(attributes) or "gen_ai.prompt.0.role" in attributes or "llm.request.type" in attributes else None


def _is_message_event(name: str) -> bool:
    return name in (_CHOICE, DETAILS) or _MESSAGE.fullmatch(name) is not None


def _step(told: Told, logs: Sequence[Told]) -> Step:
    record = told.record
    kind = kind_of(record) or "model"
    if kind == "tool":
        return Step(told=told, kind="tool", call=_call(told))
    attributes = _with_details(record, logs)
    inputs, outputs = _said(record, attributes, logs)
    model = fields.some_string(attributes.get("gen_ai.response.model")) or fields.some_string(attributes.get("gen_ai.request.model"))
    return Step(
        told=told,
        kind=kind,
        inputs=tuple(map(_unwrapped, inputs)) if record.resource.get("service.name") == _COPILOT else inputs,
        outputs=outputs,
        usage=read_usage(attributes),
        tells_cache=tells_cache(attributes),
        model=model,
    )


def _with_details(record: Record, logs: Sequence[Told]) -> Object:
    """The span's attributes, and those that were moved into an event of their own because contents may be large or secret."""
    events = [event.attributes for event in record.events if event.name == DETAILS]
    logged = [told.record.attributes for told in logs if told.record.name == DETAILS]
    merged: Object = {}
    for attributes in (*logged, *events, record.attributes):
        merged |= {key: value for key, value in attributes.items() if value is not None}
    return merged


def _said(record: Record, attributes: Object, logs: Sequence[Told]) -> tuple[tuple[Said, ...], tuple[Said, ...]]:
    """What the model was told and what it answered, from the newest convention that the span follows."""
    if "gen_ai.input.messages" in attributes or "gen_ai.output.messages" in attributes:
        return _of(attributes, "gen_ai.input.messages"), _of(attributes, "gen_ai.output.messages")
    told = [(event.name, event.attributes) for event in record.events]
    told += [(log.record.name, fields.mapping(log.record.body) or log.record.attributes) for log in logs]
    inputs = [message for name, content in told if _MESSAGE.fullmatch(name) for message in _message(name, content)]
    outputs = [message for name, content in told if name == _CHOICE for message in _choice(content)]
    if inputs or outputs:
        return tuple(inputs), tuple(outputs)
    contents = {name: content.get(_CONTENTS[name]) for name, content in told if name in _CONTENTS}
    flat_inputs, flat_outputs = nested(attributes, "gen_ai.prompt"), nested(attributes, "gen_ai.completion")
    return (
        read_messages(contents.get("gen_ai.content.prompt")) or read_messages([_numbered(item) for item in flat_inputs]),
        read_messages(contents.get("gen_ai.content.completion")) or read_messages([_numbered(item) for item in flat_outputs]),
    )


def _of(attributes: Object, key: str) -> tuple[Said, ...]:
    return read_messages(attributes.get(key))


def _message(name: str, content: Object) -> tuple[Said, ...]:
    found = _MESSAGE.fullmatch(name)
    role = fields.string(content.get("role")) or (found[1] if found else "")
    return read_messages({**content, "role": role})


def _choice(content: Object) -> tuple[Said, ...]:
    message = structured(content.get("message"))
    return read_messages(
        {"role": "assistant", **(message if isinstance(message, dict) else {**content, "content": message or content.get("content")})}
    )


def _numbered(item: object) -> Object:
    """A message of `gen_ai.prompt.0.role`, `….content`, `….tool_calls.0.name`."""
    message = fields.mapping(item)
    return {**message, "tool_calls": nested(message, "tool_calls")}


def _unwrapped(message: Said) -> Said:
    if not message.is_user:
        return message
    texts = (_without_tags(text).strip() for text in message.texts)
    return msgspec.structs.replace(message, texts=tuple(text for text in texts if text))


def _without_tags(text: str) -> str:
    """Not by a regular expression: a text full of opening tags would keep one busy for hours."""
    for tag in _COPILOT_TAGS:
        kept, start = "", 0
        while (begin := text.find(f"<{tag}>", start)) >= 0 and (end := text.find(f"</{tag}>", begin)) >= 0:
            kept += text[start:begin]
            start = end + len(f"</{tag}>")
        text = kept + text[start:]
    return text


def _call(told: Told) -> CallSketch:
    record, attributes = told.record, told.record.attributes
    name = first_string(attributes, "gen_ai.tool.name", "traceloop.entity.name") or record.name.removeprefix("execute_tool ")
    code = fields.exit_code(attributes.get("process.exit.code"))
    failed = record.failed or fields.some_string(attributes.get("error.type")) is not None
    result = next((attributes[key] for key in _RESULTS if attributes.get(key) is not None), None)
    arguments = next((attributes[key] for key in _ARGUMENTS if attributes.get(key) is not None), None)
    return CallSketch(
        call_id=first_string(attributes, "gen_ai.tool.call.id", "gen_ai.tool.call_id") or None,
        name=name,
        category=COPILOT_CATEGORIES.get(name) if record.resource.get("service.name") == _COPILOT else None,
        arguments=structured(arguments),
        output=as_text(result) or None,
        error=record.message or None,
        status=outcome(failed, code),
        exit_code=code,
        started=(record.start_ns, told.number),
        ended=(record.end_ns, told.number),
    )


_ARGUMENTS = ("gen_ai.tool.call.arguments", "tool_arguments", "traceloop.entity.input")
_RESULTS = ("gen_ai.tool.call.result", "tool_response", "traceloop.entity.output")
