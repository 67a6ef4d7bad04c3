"""The fast path and the ordinary one give the same answers, byte for byte, whoever asks for whatever."""

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from hotwash import app
from hotwash.api import server
from hotwash.api.fastpath import FastPath
from hotwash.api.guard import Guard
from hotwash.api.query import FlatQuery
from hotwash.identity import service as identity
from hotwash.identity.permissions import ROLES
from hotwash.intake.service import import_upload
from hotwash.kit import clock
from hotwash.services import Services
from hotwash.settings import InsightsSettings, ServerSettings, StoreSettings
from tests.acceptance.transcripts import bare_id, claude_code

HANDED_ON = 418
ORGS = ("alpha", "beta")

Answer = tuple[int, bytes, dict[str, str]]
"""Status, body, headers."""


@dataclasses.dataclass
class World:
    """A store with two organisations, a session in each and one in both, and a key of every role."""

    services: Services
    orgs: dict[str, str]
    tokens: dict[str, str]
    users: dict[str, str]

    def ordinary(self) -> TestClient:
        return TestClient(Guard(FlatQuery(server.routes(self.services)), hosts=None))

    def fast_alone(self) -> TestClient:
        """The fast path before an application that only says that it was asked."""
        return TestClient(FastPath(_teapot(), self.services))

    def paths(self) -> list[str]:
        """Single insights documents of every session, known or not, at both levels and by both forms of the id."""
        ids = [bare_id(name) for name in ("in-alpha", "in-beta", "in-both")] + ["0" * 32, "nonsense"]
        levels = ["/v3/enterprise", *(f"/v3/organizations/{org}" for org in (*self.orgs.values(), "org-unknown"))]
        forms = [form for bare in ids for form in (bare, f"devin-{bare}")]
        return [f"{level}/sessions/{form}/insights" for level, form in itertools.product(levels, forms)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("fastpath")
    application = app.build(StoreSettings(data_dir=folder), ServerSettings(), InsightsSettings(), base_url="http://127.0.0.1:8765")
    services = application.services
    with services.db.write() as conn:
        orgs = {name: identity.ensure_organization(conn, name, clock.now()) for name in ORGS}
    for name, org in (("in-alpha", "alpha"), ("in-beta", "beta"), ("in-both", "alpha"), ("in-both", "beta")):
        _take_in(services, folder / "session.jsonl", name, orgs[org])
    tokens, users = {"nobody": "cog_unknown", "empty": ""}, {}
    with services.db.write() as conn:
        for role in ROLES.values():
            org_id = orgs["alpha"] if role.role_type == "org" else None
            made = identity.create_service_user(conn, name=role.role_id, role_id=role.role_id, org_id=org_id, now=clock.now())
            tokens[role.role_id], users[role.role_id] = made.token, made.service_user_id
    yield World(services, orgs, tokens, users)
    services.db.close()


def _take_in(services: Services, file: Path, name: str, org_id: str) -> None:
    file.write_bytes(claude_code(name))
    summary = import_upload(services.db, services.blobs, file, name=name, org_id=org_id, now=clock.now(), settings=services)
    assert summary.rejected == ()


def _teapot() -> FastAPI:
    inner = FastAPI()

    @inner.api_route("/{path:path}", methods=["GET", "POST", "HEAD"])
    def handed_on(path: str) -> Response:
        return Response(status_code=HANDED_ON)

    return inner


def ask(client: TestClient, token: str, path: str) -> Answer:
    answer = client.get(path, headers={"authorization": f"Bearer {token}"})
    return answer.status_code, answer.content, dict(answer.headers)


def test_both_ways_give_the_same_answers(world: World) -> None:
    """Every role, every level, every session. Where the ordinary way says 200 so does the fast one, with the same bytes and headers; what
    the fast one hands on, the ordinary way refuses."""
    ordinary, fast = world.ordinary(), world.fast_alone()
    for token in world.tokens.values():
        ask(ordinary, token, "/v3/self")  # writes down that the key is used, which the fast path leaves to the ordinary one
        for path in world.paths():
            expected, answer = ask(ordinary, token, path), ask(fast, token, path)
            if answer[0] == HANDED_ON:
                assert expected[0] in (401, 403, 404), path
            else:
                assert answer == expected, path


def test_the_whole_application_answers_as_if_there_were_no_fast_path(world: World) -> None:
    ordinary, whole = world.ordinary(), TestClient(server.create(world.services, hosts=None))
    for token in world.tokens.values():
        for path in world.paths():
            assert ask(whole, token, path) == ask(ordinary, token, path)


def test_the_fast_path_takes_the_hot_requests(world: World) -> None:
    """Else it would be correct, and of no use."""
    fast = world.fast_alone()
    for role, level in (("enterprise-viewer", "enterprise"), ("org-viewer", f"organizations/{world.orgs['alpha']}")):
        ask(world.ordinary(), world.tokens[role], "/v3/self")
        assert ask(fast, world.tokens[role], f"/v3/{level}/sessions/devin-{bare_id('in-alpha')}/insights")[0] == 200


@pytest.mark.parametrize("rest", ["/insights?org_id=x", "/insights?", "", "/insights/", "/insights/generate", "/messages"])
def test_anything_else_is_handed_on(world: World, rest: str) -> None:
    token = world.tokens["enterprise-admin"]
    ask(world.ordinary(), token, "/v3/self")
    status = ask(world.fast_alone(), token, f"/v3/enterprise/sessions/{bare_id('in-alpha')}{rest}")[0]
    assert status == (200 if rest == "/insights?" else HANDED_ON)


def test_a_revoked_key_stops_working_with_the_next_request(world: World) -> None:
    """What is remembered of a key ends with any commit, whoever makes it."""
    with world.services.db.write() as conn:
        made = identity.create_service_user(conn, name="short-lived", role_id="enterprise-viewer", now=clock.now())
    fast, path = world.fast_alone(), f"/v3/enterprise/sessions/{bare_id('in-alpha')}/insights"
    ask(world.ordinary(), made.token, "/v3/self")
    assert [ask(fast, made.token, path)[0] for _ in range(3)] == [200, 200, 200]
    with world.services.db.write() as conn:
        identity.revoke_service_user(conn, made.service_user_id, clock.now())
    assert ask(fast, made.token, path)[0] == HANDED_ON
    assert ask(world.ordinary(), made.token, path)[0] == 401


def test_a_document_that_changes_is_served_changed(world: World, tmp_path: Path) -> None:
    """What is remembered of an answer ends with any commit."""
    fast, token = world.fast_alone(), world.tokens["enterprise-viewer"]
    path = f"/v3/enterprise/sessions/{bare_id('changing')}/insights"
    file = tmp_path / "session.jsonl"
    for steps in (1, 3):
        file.write_bytes(claude_code("changing", steps=[("true", "", False)] * steps))
        import_upload(
            world.services.db, world.services.blobs, file, name="x", org_id=world.orgs["alpha"], now=clock.now(), settings=world.services
        )
        ask(world.ordinary(), token, "/v3/self")
        assert ask(fast, token, path) == ask(world.ordinary(), token, path)
