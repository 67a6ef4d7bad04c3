"""Spans and log records, so that a test states only the facts that matter to it. Times are seconds after START."""

import hashlib
import io
import json
from collections.abc import Iterable, Mapping

from hotwash.readers.base import Source
from hotwash.readers.detect import read_source
from hotwash.transcript import Transcript

START = 1_790_000_000
SESSION = "5b0e7f0a-93c1-4f0e-9d55-0c7f6a1f2e11"
TRACE = "0af7651916cd43dd8448eb211c80319c"
Request = dict[str, object]


def span(
    name: str,
    attributes: Mapping[str, object],
    *,
    at: float = 0,
    until: float | None = None,
    span_id: str | None = None,
    parent: str = "",
    trace: str = TRACE,
    session: str | None = SESSION,
    service: str = "agent",
    failed: bool = False,
    events: Iterable[tuple[str, Mapping[str, object]]] = (),
) -> Request:
    """An export request with this span alone. `session` stands in `session.id` unless the attributes name one."""
    own = {"session.id": session, **attributes} if session is not None else attributes
    end = at + 1 if until is None else until
    data = {
        "traceId": trace,
        "spanId": span_id or hex_id(f"{name} {at}"),
        "parentSpanId": parent,
        "name": name,
        "startTimeUnixNano": nanoseconds(at),
        "endTimeUnixNano": nanoseconds(end),
        "attributes": listed(own),
        "status": {"code": 2, "message": "it broke"} if failed else {},
        "events": [{"name": event, "timeUnixNano": nanoseconds(end), "attributes": listed(told)} for event, told in events],
    }
    return {"resourceSpans": [{"resource": resource(service), "scopeSpans": [{"scope": {"name": "tests"}, "spans": [data]}]}]}


def log(
    name: str,
    attributes: Mapping[str, object],
    *,
    at: float = 0,
    session: str | None = SESSION,
    service: str = "agent",
    scope: str = "tests",
    span_id: str = "",
    trace: str = "",
    body: object = None,
) -> Request:
    """An export request with this log record alone."""
    own = {"session.id": session, **attributes} if session is not None else attributes
    data = {
        "timeUnixNano": nanoseconds(at),
        "observedTimeUnixNano": nanoseconds(at + 0.5),
        "traceId": trace,
        "spanId": span_id,
        "attributes": listed({"event.name": name, **own}),
        "body": value(body) if body is not None else None,
    }
    return {"resourceLogs": [{"resource": resource(service), "scopeLogs": [{"scope": {"name": scope}, "logRecords": [data]}]}]}


def hex_id(text: str) -> str:
    """A span id that is always the same for this text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def nanoseconds(at: float) -> str:
    return str(round((START + at) * 1_000_000_000))


def resource(service: str) -> Request:
    return {"attributes": listed({"service.name": service, "service.version": "1.2.3"})}


def listed(attributes: Mapping[str, object]) -> list[Request]:
    return [{"key": key, "value": value(content)} for key, content in attributes.items()]


def value(content: object) -> Request:
    match content:
        case bool():
            return {"boolValue": content}
        case int():
            return {"intValue": str(content)}
        case float():
            return {"doubleValue": content}
        case list():
            return {"arrayValue": {"values": [value(item) for item in content]}}
        case dict():
            return {"kvlistValue": {"values": listed(content)}}
        case _:
            return {"stringValue": str(content)}


def source_of(*requests: object) -> Source:
    data = "\n".join(json.dumps(request) for request in requests).encode()
    return Source(name="batches.jsonl", open=lambda: io.BytesIO(data))


def sessions(*requests: object) -> list[Transcript]:
    """What is read from a file of these export requests."""
    return list(read_source(source_of(*requests)))


def one_session(*requests: object) -> Transcript:
    [transcript] = sessions(*requests)
    return transcript


def story(transcript: Transcript) -> list[str]:
    """The kinds of a session's events, in order."""
    return [str(event.__struct_config__.tag) for event in transcript.events]
