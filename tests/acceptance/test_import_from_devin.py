"""`hotwash import --from-devin` against a server that speaks the contract: our own."""

import json
from pathlib import Path

import httpx

from tests.acceptance.command import hotwash
from tests.acceptance.conftest import NAMES, ORG
from tests.acceptance.running import Server
from tests.acceptance.transcripts import bare_id
from tests.acceptance.waiting import until


def test_a_servers_sessions_come_in_with_their_analyses(server: Server, member: httpx.Client, org_id: str, tmp_path: Path) -> None:
    """Once, with the same messages, tags, ACUs and analysis; a second run changes nothing."""
    theirs = f"/v3/organizations/{org_id}/sessions/{bare_id('second')}/insights"
    member.post(f"{theirs}/generate")
    analysis = until(lambda: member.get(theirs).json()["analysis"], "the analysis")
    command = ("import", "--from-devin", server.base_url, "--token", server.token("org-viewer", ORG), "--data", tmp_path, "--json")

    first = hotwash(*command)
    assert (first.returncode, first.stderr) == (0, "")
    taken = {session["session_id"]: session["outcome"] for session in json.loads(first.stdout)["sessions"]}
    assert {bare_id(name) for name in NAMES} <= set(taken)
    assert set(taken.values()) == {"created"}

    ours, before = json.loads(hotwash("insights", bare_id("second"), "--data", tmp_path).stdout), member.get(theirs).json()
    same = (
        "acus_consumed",
        "analysis",
        "created_at",
        "num_devin_messages",
        "num_user_messages",
        "pull_requests",
        "session_id",
        "tags",
        "title",
    )
    assert {key: ours[key] for key in same} == {key: before[key] for key in same}
    assert ours["analysis"] == analysis

    again = json.loads(hotwash(*command).stdout)["sessions"]
    assert {session["outcome"] for session in again} == {"unchanged"}


def test_a_bad_token_is_one_line(server: Server, tmp_path: Path) -> None:
    """Which does not hold the token."""
    failed = hotwash("import", "--from-devin", server.base_url, "--token", "cog_wrong", "--data", tmp_path)
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert "unknown or expired" in failed.stderr
    assert "cog_wrong" not in failed.stderr + failed.stdout


def test_paths_and_an_address_exclude_each_other(tmp_path: Path) -> None:
    for words in ((), (tmp_path, "--from-devin", "https://api.example.com")):
        failed = hotwash("import", *words, "--data", tmp_path)
        assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
