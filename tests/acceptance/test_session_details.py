"""What only Hotwash knows of a session, at a route of its own."""

import httpx

from tests.acceptance.conftest import upload
from tests.acceptance.transcripts import bare_id, claude_code

SECRET = "ghp_" + "a1B2" * 9


def test_figures_and_redactions_of_a_session_are_told(member: httpx.Client, viewer: httpx.Client) -> None:
    upload(member, claude_code("secretive", prompt=f"Use {SECRET}", steps=(("echo hi", f"{SECRET} {SECRET}", False),)))
    body = viewer.get(f"/hotwash/v1/sessions/{bare_id('secretive')}").json()
    assert (body["agent"], body["content"], body["redactions"]) == ("Claude Code", "full", {"github-token": 3})
    assert body["metrics"]["tool_calls"] == 1
    assert (body["metrics"]["copied_events"], body["acu_basis"]) == (0, "cost")


def test_a_foreign_session_is_not_found(member: httpx.Client) -> None:
    assert member.get(f"/hotwash/v1/sessions/{bare_id('foreign')}").status_code == 404
