"""The six insights routes (contract section 2). Documents go out as they are stored; only the address in `url` is filled in."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response

from hotwash.api.callers import Caller, GivenServices, requires
from hotwash.api.v3.sessions import EnterpriseViewer, NarrowingOrg, OrganizationViewer, session_filter
from hotwash.api.wire import insights as wire
from hotwash.api.wire import sessions as wire_sessions
from hotwash.insights import service
from hotwash.insights.document import with_base_url
from hotwash.kit import clock
from hotwash.services import Services

JSON = "application/json"

router = APIRouter(tags=["insights"])

EnterpriseManager = Annotated[Caller, requires("ManageAccountSessions")]
OrganizationManager = Annotated[Caller, requires("ManageOrgSessions")]


@router.get("/v3/enterprise/sessions/insights", response_model=wire_sessions.Page[wire.SessionInsightsResponse])
def list_enterprise_insights(
    caller: EnterpriseViewer, services: GivenServices, query: Annotated[wire_sessions.EnterpriseSessionsQuery, Query()]
) -> Response:
    """Sessions of every organization with their insights, newest first."""
    return _document_page(services, caller, query)


@router.get("/v3/organizations/{org_id}/sessions/insights", response_model=wire_sessions.Page[wire.SessionInsightsResponse])
def list_organization_insights(
    caller: OrganizationViewer, services: GivenServices, query: Annotated[wire_sessions.OrganizationSessionsQuery, Query()]
) -> Response:
    """Sessions of an organization with their insights, newest first."""
    return _document_page(services, caller, query)


@router.get("/v3/enterprise/sessions/{devin_id}/insights", response_model=wire.SessionInsightsResponse)
def get_enterprise_insights(caller: EnterpriseViewer, services: GivenServices, devin_id: str, org_id: NarrowingOrg = None) -> Response:
    """One session's metrics and analysis. `analysis` is null until one has completed."""
    return _document(services, caller, devin_id, org_id)


@router.get("/v3/organizations/{org_id}/sessions/{devin_id}/insights", response_model=wire.SessionInsightsResponse)
def get_organization_insights(caller: OrganizationViewer, services: GivenServices, devin_id: str) -> Response:
    """One session's metrics and analysis. `analysis` is null until one has completed."""
    return _document(services, caller, devin_id, caller.org_id)


@router.post("/v3/enterprise/sessions/{devin_id}/insights/generate")
def generate_enterprise_insights(
    caller: EnterpriseManager, services: GivenServices, devin_id: str, org_id: NarrowingOrg = None
) -> wire.GenerateResponse:
    """Starts an analysis in the background, unless one is done or in progress. Takes no body; safe to repeat."""
    return _generate(services, caller, devin_id, org_id)


@router.post("/v3/organizations/{org_id}/sessions/{devin_id}/insights/generate")
def generate_organization_insights(caller: OrganizationManager, services: GivenServices, devin_id: str) -> wire.GenerateResponse:
    """Starts an analysis in the background, unless one is done or in progress. Takes no body; safe to repeat."""
    return _generate(services, caller, devin_id, caller.org_id)


def _document(services: Services, caller: Caller, session_id: str, org_id: str | None) -> Response:
    with services.db.read() as conn:
        document = service.get_document(conn, caller.scope, session_id, org_id)
    return Response(with_base_url(document, services.base_url), media_type=JSON)


def _document_page(services: Services, caller: Caller, query: wire_sessions.OrganizationSessionsQuery) -> Response:
    with services.db.read() as conn:
        page = service.list_documents(conn, caller.scope, session_filter(query), first=query.first, after=query.after)
    body = {
        "items": [msgspec.Raw(with_base_url(document, services.base_url)) for document in page.items],
        "end_cursor": page.end_cursor,
        "has_next_page": page.has_next_page,
        "total": page.total,
    }
    return Response(msgspec.json.encode(body), media_type=JSON)


def _generate(services: Services, caller: Caller, session_id: str, org_id: str | None) -> wire.GenerateResponse:
    generated = service.generate(services.db, services.jobs, caller.scope, session_id, org_id, now=clock.now(), engine=services.engine)
    return wire.GenerateResponse(session_id=generated.session_id, status=generated.status)
