"""OpenTelemetry's own addresses: agents send their traces and logs here while they work (OTLP/HTTP). Errors are problems as everywhere; exporters
look at the status alone."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from hotwash.api.callers import Caller, GivenServices, requires_at_own_level
from hotwash.api.ours.imports import DEFAULT_ORGANIZATION
from hotwash.identity import service as identity
from hotwash.intake.otlp import protocol
from hotwash.intake.otlp import service as telemetry
from hotwash.intake.otlp.protocol import MEDIA_TYPES, Encoding, Signal
from hotwash.kit import clock
from hotwash.services import Services

TRACES, LOGS = "/v1/traces", "/v1/logs"

MAX_BATCH_BYTES = 16 * 1024 * 1024
"""Of a body as sent. Collectors keep below 4 MB, which is what gRPC takes."""

_BODY = {"required": True, "content": {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in MEDIA_TYPES}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Kept. The body is empty, or tells how many records were not taken", "content": {"application/json": {}}}
}
_MEDIA_TYPE_OF = {encoding: media_type for media_type, encoding in MEDIA_TYPES.items()}

router = APIRouter(tags=["telemetry"])

Manager = Annotated[Caller, requires_at_own_level(organization="ManageOrgSessions", enterprise="ManageAccountSessions")]


@router.post(TRACES, response_class=Response, responses=_ANSWERS, openapi_extra={"requestBody": _BODY})
async def export_traces(request: Request, caller: Manager, services: GivenServices) -> Response:
    """Takes spans (an OTLP `ExportTraceServiceRequest`, protobuf or JSON, plain or gzip). Kept before this answers; safe to repeat, in any
    order. The sessions they tell of appear shortly after."""
    return await _export(request, caller, services, "traces")


@router.post(LOGS, response_class=Response, responses=_ANSWERS, openapi_extra={"requestBody": _BODY})
async def export_logs(request: Request, caller: Manager, services: GivenServices) -> Response:
    """Takes log records (an OTLP `ExportLogsServiceRequest`), in the same way."""
    return await _export(request, caller, services, "logs")


async def _export(request: Request, caller: Caller, services: Services, signal: Signal) -> Response:
    encoding = protocol.encoding_of(request.headers.get("content-type"))
    body = await request.body()
    content_encoding = request.headers.get("content-encoding")
    answer = await run_in_threadpool(_take_in, services, caller, signal, encoding, body, content_encoding)
    return Response(answer, media_type=_MEDIA_TYPE_OF[encoding])


def _take_in(services: Services, caller: Caller, signal: Signal, encoding: Encoding, body: bytes, content_encoding: str | None) -> bytes:
    batch = protocol.decode(protocol.unpack(body, content_encoding), signal, encoding)
    org_id = caller.org_id or _default_organization(services)
    stored = telemetry.take_in(services.db, services.jobs, org_id, batch, services.content, redact_emails=services.redact_emails)
    return protocol.answer(signal, encoding, stored.rejected, stored.reason)


def _default_organization(services: Services) -> str:
    with services.db.write() as conn:
        return identity.ensure_organization(conn, DEFAULT_ORGANIZATION, clock.now())
