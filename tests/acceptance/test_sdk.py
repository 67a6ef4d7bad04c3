"""The official SDK, strict about every answer, drives the organisation level. It is the judge of the wire."""

import httpx
import pytest
from devin_sdk import APIStatusError, AuthenticationError, DevinSDK, NotFoundError, PermissionDeniedError, UnprocessableEntityError

from tests.acceptance.conftest import NAMES, upload
from tests.acceptance.running import Server
from tests.acceptance.transcripts import bare_id, claude_code
from tests.acceptance.waiting import until


def test_sessions_are_listed_newest_first(sdk: DevinSDK, org_id: str) -> None:
    page = sdk.organizations.sessions.list(org_id, session_ids=[bare_id(name) for name in NAMES])
    assert [item.session_id for item in page.items] == [bare_id(name) for name in reversed(NAMES)]
    assert (page.has_next_page, page.end_cursor, page.total) == (False, None, len(NAMES))


def test_pages_follow_each_other_without_gap_or_repeat(sdk: DevinSDK, org_id: str) -> None:
    seen, after = [], None
    for _ in NAMES:
        page = sdk.organizations.sessions.list(org_id, first=1, after=after, session_ids=[bare_id(name) for name in NAMES])
        seen += [item.session_id for item in page.items]
        after = page.end_cursor
    assert after is None
    assert seen == [bare_id(name) for name in reversed(NAMES)]


def test_a_session_reads_the_same_in_the_list_and_by_either_form_of_its_id(sdk: DevinSDK, org_id: str) -> None:
    bare = bare_id("first")
    listed = sdk.organizations.sessions.list(org_id, session_ids=[f"devin-{bare}"], first=1).items[0]
    assert sdk.organizations.sessions.retrieve(bare, org_id=org_id).to_dict() == listed.to_dict()
    assert sdk.organizations.sessions.retrieve(f"devin-{bare}", org_id=org_id).to_dict() == listed.to_dict()


def test_lists_can_be_filtered_by_arrays_as_the_sdk_writes_them(sdk: DevinSDK, org_id: str) -> None:
    """The SDK joins with commas, and sends `tags=` for an empty list, which filters nothing."""
    tagged = sdk.organizations.sessions.list(org_id, tags=["first", "third"])
    assert [item.session_id for item in tagged.items] == [bare_id("third"), bare_id("first")]
    unfiltered = sdk.organizations.sessions.list(org_id, tags=[])
    assert {bare_id(name) for name in NAMES} <= {item.session_id for item in unfiltered.items}


def test_messages_come_oldest_first_with_ids_of_their_own(sdk: DevinSDK, org_id: str) -> None:
    page = sdk.organizations.sessions.messages.list(f"devin-{bare_id('first')}", org_id=org_id)
    assert [item.source for item in page.items] == ["user", "devin", "devin"]
    assert page.items[0].message == "Lint the totals package and make its tests pass."
    assert [item.created_at for item in page.items] == sorted(item.created_at for item in page.items)
    assert len({item.event_id for item in page.items}) == len(page.items)
    assert page.total is None


def test_insights_are_analysed_on_request_until_completed(sdk: DevinSDK, member: httpx.Client, org_id: str) -> None:
    """Null until complete, then stable; asking again starts nothing (contract section 2, generate)."""
    upload(member, claude_code("to-generate"))
    session, insights = bare_id("to-generate"), sdk.organizations.sessions.insights
    before = insights.retrieve(session, org_id=org_id)
    assert before.analysis is None
    assert (before.num_user_messages, before.num_devin_messages, before.session_size) == (1, 2, "xs")

    started = insights.generate(f"devin-{session}", org_id=org_id)
    assert (started.session_id, started.status) == (session, "started")
    analysis = until(lambda: insights.retrieve(session, org_id=org_id).analysis, "the analysis")

    assert analysis.classification is not None
    assert any("golangci-lint" in issue.label for issue in analysis.issues or [])
    assert len(analysis.timeline or []) > 0
    assert insights.generate(session, org_id=org_id).status == "already_exists"
    assert insights.retrieve(session, org_id=org_id).analysis == analysis


def test_issue_ids_in_an_analysis_point_at_its_issues(sdk: DevinSDK, org_id: str) -> None:
    session, insights = bare_id("second"), sdk.organizations.sessions.insights
    insights.generate(session, org_id=org_id)
    analysis = until(lambda: insights.retrieve(session, org_id=org_id).analysis, "the analysis")
    ids = [issue.id for issue in analysis.issues or []]
    assert len(set(ids)) == len(ids)
    named = {item.issue_id for item in analysis.action_items or []} | {item.issue_id for item in analysis.timeline or []}
    assert named - {None} <= set(ids)


def test_the_insights_list_wins_over_a_session_of_that_name(sdk: DevinSDK, org_id: str) -> None:
    """`/sessions/insights` is no session id; its items are what the single route answers."""
    page = sdk.organizations.sessions.insights.list(org_id, session_ids=[bare_id("first")])
    single = sdk.organizations.sessions.insights.retrieve(bare_id("first"), org_id=org_id)
    assert [item.to_dict() for item in page.items] == [single.to_dict()]


def test_self_tells_whose_key_it_is(sdk: DevinSDK, org_id: str) -> None:
    answer = sdk.get("/v3/self", cast_to=dict[str, object])
    assert answer["principal_type"] == "service_user"
    assert answer["org_id"] == org_id


def test_failures_arrive_as_the_sdk_expects_them(server: Server, sdk: DevinSDK, org_id: str, other_org_id: str) -> None:
    sessions = sdk.organizations.sessions
    failures: list[tuple[type[APIStatusError], APIStatusError]] = []
    stranger = sdk.with_options(api_key="cog_unknown")
    for expected, call in (
        (AuthenticationError, lambda: stranger.organizations.sessions.list(org_id)),
        (PermissionDeniedError, lambda: sessions.list(other_org_id)),
        (NotFoundError, lambda: sessions.retrieve("devin-" + "0" * 32, org_id=org_id)),
        (UnprocessableEntityError, lambda: sessions.list(org_id, first=201)),
    ):
        with pytest.raises(expected) as caught:
            call()
        failures.append((expected, caught.value))
    for _, error in failures:
        assert isinstance(error.body, dict)
        assert isinstance(error.body["detail"], str)
