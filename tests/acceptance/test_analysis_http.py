"""The whole analysis under /hotwash/v1: kinds, severities, evidence and costs, which the contract's object cannot carry."""

import httpx

from tests.acceptance.conftest import upload
from tests.acceptance.transcripts import bare_id, claude_code
from tests.acceptance.waiting import until


def test_an_analysis_carries_evidence_for_each_issue(member: httpx.Client, org_id: str) -> None:
    session = bare_id("first")
    member.post(f"/v3/organizations/{org_id}/sessions/{session}/insights/generate")
    path = f"/hotwash/v1/sessions/{session}/analysis"
    analysis = until(lambda: body if (body := member.get(path).json())["state"] == "completed" else None, "the analysis")
    assert (analysis["session_id"], analysis["engine"]) == (session, "rules")
    assert analysis["details"]["issues"]
    for issue in analysis["details"]["issues"]:
        assert issue["kind"]
        assert issue["severity"] in ("high", "medium", "low")
        assert all(evidence["quote"] for evidence in issue["evidence"])
    insights = member.get(f"/v3/organizations/{org_id}/sessions/{session}/insights").json()
    assert insights["analysis"] == analysis["analysis"]


def test_a_session_without_an_analysis_says_so(member: httpx.Client, viewer: httpx.Client) -> None:
    """Not a failure: the session is there, its analysis has not been asked for."""
    upload(member, claude_code("unasked"))
    answer = viewer.get(f"/hotwash/v1/sessions/{bare_id('unasked')}/analysis")
    assert (answer.status_code, answer.json()["state"], answer.json()["analysis"]) == (200, "not_started", None)


def test_a_foreign_analysis_is_not_found(member: httpx.Client) -> None:
    for suffix in ("analysis", "events"):
        assert member.get(f"/hotwash/v1/sessions/{bare_id('foreign')}/{suffix}").status_code == 404
