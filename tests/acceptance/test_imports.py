"""The same session by any route is the same session, and its insights are the same bytes."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import httpx
import pytest
import zstandard

from tests.acceptance.conftest import ORG, upload
from tests.acceptance.running import Server, hotwash
from tests.acceptance.transcripts import STORY, bare_id, claude_code


def outcomes(summary: dict[str, object]) -> list[tuple[str, str]]:
    sessions = summary["sessions"]
    assert isinstance(sessions, list)
    return [(item["session_id"], item["outcome"]) for item in sessions]


def insights(http: httpx.Client, org_id: str, name: str) -> bytes:
    answer = http.get(f"/v3/organizations/{org_id}/sessions/{bare_id(name)}/insights")
    assert answer.status_code == 200
    return answer.content


def test_an_upload_says_what_it_took(member: httpx.Client) -> None:
    answer = member.post("/hotwash/v1/imports", content=claude_code("told")).json()
    [session] = answer["sessions"]
    assert session.pop("events") > 2 * len(STORY)
    assert session == {"session_id": bare_id("told"), "outcome": "created", "format": "claude-code", "warnings": []}
    assert answer["rejected"] == []


def test_a_session_uploaded_again_changes_nothing_and_one_that_grew_is_updated(member: httpx.Client, org_id: str) -> None:
    short, grown = claude_code("growing", steps=STORY[:4]), claude_code("growing")
    assert outcomes(upload(member, short)) == [(bare_id("growing"), "created")]
    before = insights(member, org_id, "growing")
    assert outcomes(upload(member, short)) == [(bare_id("growing"), "unchanged")]
    assert insights(member, org_id, "growing") == before
    assert outcomes(upload(member, grown)) == [(bare_id("growing"), "updated")]
    assert insights(member, org_id, "growing") != before


def test_the_command_line_and_an_upload_give_the_same_bytes(server: Server, enterprise: httpx.Client, tmp_path: Path) -> None:
    """Into two organisations, so that each route really stores it; only the organisation's id differs."""
    file = tmp_path / "session.jsonl"
    file.write_bytes(claude_code("twice"))
    by_cli = hotwash("import", str(file), "--data", str(server.data_dir), "--org", "by-cli")
    assert by_cli.wait(60) == 0, by_cli.stderr.read() if by_cli.stderr else ""
    cli_org, post_org = server.org_id("by-cli"), server.org_id("by-post")
    upload(enterprise, file.read_bytes(), org_id=post_org)
    assert insights(enterprise, cli_org, "twice").replace(cli_org.encode(), post_org.encode()) == insights(enterprise, post_org, "twice")


@pytest.mark.parametrize("pack", ["gzip", "zstd", "tar", "tar.gz", "zip"])
def test_packed_uploads_are_unpacked(member: httpx.Client, pack: str) -> None:
    first, second = claude_code(f"{pack}-1"), claude_code(f"{pack}-2")
    body, names = {
        "gzip": lambda: (gzip.compress(first), [f"{pack}-1"]),
        "zstd": lambda: (zstandard.compress(first), [f"{pack}-1"]),
        "tar": lambda: (tar(first, second), [f"{pack}-1", f"{pack}-2"]),
        "tar.gz": lambda: (gzip.compress(tar(first, second)), [f"{pack}-1", f"{pack}-2"]),
        "zip": lambda: (zip_(first, second), [f"{pack}-1", f"{pack}-2"]),
    }[pack]()
    assert sorted(outcomes(upload(member, body))) == sorted((bare_id(name), "created") for name in names)


def test_tags_and_user_are_kept(member: httpx.Client, org_id: str) -> None:
    upload(member, claude_code("tagged"), user_id="email|someone", tags="nightly,ci")
    session = member.get(f"/v3/organizations/{org_id}/sessions/{bare_id('tagged')}").json()
    assert (session["user_id"], sorted(session["tags"])) == ("email|someone", ["ci", "nightly"])
    found = member.get(f"/v3/organizations/{org_id}/sessions", params={"user_ids": "email|someone"}).json()
    assert [item["session_id"] for item in found["items"]] == [bare_id("tagged")]


def test_an_upload_goes_to_the_callers_own_organisation(member: httpx.Client, enterprise: httpx.Client, server: Server) -> None:
    """An enterprise caller who names none gets the default one."""
    upload(member, claude_code("own"))
    upload(enterprise, claude_code("defaulted"))
    path = "/v3/enterprise/sessions/{}"
    assert enterprise.get(path.format(bare_id("own"))).json()["org_id"] == server.org_id(ORG)
    assert enterprise.get(path.format(bare_id("defaulted"))).json()["org_id"] == server.org_id("default")


def test_events_page_through_a_session(member: httpx.Client) -> None:
    path = f"/hotwash/v1/sessions/{bare_id('first')}/events"
    whole = member.get(path).json()
    assert [event["seq"] for event in whole["items"]] == list(range(len(whole["items"])))
    assert whole["total"] == len(whole["items"])
    seen, after = [], None
    while True:
        page = member.get(path, params={"first": 3} | ({"after": after} if after else {})).json()
        seen += page["items"]
        after = page["end_cursor"]
        assert page["has_next_page"] == (after is not None)
        if after is None:
            break
    assert seen == whole["items"]


def tar(*files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for number, content in enumerate(files):
            entry = tarfile.TarInfo(f"sessions/{number}.jsonl")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def zip_(*files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, content in enumerate(files):
            archive.writestr(f"sessions/{number}.jsonl", content)
    return buffer.getvalue()
