"""What the contract has no route for: the whole analysis of a session, and its transcript in pages."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response

from hotwash.api.callers import Caller, GivenServices, requires_at_own_level
from hotwash.api.wire import ours as wire
from hotwash.api.wire.insights import GenerateResponse
from hotwash.api.wire.sessions import Page
from hotwash.exporting import service as exporting
from hotwash.insights import service as insights
from hotwash.insights.model import EngineName, StoredAnalysis
from hotwash.kit import clock
from hotwash.sessions import service as sessions

router = APIRouter(prefix="/hotwash/v1/sessions", tags=["hotwash"])

Viewer = Annotated[Caller, requires_at_own_level(organization="ViewOrgSessions", enterprise="ViewAccountSessions")]

Manager = Annotated[Caller, requires_at_own_level(organization="ManageOrgSessions", enterprise="ManageAccountSessions")]

JSON = "application/json"
_ENGINES: dict[str, EngineName] = {"rules": "rules", "llm": "judge"}


@router.get("/{session_id}", response_model=wire.Session)
def get_session(caller: Viewer, services: GivenServices, session_id: str) -> Response:
    """What only Hotwash knows of a session: its agent and format, its figures, how much of it is kept, what was redacted in it."""
    with services.db.read() as conn:
        record = sessions.get_session(conn, caller.scope, session_id, caller.org_id)
    body = {name: getattr(record, name) for name in wire.Session.model_fields if name != "metrics"}
    return Response(msgspec.json.encode(body | {"metrics": msgspec.Raw(record.metrics)}), media_type=JSON)


@router.get("/{session_id}/analysis", response_model=wire.Analysis)
def get_analysis(caller: Viewer, services: GivenServices, session_id: str) -> Response:
    """The newest analysis, with kinds, severities, evidence and costs; `state` tells whether there is one."""
    with services.db.read() as conn:
        stored = insights.get_analysis(conn, caller.scope, session_id, caller.org_id)
    return Response(msgspec.json.encode(_analysis(stored)), media_type=JSON)


@router.post("/{session_id}/analysis")
def analyse(caller: Manager, services: GivenServices, session_id: str, wanted: wire.AnalysisRequest | None = None) -> GenerateResponse:
    """Analyses the session anew in the background, by the rules or by the language model that the server is set up with; without a body, by
    the model where there is one. What is there stays until the new analysis is done. 409: there is no model."""
    engine = services.engine if wanted is None else _ENGINES[wanted.engine]
    if engine == "judge" and services.judge is None:
        raise insights.NoModel(
            "This server has no language model to ask; have the rules analyse the session, or set HOTWASH_ANALYSIS_MODEL"
        )
    generated = insights.generate(
        services.db, services.jobs, caller.scope, session_id, caller.org_id, now=clock.now(), again=True, engine=engine
    )
    return GenerateResponse(session_id=generated.session_id, status=generated.status)


@router.get("/{session_id}/events", response_model=Page[dict[str, object]])
def list_events(caller: Viewer, services: GivenServices, session_id: str, query: Annotated[wire.EventsQuery, Query()]) -> Response:
    """The transcript, event by event, in session order. A tool call and its result are one event."""
    with services.db.read() as conn:
        page = sessions.list_events(conn, services.blobs, caller.scope, session_id, query.first, query.after, caller.org_id)
    body = {"items": page.items, "end_cursor": page.end_cursor, "has_next_page": page.has_next_page, "total": page.total}
    return Response(msgspec.json.encode(body), media_type=JSON)


@router.get("/{session_id}/export", response_model=dict[str, object])
def export(caller: Viewer, services: GivenServices, session_id: str, query: Annotated[wire.ExportQuery, Query()]) -> Response:
    """The session with its subagents, for other programs: as an ATIF document, which an import takes in as the very same session, or as
    all that is known of it."""
    with services.db.read() as conn:
        bundle = exporting.load(conn, services.blobs, caller.scope, session_id, caller.org_id)
    return Response(exporting.encode(bundle, query.to), media_type=JSON)


def _analysis(stored: StoredAnalysis) -> dict[str, object]:
    """The stored analysis with the parts of its document beside each other."""
    document = stored.document
    head = {name: value for name, value in msgspec.structs.asdict(stored).items() if name != "document"}
    return {
        **head,
        "coverage": document.coverage if document else None,
        "analysis": document.analysis if document else None,
        "details": document.details if document else None,
        "judge": document.judge if document else None,
    }
