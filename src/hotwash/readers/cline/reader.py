"""Cline and Roo Code. The CLI keeps `~/.cline/data/sessions/<id>/<id>.messages.json`; the VS Code extensions a folder a task with
`api_conversation_history.json` (authoritative for what was said and done), `ui_messages.json` (for times, tokens and cost), `task_metadata.json` (Cline:
models) and `history_item.json` (Roo Code: folder, parent task). A record is the 1-based index in the messages' array (formats section 9)."""

import uuid
from collections.abc import Iterator

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.cline.display import Display
from hotwash.readers.cline.messages import Messages
from hotwash.readers.cline.requests import condensing_cost, is_of_roo_code, requests_in
from hotwash.readers.cline.texts import working_directory
from hotwash.readers.documents import decode_document
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import NOT_AN_OBJECT, Identity, Recorder
from hotwash.readers.streams import read_document
from hotwash.transcript import Coverage, Transcript

_Object = dict[str, object]

_CONTENT_NAMESPACE = uuid.UUID("5d1f7c0e-6f5b-5a3e-8b6e-0d9c1a2f4b77")  # ours, fixed for ever: ids of tasks without one depend on it
_TASK_FILES = frozenset({"api_conversation_history", "ui_messages", "claude_messages"})
_COMMON = Coverage(exit_codes=True, tool_status=True, reasoning=True)
_CLI = msgspec.structs.replace(
    _COMMON, timestamps=True, tokens=True, cache_read_tokens=True, cache_write_tokens=True, cost=True, durations=True, models=True
)
_DISPLAY = msgspec.structs.replace(
    _COMMON,
    timestamps=True,
    tokens=True,
    cache_read_tokens=True,
    cache_write_tokens=True,
    cost=True,
    tool_status=False,
    interruptions=True,
    compactions=True,
)


class Cline:
    """Sessions of Cline's CLI, and tasks of the Cline and Roo Code extensions."""

    format = "cline"

    def detects(self, head: Head) -> bool:
        return _is_cli(head.document) or _is_display(head.document) or _is_history(head.document)

    def read(self, source: Source) -> Iterator[Transcript]:
        document = _decode(source)
        if _is_cli(document):
            yield self._cli(fields.mapping(document), fields.mapping(_beside(source, ".json")))
        elif _is_display(document):
            yield self._display(source, fields.sequence(document))
        elif _is_history(document):
            yield self._history(source, fields.sequence(document))
        else:
            raise UnreadableSource(f"{source.name}: holds no messages of Cline's; name a task's api_conversation_history.json")

    def _cli(self, document: _Object, kept: _Object) -> Transcript:
        """`kept`: what the CLI keeps about the session beside its messages."""
        recorder = Recorder(Oddities())
        messages = Messages(recorder)
        listed = fields.sequence(document.get("messages"))
        _each(listed, messages, recorder)
        origin = fields.mapping(document.get("origin"))
        session_id = fields.string(document.get("sessionId"))
        parent = fields.some_string(origin.get("parentSessionId")) or fields.some_string(origin.get("sessionId"))
        identity = Identity(
            native_id=session_id,
            parent_native_id=parent if parent != session_id else None,
            title=fields.some_string(fields.mapping(kept.get("metadata")).get("title")),
            cwd=working_directory(fields.string(document.get("system_prompt"))) or fields.some_string(kept.get("cwd")),
            format_version=fields.some_string(origin.get("version")),
            origin="cli" if origin.get("source") == "cli" else None,
        )
        return recorder.transcript(self.format, "Cline", identity, _CLI, records=len(listed))

    def _history(self, source: Source, listed: list[object]) -> Transcript:
        recorder = Recorder(Oddities())
        shown = fields.sequence(_beside(source, "ui_messages.json"))
        requests, sums = requests_in(shown)
        models = _models(fields.mapping(_beside(source, "task_metadata.json")))
        messages = Messages(
            recorder, [request._replace(model=request.model or _model_at(models, request.at)) for request in requests], sums
        )
        _each(listed, messages, recorder)
        for message in map(fields.mapping, shown):
            recorder.spend(None, cost_usd=condensing_cost(message))
        messages.finish()
        identity = _identity(source, listed, messages.cwd)
        timed = any(fields.mapping(message).get("ts") for message in listed)
        told = bool(requests or sums)
        coverage = msgspec.structs.replace(
            _COMMON,
            timestamps=timed,
            durations=timed,
            tokens=told,
            cache_read_tokens=told,
            cache_write_tokens=told,
            cost=told,
            models=bool(recorder.models),
        )
        return recorder.transcript(self.format, _agent(source, shown), identity, coverage, records=len(listed))

    def _display(self, source: Source, listed: list[object]) -> Transcript:
        recorder = Recorder(Oddities())
        _each(listed, Display(recorder), recorder)
        coverage = msgspec.structs.replace(_DISPLAY, models=bool(recorder.models))
        return recorder.transcript(self.format, _agent(source, listed), _identity(source, listed, None), coverage, records=len(listed))


def _beside(source: Source, name: str) -> object:
    """The JSON value in a file beside the source. One that cannot be read is as good as none."""
    for other in source.beside:
        if other.name.endswith(name):
            try:
                return decode_document(other)
            except UnreadableSource:
                return None
    return None


def _agent(source: Source, shown: list[object]) -> str:
    is_roo = bool(_beside(source, "history_item.json")) or any(is_of_roo_code(fields.mapping(message)) for message in shown)
    return "Roo Code" if is_roo else "Cline"


def _identity(source: Source, listed: list[object], cwd: str | None) -> Identity:
    kept = fields.mapping(_beside(source, "history_item.json"))
    task_id = _task_id(source, listed)
    parent = fields.some_string(kept.get("parentTaskId"))
    return Identity(
        native_id=task_id, cwd=cwd or fields.some_string(kept.get("workspace")), parent_native_id=parent if parent != task_id else None
    )


def _models(metadata: _Object) -> list[tuple[float, str]]:
    """Since when which model was used, in order."""
    told = (fields.mapping(use) for use in fields.sequence(metadata.get("model_usage")))
    return sorted((parse_time(use.get("ts")) or 0.0, model) for use in told if (model := fields.some_string(use.get("model_id"))))


def _model_at(models: list[tuple[float, str]], at: float | None) -> str | None:
    earlier = [model for since, model in models if at is None or since <= at]
    return earlier[-1] if earlier else next((model for _, model in models), None)


def _each(listed: list[object], taker: Messages | Display, recorder: Recorder) -> None:
    for record, message in enumerate(listed, 1):
        if isinstance(message, dict):
            taker.take(record, message)
        else:
            recorder.oddities.note(NOT_AN_OBJECT, record)


def _is_cli(document: object) -> bool:
    told = fields.mapping(document)
    return isinstance(told.get("messages"), list) and isinstance(told.get("sessionId"), str) and "origin" in told and "agent" in told


def _is_display(document: object) -> bool:
    first = next((item for item in fields.sequence(document) if isinstance(item, dict)), {})
    return "ts" in first and fields.string(first.get("type")) in {"ask", "say"}


def _is_history(document: object) -> bool:
    first = next((item for item in fields.sequence(document) if isinstance(item, dict)), {})
    return fields.string(first.get("role")) in {"user", "assistant"} and isinstance(first.get("content"), (str, list))


def _task_id(source: Source, listed: list[object]) -> str:
    """The task's folder bears its id; a file that was moved out of it has an id made of its first message."""
    if source.path is not None and source.path.stem in _TASK_FILES and source.path.parent.name:
        return source.path.parent.name
    return str(uuid.uuid5(_CONTENT_NAMESPACE, msgspec.json.encode(listed[:1], order="deterministic").hex()))


def _decode(source: Source) -> object:
    try:
        return msgspec.json.decode(read_document(source).strip(b"\xef\xbb\xbf\0 \t\r\n"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableSource(f"{source.name}: the JSON is cut off or malformed; get a complete copy of the file") from error
