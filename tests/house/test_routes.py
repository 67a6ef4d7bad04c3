"""Every route of the API names the permission it needs, and the description of the API says so."""

import dataclasses
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from hotwash.api import description, server
from hotwash.identity.permissions import ENTERPRISE_PERMISSIONS, ORGANIZATION_PERMISSIONS
from hotwash.jobs.queue import Jobs
from hotwash.services import Services
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import open_database, sqlite_url

OPEN = {"/healthz", "/readyz", "/docs", "/docs/start.js"}
"""They say nothing about anybody's sessions."""

CONTRACT = {
    ("GET", "/v3/enterprise/sessions/{devin_id}/insights"): "ViewAccountSessions",
    ("GET", "/v3/enterprise/sessions/insights"): "ViewAccountSessions",
    ("POST", "/v3/enterprise/sessions/{devin_id}/insights/generate"): "ManageAccountSessions",
    ("GET", "/v3/organizations/{org_id}/sessions/{devin_id}/insights"): "ViewOrgSessions",
    ("GET", "/v3/organizations/{org_id}/sessions/insights"): "ViewOrgSessions",
    ("POST", "/v3/organizations/{org_id}/sessions/{devin_id}/insights/generate"): "ManageOrgSessions",
    ("GET", "/v3/enterprise/sessions"): "ViewAccountSessions",
    ("GET", "/v3/organizations/{org_id}/sessions"): "ViewOrgSessions",
    ("GET", "/v3/enterprise/sessions/{devin_id}"): "ViewAccountSessions",
    ("GET", "/v3/organizations/{org_id}/sessions/{devin_id}"): "ViewOrgSessions",
    ("GET", "/v3/enterprise/sessions/{devin_id}/messages"): "ViewAccountSessions",
    ("GET", "/v3/organizations/{org_id}/sessions/{devin_id}/messages"): "ViewOrgSessions",
    ("GET", "/v3/self"): "ReadAccountMeta",
}
"""Contract sections 2, 3 and 5."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> server.Api:
    folder = tmp_path_factory.mktemp("routes")
    return server.routes(services(folder))


@pytest.fixture(scope="module")
def routes(api: server.Api) -> list[APIRoute]:
    return list(description.api_routes(api))


def services(folder: Path) -> Services:
    url = sqlite_url(folder)
    return Services(
        db=open_database(url),
        blobs=DatabaseBlobs(),
        jobs=Jobs(url, folder),
        base_url="http://127.0.0.1:1",
        data_dir=folder,
        max_upload_bytes=1000,
        usd_per_acu=2.25,
        size_thresholds=(2, 5, 10, 20),
    )


def test_every_route_names_its_permission(routes: list[APIRoute]) -> None:
    """A new route is closed until its author has said what it takes."""
    assert {route.path for route in routes if description.permission_of(route) is None} == OPEN


def test_the_permissions_are_those_of_the_contract(routes: list[APIRoute]) -> None:
    named = {(method, route.path): str(description.permission_of(route)) for route in routes for method in route.methods or ()}
    assert {key: named.get(key) for key in CONTRACT} == CONTRACT


def test_every_permission_named_exists(routes: list[APIRoute]) -> None:
    demanded = [permission for route in routes if (permission := description.permission_of(route)) is not None]
    names = {name for permission in demanded for name in dataclasses.asdict(permission).values()}
    assert names <= ENTERPRISE_PERMISSIONS | ORGANIZATION_PERMISSIONS


def test_the_insights_list_is_matched_before_a_session_of_that_name(routes: list[APIRoute]) -> None:
    paths = [route.path for route in routes]
    for level in ("/v3/enterprise", "/v3/organizations/{org_id}"):
        assert paths.index(f"{level}/sessions/insights") < paths.index(f"{level}/sessions/{{devin_id}}")


def test_the_description_tells_permission_and_problems_of_every_closed_operation(api: server.Api) -> None:
    document = api.openapi()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        if path in OPEN:
            continue
        for operation in operations.values():
            assert operation["x-permission"]
            assert operation["security"] == [{"bearer": []}]
            for status in ("401", "403", "404", "422"):
                schema = operation["responses"][status]["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ProblemDetail"}


def test_every_filter_is_described_as_a_parameter_of_its_own(api: server.Api) -> None:
    """A shape of several parameters beside a single one would be taken for one parameter, and nothing in it read."""
    for path, operations in api.openapi()["paths"].items():
        for operation in operations.values():
            names = {parameter["name"] for parameter in operation.get("parameters", ())}
            assert "query" not in names, path


def test_the_description_refers_to_nothing_it_does_not_hold(api: server.Api) -> None:
    document = api.openapi()
    assert references(document) <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def references(value: object) -> set[str]:
    """Every `$ref` in a JSON value."""
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(references(item) for item in value))
    return set()
