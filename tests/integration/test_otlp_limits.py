"""The inbox over time: what is deleted stays deleted, what is old takes less room, and nobody can fill it with one batch or one session."""

import json
import random
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, func, select

from hotwash.intake.otlp import inbox, packing
from hotwash.kit.ids import bare_session_id
from hotwash.sessions import service as sessions
from hotwash.store import tables as t
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database
from hotwash.transcript import UserMessage
from tests.integration.builders import ORG
from tests.integration.claude_files import SCOPE, take_in_paths, with_organization
from tests.integration.test_otlp_inbox import STORIES, listed, pending, put, transcript
from tests.readers.otlp.builders import SESSION, START, one_session, span
from tests.readers.otlp.test_agents import CLAUDE_SESSION, claude

LONG_AFTER = START + packing.STILL_S + 3_600


@pytest.fixture
def database(database: Database) -> Database:
    return with_organization(database)


def delete_it(database: Database) -> None:
    with database.write() as conn:
        sessions.delete_session(conn, DatabaseBlobs(), SCOPE, bare_session_id(SESSION))


def rows(database: Database) -> int:
    with database.read() as conn:
        return conn.execute(select(func.count()).select_from(t.otlp_records)).scalar_one()


def size_bytes(database: Database) -> int:
    with database.read() as conn:
        return sum(map(len, conn.execute(select(t.otlp_records.c.data)).scalars()))


def said(database: Database) -> list[str]:
    return [event.text for event in transcript(database).events if isinstance(event, UserMessage)]


def test_nothing_of_a_deleted_session_stays_in_the_inbox(database: Database) -> None:
    put(database, *CLAUDE_SESSION, claude("user_prompt", 50, prompt="And lint."))
    delete_it(database)
    assert size_bytes(database) == 0
    assert listed(database) == []


def test_a_deleted_session_does_not_come_back_by_being_sent_again(database: Database) -> None:
    """Exporters repeat what they are not sure of."""
    put(database, *CLAUDE_SESSION)
    delete_it(database)
    put(database, *CLAUDE_SESSION)
    assert listed(database) == []
    assert pending(database) == []


def test_a_deleted_session_that_goes_on_has_what_came_since(database: Database) -> None:
    put(database, *CLAUDE_SESSION)
    delete_it(database)
    put(database, *CLAUDE_SESSION, claude("user_prompt", 50, prompt="And lint."))
    assert said(database) == ["And lint."]


def test_a_deleted_session_comes_back_whole_by_importing_its_file(database: Database, tmp_path: Path) -> None:
    """Somebody asks for it by name."""
    file = tmp_path / "batches.jsonl"
    file.write_text("\n".join(map(json.dumps, CLAUDE_SESSION)))
    put(database, *CLAUDE_SESSION)
    delete_it(database)
    assert [session.outcome for session in take_in_paths(database, file).sessions] == ["created"]
    assert transcript(database) == one_session(*CLAUDE_SESSION)


def test_records_of_a_session_that_is_long_still_become_one_row(database: Database) -> None:
    """And the session, put together from it with late and repeated batches, is what it would have been."""
    early, late = STORIES["claude"][:-1], STORIES["claude"][-1:]
    put(database, *early)
    before = size_bytes(database)
    assert rows(database) > 1
    assert packing.pack_still_sessions(database, LONG_AFTER) == 1
    assert rows(database) == 1
    assert size_bytes(database) < before / 2
    put(database, *late, *early)
    assert msgspec.json.encode(transcript(database)) == msgspec.json.encode(one_session(*STORIES["claude"]))


def test_records_that_name_no_session_stay_its_own_when_packed(database: Database) -> None:
    named = span("request", {"session.id": SESSION}, until=9)
    nameless = [span("chat m", {"gen_ai.operation.name": "chat", "gen_ai.usage.output_tokens": n}, at=n, session=None) for n in (1, 2)]
    put(database, named, *nameless)
    packing.pack_still_sessions(database, LONG_AFTER)
    put(database, *nameless)
    assert transcript(database) == one_session(named, *nameless)


def test_sessions_that_were_active_or_wait_for_their_job_are_not_packed(database: Database) -> None:
    put(database, *CLAUDE_SESSION)
    assert packing.pack_still_sessions(database, START + packing.STILL_S - 3_600) == 0
    inbox.store(database, ORG, claude("user_prompt", 50, prompt="And lint."), "full")
    assert packing.pack_still_sessions(database, LONG_AFTER) == 0


def test_a_damaged_session_keeps_no_other_from_being_packed(database: Database) -> None:
    put(database, *CLAUDE_SESSION)
    other = json.loads(json.dumps(CLAUDE_SESSION).replace(SESSION, "another"))
    put(database, *other)
    with database.write() as conn:
        conn.execute(t.otlp_records.update().where(t.otlp_records.c.session_key == "another").values(data=b"no frame"))
    packing.pack_still_sessions(database, LONG_AFTER)
    with database.read() as conn:
        counted = conn.execute(select(func.count()).where(t.otlp_records.c.session_key == SESSION)).scalar_one()
    assert counted == 1


def test_of_a_batch_that_is_too_large_the_first_records_are_kept(sqlite_database: Database) -> None:
    """Partial success, with the reason; a record that is no object counts as one."""
    with_organization(sqlite_database)
    request = json.loads(json.dumps(CLAUDE_SESSION[0]))
    records = request["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    records += [7] * inbox.MAX_BATCH_RECORDS
    stored = inbox.store(sqlite_database, ORG, request, "full")
    assert stored.refused == {inbox.WITHOUT_IDS: inbox.MAX_BATCH_RECORDS - 1, inbox.BEYOND_BATCH: 1}
    assert "smaller" in stored.reason
    assert list(stored.touched) == [SESSION]


def test_a_session_that_is_full_takes_no_more(sqlite_database: Database) -> None:
    """Others do."""
    with_organization(sqlite_database)
    row = {"org_id": ORG, "trace_id": "", "session_key": SESSION, "names_session": True, "data": b""}
    with sqlite_database.write() as conn:
        conn.execute(t.otlp_records.insert(), [row | {"record_digest": str(n)} for n in range(inbox.MAX_SESSION_RECORDS - 1)])
    stored = [inbox.store(sqlite_database, ORG, request, "full") for request in CLAUDE_SESSION[:3]]
    assert [each.refused for each in stored] == [{}, {inbox.BEYOND_SESSION: 1}, {inbox.BEYOND_SESSION: 1}]
    other = json.loads(json.dumps(CLAUDE_SESSION[0]).replace(SESSION, "another"))
    assert inbox.store(sqlite_database, ORG, other, "full").refused == {}
    with sqlite_database.write() as conn:
        conn.execute(delete(t.otlp_records))


def test_pieces_in_any_order_with_packing_in_between_give_the_same_session(database: Database) -> None:
    """For every agent's story."""
    for name, story in STORIES.items():
        shuffled = [*story, *story]
        random.Random(name).shuffle(shuffled)
        half = len(shuffled) // 2
        put(database, *shuffled[:half])
        packing.pack_still_sessions(database, LONG_AFTER)
        put(database, *shuffled[half:])
        assert transcript(database) == one_session(*story), name
        with database.write() as conn:
            sessions.delete_session(conn, DatabaseBlobs(), SCOPE, bare_session_id(SESSION))
            for table in (t.otlp_records, t.otlp_links):
                conn.execute(delete(table))
