"""Over all sessions that a caller may see: full-text search, and how far reading and analysing them has come."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response

from hotwash.api.callers import Caller, GivenServices, requires_at_own_level
from hotwash.api.wire import ours as wire
from hotwash.insights import service as insights
from hotwash.sessions import service as sessions
from hotwash.sessions.model import SearchHit

router = APIRouter(prefix="/hotwash/v1", tags=["hotwash"])

Viewer = Annotated[Caller, requires_at_own_level(organization="ViewOrgSessions", enterprise="ViewAccountSessions")]

JSON = "application/json"


@router.get("/search", response_model=wire.SearchResult)
def search(caller: Viewer, services: GivenServices, query: Annotated[wire.SearchQuery, Query()]) -> Response:
    """The newest sessions in whose title, messages or commands all words stand. Subagents' words are found in no list, as their sessions are."""
    with services.db.read() as conn:
        hits = sessions.search_sessions(conn, caller.scope, query.q, query.first)
    return Response(msgspec.json.encode({"items": [_hit(hit) for hit in hits]}), media_type=JSON)


@router.get("/coverage", response_model=wire.Coverage)
def get_coverage(caller: Viewer, services: GivenServices) -> Response:
    """How many sessions there are, subagents included, how many can be and are analysed, and which signals each format carries."""
    with services.db.read() as conn:
        progress = insights.get_progress(conn, caller.scope)
        formats = sessions.list_formats(conn, caller.scope)
    return Response(msgspec.json.encode({**msgspec.structs.asdict(progress), "formats": formats}), media_type=JSON)


def _hit(hit: SearchHit) -> dict[str, object]:
    found = hit.session
    shown = {name: getattr(found, name) for name in wire.Hit.model_fields if name not in ("excerpt", "url")}
    return {"url": f"/sessions/{found.session_id}", **shown, "excerpt": hit.excerpt}
