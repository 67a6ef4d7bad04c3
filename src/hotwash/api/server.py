"""Puts the HTTP face together: routes, errors, OpenAPI, and the layers around them."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from hotwash import __version__
from hotwash.api import docs, health, problems
from hotwash.api.bodies import BodyLimit
from hotwash.api.callers import OwnLevelPermission, PathPermission
from hotwash.api.fastpath import FastPath
from hotwash.api.guard import Guard
from hotwash.api.ours import imports
from hotwash.api.ours import sessions as our_sessions
from hotwash.api.query import FlatQuery
from hotwash.api.v3 import insights, sessions
from hotwash.api.v3 import self as principal
from hotwash.api.wire.problem import ProblemDetail
from hotwash.services import Services

_ROUTERS = (
    insights.router,  # before sessions: /sessions/insights wins over /sessions/{devin_id}
    sessions.router,
    principal.router,
    imports.router,
    our_sessions.router,
    health.router,
    docs.router,
)
_PROBLEMS = {401: "No usable credential", 403: "Permission missing", 404: "Unknown, or not to be seen", 422: "A parameter is wrong"}


class Api(FastAPI):
    """The application; its OpenAPI document tells of problems and permissions too."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _describe(self)
        return self.openapi_schema


def create(services: Services, *, hosts: frozenset[str] | None, public_url: str | None = None, pages: Sequence[APIRouter] = ()) -> ASGIApp:
    """The ASGI application. `hosts`: names it answers to, None for any (see guard). `pages`: routers of the web face."""
    app = routes(services, pages)
    limited = BodyLimit(FlatQuery(app), {imports.PATH: services.max_upload_bytes})
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


def permission_of(route: APIRoute) -> PathPermission | OwnLevelPermission | None:
    """What a route demands of its caller; None for an open one."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, PathPermission | OwnLevelPermission):
            return dependency.call
    return None


def _describe(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document["components"]["schemas"]
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas.update(_schemas_of_problem())
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _describe_operation(document["paths"][route.path_format][method.lower()], permission_of(route))
    return document


def _describe_operation(operation: dict[str, Any], permission: PathPermission | OwnLevelPermission | None) -> None:
    """Names the permission, and describes each error as a problem."""
    operation["responses"].pop("422", None)
    if permission is None:
        return
    operation["x-permission"] = str(permission)
    operation["description"] = f"{operation.get('description', '')}\n\nNeeds {permission}.".strip()
    for status, meaning in _PROBLEMS.items():
        schema = {"$ref": "#/components/schemas/ProblemDetail"}
        operation["responses"][str(status)] = {"description": meaning, "content": {problems.MEDIA_TYPE: {"schema": schema}}}


def _schemas_of_problem() -> dict[str, Any]:
    schema = ProblemDetail.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "ProblemDetail": schema}
