"""Sessions and their messages at both levels (contract section 3)."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query

from hotwash.api.callers import Caller, GivenServices, requires
from hotwash.api.query import OptionalText
from hotwash.api.wire import sessions as wire
from hotwash.insights.document import record_fields
from hotwash.kit.pages import Page
from hotwash.services import Services
from hotwash.sessions import service
from hotwash.sessions.model import Message, SessionFilter, SessionRecord

router = APIRouter(tags=["sessions"])

EnterpriseViewer = Annotated[Caller, requires("ViewAccountSessions")]
OrganizationViewer = Annotated[Caller, requires("ViewOrgSessions")]
NarrowingOrg = Annotated[OptionalText, Query(description=wire.NARROWING)]


@router.get("/v3/enterprise/sessions")
def list_enterprise_sessions(
    caller: EnterpriseViewer, services: GivenServices, query: Annotated[wire.EnterpriseSessionsQuery, Query()]
) -> wire.Page[wire.SessionResponse]:
    """Sessions of every organization, newest first."""
    return _session_page(services, caller, query)


@router.get("/v3/organizations/{org_id}/sessions")
def list_organization_sessions(
    caller: OrganizationViewer, services: GivenServices, query: Annotated[wire.OrganizationSessionsQuery, Query()]
) -> wire.Page[wire.SessionResponse]:
    """Sessions of an organization, newest first."""
    return _session_page(services, caller, query)


@router.get("/v3/enterprise/sessions/{devin_id}")
def get_enterprise_session(
    caller: EnterpriseViewer, services: GivenServices, devin_id: str, org_id: NarrowingOrg = None
) -> wire.SessionResponse:
    """One session."""
    return _session(services, caller, devin_id, org_id)


@router.get("/v3/organizations/{org_id}/sessions/{devin_id}")
def get_organization_session(caller: OrganizationViewer, services: GivenServices, devin_id: str) -> wire.SessionResponse:
    """One session."""
    return _session(services, caller, devin_id, caller.org_id)


@router.get("/v3/enterprise/sessions/{devin_id}/messages")
def list_enterprise_messages(
    caller: EnterpriseViewer, services: GivenServices, devin_id: str, query: Annotated[wire.NarrowedPageQuery, Query()]
) -> wire.Page[wire.SessionMessage]:
    """What person and agent said to each other, oldest first."""
    return _message_page(services, caller, devin_id, query.org_id, query)


@router.get("/v3/organizations/{org_id}/sessions/{devin_id}/messages")
def list_organization_messages(
    caller: OrganizationViewer, services: GivenServices, devin_id: str, query: Annotated[wire.PageQuery, Query()]
) -> wire.Page[wire.SessionMessage]:
    """What person and agent said to each other, oldest first."""
    return _message_page(services, caller, devin_id, caller.org_id, query)


def session_filter(query: wire.OrganizationSessionsQuery) -> SessionFilter:
    """The filter that a list's query string asks for."""
    return msgspec.convert(query.model_dump(exclude={"first", "after", "include_deleted_orgs"}), SessionFilter)


def session_response(record: SessionRecord, base_url: str) -> wire.SessionResponse:
    """A session as the contract spells it: its insights document without what only that has."""
    fields = record_fields(record)
    return wire.SessionResponse.model_validate({**fields, "url": f"{base_url}{fields['url']}"})


def _session_page(services: Services, caller: Caller, query: wire.OrganizationSessionsQuery) -> wire.Page[wire.SessionResponse]:
    with services.db.read() as conn:
        page = service.list_sessions(conn, caller.scope, session_filter(query), first=query.first, after=query.after)
    return _page([session_response(record, services.base_url) for record in page.items], page)


def _session(services: Services, caller: Caller, session_id: str, org_id: str | None) -> wire.SessionResponse:
    with services.db.read() as conn:
        record = service.get_session(conn, caller.scope, session_id, org_id)
    return session_response(record, services.base_url)


def _message_page(
    services: Services, caller: Caller, session_id: str, org_id: str | None, query: wire.PageQuery
) -> wire.Page[wire.SessionMessage]:
    with services.db.read() as conn:
        page = service.list_messages(conn, caller.scope, session_id, query.first, query.after, org_id)
    return _page([_message(message) for message in page.items], page)


def _message(message: Message) -> wire.SessionMessage:
    return wire.SessionMessage(event_id=message.event_id, source=message.source, message=message.message, created_at=message.created_at)


def _page(items: list[wire.T], page: Page[SessionRecord] | Page[Message]) -> wire.Page[wire.T]:
    return wire.Page(items=items, end_cursor=page.end_cursor, has_next_page=page.has_next_page, total=page.total)
