"""Every JSON body against the contract's own schemas: keys, required ones, types, words of enumerations, and nothing besides."""

import functools

import httpx

from tests.acceptance.conftest import NAMES
from tests.acceptance.contract import Contract
from tests.acceptance.transcripts import bare_id
from tests.acceptance.waiting import until


def bases(org_id: str) -> tuple[str, str]:
    return "/v3/enterprise/sessions", f"/v3/organizations/{org_id}/sessions"


def analysed_insights(http: httpx.Client, path: str) -> dict[str, object] | None:
    """The insights once they have an analysis."""
    body: dict[str, object] = http.get(path).json()
    return body if body["analysis"] else None


def test_lists_and_sessions_are_as_the_contract_says(contract: Contract, enterprise: httpx.Client, org_id: str) -> None:
    for base in bases(org_id):
        assert contract.faults(enterprise.get(base).json(), "Paginated_SessionResponse") == []
        assert contract.faults(enterprise.get(f"{base}/{bare_id('first')}").json(), "SessionResponse") == []
        assert contract.faults(enterprise.get(f"{base}/{bare_id('first')}/messages").json(), "Paginated_SessionMessage") == []


def test_insights_are_as_the_contract_says_before_and_after_an_analysis(contract: Contract, enterprise: httpx.Client, org_id: str) -> None:
    for base in bases(org_id):
        assert contract.faults(enterprise.get(f"{base}/insights").json(), "Paginated_SessionInsightsResponse") == []
        for name in NAMES:
            path = f"{base}/{bare_id(name)}/insights"
            generated = enterprise.post(f"{path}/generate").json()
            assert contract.faults(generated, "SessionInsightsGenerateResponse") == []
            analysed = until(functools.partial(analysed_insights, enterprise, path), "the analysis")
            assert contract.faults(analysed, "SessionInsightsResponse") == []


def test_self_is_as_the_contract_says(contract: Contract, enterprise: httpx.Client, member: httpx.Client) -> None:
    for caller in (enterprise, member):
        assert contract.faults(caller.get("/v3/self").json(), "ServiceUserSelf") == []


def test_errors_are_as_the_contract_says(
    contract: Contract, anonymous: httpx.Client, enterprise: httpx.Client, viewer: httpx.Client
) -> None:
    failures = (
        (401, anonymous.get("/v3/self")),
        (403, viewer.get("/v3/enterprise/sessions")),
        (404, enterprise.get(f"/v3/enterprise/sessions/{'0' * 32}/insights")),
        (422, enterprise.get("/v3/enterprise/sessions", params={"first": "many"})),
    )
    for status, answer in failures:
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert contract.faults(answer.json(), "ProblemDetail") == []
        assert isinstance(answer.json()["detail"], str)
