"""What Codex sends: its logs `codex.*` tell the session. Of its spans, hundreds a turn, only those with token counts and results of tools count, and
only where the logs were not sent. What the agent answered is in neither (formats section 10)."""

from collections.abc import Sequence

from hotwash.readers import fields
from hotwash.readers.codex.outcomes import read_outcome
from hotwash.readers.otlp.messages import structured
from hotwash.readers.otlp.sketch import CallSketch, Sketch, Told
from hotwash.readers.otlp.tokens import inclusive, read_usage, tells_cache
from hotwash.readers.otlp.values import Object, count, duration_ns, seconds, truth
from hotwash.readers.otlp.wire import Record
from hotwash.transcript import Category, Usage

_LOGS = frozenset({"codex.user_prompt", "codex.tool_decision", "codex.tool_result"})
_COMPLETED = ("codex.sse_event", "response.completed")
_REDACTED = "[REDACTED]"
_CATEGORIES: dict[str, Category] = {"exec_command": "shell", "write_stdin": "shell", "local_shell": "shell", "apply_patch": "file"}


class Codex:
    """Codex's logs, and what its spans repeat of them."""

    def tells(self, record: Record) -> bool:
        if record.kind == "log":
            return record.name in _LOGS or _is_completed(record)
        return _is_codex(record) and ("gen_ai.usage.output_tokens" in record.attributes or _result_on(record) is not None)

    def tell(self, records: Sequence[Told], sketch: Sketch) -> None:
        for told in records:
            if told.record.kind == "log":
                _tell_log(told, sketch)
        for told in records:
            if told.record.kind == "span":
                _tell_span(told, sketch)


def _is_codex(record: Record) -> bool:
    return fields.string(record.resource.get("service.name")).startswith("codex")


def _is_completed(record: Record) -> bool:
    """A model call's end. It is logged twice; the tokens stand on one of the two."""
    return (record.name, record.attributes.get("event.kind")) == _COMPLETED and "input_token_count" in record.attributes


def _tell_log(told: Told, sketch: Sketch) -> None:
    record, attributes = told.record, told.record.attributes
    match record.name:
        case "codex.user_prompt":
            prompt = fields.some_string(attributes.get("prompt"))
            sketch.user(told, None if prompt == _REDACTED else prompt)
        case "codex.sse_event":
            told_written = count(attributes.get("cache_write_token_count")) is not None
            sketch.cached(read=count(attributes.get("cached_token_count")) is not None, written=told_written)
            sketch.usage(told, _usage(attributes), model=fields.some_string(attributes.get("model")))
        case "codex.tool_decision" if "approved" not in fields.string(attributes.get("decision")):
            sketch.call(_key(record, attributes), _call(attributes, started=(record.start_ns, told.number), denied=True))
        case "codex.tool_result":
            sketch.call(_key(record, attributes), _result(told, attributes, record.start_ns))


def _tell_span(told: Told, sketch: Sketch) -> None:
    """The same once more, as far as spans hold it: no words, no arguments."""
    record = told.record
    if (usage := read_usage(record.attributes)) is not None:
        read, written = tells_cache(record.attributes)
        sketch.cached(read=read, written=written)
        sketch.usage(told, usage, model=fields.some_string(record.attributes.get("model")), rank=1)
    if (result := _result_on(record)) is not None:
        attributes, at_ns = result
        sketch.call(_key(record, attributes), _result(told, attributes, at_ns), rank=1)


def _result_on(record: Record) -> tuple[Object, int] | None:
    found = (event for event in record.events if event.attributes.get("event.name") == "codex.tool_result")
    return next(((event.attributes, event.at_ns or record.end_ns) for event in found), None)


def _key(record: Record, attributes: Object) -> str:
    return fields.string(attributes.get("call_id")) or record.identity


def _call(attributes: Object, *, started: tuple[int, int], denied: bool = False) -> CallSketch:
    name = fields.string(attributes.get("tool_name")) or "unknown"
    if server := fields.string(attributes.get("mcp_server")):
        name = f"mcp__{server}__{name}"
    return CallSketch(
        call_id=fields.some_string(attributes.get("call_id")),
        name=name,
        category=_CATEGORIES.get(name),
        arguments=structured(attributes.get("arguments")) or None,
        status="denied" if denied else None,
        started=started,
    )


def _result(told: Told, attributes: Object, at_ns: int) -> CallSketch:
    """`success` says that the tool ran; how its command ended stands in the text (formats section 0.7)."""
    took_ns = duration_ns(attributes)
    call = _call(attributes, started=(at_ns - took_ns, told.number))
    call.ended = (at_ns, told.number)
    call.duration_s = seconds(took_ns)
    success = truth(attributes.get("success"))
    output = fields.some_string(attributes.get("output"))
    call.status = "error" if success is False else None if call.category == "shell" else "ok"
    if output is not None:
        outcome = read_outcome(output)
        call.exit_code, call.output = outcome.exit_code, outcome.text
        call.status = call.status if outcome.status in ("unknown", "running") else outcome.status
    return call


def _usage(attributes: Object) -> Usage | None:
    total, output = count(attributes.get("input_token_count")), count(attributes.get("output_token_count"))
    if total is None or output is None:
        return None
    return inclusive(
        total,
        output,
        count(attributes.get("cached_token_count")),
        count(attributes.get("cache_write_token_count")),
        count(attributes.get("reasoning_token_count")),
    )
