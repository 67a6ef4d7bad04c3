"""Requests that are wrong, and uploads that are no transcripts: a problem that says what to do, the server unharmed, nothing stored."""

import gzip
import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.acceptance.conftest import upload
from tests.acceptance.transcripts import bare_id, claude_code

PROBLEM = "application/problem+json"


def is_problem(answer: httpx.Response, status: int) -> bool:
    body = answer.json()
    return (
        (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
        and body["status"] == status
        and isinstance(body["detail"], str)
        and "Traceback" not in answer.text
    )


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Basic Y29nXw==", "Bearer cog_unknown", "Bearer apk_old", "Bearer " + "x" * 5000, "cog_x"],
)
def test_a_wrong_credential_is_401_and_names_the_scheme(anonymous: httpx.Client, authorization: str | None) -> None:
    answer = anonymous.get("/v3/self", headers={} if authorization is None else {"authorization": authorization})
    assert is_problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "path",
    ["/v3/nothing", "/v3/enterprise/sessions/", "/v3beta1/unknown", "/hotwash/v1/unknown", "/v4", "/%00", "/v3/enterprise/sessions/a/b"],
)
def test_an_unknown_address_is_404(enterprise: httpx.Client, path: str) -> None:
    assert is_problem(enterprise.get(path), 404)


@pytest.mark.parametrize(
    "session_id", ["0" * 32, "devin-", "devin-x", "%00", "%27%20OR%201=1--", "..%2f..", "x" * 4000, "%F0%9F%92%A5", "%FF"]
)
@pytest.mark.parametrize("suffix", ["", "/insights", "/messages"])
def test_an_unknown_session_is_404(enterprise: httpx.Client, session_id: str, suffix: str) -> None:
    assert is_problem(enterprise.get(f"/v3/enterprise/sessions/{session_id}{suffix}"), 404)


def test_a_wrong_method_is_405_and_names_the_right_ones(enterprise: httpx.Client) -> None:
    answer = enterprise.delete("/v3/self")
    assert is_problem(answer, 405)
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    "query",
    [
        "first=0",
        "first=201",
        "first=true",
        "first=x",
        "after=%21%21",
        "after=bm90IGEgY3Vyc29y",
        "created_after=x",
        "category=x",
        "origins=x",
        "is_archived=x",
    ],
)
@pytest.mark.parametrize("route", ["/v3/enterprise/sessions", "/v3/enterprise/sessions/insights"])
def test_a_bad_parameter_is_422(enterprise: httpx.Client, route: str, query: str) -> None:
    answer = enterprise.get(f"{route}?{query}")
    assert is_problem(answer, 422)


def test_a_refused_value_is_not_echoed(enterprise: httpx.Client) -> None:
    assert "cog_secret" not in enterprise.get("/v3/enterprise/sessions", params={"first": "cog_secret"}).text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"not a transcript",
        b"\x00\x01\x02\x7fELF" * 100,
        b'{"type":"user","message":{"role":"us',
        b"{}",
        b"[]",
        b'{"a":' * 100_000,
        gzip.compress(b"nothing of ours"),
        gzip.compress(b"x" * 1000)[:40],
        b"PK\x03\x04 not really a zip",
        json.dumps({"schema_version": "ATIF-v1.5"}).encode(),
    ],
    ids=["empty", "blank", "text", "binary", "truncated", "object", "array", "nested", "gzip", "cut gzip", "cut zip", "bare ATIF"],
)
def test_what_is_no_transcript_is_rejected_with_a_reason(enterprise: httpx.Client, body: bytes) -> None:
    """A bad item is a value: the import answers 200 and says what it did not take."""
    answer = enterprise.post("/hotwash/v1/imports", content=body)
    assert answer.status_code == 200
    assert answer.json()["sessions"] == []
    [rejected] = answer.json()["rejected"]
    assert isinstance(rejected["name"], str)
    assert "Traceback" not in rejected["reason"]
    assert "\n" not in rejected["reason"]


def test_a_format_nobody_knows_is_refused(enterprise: httpx.Client) -> None:
    answer = enterprise.post("/hotwash/v1/imports", content=claude_code("unknown-format"), params={"format": "nonsense"})
    assert is_problem(answer, 422)
    assert "claude-code" in answer.json()["detail"]
    assert enterprise.get(f"/v3/enterprise/sessions/{bare_id('unknown-format')}").status_code == 404


def test_an_upload_to_a_foreign_or_missing_organisation_is_refused(
    member: httpx.Client, enterprise: httpx.Client, other_org_id: str
) -> None:
    for caller, org in ((member, other_org_id), (member, "org-" + "0" * 32), (enterprise, "org-" + "0" * 32)):
        assert is_problem(caller.post("/hotwash/v1/imports", content=claude_code("misplaced"), params={"org_id": org}), 403)
    assert enterprise.get(f"/v3/enterprise/sessions/{bare_id('misplaced')}").status_code == 404


def test_a_viewer_may_not_upload(viewer: httpx.Client) -> None:
    assert is_problem(viewer.post("/hotwash/v1/imports", content=claude_code("misplaced")), 403)


def test_secrets_in_an_upload_are_not_stored(member: httpx.Client, org_id: str) -> None:
    secret = "ghp_" + "Aa1" * 12
    upload(member, claude_code("leaky", prompt=f"Push with the token {secret} please."))
    answer = member.get(f"/v3/organizations/{org_id}/sessions/{bare_id('leaky')}/messages")
    assert "REDACTED" in answer.text
    assert secret not in answer.text


def test_the_server_still_answers_after_all_that(anonymous: httpx.Client) -> None:
    assert anonymous.get("/healthz").json() == {"status": "ok"}
    assert anonymous.get("/readyz").json() == {"status": "ok"}


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: "], ids=["address", "header"])
def test_an_endless_head_ends_the_connection(anonymous: httpx.Client, start: bytes) -> None:
    """Nobody needs a key to send one."""
    address = urlsplit(str(anonymous.base_url))
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as connection:
        sent = 0
        try:
            connection.sendall(start)
            while sent < 8_000_000:
                sent += connection.send(b"a" * 100_000)
        except OSError:  # hung up on
            pass
        assert sent < 8_000_000
    assert anonymous.get("/healthz").status_code == 200


def test_a_head_that_is_large_but_not_endless_is_answered(anonymous: httpx.Client) -> None:
    assert anonymous.get("/healthz", headers={"x-long": "a" * 200_000}).status_code == 200
