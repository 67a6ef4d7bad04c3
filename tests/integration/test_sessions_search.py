"""Full-text search: the same words find the same sessions on both databases, and no query can break it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotwash.identity.model import Scope
from hotwash.sessions import service
from hotwash.sessions.content import SEARCH_CHARS
from hotwash.sessions.model import SessionFilter
from hotwash.store.engine import Database
from tests.integration.builders import EVERYWHERE, OTHER_ORG, START, agent, organization, saved, shell, transcript, user


@pytest.fixture
def library(database: Database) -> Database:
    """Two sessions: one about a shop's database migration, one about a Größe in a till."""
    with database.write() as conn:
        organization(conn)
        shop = transcript(
            user("Migrate src/orders/model.py"), agent("The foreign_key is missing"), shell("alembic upgrade head"), title="Shop"
        )
        saved(conn, shop, created_at=START)
        saved(conn, transcript(user("Die Größe im Kassenzettel fehlt, naïve"), title="Till upgrade"), created_at=START + 1)
    return database


def _found(library: Database, query: str) -> list[str | None]:
    with library.read() as conn:
        return [hit.session.title for hit in service.search_sessions(conn, EVERYWHERE, query)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("migrate", ["Shop"]),
        ("MIGRATE missing", ["Shop"]),
        ("migrate kassenzettel", []),
        ("model", ["Shop"]),
        ("src/orders/model.py", ["Shop"]),
        ("foreign", ["Shop"]),
        ("foreign_key", ["Shop"]),
        ("alembic", ["Shop"]),
        ("upgrade", ["Till upgrade", "Shop"]),
        ("größe", ["Till upgrade"]),
        ("naive", []),
        ("", []),
        ("***", []),
    ],
)
def test_all_words_must_stand_in_the_session(library: Database, query: str, expected: list[str]) -> None:
    assert _found(library, query) == expected


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "'",
        '"unclosed',
        "a OR",
        "NOT",
        "AND AND",
        "body:x",
        "x*",
        "^x",
        "(",
        "NEAR(a b, 1)",
        "-x",
        "a\0b",
        "\ud800",
        "%",
        ":words",
        "x " * 5_000,
    ],
)
def test_syntax_in_a_query_is_only_text(library: Database, query: str) -> None:
    assert _found(library, f"migrate {query} kassenzettel") == []
    _found(library, query)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=30))
def test_no_query_raises(library: Database, query: str) -> None:
    assert set(_found(library, query)) <= {"Shop", "Till upgrade"}


def test_a_hit_shows_the_words_around_the_match(library: Database) -> None:
    with library.read() as conn:
        (hit,) = service.search_sessions(conn, EVERYWHERE, "foreign")
    assert "The foreign_key is missing" in hit.excerpt


def test_search_stays_in_the_scope(library: Database) -> None:
    with library.read() as conn:
        assert service.search_sessions(conn, Scope(org_ids=frozenset({OTHER_ORG})), "migrate") == ()


def test_a_list_narrowed_by_text_pages_and_counts(library: Database) -> None:
    with library.read() as conn:
        page = service.list_sessions(conn, EVERYWHERE, SessionFilter(text="upgrade"), first=1)
        rest = service.list_sessions(conn, EVERYWHERE, SessionFilter(text="upgrade"), first=1, after=page.end_cursor)
    assert [r.title for r in page.items + rest.items] == ["Till upgrade", "Shop"]
    assert page.total == 2


def test_a_session_that_changed_is_found_by_its_new_words_only(database: Database) -> None:
    with database.write() as conn:
        organization(conn)
        saved(conn, transcript(user("aubergine"), native_id="one"))
        saved(conn, transcript(user("courgette"), native_id="one"))
    with database.read() as conn:
        assert service.search_sessions(conn, EVERYWHERE, "aubergine") == ()
        assert len(service.search_sessions(conn, EVERYWHERE, "courgette")) == 1


@pytest.mark.parametrize("filler", ["\U00010348 ", "\u4e2d\u6587 ", "ab "])
def test_the_longest_text_can_be_indexed(database: Database, filler: str) -> None:
    """As many different words as fit, in scripts of one, three and four bytes a character."""
    words = "".join(f"{chr(ord(filler[0]) + i % 20_000)}{chr(ord(filler[0]) + i // 20_000)} " for i in range(SEARCH_CHARS // 3 + 10))
    with database.write() as conn:
        organization(conn)
        saved(conn, transcript(user(words[: SEARCH_CHARS + 100])))
    with database.read() as conn:
        assert service.list_sessions(conn, EVERYWHERE, SessionFilter()).total == 1
