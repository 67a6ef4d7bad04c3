"""The pages' routes. Handlers are thin: they ask the services, hand the answer to a view model and that to a template."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final, Literal

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.routing import APIRoute

from hotwash.errors import Forbidden, HotwashError, NotFound, Unauthenticated
from hotwash.identity import service as identity
from hotwash.identity.login import COOKIE_LIFETIME_S
from hotwash.insights import service as insights
from hotwash.kit import clock
from hotwash.kit.pages import encode_cursor
from hotwash.services import Services
from hotwash.sessions import service as sessions
from hotwash.web.assets import ASSETS
from hotwash.web.pages.session import Chunk, chunks, session_page
from hotwash.web.pages.sessions import ISSUE_CHOICES, OUTCOMES, PAGE_SESSIONS, SIZES, FilterForm, sessions_page, title_of
from hotwash.web.pages.transcript import CHUNK_EVENTS, Row, rows
from hotwash.web.templating import HEADERS, page
from hotwash.web.viewer import COOKIE, CurrentManager, CurrentViewer, GivenServices, refuse_other_sites

_log = structlog.get_logger(__name__)

MAX_RECORD: Final = 2**31 - 1
_COMMON_AGENTS: Final = ("Claude Code", "Codex")
"""Offered in the filter even where the page at hand shows none of them."""
_ASSET_LIFETIME_S: Final = 31_536_000
"""A year: an asset's address changes with its content."""

Text = Annotated[str, Query(max_length=200)]
SessionId = Annotated[str, Path(max_length=100)]


class PageRoute(APIRoute):
    """Shows errors as pages: whoever opens a page in a browser should not be answered in JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_with_pages(request: Request) -> Response:
            try:
                return await handle(request)
            except Unauthenticated as error:
                return _log_in_page(error.sentence)
            except HotwashError as error:
                if error.status >= 500:
                    _log.error("page failed", code=error.code, reason=error.sentence)
                return _error_page(error)
            except RequestValidationError:
                return page(
                    "message.html",
                    status=422,
                    heading="This address is not right",
                    sentence="A parameter in it has a value that it cannot have.",
                    hint="",
                    command="",
                    logged_in=True,
                    here="",
                )

        return handle_with_pages


_pages = APIRouter(route_class=PageRoute, include_in_schema=False)


def router(services: Services) -> APIRouter:
    """The pages, served from these services."""

    def provide(request: Request) -> None:
        request.state.services = services

    provided = APIRouter(dependencies=[Depends(provide)])
    provided.include_router(_pages)
    return provided


@_pages.get("/")
def list_sessions(
    viewer: CurrentViewer,
    services: GivenServices,
    text: Text = "",
    agent: Text = "",
    size: Text = "",
    issues: Text = "",
    outcome: Text = "",
    after: Text = "",
) -> HTMLResponse:
    """The sessions, newest first."""
    form = FilterForm(text=text.strip(), agent=agent.strip(), size=size, issues=issues, outcome=outcome)
    with services.db.read() as conn:
        found = sessions.list_sessions(conn, viewer.scope, form.conditions(), PAGE_SESSIONS, after or None)
        worst = insights.worst_severities(conn, tuple(record.pk for record in found.items))
    agents = tuple(sorted({*_COMMON_AGENTS, *(record.agent for record in found.items)}))
    shown = sessions_page(found, worst, form, agents, is_first=not after)
    return page("sessions.html", page=shown, sizes=SIZES, issue_choices=ISSUE_CHOICES, outcomes=OUTCOMES)


@_pages.get("/sessions/{session_id}")
def show_session(viewer: CurrentViewer, services: GivenServices, session_id: SessionId) -> HTMLResponse:
    """One session: figures, debrief, the start of the transcript."""
    with services.db.read() as conn:
        record = sessions.get_session(conn, viewer.scope, session_id)
        stored = insights.get_analysis(conn, viewer.scope, record.session_id, record.org_id)
        events = sessions.list_events(conn, services.blobs, viewer.scope, record.session_id, CHUNK_EVENTS, org_id=record.org_id)
    return page("session.html", page=session_page(record, stored), first_rows=rows(events.items))


@_pages.get("/sessions/{session_id}/transcript")
def show_transcript(
    viewer: CurrentViewer,
    services: GivenServices,
    session_id: SessionId,
    chunk: Annotated[int, Query(ge=0, le=MAX_RECORD // CHUNK_EVENTS)] = 0,
    record: Annotated[int | None, Query(ge=1, le=MAX_RECORD)] = None,
    part: Literal["", "rows", "number"] = "",
) -> Response:
    """A stretch of the transcript: the one numbered `chunk`, or the one that holds source record `record`.

    `part=rows` answers the rows alone, for the session page to put in its place; `part=number` only the stretch's number.
    """
    with services.db.read() as conn:
        found = sessions.get_session(conn, viewer.scope, session_id)
        if record is not None:
            chunk = (sessions.find_seq_at_record(conn, viewer.scope, found.session_id, record, found.org_id) or 0) // CHUNK_EVENTS
        stretches = chunks(found.session_id, found.num_events)
        if chunk >= len(stretches):
            raise NotFound("The transcript has no events there")
        if part == "number":
            return PlainTextResponse(str(chunk), headers=dict(HEADERS))
        after = encode_cursor(chunk * CHUNK_EVENTS - 1) if chunk else None
        events = sessions.list_events(conn, services.blobs, viewer.scope, found.session_id, CHUNK_EVENTS, after, found.org_id)
    return _transcript_page(title_of(found), found.session_id, stretches, chunk, rows(events.items), part)


@_pages.get("/sessions/{session_id}/analysis/state")
def show_analysis_state(viewer: CurrentViewer, services: GivenServices, session_id: SessionId) -> PlainTextResponse:
    """`running` while an analysis is under way; the page asks until it is not."""
    with services.db.read() as conn:
        record = sessions.get_session(conn, viewer.scope, session_id)
    return PlainTextResponse("running" if record.analysis_state == "started" else record.analysis_state, headers=dict(HEADERS))


@_pages.post("/sessions/{session_id}/analysis")
def generate_analysis(manager: CurrentManager, services: GivenServices, session_id: SessionId) -> RedirectResponse:
    """Starts an analysis, where there is none of the session as it is now, and goes back to the session."""
    with services.db.read() as conn:
        record = sessions.get_session(conn, manager.scope, session_id)
        is_stale = insights.get_analysis(conn, manager.scope, record.session_id, record.org_id).is_stale
    insights.generate(
        services.db, services.jobs, manager.scope, record.session_id, record.org_id, now=clock.now(), again=is_stale, engine=services.engine
    )
    return _see(f"/sessions/{record.session_id}")


@_pages.get("/login")
def log_in(request: Request, services: GivenServices, token: Annotated[str, Query(max_length=1000)] = "") -> Response:
    """Turns a login link into a cookie."""
    now = clock.now()
    with services.db.write() as conn:
        principal = identity.redeem_login(conn, token, now)
        cookie = identity.sign_session(conn, principal, now)
    answer = _see("/")
    answer.set_cookie(COOKIE, cookie, max_age=COOKIE_LIFETIME_S, httponly=True, samesite="strict", secure=_is_https(request, services))
    return answer


@_pages.post("/logout")
def log_out(request: Request) -> Response:
    """Forgets the cookie."""
    refuse_other_sites(request)
    answer = _log_in_page("You are logged out", status=200)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


@_pages.get("/static/{name}")
def show_asset(name: str) -> Response:
    """One of the pages' own files."""
    asset = ASSETS.get(name)
    if asset is None:
        raise NotFound("There is no such file")
    headers = {
        "cache-control": f"public, max-age={_ASSET_LIFETIME_S}, immutable",
        "content-security-policy": HEADERS["content-security-policy"],
        "x-content-type-options": "nosniff",
    }
    return Response(asset.content, media_type=asset.media_type, headers=headers)


def _transcript_page(
    title: str, session_id: str, stretches: tuple[Chunk, ...], number: int, shown: tuple[Row, ...], part: str
) -> HTMLResponse:
    if part == "rows":
        return page("_rows.html", rows=shown)
    earlier = stretches[number - 1] if number else None
    later = stretches[number + 1] if number + 1 < len(stretches) else None
    return page(
        "transcript.html",
        title=title,
        session_id=session_id,
        chunk=stretches[number],
        events=stretches[-1].last,
        earlier=earlier,
        later=later,
        rows=shown,
    )


def _see(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303, headers=dict(HEADERS))


def _is_https(request: Request, services: Services) -> bool:
    """Behind a proxy the request itself does not tell; the address that people use does."""
    return request.url.scheme == "https" or services.base_url.startswith("https://")


def _log_in_page(sentence: str, status: int = 401) -> HTMLResponse:
    return page(
        "message.html",
        status=status,
        heading="Log in",
        sentence=f"{sentence}.",
        hint="Open the login link that this command prints when it starts; it works once, within an hour.",
        command="hotwash up",
        logged_in=False,
        here="",
    )


def _error_page(error: HotwashError) -> HTMLResponse:
    """The sentence of the error, except where it could name files of the server."""
    headings: dict[type[HotwashError], str] = {NotFound: "Not found", Forbidden: "Not allowed"}
    heading = headings.get(type(error), "That did not work")
    sentence = error.sentence if error.status < 500 else "Something failed inside Hotwash; the server's log says where"
    return page("message.html", status=error.status, heading=heading, sentence=f"{sentence}.", hint="", command="", logged_in=True, here="")
