"""`hotwash push`: the same sessions as by any other route, and a summary that scripts can act on."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import ORG, upload
from tests.acceptance.running import Server
from tests.acceptance.transcripts import STORY, bare_id, claude_code, session_uuid
from tests.acceptance.waiting import until

Push = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def push(server: Server, tmp_path: Path) -> Push:
    """Pushes as a member of ORG, the key in the environment."""
    token = server.token("org-member", ORG)

    def run(*words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTWASH_")}
        settings = {"HOTWASH_SERVER": server.base_url, "HOTWASH_TOKEN": token, "HOTWASH_DATA_DIR": str(tmp_path / "client")} | env
        command = [sys.executable, "-m", "hotwash.cli.main", "push", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=kept | settings)

    return run


def sessions(tmp_path: Path, *names: str) -> Path:
    """A folder of sessions as Claude Code keeps them."""
    folder = tmp_path / "projects" / "-home-dev"
    folder.mkdir(parents=True)
    for name in names:
        (folder / f"{session_uuid(name)}.jsonl").write_bytes(claude_code(name))
    return folder


def test_a_push_says_what_was_created_and_again_that_nothing_changed(push: Push, member: httpx.Client, tmp_path: Path) -> None:
    folder = sessions(tmp_path, "pushed-1", "pushed-2")
    first = push(folder, "--generate")
    assert (first.returncode, first.stdout) == (0, "2 sessions: 2 created, 0 updated, 0 unchanged; 0 rejected\n"), first.stderr
    (folder / f"{session_uuid('pushed-1')}.jsonl").write_bytes(claude_code("pushed-1", steps=(*STORY, ("ls", "totals.go", False))))
    again = json.loads(push(folder, "--json").stdout)
    assert sorted(item["outcome"] for item in again["sessions"]) == ["unchanged", "updated"]

    def analysed() -> bool | None:
        return member.get(f"/hotwash/v1/sessions/{bare_id('pushed-2')}/analysis").json()["state"] == "completed" or None

    assert until(analysed, "the analysis that was asked for")


def test_a_pushed_session_has_the_same_insights_as_an_uploaded_one(
    push: Push, server: Server, enterprise: httpx.Client, tmp_path: Path
) -> None:
    """Into two organisations, so that each route really stores it; only the organisation's id differs."""
    pushed, posted = server.org_id("by-push"), server.org_id("by-plain-post")
    admin = server.token("enterprise-admin")
    assert push(sessions(tmp_path, "same"), "--org", pushed, HOTWASH_TOKEN=admin).returncode == 0
    upload(enterprise, claude_code("same"), org_id=posted)
    insights = {
        org: enterprise.get(f"/v3/organizations/{org}/sessions/{bare_id('same')}/insights").content.replace(org.encode(), b"")
        for org in (pushed, posted)
    }
    assert insights[pushed] == insights[posted]


def test_what_is_no_transcript_is_named_and_costs_no_other(push: Push, tmp_path: Path) -> None:
    folder = sessions(tmp_path, "beside")
    bad = folder / "bad.json"
    bad.write_text('{"cut')
    done = push(folder)
    assert done.returncode == 1
    assert "1 created" in done.stdout
    assert done.stderr.startswith(f"hotwash: {bad}: ")
    assert done.stderr.count("\n") == 1


def test_a_database_is_sent_with_what_stands_in_its_log(push: Push, tmp_path: Path) -> None:
    """The store of a running agent: nearly everything is in the -wal still."""
    path = tmp_path / "sessions.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as agent:
        agent.execute("PRAGMA journal_mode=WAL")
        agent.execute("CREATE TABLE sessions (id TEXT PRIMARY KEY, working_dir TEXT, created_at TEXT)")
        agent.execute(
            "CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, role TEXT, content_json TEXT, created_timestamp INTEGER)"
        )
        agent.execute("INSERT INTO sessions VALUES ('20260102_1', '/home/dev', '2026-01-02 03:04:05')")
        said = [("user", "Count the lines."), ("assistant", "There are three.")]
        for number, (role, text) in enumerate(said):
            content = json.dumps([{"type": "text", "text": text}])
            agent.execute("INSERT INTO messages VALUES (?, '20260102_1', ?, ?, ?)", (number, role, content, 1767323045 + number))
        assert path.with_name("sessions.db-wal").stat().st_size > path.stat().st_size
        done = push(path, "--json")
    assert done.returncode == 0, done.stdout
    [session] = json.loads(done.stdout)["sessions"]
    assert (session["format"], session["outcome"]) == ("goose", "created")


def test_a_refused_key_is_one_line_and_exit_code_1(push: Push, tmp_path: Path) -> None:
    done = push(sessions(tmp_path, "refused"), HOTWASH_TOKEN="cog_wrong")
    assert done.returncode == 1
    assert "answers 401" in done.stderr
    assert "cog_wrong" not in done.stderr + done.stdout


def test_a_server_that_refuses_a_large_upload_before_its_end_is_heard(push: Push, tmp_path: Path) -> None:
    """It closes the connection while most of the body is still to come; the reason must not be lost in a broken connection."""
    large = tmp_path / "large.jsonl"
    large.write_text(os.urandom(8_000_000).hex())  # half of it after compression, more than the system buffers
    done = push(large, HOTWASH_TOKEN="cog_wrong")
    assert "answers 401" in done.stderr


def test_without_server_or_key_it_is_called_wrongly(push: Push, tmp_path: Path) -> None:
    folder = sessions(tmp_path, "nowhere")
    assert push(folder, HOTWASH_SERVER="").returncode == 2
    assert push(folder, HOTWASH_TOKEN="").returncode == 1
    assert push(folder, "--server", "ftp://example.com").returncode == 1


def test_clear_text_over_a_network_is_warned_of(push: Push, tmp_path: Path) -> None:
    """Nothing is sent here: there is no file to send."""
    done = push("--server", "http://hotwash.example.com")
    assert done.returncode == 0
    assert "not https" in done.stderr
