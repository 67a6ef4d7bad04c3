"""OTLP: traces and logs as agents export them, in files of export requests as JSON (one document, or one a line). A session is all records with the
same `session.id`, `gen_ai.conversation.id`, `conversation.id` or `thread.id`, else those of one trace. A record's number is its 1-based place by time
among the session's records that tell anything, so that it does not depend on batches (formats section 10)."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from hotwash.readers import fields
from hotwash.readers.base import MAX_LINE_BYTES, Head, Source, UnreadableSource
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.readers.otlp.grouping import group
from hotwash.readers.otlp.sketch import Sketch, Told
from hotwash.readers.otlp.steps import Family
from hotwash.readers.otlp.tellers import step_kind, tell
from hotwash.readers.otlp.values import Object
from hotwash.readers.otlp.wire import Piece, Record, pieces
from hotwash.readers.recorder import Identity, Recorder
from hotwash.readers.remotes import repository_name
from hotwash.readers.streams import open_bytes, read_document, read_line
from hotwash.transcript import AgentMessage, Coverage, Instruction, Lifecycle, Reasoning, ToolCall, Transcript, UserMessage

FORMAT = "otlp"

_SIGNALS = frozenset({"resourceSpans", "resourceLogs", "resourceMetrics"})
"""Metrics are known, so that the error says what to send instead: sums over all sessions tell nothing of one."""
_AGENTS = {
    "claude-code": "Claude Code",
    "codex": "Codex",
    "gemini-cli": "Gemini CLI",
    "qwen-code": "Qwen Code",
    "github-copilot": "Copilot CLI",
}
"""By the start of `service.name`, as the agents' own formats are called."""
_UNNAMED = "unknown_service"
_CONCLUDED = frozenset({"ok", "error", "denied"})


class Otlp:
    """Export requests with traces and logs of agents."""

    format = FORMAT

    def detects(self, head: Head) -> bool:
        return any(_is_request(value) for value in (head.document, *head.records[:1]))

    def read(self, source: Source) -> Iterator[Transcript]:
        oddities, found = Oddities(), False
        for key, records in group(_pieces(requests(source, oddities), oddities)):
            for transcript in assemble(key, records, oddities):
                found = True
                yield transcript
            oddities = Oddities()  # what was wrong with the source as a whole stands with its first session
        if not found:
            raise UnreadableSource(f"{source.name}: holds no span or log record of an agent's session; export the agent's traces or logs")


def requests(source: Source, oddities: Oddities) -> Iterator[Object]:
    """The export requests in a source. Raises UnreadableSource where it cannot be read."""
    with open_bytes(source) as stream:
        start = read_line(stream, MAX_LINE_BYTES, source.name)
    found = None if _decode(start) is not None else _decode(read_document(source))
    if found is None:
        yield from (request for _, request in read_records(source, dict[str, object], oddities))
    else:
        yield from map(fields.mapping, fields.sequence(found) or [found])


def assemble(key: str, records: Sequence[Record], oddities: Oddities) -> Iterator[Transcript]:
    """The session of these records, which are in order of time, and those of its subagents."""
    tolds = [Told(number=number, record=record) for number, record in enumerate(records, 1)]
    family = Family()
    for told in tolds:
        family.add(told, step_kind(told.record))
    members: dict[str, list[Told]] = {"": []}
    for told in tolds:
        members.setdefault(family.subagent_of(told), []).append(told)
    children = {starter: f"{key}/{span_id}" for starter, span_id in family.starters().items()}
    agent, identity = _agent_name(records), _identity(key, records)
    for span_id, own in members.items():
        recorder = Recorder(oddities if not span_id else Oddities())
        sketch = Sketch(recorder.oddities)
        tell(own, family, sketch, children)
        sketch.write(recorder)
        native_id, parent = key, None
        if span_id:
            outer = family.parent_subagent(span_id)
            native_id, parent = f"{key}/{span_id}", f"{key}/{outer}" if outer else key
        told_identity = dataclasses.replace(identity, native_id=native_id, parent_native_id=parent, cwd=sketch.cwd)
        coverage = msgspec.structs.replace(_coverage(recorder), subagents=bool(family.kinds), branch=identity.branch is not None)
        yield recorder.transcript(FORMAT, agent, told_identity, coverage, records=len(records))


def _coverage(recorder: Recorder) -> Coverage:
    """What a session's records hold depends on what the agent was set to send; the coverage says what was there."""
    events = recorder.timeline.events()
    calls = [event for event in events if isinstance(event, ToolCall)]
    return Coverage(
        user_messages=any(isinstance(event, UserMessage) for event in events),
        agent_messages=any(isinstance(event, AgentMessage) for event in events),
        timestamps=True,
        tokens=True,
        cache_read_tokens=True,
        cache_write_tokens=True,
        cost=True,
        exit_codes=any(call.exit_code is not None for call in calls),
        tool_status=any(call.status in _CONCLUDED for call in calls),
        durations=True,
        models=bool(recorder.models),
        reasoning=any(isinstance(event, Reasoning) for event in events),
        instructions=any(isinstance(event, Instruction) for event in events),
        compactions=any(isinstance(event, Lifecycle) and event.what == "compaction" for event in events),
    )


def _identity(key: str, records: Sequence[Record]) -> Identity:
    repository, agent = _resource(records, "vcs.repository.url.full"), _agent_name(records)
    return Identity(
        native_id=key,
        format_version=None if agent == "Gemini CLI" else _resource(records, "service.version"),  # Gemini CLI sends that of Node there
        repository=repository_name(repository),
        branch=_resource(records, "vcs.ref.head.name"),
    )


def _agent_name(records: Sequence[Record]) -> str:
    service = _resource(records, "service.name") or ""
    known = next((name for start, name in _AGENTS.items() if service.startswith(start)), None)
    if known is not None or (service and not service.startswith(_UNNAMED)):
        return known or service
    named = (fields.some_string(record.attributes.get("gen_ai.agent.name")) for record in records)
    return next((name for name in named if name), "OpenTelemetry")


def _resource(records: Sequence[Record], key: str) -> str | None:
    return next((value for record in records if (value := fields.some_string(record.resource.get(key)))), None)


def _pieces(found: Iterable[Object], oddities: Oddities) -> Iterator[Piece]:
    for request in found:
        for piece in pieces(request):
            if piece is None:
                oddities.note("span or log record that is not an object left out")
            else:
                yield piece


def _decode(data: bytes) -> object:
    """The JSON value, or None."""
    try:
        return msgspec.json.decode(data.strip(b"\xef\xbb\xbf\0 \t\r\n"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _is_request(value: object) -> bool:
    return bool(_SIGNALS & fields.mapping(value).keys())
