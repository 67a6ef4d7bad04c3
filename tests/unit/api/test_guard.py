"""Which requests the outermost layer lets in, and what it adds to every response."""

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from hotwash.api.guard import RESPONSE_HEADERS, Guard, answered_hosts


def client(host: str = "127.0.0.1:8765", *, bound: str = "127.0.0.1", public_url: str | None = None) -> TestClient:
    app = FastAPI()

    @app.api_route("/", methods=["GET", "POST"])
    def index() -> dict[str, str]:
        return {}

    return TestClient(Guard(app, hosts=answered_hosts(bound, public_url), public_url=public_url), base_url=f"http://{host}")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8765", "127.0.0.1:8765", "[::1]:8765", "127.0.0.1:80"])
def test_loopback_names_are_answered(host: str) -> None:
    assert client().get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8765", "[", "", "localhost@evil.example"])
def test_another_name_on_loopback_is_refused(host: str) -> None:
    """DNS rebinding: a stranger's page reaches loopback under the stranger's name."""
    answer = client().get("/", headers={"host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_loopback_address_is_guarded() -> None:
    other = client("127.0.0.2:8765", bound="127.0.0.2")
    assert other.get("/").status_code == 200
    assert other.get("/", headers={"host": "evil.example"}).status_code == 421


def test_the_public_address_is_answered_behind_a_proxy() -> None:
    behind = client("hotwash.example", public_url="https://hotwash.example")
    assert behind.get("/").status_code == 200
    assert behind.post("/", headers={"origin": "https://hotwash.example"}).status_code == 200


def test_a_server_bound_beyond_loopback_answers_any_name() -> None:
    assert client("build-box.lan", bound="0.0.0.0").get("/").status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1.evil.example:8765", "[://"])
def test_a_change_from_another_site_is_refused(origin: str) -> None:
    answer = client().post("/", headers={"origin": origin})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_change_from_the_own_pages_or_from_a_program_is_let_in() -> None:
    """Programs send no Origin."""
    assert client().post("/", headers={"origin": "http://127.0.0.1:8765"}).status_code == 200
    assert client().post("/").status_code == 200


def test_reading_from_another_site_is_left_to_the_browser() -> None:
    """No CORS headers are sent, so the browser does not hand the answer over."""
    answer = client().get("/", headers={"origin": "https://evil.example"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_every_response_carries_the_security_headers() -> None:
    for answer in (client().get("/"), client().get("/missing"), client().get("/", headers={"host": "evil.example"})):
        assert {name: answer.headers[name.decode()].encode() for name, _ in RESPONSE_HEADERS} == dict(RESPONSE_HEADERS)


def test_a_page_keeps_a_policy_of_its_own() -> None:
    app = FastAPI()

    @app.get("/")
    def index() -> Response:
        return Response("", headers={"content-security-policy": "script-src 'self'"})

    answer = TestClient(Guard(app, hosts=None)).get("/")
    assert answer.headers["content-security-policy"] == "script-src 'self'"
