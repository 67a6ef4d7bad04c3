"""OpenInference: spans whose `openinference.span.kind` says what they are, with messages flattened into numbered keys (formats section 10)."""

from collections.abc import Iterator, Sequence

from hotwash.readers import fields
from hotwash.readers.otlp.messages import Said, as_text, nested, read_messages, structured
from hotwash.readers.otlp.sketch import CallSketch, Told
from hotwash.readers.otlp.steps import Step, StepKind
from hotwash.readers.otlp.tokens import read_usage, tells_cache
from hotwash.readers.otlp.values import Object, first_string
from hotwash.readers.otlp.wire import Record
from hotwash.readers.recorder import outcome

_KINDS: dict[str, StepKind] = {"LLM": "model", "TOOL": "tool", "AGENT": "agent"}
_MODELS = ("llm.response.model_name", "llm.model_name", "llm.request.model_name")
"""Which model answered, before which one was asked for."""


class OpenInference:
    """Spans after OpenInference's conventions."""

    def tells(self, record: Record) -> bool:
        return kind_of(record) is not None

    def steps(self, records: Sequence[Told]) -> Iterator[Step]:
        yield from (_step(told) for told in records)


def kind_of(record: Record) -> StepKind | None:
    """What a span is; None for chains, retrievers and the like, which say nothing that their neighbours do not."""
    kind = fields.string(record.attributes.get("openinference.span.kind")).upper()
    return _KINDS.get(kind) if record.kind == "span" else None


def _step(told: Told) -> Step:
    attributes, kind = told.record.attributes, kind_of(told.record)
    if kind == "tool":
        return Step(told=told, kind="tool", call=_call(told))
    inputs, outputs = _messages(attributes, "llm.input_messages"), _messages(attributes, "llm.output_messages")
    return Step(
        told=told,
        kind=kind or "model",
        inputs=inputs or _value(attributes, "input.value", "user"),
        outputs=outputs or _value(attributes, "output.value", "assistant"),
        usage=read_usage(attributes),
        tells_cache=tells_cache(attributes),
        model=first_string(attributes, *_MODELS) or None,
        cost_usd=fields.number(attributes.get("llm.cost.total")),
    )


def _messages(attributes: Object, key: str) -> tuple[Said, ...]:
    return read_messages([_message(fields.mapping(item)) for item in nested(attributes, key)])


def _message(flat: Object) -> Object:
    """`message.role`, `message.content`, `message.contents.0.message_content.text`, `message.tool_calls.0.tool_call.function.name`, …"""
    contents = [fields.mapping(item) for item in nested(flat, "message.contents")]
    calls = [fields.mapping(item) for item in nested(flat, "message.tool_calls")]
    return {
        "role": flat.get("message.role"),
        "content": flat.get("message.content"),
        "parts": [{"type": item.get("message_content.type"), "text": item.get("message_content.text")} for item in contents],
        "tool_call_id": flat.get("message.tool_call_id"),
        "tool_calls": [
            {
                "id": call.get("tool_call.id"),
                "name": call.get("tool_call.function.name"),
                "arguments": call.get("tool_call.function.arguments"),
            }
            for call in calls
        ],
    }


def _value(attributes: Object, key: str, role: str) -> tuple[Said, ...]:
    """A span's plain input or output: a text, or messages as JSON. Any other JSON is the program's own business."""
    value = structured(attributes.get(key))
    if isinstance(value, str) and value.strip():
        return (Said(role=role, texts=(value,)),)
    listed = fields.mapping(value).get("messages")
    return read_messages(listed) if isinstance(listed, list) else ()


def _call(told: Told) -> CallSketch:
    record, attributes = told.record, told.record.attributes
    call_id = fields.some_string(attributes.get("tool_call.id")) or fields.some_string(attributes.get("tool.id"))
    arguments = structured(attributes.get("tool_call.function.arguments")) or structured(attributes.get("input.value"))
    error = next((fields.string(e.attributes.get("exception.message")) for e in record.events if e.name == "exception"), "")
    return CallSketch(
        call_id=call_id,
        name=fields.string(attributes.get("tool.name")) or fields.string(attributes.get("tool_call.function.name")) or record.name,
        arguments=arguments,
        output=as_text(structured(attributes.get("output.value"))) or None,
        error=error or record.message or None,
        status=outcome(record.failed),
        started=(record.start_ns, told.number),
        ended=(record.end_ns, told.number),
    )
