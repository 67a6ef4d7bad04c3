"""Saving sessions and reading them back."""

import pytest
from sqlalchemy import func, select

from hotwash.errors import InvalidInput, NotFound
from hotwash.identity.model import Scope
from hotwash.sessions import service
from hotwash.sessions.model import SessionFilter
from hotwash.store import tables as t
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database
from hotwash.transcript import Event, PullRequest, ToolCall, UserMessage
from tests.integration.builders import EVERYWHERE, ORG, OTHER_ORG, START, agent, organization, saved, shell, transcript, user

BLOBS = DatabaseBlobs()


def test_a_saved_transcript_is_read_back_equal(database: Database) -> None:
    session = transcript(
        user("Add a health check", at=START + 1.5),
        shell("pytest -q", output="1 passed"),
        agent("Done."),
        title="Health check",
        repository="acme/shop",
        pull_requests=(PullRequest(url="https://git.example/acme/shop/pull/7", state="open"),),
    )
    with database.write() as conn:
        organization(conn)
        pk = saved(conn, session)
    with database.read() as conn:
        assert service.load_transcript(conn, BLOBS, pk) == session


def test_a_record_says_what_was_saved(database: Database) -> None:
    session = transcript(
        user("Hi"), agent("Hello"), title="Greeting", pull_requests=(PullRequest(url="https://git.example/1", state="merged"),)
    )
    with database.write() as conn:
        organization(conn)
        saved(conn, session, user_id="sam|7", tags=("slow", " slow", "", "ci"))
    with database.read() as conn:
        record = service.get_session(conn, EVERYWHERE, session.session_id)
    assert (record.org_id, record.title, record.user_id) == (ORG, "Greeting", "sam|7")
    assert (record.num_user_messages, record.num_devin_messages, record.num_events) == (1, 1, 2)
    assert record.tags == ("ci", "slow")
    assert record.pull_requests == (PullRequest(url="https://git.example/1", state="merged"),)
    assert (record.analysis_state, record.num_issues, record.is_archived) == ("not_started", None, False)


def test_a_session_is_found_by_its_bare_and_its_prefixed_id(database: Database) -> None:
    session = transcript(user("Hi"))
    with database.write() as conn:
        organization(conn)
        pk = saved(conn, session)
    with database.read() as conn:
        for written in (session.session_id, f"devin-{session.session_id}", session.session_id.upper()):
            assert service.get_session(conn, EVERYWHERE, written).pk == pk


@pytest.mark.parametrize("hostile", ["", "devin-", "x", "\0" * 32, "\ud800" * 32, "a" * 10_000, "'; DROP TABLE sessions; --"])
def test_an_id_that_is_none_is_not_found(database: Database, hostile: str) -> None:
    with database.read() as conn, pytest.raises(NotFound):
        service.get_session(conn, EVERYWHERE, hostile)


def test_a_session_outside_the_scope_is_not_found(database: Database) -> None:
    session = transcript(user("Hi"))
    with database.write() as conn:
        organization(conn)
        organization(conn, OTHER_ORG)
        saved(conn, session)
    with database.read() as conn:
        assert service.find_session(conn, Scope(org_ids=frozenset({OTHER_ORG})), session.session_id) is None
        assert service.find_session(conn, Scope(org_ids=frozenset()), session.session_id) is None
        assert service.find_session(conn, EVERYWHERE, session.session_id, org_id=OTHER_ORG) is None
        assert service.find_session(conn, EVERYWHERE, session.session_id, org_id=ORG) is not None


def test_two_organisations_may_hold_the_same_session(database: Database) -> None:
    session = transcript(user("Hi"))
    with database.write() as conn:
        for org_id in (ORG, OTHER_ORG):
            organization(conn, org_id)
            saved(conn, session, org_id=org_id)
    with database.read() as conn:
        assert service.list_sessions(conn, EVERYWHERE, SessionFilter()).total == 2
        assert service.get_session(conn, Scope(org_ids=frozenset({OTHER_ORG})), session.session_id).org_id == OTHER_ORG


def test_a_session_that_grew_is_updated_in_place(database: Database) -> None:
    """Nothing is there twice, and what people and the analysis added stays."""
    short = transcript(user("Hi"), native_id="growing")
    grown = transcript(user("Hi"), agent("Hello"), shell("ls"), native_id="growing")
    with database.write() as conn:
        organization(conn)
        pk = saved(conn, short, tags=("mine",), user_id="sam")
        conn.execute(t.sessions.update().values(analysis_state="completed", outcome="achieved", num_issues=2, is_archived=True))
        assert saved(conn, grown, tags=("ci",), user_id=None, updated_at=START + 999) == pk
    with database.read() as conn:
        record = service.get_session(conn, EVERYWHERE, grown.session_id)
        assert (record.num_events, record.updated_at) == (3, START + 999)
        assert (record.analysis_state, record.outcome, record.num_issues, record.is_archived) == ("completed", "achieved", 2, True)
        assert (record.tags, record.user_id) == (("ci", "mine"), "sam")
        assert service.load_transcript(conn, BLOBS, pk) == grown
        assert [m.message for m in service.list_messages(conn, EVERYWHERE, grown.session_id).items] == ["Hi", "Hello"]
        assert len(service.list_event_rows(conn, EVERYWHERE, grown.session_id).items) == 3


def test_deleting_a_session_removes_everything(database: Database) -> None:
    session = transcript(user("Remove me"), agent("Gone"), pull_requests=(PullRequest(url="https://git.example/1"),))
    with database.write() as conn:
        organization(conn)
        saved(conn, session, tags=("ci",))
    with database.write() as conn:
        service.delete_session(conn, BLOBS, EVERYWHERE, session.session_id)
    with database.read() as conn:
        kept = {name: conn.execute(select(func.count()).select_from(table)).scalar() for name, table in t.metadata.tables.items()}
        assert {name for name, rows in kept.items() if rows} == {"organizations"}
        assert service.search_sessions(conn, EVERYWHERE, "remove") == ()


def test_deleting_a_session_keeps_the_blobs_another_one_shares(database: Database) -> None:
    session = transcript(user("Shared"))
    with database.write() as conn:
        for org_id in (ORG, OTHER_ORG):
            organization(conn, org_id)
            pk = saved(conn, session, org_id=org_id)
    with database.write() as conn:
        service.delete_session(conn, BLOBS, EVERYWHERE, session.session_id, org_id=ORG)
    with database.read() as conn:
        assert service.load_transcript(conn, BLOBS, pk) == session


def test_pages_of_events_add_up_to_the_session(database: Database) -> None:
    session = transcript(*(user(f"line {i}") for i in range(450)))
    with database.write() as conn:
        organization(conn)
        saved(conn, session)
    with database.read() as conn:
        seen: list[Event] = []
        after = None
        for _ in range(4):
            page = service.list_events(conn, BLOBS, EVERYWHERE, session.session_id, first=130, after=after)
            seen += page.items
            after = page.end_cursor
    assert tuple(seen) == session.events
    assert after is None


def test_an_events_page_beyond_the_end_is_empty(database: Database) -> None:
    session = transcript(user("Hi"))
    with database.write() as conn:
        organization(conn)
        saved(conn, session)
    with database.read() as conn:
        page = service.list_events(conn, BLOBS, EVERYWHERE, session.session_id, after="WzkwMDcxOTkyNTQ3NDA5OTNd")
    assert (page.items, page.end_cursor) == ((), None)


def test_messages_page_oldest_first_with_ids_of_their_own(database: Database) -> None:
    session = transcript(user("one", at=START + 5), shell("ls"), agent("two"), user("three", at=START + 9))
    with database.write() as conn:
        organization(conn)
        saved(conn, session)
    with database.read() as conn:
        page = service.list_messages(conn, EVERYWHERE, session.session_id, first=2)
        rest = service.list_messages(conn, EVERYWHERE, session.session_id, first=2, after=page.end_cursor)
    messages = page.items + rest.items
    assert [(m.source, m.message, m.created_at) for m in messages] == [
        ("user", "one", START + 5),
        ("devin", "two", START + 5),
        ("user", "three", START + 9),
    ]
    assert len({m.event_id for m in messages}) == 3
    assert (page.total, rest.end_cursor) == (None, None)


def test_an_event_row_tells_a_call_in_one_line(database: Database) -> None:
    session = transcript(shell("go test ./...\n  -count=1", output="ok"))
    with database.write() as conn:
        organization(conn)
        saved(conn, session)
    with database.read() as conn:
        (row,) = service.list_event_rows(conn, EVERYWHERE, session.session_id).items
    assert (row.kind, row.category, row.tool, row.status) == ("tool_call", "shell", "Bash", "ok")
    assert row.preview == "go test ./... -count=1"


def test_text_that_no_database_can_hold_is_stored_all_the_same(database: Database) -> None:
    """NUL, a lone surrogate, a number beyond 64 bits and arguments nested without end, as broken or hostile agents write them."""
    deep: dict[str, object] = {}
    for _ in range(3_000):
        deep = {"inside": deep}
    session = transcript(
        user("nul \0 and lone \ud800 surrogate"),
        lambda seq: ToolCall(seq=seq, record=2, name="odd\0tool", arguments={"n": 10**400, "key\udc00": "v", "deep": deep}),
        title="nul \0 title \ud800",
        repository="r" * 10_000,
        branch="b\0",
        native_id="hostile",
    )
    with database.write() as conn:
        organization(conn)
        pk = saved(conn, session, tags=("t\0", "t\udcff", "x" * 10_000), user_id="u\0")
    with database.read() as conn:
        (message,) = service.list_messages(conn, EVERYWHERE, session.session_id).items
        loaded = service.load_transcript(conn, BLOBS, pk)
    assert message.message == "nul \ufffd and lone \ufffd surrogate"
    assert isinstance(loaded.events[0], UserMessage)
    assert loaded.events[0].text == "nul \0 and lone \ufffd surrogate"
    assert isinstance(loaded.events[1], ToolCall)
    assert loaded.events[1].arguments["n"] == float("inf")


def test_a_cursor_of_a_stranger_is_refused(database: Database) -> None:
    with database.read() as conn:
        for cursor in ("", "%%%", "WzFd", "WzEsInMiXQ", "Wy0xLC0xXQ", "WzE4NDQ2NzQ0MDczNzA5NTUxNjE2LDFd", "\ud800"):
            with pytest.raises(InvalidInput, match="after"):
                service.list_sessions(conn, EVERYWHERE, SessionFilter(), after=cursor)
