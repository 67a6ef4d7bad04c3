"""Forked and resumed copies: shown whole, counted once, whichever comes first."""

import itertools
from pathlib import Path

import msgspec
import pytest

from hotwash.insights import service as insights
from hotwash.insights.metrics import SessionMetrics
from hotwash.intake import service as intake
from hotwash.kit.ids import bare_session_id
from hotwash.readers.detect import open_source, read_source
from hotwash.sessions import service as sessions
from hotwash.sessions.model import SessionFilter, SessionRecord
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database
from hotwash.transcript import ToolCall, UsageReport
from tests.integration.builders import EVERYWHERE, OTHER_ORG, organization
from tests.integration.claude_files import NOW, SCOPE, SESSION, SETTINGS, source, take_in, take_in_paths, talk, with_organization

FORK = "3f1d2a64-9c1b-4e57-8a20-5b7c0d9e1f02"
FORK_OF_FORK = "3f1d2a64-9c1b-4e57-8a20-5b7c0d9e1f03"
REAL = Path(__file__).parents[2].parent / "shared" / "transcripts" / "claude-code" / "JanDeDobbeleer+oh-my-posh"
TOKENS = 1_000
"""Output tokens of every answer."""


@pytest.fixture
def database(database: Database) -> Database:
    return with_organization(database)


def fork(of: bytes, parent: str, session: str, turns: int) -> bytes:
    """A copy of a session with only the session id rewritten, as Claude Code makes it, and turns of its own up to so many in all."""
    copied = of.replace(parent.encode(), session.encode())
    own = talk(turns, session=session, output_tokens=TOKENS).splitlines(keepends=True)[len(copied.splitlines()) :]
    return copied + b"".join(own).replace(b'"msg_', b'"msg_' + session[-2:].encode() + b"_")


ORIGINAL = talk(3, output_tokens=TOKENS)
COPY = fork(ORIGINAL, SESSION, FORK, 5)
COPY_OF_COPY = fork(COPY, FORK, FORK_OF_FORK, 6)


def record(database: Database, session: str) -> SessionRecord:
    with database.read() as conn:
        return sessions.get_session(conn, SCOPE, bare_session_id(session))


def metrics(database: Database, session: str) -> SessionMetrics:
    return msgspec.json.decode(record(database, session).metrics, type=SessionMetrics)


def output_tokens(database: Database, session: str) -> int | None:
    usage = metrics(database, session).usage
    return usage.output if usage else None


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_each_answer_counts_in_the_session_that_had_it_first(database: Database, order: tuple[int, ...]) -> None:
    """A session, a fork of it, and a fork of that, in whatever order they come."""
    files = [ORIGINAL, COPY, COPY_OF_COPY]
    take_in(database, *(files[n] for n in order))
    counted = {s: (record(database, s).num_user_messages, output_tokens(database, s)) for s in (SESSION, FORK, FORK_OF_FORK)}
    assert counted == {SESSION: (3, 3 * TOKENS), FORK: (2, 2 * TOKENS), FORK_OF_FORK: (1, TOKENS)}
    document = msgspec.json.decode(_document(database, FORK))
    assert (document["num_user_messages"], document["acus_consumed"]) == (2, record(database, FORK).acus)
    assert record(database, FORK).acus == pytest.approx(record(database, SESSION).acus * 2 / 3, rel=0.01)
    assert take_in(database, *files) == ("unchanged",) * 3


def test_a_fork_shows_its_whole_history(database: Database) -> None:
    take_in(database, ORIGINAL, COPY)
    with database.read() as conn:
        said = sessions.list_messages(conn, SCOPE, bare_session_id(FORK))
    assert len(said.items) == 10
    assert metrics(database, FORK).copied_events == 9
    assert metrics(database, FORK).started_at == metrics(database, SESSION).started_at


def test_a_session_without_forks_counts_all_of_itself(database: Database) -> None:
    take_in(database, COPY)
    assert (record(database, FORK).num_user_messages, metrics(database, FORK).copied_events) == (5, 0)


def test_an_original_that_goes_on_after_the_fork_keeps_the_total(database: Database) -> None:
    """Both grow; what they share counts once."""
    take_in(database, ORIGINAL, COPY, talk(8, output_tokens=TOKENS))
    both = output_tokens(database, SESSION), output_tokens(database, FORK)
    assert None not in both
    assert sum(tokens or 0 for tokens in both) == (8 + 2) * TOKENS


def test_a_copy_with_nothing_of_its_own_counts_nothing(database: Database) -> None:
    take_in(database, ORIGINAL, fork(ORIGINAL, SESSION, FORK, 3))
    assert sorted([output_tokens(database, SESSION) or 0, output_tokens(database, FORK) or 0]) == [0, 3 * TOKENS]


def test_sessions_of_another_organisation_do_not_count(database: Database) -> None:
    """Neither knows of the other."""
    with database.write() as conn:
        organization(conn, OTHER_ORG)
    take_in(database, ORIGINAL)
    intake.import_source(database, DatabaseBlobs(), source(COPY), org_id=OTHER_ORG, now=NOW, settings=SETTINGS)
    with database.read() as conn:
        assert sessions.get_session(conn, EVERYWHERE, bare_session_id(FORK)).num_user_messages == 5


def test_a_subagent_of_a_fork_still_counts_for_it(database: Database) -> None:
    take_in(database, COPY, talk(1, session=FORK, subagent="one", output_tokens=TOKENS), ORIGINAL)
    fork_record = record(database, FORK)
    assert fork_record.acus > fork_record.own_acus > 0


def test_real_forks_are_counted_once(sqlite_database: Database) -> None:
    """All sessions of a developer's desktop: the sums are those of the union of their message ids."""
    if not REAL.exists():
        pytest.skip("the real transcripts are not beside this repository")
    with_organization(sqlite_database)
    take_in_paths(sqlite_database, *sorted(REAL.glob("*.jsonl"), reverse=True))
    tokens: dict[str, int] = {}
    calls: set[str] = set()
    for file in REAL.glob("*.jsonl"):
        for transcript in read_source(open_source(file)):
            tokens |= {e.native_id: e.usage.output for e in transcript.events if isinstance(e, UsageReport) and e.native_id}
            calls |= {e.native_id for e in transcript.events if isinstance(e, ToolCall) and e.native_id}
    with sqlite_database.read() as conn:
        stored = sessions.list_sessions(conn, SCOPE, SessionFilter()).items
    figures = [msgspec.json.decode(each.metrics, type=SessionMetrics) for each in stored]
    assert sum(f.usage.output for f in figures if f.usage) == sum(tokens.values())
    assert sum(f.tool_calls for f in figures) == len(calls)
    assert sorted(f.copied_events for f in figures if f.copied_events) == [144, 1355]


def _document(database: Database, session: str) -> bytes:
    with database.read() as conn:
        return insights.get_document(conn, SCOPE, bare_session_id(session))
