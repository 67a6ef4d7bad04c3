"""`kill -9` at any moment: nothing acknowledged is lost, no analysis stuck."""

import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import httpx
import pytest

from hotwash.identity.service import EVERYTHING
from hotwash.insights.service import get_analysis
from hotwash.store.engine import open_database, sqlite_url
from tests.acceptance.conftest import client, upload
from tests.acceptance.running import Server, hotwash
from tests.acceptance.transcripts import STORY, bare_id, claude_code
from tests.acceptance.waiting import until

Start = Callable[[], Server]

LONG = STORY * 100
"""800 commands: three such sessions keep the jobs busy for longer than the kill takes to come."""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a server on the same data folder, again and again."""
    running: list[Server] = []

    def start_one() -> Server:
        running.append(Server(tmp_path))
        return running[-1]

    yield start_one
    for server in running:
        server.kill()


def insights(http: httpx.Client, name: str) -> dict[str, object]:
    body: dict[str, object] = http.get(f"/v3/enterprise/sessions/{bare_id(name)}/insights").json()
    return body


def analysis(http: httpx.Client, name: str) -> object:
    """None until it has completed."""
    return insights(http, name)["analysis"]


def analysis_states(server: Server, names: Iterable[str]) -> set[str]:
    """What the store of a dead server says of its analyses."""
    db = open_database(sqlite_url(server.data_dir))
    try:
        with db.read() as conn:
            return {get_analysis(conn, EVERYTHING, bare_id(name)).state for name in names}
    finally:
        db.close()


def test_an_analysis_that_was_killed_completes_after_a_restart(start: Start) -> None:
    """Killed right after generate was acknowledged, with several large sessions queued or in work."""
    names = ("long-1", "long-2", "long-3")
    first = start()
    token = first.token("enterprise-admin")
    http = client(first, token)
    for name in names:
        upload(http, claude_code(name, steps=LONG))
    for name in names:
        answer = http.post(f"/v3/enterprise/sessions/{bare_id(name)}/insights/generate")
        assert answer.json() == {"session_id": bare_id(name), "status": "started"}
    first.kill()
    assert "started" in analysis_states(first, names), "the kill came too late to prove anything"

    second = client(start(), token)
    for name in names:
        assert until(functools.partial(analysis, second, name), f"the analysis of {name}")


def test_an_acknowledged_import_survives_a_kill(start: Start) -> None:
    first = start()
    token = first.token("enterprise-admin")
    upload(client(first, token), claude_code("kept"))
    first.kill()
    assert insights(client(start(), token), "kept")["session_id"] == bare_id("kept")


def test_a_stopped_server_ends_cleanly_and_starts_again(start: Start) -> None:
    first = start()
    token = first.token("enterprise-admin")
    assert first.stop() == 0
    assert client(start(), token).get("/v3/self").status_code == 200


def test_a_port_in_use_is_one_line_that_says_what_to_do(start: Start, tmp_path: Path) -> None:
    port = start().base_url.rsplit(":", 1)[1]
    second = hotwash("up", "--data", str(tmp_path / "elsewhere"), "--port", port)
    _, errors = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "--port" in errors
    assert len(errors.splitlines()) == 1


def test_two_servers_do_not_share_a_data_folder(start: Start) -> None:
    """Each job would run twice."""
    first = start()
    with pytest.raises(AssertionError, match="Another Hotwash serves"):
        start()
    assert httpx.get(f"{first.base_url}/healthz").status_code == 200
