"""What the API says of itself in OpenAPI: routes and shapes as FastAPI finds them, and beside them permissions and problems."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from hotwash.api.callers import OwnLevelPermission, PathPermission
from hotwash.api.problems import MEDIA_TYPE
from hotwash.api.wire.problem import ProblemDetail

_PROBLEMS = {"401": "No usable credential", "403": "Permission missing", "404": "Unknown, or not to be seen", "422": "A parameter is wrong"}
_PROBLEM = {"$ref": "#/components/schemas/ProblemDetail"}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of an application."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = ProblemDetail.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"), ProblemDetail=problem)
    for route in api_routes(app):
        if route.include_in_schema:
            for method in route.methods or ():
                _describe_operation(document["paths"][route.path_format][method.lower()], permission_of(route))
    return document


def api_routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every route with a handler of ours, in the order of matching."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            yield context.original_route


def permission_of(route: APIRoute) -> PathPermission | OwnLevelPermission | None:
    """What a route demands of its caller; None for an open one."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, PathPermission | OwnLevelPermission):
            return dependency.call
    return None


def _describe_operation(operation: dict[str, Any], permission: PathPermission | OwnLevelPermission | None) -> None:
    operation["responses"].pop("422", None)
    if permission is None:
        return
    operation["x-permission"] = str(permission)
    operation["description"] = f"{operation.get('description', '')}\n\nNeeds {permission}.".strip()
    for status, meaning in _PROBLEMS.items():
        operation["responses"][status] = {"description": meaning, "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
