"""OTLP's JSON as records: one for each span and each log record, with its attributes as plain values. Protobuf arrives here as the same JSON."""

import hashlib
from collections.abc import Iterator
from typing import Literal

import msgspec

from hotwash.readers import fields
from hotwash.readers.otlp.values import Object, read_attributes, read_value, whole

_FAILED = (2, "STATUS_CODE_ERROR")
_LATEST_NS = 2**62  # in the year 2116; what lies beyond is no time

Kind = Literal["span", "log"]


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One span or log record as it came, with what it shares with its neighbours."""

    kind: Kind
    resource: Object
    scope: Object
    data: Object


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """An event on a span."""

    name: str
    at_ns: int
    attributes: Object


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A span or a log record. Times are Unix nanoseconds; a log record's two are the same, 0 where there is none."""

    kind: Kind
    identity: str
    """Equal for copies of the same record: trace and span id, or a digest of everything a log record says."""
    trace_id: str
    """Empty where a log record stands outside a trace."""
    span_id: str
    """The span's own, or that of the span in which something was logged."""
    parent_id: str
    name: str
    """The span's name; of a log record, that of its event."""
    start_ns: int
    end_ns: int
    failed: bool
    message: str
    """Why a span failed."""
    attributes: Object
    events: tuple[Happening, ...]
    body: object
    resource: Object
    scope: str


def pieces(document: Object) -> Iterator[Piece | None]:
    """Every span and log record of an export request, in its order; None for each that is not even an object."""
    yield from _pieces(document, "span", "resourceSpans", "scopeSpans", "spans")
    yield from _pieces(document, "log", "resourceLogs", "scopeLogs", "logRecords")


def enclose(piece: Piece) -> Object:
    """An export request that holds this piece alone."""
    outer, middle, inner = ("resourceSpans", "scopeSpans", "spans") if piece.kind == "span" else ("resourceLogs", "scopeLogs", "logRecords")
    return {outer: [{"resource": piece.resource, middle: [{"scope": piece.scope, inner: [piece.data]}]}]}


def read_record(piece: Piece) -> Record | None:
    """The piece as a record; None for a span without ids, which the protocol does not allow."""
    data = piece.data
    trace_id, span_id = fields.string(data.get("traceId")).lower(), fields.string(data.get("spanId")).lower()
    if piece.kind == "span" and not (trace_id and span_id):
        return None
    attributes = read_attributes(data.get("attributes"))
    body = read_value(data.get("body"))
    is_span = piece.kind == "span"
    start_ns = _nanoseconds(data.get("startTimeUnixNano" if is_span else "timeUnixNano"))
    if not is_span:
        start_ns = start_ns or _nanoseconds(data.get("observedTimeUnixNano"))
    status = fields.mapping(data.get("status"))
    return Record(
        kind=piece.kind,
        identity=f"{trace_id}/{span_id}" if is_span else _log_identity(data, start_ns, attributes, body),
        trace_id=trace_id.strip("0") and trace_id,
        span_id=span_id,
        parent_id=fields.string(data.get("parentSpanId")).lower(),
        name=fields.string(data.get("name")) if is_span else _event_name(data, attributes, body),
        start_ns=start_ns,
        end_ns=max(start_ns, _nanoseconds(data.get("endTimeUnixNano"))) if is_span else start_ns,
        failed=status.get("code") in _FAILED,
        message=fields.string(status.get("message")),
        attributes=attributes,
        events=tuple(_happenings(data.get("events"))),
        body=body,
        resource=read_attributes(piece.resource.get("attributes")),
        scope=fields.string(piece.scope.get("name")),
    )


def _log_identity(data: Object, at_ns: int, attributes: Object, body: object) -> str:
    """A log record has no id: it is what it says and when, in whatever encoding. When it passed a collector does not count, unless that is its only
    time."""
    names = [fields.string(data.get(key)).lower() for key in ("traceId", "spanId")]
    return digest([at_ns, *names, fields.string(data.get("eventName")), attributes, body])


def digest(value: object) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def _pieces(document: Object, kind: Kind, outer: str, middle: str, inner: str) -> Iterator[Piece | None]:
    for group in map(fields.mapping, fields.sequence(document.get(outer))):
        resource = fields.mapping(group.get("resource"))
        for subgroup in map(fields.mapping, fields.sequence(group.get(middle))):
            scope = fields.mapping(subgroup.get("scope"))
            for data in fields.sequence(subgroup.get(inner)):
                yield Piece(kind=kind, resource=resource, scope=scope, data=data) if isinstance(data, dict) else None


def _happenings(value: object) -> Iterator[Happening]:
    for item in map(fields.mapping, fields.sequence(value)):
        yield Happening(
            name=fields.string(item.get("name")),
            at_ns=_nanoseconds(item.get("timeUnixNano")),
            attributes=read_attributes(item.get("attributes")),
        )


def _event_name(data: Object, attributes: Object, body: object) -> str:
    """The attribute first: Codex's logging library puts a place in its source code into the field."""
    return fields.string(attributes.get("event.name")) or fields.string(data.get("eventName")) or fields.string(body)


def _nanoseconds(value: object) -> int:
    """64-bit numbers are strings in protobuf's JSON; some exporters write numbers."""
    told = whole(value)
    return told if told is not None and 0 < told < _LATEST_NS else 0
