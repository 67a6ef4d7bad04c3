"""Lists of sessions: order, pages, filters, who sees what."""

import pytest
from sqlalchemy import event

from hotwash.identity.model import Scope
from hotwash.sessions import queries, service
from hotwash.sessions.model import SessionFilter
from hotwash.store import tables as t
from hotwash.store.engine import Database
from tests.integration.builders import EVERYWHERE, ORG, OTHER_ORG, START, organization, saved, transcript, user


def _titles(database: Database, narrowed: SessionFilter, scope: Scope = EVERYWHERE) -> list[str | None]:
    with database.read() as conn:
        page = service.list_sessions(conn, scope, narrowed)
    assert page.total == len(page.items)
    return [record.title for record in page.items]


def _add(database: Database, title: str, created_at: int = START, **fields: object) -> None:
    about = {name: fields.pop(name) for name in ("repository", "origin", "agent", "parent_native_id", "native_id") if name in fields}
    with database.write() as conn:
        saved(conn, transcript(user("Hi"), title=title, **about), created_at=created_at, **fields)  # type: ignore[arg-type]  # a builder's free fields


@pytest.fixture
def database(database: Database) -> Database:
    with database.write() as conn:
        organization(conn)
        organization(conn, OTHER_ORG)
    return database


def test_the_newest_session_comes_first(database: Database) -> None:
    for title, at in (("middle", 5), ("oldest", 1), ("newest", 9)):
        _add(database, title, START + at)
    assert _titles(database, SessionFilter()) == ["newest", "middle", "oldest"]


def test_pages_hold_every_session_once_while_others_are_added(database: Database) -> None:
    """Ten sessions of the same second among them: the key breaks the tie."""
    for number in range(25):
        _add(database, str(number), START + min(number, 15))
    seen: list[str | None] = []
    after = None
    for turn in range(9):
        with database.read() as conn:
            page = service.list_sessions(conn, EVERYWHERE, SessionFilter(), first=4, after=after)
        seen += [record.title for record in page.items]
        after = page.end_cursor
        _add(database, f"new {turn}", START + 1_000)
        if after is None:
            break
    assert after is None
    assert seen == [str(number) for number in reversed(range(25))]


def test_the_total_counts_all_pages(database: Database) -> None:
    for number in range(5):
        _add(database, str(number))
    with database.read() as conn:
        page = service.list_sessions(conn, EVERYWHERE, SessionFilter(), first=2)
    assert (len(page.items), page.total, page.has_next_page) == (2, 5, True)


def test_a_full_last_page_has_no_next(database: Database) -> None:
    for number in range(2):
        _add(database, str(number))
    with database.read() as conn:
        assert not service.list_sessions(conn, EVERYWHERE, SessionFilter(), first=2).has_next_page


def test_a_scope_shows_its_organisations_alone(database: Database) -> None:
    _add(database, "mine")
    _add(database, "theirs", org_id=OTHER_ORG)
    mine = Scope(org_ids=frozenset({ORG}))
    assert _titles(database, SessionFilter(), mine) == ["mine"]
    assert _titles(database, SessionFilter(org_ids=(OTHER_ORG,)), mine) == []
    assert _titles(database, SessionFilter(org_ids=(OTHER_ORG,))) == ["theirs"]
    assert _titles(database, SessionFilter(), Scope(org_ids=frozenset())) == []


def test_subagent_sessions_are_listed_only_by_id(database: Database) -> None:
    parent_id, child_id = "11111111111111111111111111111111", "22222222222222222222222222222222"
    _add(database, "parent", native_id=parent_id)
    _add(database, "child", native_id=child_id, parent_native_id=parent_id)
    _add(database, "same child elsewhere", native_id=child_id, parent_native_id=parent_id, org_id=OTHER_ORG)
    assert _titles(database, SessionFilter()) == ["parent"]
    assert _titles(database, SessionFilter(session_ids=(f"devin-{child_id}",), org_ids=(ORG,))) == ["child"]
    with database.read() as conn:
        parent = service.get_session(conn, EVERYWHERE, parent_id)
        assert parent.child_session_ids == (child_id,)
        assert [child.title for child in service.list_children(conn, ORG, parent_id)] == ["child"]
        assert service.get_session(conn, EVERYWHERE, child_id, ORG).parent_session_id == parent_id


def test_subagents_stand_in_one_order_whichever_came_in_first(database: Database) -> None:
    """Several start in one second; an archive and a folder hold them in different orders."""
    parent_id, later, first, second = "1" * 32, "a" * 32, "b" * 32, "c" * 32
    _add(database, "parent", native_id=parent_id)
    _add(database, "later", START + 9, native_id=later, parent_native_id=parent_id)
    for title, native_id in (("second", second), ("first", first)):
        _add(database, title, native_id=native_id, parent_native_id=parent_id)
    with database.read() as conn:
        assert service.get_session(conn, EVERYWHERE, parent_id).child_session_ids == (first, second, later)
        assert [child.title for child in service.list_children(conn, ORG, parent_id)] == ["first", "second", "later"]


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        (SessionFilter(created_after=START + 10), ["b"]),
        (SessionFilter(created_before=START + 10), ["a"]),
        (SessionFilter(updated_after=START + 100), ["b"]),
        (SessionFilter(updated_before=START + 100), ["a"]),
        (SessionFilter(tags=("ci", "unheard of")), ["a"]),
        (SessionFilter(tags=("ci", "nightly")), ["b", "a"]),
        (SessionFilter(user_ids=("sam",)), ["a"]),
        (SessionFilter(service_user_ids=("service-user-1",)), ["b"]),
        (SessionFilter(playbook_id="playbook-1"), ["b"]),
        (SessionFilter(repo_names=("acme/shop",)), ["a"]),
        (SessionFilter(repo_names=("acme/shop", "acme/till")), ["b", "a"]),
        (SessionFilter(origins=("cli",)), ["a"]),
        (SessionFilter(origins=("automation",)), ["b"]),
        (SessionFilter(origins=("scheduled",)), ["b"]),
        (SessionFilter(agent="Codex"), ["b"]),
        (SessionFilter(schedule_id="sched-1"), []),
        (SessionFilter(is_archived=False), ["b", "a"]),
        (SessionFilter(is_archived=True), []),
        (SessionFilter(category="bug_fixing"), []),
        (SessionFilter(has_issues=True), []),
        (SessionFilter(user_ids=("sam",), tags=("nightly",)), []),
        (SessionFilter(tags=("\0", "\ud800")), []),
        (SessionFilter(user_ids=("sam", "\0")), ["a"]),
    ],
)
def test_a_filter_keeps_what_it_names(database: Database, narrowed: SessionFilter, expected: list[str]) -> None:
    _add(database, "a", START, updated_at=START, tags=("ci", "web"), user_id="sam", repository="acme/shop", origin="cli")
    _add(
        database,
        "b",
        START + 10,
        updated_at=START + 100,
        tags=("nightly",),
        service_user_id="service-user-1",
        playbook_id="playbook-1",
        repository="acme/till",
        origin="scheduled",
        agent="Codex",
    )
    assert _titles(database, narrowed) == expected


def test_filters_on_what_the_analysis_found(database: Database) -> None:
    for title in ("clean", "broken", "not analysed"):
        _add(database, title)
    with database.write() as conn:
        titled = t.sessions.c.title
        conn.execute(t.sessions.update().where(titled == "clean").values(num_issues=0, category="bug_fixing"))
        conn.execute(t.sessions.update().where(titled == "broken").values(num_issues=3, is_archived=True))
    assert _titles(database, SessionFilter(has_issues=True)) == ["broken"]
    assert _titles(database, SessionFilter(has_issues=False)) == ["clean"]
    assert _titles(database, SessionFilter(category="bug_fixing")) == ["clean"]
    assert _titles(database, SessionFilter(is_archived=True)) == ["broken"]
    assert _titles(database, SessionFilter(is_archived=False)) == ["not analysed", "clean"]


def test_a_tag_pages_newest_first_after_its_session_moved(database: Database) -> None:
    """A session's start can become known with a later import; its tags must follow it."""
    _add(database, "a", START + 1, tags=("ci",), native_id="a")
    _add(database, "b", START + 2, tags=("ci",))
    _add(database, "c", START + 3, tags=("other",))
    _add(database, "a", START + 9, native_id="a")
    with database.read() as conn:
        page = service.list_sessions(conn, EVERYWHERE, SessionFilter(tags=("ci",)), first=1)
        rest = service.list_sessions(conn, EVERYWHERE, SessionFilter(tags=("ci",)), first=1, after=page.end_cursor)
    assert [record.title for record in page.items + rest.items] == ["a", "b"]
    assert (page.total, rest.end_cursor) == (2, None)


_FILTERS = {
    "none": SessionFilter(),
    "tag": SessionFilter(tags=("ci",)),
    "user": SessionFilter(user_ids=("sam",)),
    "service user": SessionFilter(service_user_ids=("service-user-1",)),
    "playbook": SessionFilter(playbook_id="playbook-1"),
    "repository": SessionFilter(repo_names=("acme/shop",)),
    "category": SessionFilter(category="bug_fixing"),
    "origin": SessionFilter(origins=("cli",)),
    "agent": SessionFilter(agent="Codex"),
    "archived": SessionFilter(is_archived=True),
    "issues": SessionFilter(has_issues=True),
}


@pytest.mark.parametrize("narrowed", _FILTERS.values(), ids=_FILTERS)
@pytest.mark.parametrize("scope", [EVERYWHERE, Scope(org_ids=frozenset({ORG}))], ids=["everywhere", "organisation"])
def test_no_filter_makes_sqlite_sort_or_scan_the_table(sqlite_database: Database, narrowed: SessionFilter, scope: Scope) -> None:
    """What makes a page cost the same at a thousand and a million sessions: each filter reads an index from its newest end."""
    statements: list[tuple[str, tuple[object, ...]]] = []
    with sqlite_database.read() as conn:
        event.listen(conn, "before_cursor_execute", lambda *a: statements.append((a[2], a[3])))
        queries.list_sessions(conn, scope, narrowed, 101, (START, 1))
        plan = [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statements[0][0]}", statements[0][1])]
    assert all(("USING" in step and "INDEX" in step) or "INTEGER PRIMARY KEY" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan
