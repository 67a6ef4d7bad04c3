"""OTLP over HTTP: bodies in and answers out, in protobuf or JSON, as the protocol wants them (OTLP 1.x, section "OTLP/HTTP")."""

import base64
import zlib
from collections.abc import Iterator
from typing import ClassVar, Literal

import msgspec

from hotwash.errors import HotwashError
from hotwash.intake.otlp.fieldcount import has_more_fields
from hotwash.readers import fields

Signal = Literal["traces", "logs"]
Encoding = Literal["protobuf", "json"]

MAX_UNPACKED_BYTES = 32 * 1024 * 1024
"""Of one batch. Exporters send a few hundred records at a time; the largest seen, with whole histories in each span, has 1.2 MB."""
MAX_VALUES = 500_000
"""Fields of a batch in protobuf. Empty ones take two bytes there and some hundred in memory; 512 of Codex's spans have 60,000."""
MAX_MARKS = 2_000_000
"""Opening brackets and commas of a batch in JSON, those in texts included: each may begin a value, and `{}` takes twenty times the memory."""

MEDIA_TYPES: dict[str, Encoding] = {"application/x-protobuf": "protobuf", "application/json": "json"}

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_REJECTED = {"traces": "rejectedSpans", "logs": "rejectedLogRecords"}
_MARKS = (b"{", b"[", b",")
_IDS = ("traceId", "spanId", "parentSpanId")

Object = dict[str, object]


class UnreadableBatch(HotwashError):
    """A body that is not an export request. The protocol wants 400 for it, after which no exporter tries again."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "unreadable_batch"


class TooLargeBatch(HotwashError):
    """A body that would take too much memory. The protocol has exporters drop a batch that is answered with 413."""

    status: ClassVar[int] = 413
    code: ClassVar[str] = "too_large_batch"


_TOO_MANY_VALUES = "The batch holds too many values; have the exporter send smaller batches"


def encoding_of(media_type: str | None) -> Encoding:
    """The encoding that a Content-Type names. Raises UnreadableBatch."""
    name = (media_type or "").partition(";")[0].strip().lower()
    if name not in MEDIA_TYPES:
        raise UnreadableBatch(f"Content-Type: send {' or '.join(MEDIA_TYPES)}")
    return MEDIA_TYPES[name]


def unpack(body: bytes, content_encoding: str | None) -> bytes:
    """The body without its compression. Raises UnreadableBatch where it is another than gzip, damaged, or becomes too large."""
    packing = (content_encoding or "identity").strip().lower()
    if packing in ("identity", ""):
        return body
    if packing != "gzip":
        raise UnreadableBatch("Content-Encoding: send gzip, or leave the body as it is")
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    try:
        unpacked = inflater.decompress(body, MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise UnreadableBatch("The gzip data is damaged; send the batch again") from error
    if inflater.unconsumed_tail or not inflater.eof:
        raise UnreadableBatch(f"The gzip data is cut off, or unpacks to more than {MAX_UNPACKED_BYTES // 2**20} MiB; send smaller batches")
    return unpacked


def decode(body: bytes, signal: Signal, encoding: Encoding) -> Object:
    """The export request as OTLP's JSON. Raises UnreadableBatch, TooLargeBatch."""
    if encoding == "protobuf":
        return _decode_protobuf(body, signal)
    if sum(map(body.count, _MARKS)) > MAX_MARKS:
        raise TooLargeBatch(_TOO_MANY_VALUES)
    try:
        request = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableBatch("The body is not JSON; send an export request") from error
    if not isinstance(request, dict):
        raise UnreadableBatch("The body is not a JSON object; send an export request")
    return request


def answer(signal: Signal, encoding: Encoding, rejected: int, reason: str) -> bytes:
    """The body of a 200: empty, but for what was not taken."""
    success = {_REJECTED[signal]: str(rejected), "errorMessage": reason} if rejected else {}
    if encoding == "json":
        return msgspec.json.encode({"partialSuccess": success} if success else {})
    return _encode_protobuf(signal, success) if success else b""


def _decode_protobuf(body: bytes, signal: Signal) -> Object:
    # Not at the top: loading protobuf takes 0.1 s, which a server that is sent none need not wait for.
    from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # protobuf ships without types
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # the same
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    message = ExportTraceServiceRequest() if signal == "traces" else ExportLogsServiceRequest()
    if has_more_fields(body, message.DESCRIPTOR, MAX_VALUES):
        raise TooLargeBatch(_TOO_MANY_VALUES)
    try:
        message.ParseFromString(body)
        request: Object = MessageToDict(message, use_integers_for_enums=True)
    except (DecodeError, RecursionError, ValueError) as error:
        raise UnreadableBatch(
            "The body is not an export request in protobuf; see that exporter and address belong to the same signal"
        ) from error
    for record in _records(request):
        for name in _IDS:
            if isinstance(value := record.get(name), str):
                record[name] = base64.b64decode(value).hex()  # OTLP's JSON has ids as hex, protobuf's has bytes as base64
    return request


def _encode_protobuf(signal: Signal, success: dict[str, str]) -> bytes:
    # Not at the top, for the same reason.
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    message = ExportTraceServiceResponse() if signal == "traces" else ExportLogsServiceResponse()
    ParseDict({"partialSuccess": success}, message)
    encoded: bytes = message.SerializeToString()
    return encoded


def _records(request: Object) -> Iterator[Object]:
    for outer, middle, inner in (("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords")):
        for group in map(fields.mapping, fields.sequence(request.get(outer))):
            for subgroup in map(fields.mapping, fields.sequence(group.get(middle))):
                yield from map(fields.mapping, fields.sequence(subgroup.get(inner)))
