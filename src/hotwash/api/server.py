"""Puts the HTTP face together: routes, errors, OpenAPI, and the layers around them."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI

from hotwash import __version__
from hotwash.api import docs, health, otlp, problems
from hotwash.api.bodies import BodyLimit
from hotwash.api.description import describe
from hotwash.api.fastpath import FastPath
from hotwash.api.guard import Guard
from hotwash.api.ours import imports, overview
from hotwash.api.ours import sessions as our_sessions
from hotwash.api.query import FlatQuery
from hotwash.api.v3 import insights, sessions
from hotwash.api.v3 import self as principal
from hotwash.services import Services

_ROUTERS = (
    insights.router,  # before sessions: /sessions/insights wins over /sessions/{devin_id}
    sessions.router,
    principal.router,
    imports.router,
    our_sessions.router,
    overview.router,
    otlp.router,
    health.router,
    docs.router,
)


class Api(FastAPI):
    """The application; its OpenAPI document tells of problems and permissions too."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(self)
        return self.openapi_schema


def create(services: Services, *, hosts: frozenset[str] | None, public_url: str | None = None, pages: Sequence[APIRouter] = ()) -> FastPath:
    """The ASGI application. `hosts`: names it answers to, None for any (see guard). `pages`: routers of the web face."""
    app = routes(services, pages)
    limited = BodyLimit(
        FlatQuery(app), {imports.PATH: services.max_upload_bytes, otlp.TRACES: otlp.MAX_BATCH_BYTES, otlp.LOGS: otlp.MAX_BATCH_BYTES}
    )
    guarded = Guard(limited, hosts=hosts, public_url=public_url)
    return FastPath(guarded, services)


def routes(services: Services, pages: Sequence[APIRouter] = ()) -> Api:
    """The routes without the layers around them."""
    app = Api(
        title="Hotwash",
        version=__version__,
        description="Session insights for every coding agent, on the wire of Devin's v3 API.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    problems.install(app)
    for router in (*_ROUTERS, *pages):
        app.include_router(router)
    app.mount("/docs/assets", docs.swagger_ui)
    return app
