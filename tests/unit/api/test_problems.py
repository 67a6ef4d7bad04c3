"""Every failure is one shape: problem details with a string detail, and nothing of what was sent."""

from typing import Annotated, ClassVar

import pytest
from fastapi import FastAPI, HTTPException, Query
from fastapi.testclient import TestClient

from hotwash.api import problems
from hotwash.api.bodies import BodyLimit
from hotwash.errors import Forbidden, HotwashError, InvalidInput, NotFound, Unauthenticated


class Taken(HotwashError):
    status: ClassVar[int] = 409
    code: ClassVar[str] = "taken"


class Lost(HotwashError):
    status: ClassVar[int] = 503
    code: ClassVar[str] = "lost"


LIMIT = 100

FAILURES: dict[str, Exception] = {
    "401": Unauthenticated("Send a key"),
    "403": Forbidden("Permission missing"),
    "404": NotFound("No such session"),
    "409": Taken("Taken already"),
    "422": InvalidInput("after: not a cursor"),
    "400": HTTPException(400, "odd body"),
    "500": RuntimeError("words of a secret transcript"),
    "503": Lost("/home/someone/hotwash.db is locked"),
}


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI(redirect_slashes=False)
    problems.install(app)

    @app.get("/fail/{name}")
    def fail(name: str) -> None:
        raise FAILURES[name]

    @app.post("/numbers")
    def numbers(first: Annotated[int, Query()], body: dict[str, int]) -> None: ...

    return TestClient(BodyLimit(app, {"/numbers": LIMIT}), raise_server_exceptions=False)


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_a_problem_with_a_string_detail(client: TestClient, name: str) -> None:
    answer = client.get(f"/fail/{name}")
    body = answer.json()
    assert answer.status_code == int(name)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (body["type"], body["status"], body["instance"]) == ("about:blank", int(name), f"/fail/{name}")
    assert isinstance(body["title"], str)
    assert isinstance(body["detail"], str)
    assert body["detail"]


def test_the_sentence_of_an_expected_failure_is_the_detail(client: TestClient) -> None:
    assert client.get("/fail/404").json()["detail"] == "No such session"


def test_a_missing_credential_names_the_scheme(client: TestClient) -> None:
    assert client.get("/fail/401").headers["www-authenticate"] == "Bearer"
    assert "www-authenticate" not in client.get("/fail/403").headers


def test_a_conflict_is_final(client: TestClient) -> None:
    """The SDK repeats a 409 unless this header says not to (contract section 10.5)."""
    assert client.get("/fail/409").headers["x-should-retry"] == "false"


def test_a_fault_of_ours_says_nothing_of_its_cause(client: TestClient) -> None:
    for name in ("500", "503"):
        text = client.get(f"/fail/{name}").text
        assert "secret" not in text
        assert "/home" not in text
        assert "Traceback" not in text


def test_unknown_addresses_and_methods_are_problems_too(client: TestClient) -> None:
    missing, wrong_method = client.get("/nowhere"), client.delete("/numbers")
    assert (missing.status_code, missing.json()["status"]) == (404, 404)
    assert (wrong_method.status_code, wrong_method.headers["allow"]) == (405, "POST")
    assert wrong_method.headers["content-type"] == "application/problem+json"


def test_a_refused_value_is_named_but_not_repeated(client: TestClient) -> None:
    """What was sent may be a secret."""
    answer = client.post("/numbers?first=cog_secret", json={"a": "cog_x"})
    body = answer.json()
    assert answer.status_code == 422
    assert body["detail"].startswith("first: ")
    assert {tuple(error["loc"]) for error in body["errors"]} == {("query", "first"), ("body", "a")}
    assert {key for error in body["errors"] for key in error} == {"loc", "msg", "type"}
    assert "cog_" not in answer.text


def test_broken_json_is_refused_without_quoting_it(client: TestClient) -> None:
    answer = client.post("/numbers?first=1", content=b'{"cog_', headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    assert "cog_" not in answer.text


def test_too_large_a_body_is_refused(client: TestClient) -> None:
    """Both with a length and without one (chunked)."""
    headers = {"content-type": "application/json"}
    for content in (b"x" * (LIMIT + 1), (part for part in [b"x" * LIMIT, b"x"])):
        answer = client.post("/numbers?first=1", content=content, headers=headers)
        assert answer.status_code == 413
        assert answer.json()["detail"] == "The body is larger than this server accepts"
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_path_in_the_answer_is_encoded(client: TestClient) -> None:
    assert client.get("/fail/%3Cscript%3E%20%0a/x").json()["instance"] == "/fail/%3Cscript%3E%20%0A/x"
