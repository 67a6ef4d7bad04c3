"""The HTTP face on either database: the same requests, the same answers. On PostgreSQL no request takes the fast path."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from hotwash.api import server
from hotwash.identity import service as identity
from hotwash.insights.service import analyse_now
from hotwash.jobs.queue import Jobs
from hotwash.kit import clock
from hotwash.services import Services
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database, sqlite_url
from tests.acceptance.transcripts import STARTED_AT, bare_id, claude_code

MAX_UPLOAD_BYTES = 100_000


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    """Services whose jobs are not started."""
    return Services(
        db=database,
        blobs=DatabaseBlobs(),
        jobs=Jobs(sqlite_url(tmp_path), tmp_path),
        base_url="http://hotwash.test",
        data_dir=tmp_path,
        max_upload_bytes=MAX_UPLOAD_BYTES,
        usd_per_acu=2.25,
        size_thresholds=(2, 5, 10, 20),
    )


@pytest.fixture
def client(services: Services) -> TestClient:
    """An enterprise admin's client."""
    with services.db.write() as conn:
        made = identity.create_service_user(conn, name="test", role_id="enterprise-admin", now=clock.now())
    return TestClient(server.create(services, hosts=None), headers={"authorization": f"Bearer {made.token}"})


def take_in(client: TestClient, name: str, **query: str) -> None:
    answer = client.post("/hotwash/v1/imports", content=claude_code(name, started_at=STARTED_AT), params=query)
    assert [item["outcome"] for item in answer.json()["sessions"]] == ["created"]


def test_a_session_goes_in_and_comes_out(client: TestClient, services: Services) -> None:
    """Import, list, get, messages, insights before and after an analysis, the analysis itself, events."""
    take_in(client, "one", tags="a,b")
    session = bare_id("one")
    path = f"/v3/enterprise/sessions/devin-{session}"
    listed = client.get("/v3/enterprise/sessions", params={"tags": "b"}).json()
    assert listed == {"items": [client.get(path).json()], "end_cursor": None, "has_next_page": False, "total": 1}
    assert [message["source"] for message in client.get(f"{path}/messages").json()["items"]] == ["user", "devin", "devin"]
    assert client.get(f"{path}/insights").json()["analysis"] is None

    analyse_now(services.db, services.blobs, listed["items"][0]["org_id"], session)

    insights = client.get(f"{path}/insights")
    assert insights.json()["url"] == f"http://hotwash.test/sessions/{session}"
    assert insights.json()["analysis"]["issues"]
    assert client.get("/v3/enterprise/sessions/insights").json()["items"] == [insights.json()]
    assert client.get(f"/hotwash/v1/sessions/{session}/analysis").json()["analysis"] == insights.json()["analysis"]
    assert client.get(f"/hotwash/v1/sessions/{session}/events", params={"first": 2}).json()["has_next_page"]


def test_a_session_reads_like_its_insights_without_what_only_those_have(client: TestClient) -> None:
    take_in(client, "one")
    path = f"/v3/enterprise/sessions/{bare_id('one')}"
    only_insights = {"num_user_messages", "num_devin_messages", "session_size", "analysis", "analysis_status"}
    insights = client.get(f"{path}/insights").json()
    assert only_insights <= insights.keys()
    assert client.get(path).json() == {name: value for name, value in insights.items() if name not in only_insights}


def test_generate_without_running_jobs_is_a_passing_failure(client: TestClient) -> None:
    """503 with Retry-After, which the SDK repeats; nothing stays half-requested."""
    take_in(client, "one")
    path = f"/v3/enterprise/sessions/{bare_id('one')}/insights"
    answer = client.post(f"{path}/generate")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"]
    assert client.get(path).json()["analysis"] is None
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_too_large_an_upload_is_refused_and_leaves_nothing(client: TestClient, services: Services) -> None:
    for content in (b"x" * (MAX_UPLOAD_BYTES + 1), (part for part in [b"x" * MAX_UPLOAD_BYTES, b"x"])):
        answer = client.post("/hotwash/v1/imports", content=content)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert list(services.data_dir.glob("upload-*")) == []
    assert client.get("/v3/enterprise/sessions").json()["total"] == 0


def test_the_use_of_a_key_is_written_down(client: TestClient, services: Services) -> None:
    """After the answer, so that no reader waits for a writer."""
    client.get("/v3/self")
    with services.db.read() as conn:
        [user] = identity.list_service_users(conn)
    assert user.last_used_at is not None


def test_hostile_parameters_are_no_fault_of_the_server(client: TestClient) -> None:
    take_in(client, "one")
    for name in ("session_ids", "tags", "playbook_id", "user_ids", "repo_names", "org_ids", "schedule_id"):
        for value in ("'; DROP TABLE sessions; --", "%", "\\", "\u202e", "💥", "x" * 5000, ",".join("abc" for _ in range(3000))):
            for route in ("/v3/enterprise/sessions", "/v3/enterprise/sessions/insights"):
                answer = client.get(route, params={name: value})
                assert (answer.status_code, answer.json()["items"]) == (200, []), (name, value[:20])
