"""One error shape: every expected failure has a status and a code of its own, and every route answers failures as problems."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import hotwash
from hotwash.api import description, server
from hotwash.errors import HotwashError
from tests.house.test_routes import OPEN, services

STATUSES = {400, 401, 403, 404, 409, 413, 422, 429, 500, 503}
"""Those of the contract (section 1, errors), and a server's own troubles."""


@pytest.fixture(scope="module")
def errors() -> list[type[HotwashError]]:
    """Every error class of the package. Modules that need an extra which is not installed are not there to raise anything either."""
    for module in pkgutil.walk_packages(hotwash.__path__, "hotwash."):
        if not module.name.startswith("hotwash.store.migrations"):
            importlib.import_module(module.name)
    return list(subclasses(HotwashError))


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> server.Api:
    folder: Path = tmp_path_factory.mktemp("errors")
    return server.routes(services(folder))


def subclasses(kind: type[HotwashError]) -> Iterator[type[HotwashError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("hotwash."):
            yield child
            yield from subclasses(child)


def test_every_error_has_a_status_that_clients_expect(errors: list[type[HotwashError]]) -> None:
    assert {error.__name__ for error in errors if error.status not in STATUSES} == set()


def test_every_error_names_itself_and_no_two_alike(errors: list[type[HotwashError]]) -> None:
    """The code is what programs branch on."""
    own = [error.code for error in errors if "code" in error.__dict__]
    assert all(code.isidentifier() and code.islower() for code in own)
    assert sorted(own) == sorted(set(own))


def test_every_error_says_what_it_is_for(errors: list[type[HotwashError]]) -> None:
    assert {error.__name__ for error in errors if not error.__doc__} == set()


def test_every_closed_route_answers_a_stranger_with_the_same_problem(api: server.Api) -> None:
    """Before it looks at anything else: a stranger learns nothing about what exists, nor about parameters."""
    client = TestClient(api)
    for route in description.api_routes(api):
        if route.path in OPEN:
            continue
        path = route.path.format(org_id="org-x", devin_id="x", session_id="x")
        for method in route.methods or ():
            answer = client.request(method, path, params={"first": "nonsense"})
            assert answer.status_code == 401, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"
            assert isinstance(answer.json()["detail"], str)
