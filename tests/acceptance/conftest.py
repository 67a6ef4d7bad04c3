"""A running server with a few sessions, the official SDK and a plain HTTP client on it."""

from collections.abc import Iterator

import httpx
import pytest
from devin_sdk import DevinSDK

from tests.acceptance.contract import Contract
from tests.acceptance.running import Server
from tests.acceptance.transcripts import STARTED_AT, claude_code

ORG = "alpha"
OTHER_ORG = "beta"
NAMES = ("first", "second", "third")
"""Sessions of ORG, oldest first, a day apart."""
DAY_S = 86_400


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with NAMES in ORG and one session, `foreign`, in OTHER_ORG."""
    running = Server(tmp_path_factory.mktemp("data"))
    try:
        admin = client(running, running.token("enterprise-admin"))
        for number, name in enumerate(NAMES):
            upload(admin, claude_code(name, started_at=STARTED_AT + number * DAY_S), org_id=running.org_id(ORG), tags=f"{name},odd")
        upload(admin, claude_code("foreign"), org_id=running.org_id(OTHER_ORG))
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def org_id(server: Server) -> str:
    return server.org_id(ORG)


@pytest.fixture(scope="session")
def other_org_id(server: Server) -> str:
    return server.org_id(OTHER_ORG)


@pytest.fixture(scope="session")
def enterprise(server: Server) -> httpx.Client:
    """An enterprise admin."""
    return client(server, server.token("enterprise-admin"))


@pytest.fixture(scope="session")
def member(server: Server) -> httpx.Client:
    """A member of ORG: may view and manage its sessions."""
    return client(server, server.token("org-member", ORG))


@pytest.fixture(scope="session")
def viewer(server: Server) -> httpx.Client:
    """A viewer of ORG."""
    return client(server, server.token("org-viewer", ORG))


@pytest.fixture(scope="session")
def anonymous(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.base_url)


@pytest.fixture(scope="session")
def sdk(server: Server) -> DevinSDK:
    """The official SDK as a member of ORG, strict about every answer."""
    return DevinSDK(api_key=server.token("org-member", ORG), base_url=server.base_url, max_retries=0, _strict_response_validation=True)


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract()


def client(running: Server, token: str) -> httpx.Client:
    """A plain client with a key."""
    return httpx.Client(base_url=running.base_url, headers={"authorization": f"Bearer {token}"}, timeout=30)


def upload(http: httpx.Client, body: bytes, **query: str) -> dict[str, object]:
    """Imports a transcript; what the server says of it."""
    answer = http.post("/hotwash/v1/imports", content=body, params=query)
    assert answer.status_code == 200, answer.text
    summary: dict[str, object] = answer.json()
    return summary
