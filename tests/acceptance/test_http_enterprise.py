"""The enterprise level, which the SDK does not have, over plain HTTP; and what keeps organisations apart."""

import httpx
import pytest

from tests.acceptance.conftest import NAMES
from tests.acceptance.transcripts import STARTED_AT, bare_id

SESSIONS = "/v3/enterprise/sessions"


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["session_id"] for item in answer.json()["items"]]


def test_one_stream_over_all_organisations(enterprise: httpx.Client) -> None:
    wanted = {*(bare_id(name) for name in NAMES), bare_id("foreign")}
    listed = ids(enterprise.get(SESSIONS))
    assert wanted <= set(listed)
    assert set(ids(enterprise.get(f"{SESSIONS}/insights"))) == set(listed)


def test_lists_narrow_to_organisations(enterprise: httpx.Client, other_org_id: str) -> None:
    assert ids(enterprise.get(SESSIONS, params={"org_ids": other_org_id})) == [bare_id("foreign")]
    assert ids(enterprise.get(f"{SESSIONS}/insights", params={"qs[org_ids]": other_org_id})) == [bare_id("foreign")]


def test_created_after_is_inclusive_and_created_before_exclusive(enterprise: httpx.Client, org_id: str) -> None:
    """As observed on the live API (contract section 2)."""
    at = enterprise.get(f"{SESSIONS}/{bare_id('second')}").json()["created_at"]
    assert at > STARTED_AT
    wanted = {"session_ids": [bare_id(name) for name in NAMES]}
    assert bare_id("second") in ids(enterprise.get(SESSIONS, params={**wanted, "created_after": at}))
    assert bare_id("second") not in ids(enterprise.get(SESSIONS, params={**wanted, "created_before": at}))


@pytest.mark.parametrize("suffix", ["", "/insights", "/messages"])
def test_a_session_is_found_by_either_form_of_its_id(enterprise: httpx.Client, suffix: str) -> None:
    bare = enterprise.get(f"{SESSIONS}/{bare_id('first')}{suffix}")
    prefixed = enterprise.get(f"{SESSIONS}/devin-{bare_id('first')}{suffix}")
    assert (bare.status_code, prefixed.status_code) == (200, 200)
    assert bare.content == prefixed.content


@pytest.mark.parametrize("suffix", ["", "/insights", "/messages"])
def test_org_id_narrows_a_session_by_id(enterprise: httpx.Client, org_id: str, other_org_id: str, suffix: str) -> None:
    path = f"{SESSIONS}/{bare_id('first')}{suffix}"
    assert enterprise.get(path, params={"org_id": org_id}).status_code == 200
    assert enterprise.get(path, params={"org_id": other_org_id}).status_code == 404


def test_messages_page_at_either_level(enterprise: httpx.Client, org_id: str) -> None:
    for base in (SESSIONS, f"/v3/organizations/{org_id}/sessions"):
        path = f"{base}/{bare_id('first')}/messages"
        whole = enterprise.get(path).json()["items"]
        first = enterprise.get(path, params={"first": 1}).json()
        rest = enterprise.get(path, params={"after": first["end_cursor"]}).json()
        assert first["has_next_page"]
        assert (len(first["items"]), first["items"] + rest["items"]) == (1, whole)
        assert enterprise.get(path, params={"first": 0}).status_code == 422


def test_generate_answers_at_once_and_needs_the_permission_to_manage(
    enterprise: httpx.Client, member: httpx.Client, viewer: httpx.Client, org_id: str
) -> None:
    """Clients send a JSON content type and no body (contract section 10.4)."""
    json_header = {"content-type": "application/json"}
    answer = enterprise.post(f"{SESSIONS}/{bare_id('third')}/insights/generate", headers=json_header)
    assert (answer.status_code, answer.json()["session_id"]) == (200, bare_id("third"))
    assert answer.json()["status"] in ("started", "already_exists")
    path = f"/v3/organizations/{org_id}/sessions/{bare_id('third')}/insights/generate"
    assert viewer.post(path, headers=json_header).status_code == 403
    assert member.post(path, headers=json_header).json()["status"] == "already_exists"


def test_an_organisations_key_opens_no_enterprise_route(member: httpx.Client) -> None:
    for path in (SESSIONS, f"{SESSIONS}/insights", f"{SESSIONS}/{bare_id('first')}", f"{SESSIONS}/{bare_id('first')}/insights"):
        assert member.get(path).status_code == 403


def test_a_foreign_session_cannot_be_told_from_a_missing_one(member: httpx.Client, org_id: str) -> None:
    base = f"/v3/organizations/{org_id}/sessions"
    for suffix in ("", "/insights", "/messages"):
        foreign, missing = member.get(f"{base}/{bare_id('foreign')}{suffix}"), member.get(f"{base}/{'0' * 32}{suffix}")
        assert (foreign.status_code, missing.status_code) == (404, 404)
        assert foreign.text.replace(bare_id("foreign"), "") == missing.text.replace("0" * 32, "")
    assert ids(member.get(base, params={"session_ids": bare_id("foreign")})) == []


def test_a_foreign_organisation_cannot_be_told_from_a_missing_one(member: httpx.Client, other_org_id: str) -> None:
    foreign, missing = (member.get(f"/v3/organizations/{org}/sessions") for org in (other_org_id, "org-" + "0" * 32))
    assert (foreign.status_code, missing.status_code) == (403, 403)
    assert foreign.text.replace(other_org_id, "") == missing.text.replace("org-" + "0" * 32, "")
