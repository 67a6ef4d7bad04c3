"""Frames and blobs in the database."""

import pytest
from sqlalchemy import event, func, select

from hotwash.store import tables as t
from hotwash.store.blobs import BlobMissing, DatabaseBlobs, read_frames
from hotwash.store.engine import Database
from tests.integration.builders import agent, organization, saved, transcript, user

BLOBS = DatabaseBlobs()


def _blobs(database: Database) -> set[str]:
    with database.read() as conn:
        return set(conn.execute(select(t.blobs.c.digest)).scalars())


def test_what_is_put_is_got_back_under_its_digest(database: Database) -> None:
    with database.write() as conn:
        digest = BLOBS.put(conn, b"\0\xff data")
        assert BLOBS.put(conn, b"\0\xff data") == digest
        assert BLOBS.get(conn, digest) == b"\0\xff data"
    assert _blobs(database) == {digest}


def test_many_blobs_are_put_and_got_at_once(database: Database) -> None:
    data = [str(number % 1_200).encode() for number in range(2_500)]
    with database.write() as conn:
        digests = BLOBS.put_many(conn, data)
        found = BLOBS.get_many(conn, digests)
    assert [found[digest] for digest in digests] == data
    assert len(found) == 1_200


def test_a_missing_blob_is_reported(database: Database) -> None:
    with database.read() as conn, pytest.raises(BlobMissing):
        BLOBS.get(conn, "0" * 64)


def test_a_damaged_blob_is_reported(database: Database) -> None:
    with database.write() as conn:
        organization(conn)
        pk = saved(conn, transcript(user("Hi")))
        conn.execute(t.blobs.update().values(data=b"damaged"))
    with database.read() as conn, pytest.raises(BlobMissing, match="damaged"):
        read_frames(conn, BLOBS, pk)


def test_a_session_that_grew_keeps_its_full_frames(database: Database) -> None:
    lines = [user(f"line {i}") for i in range(250)]
    with database.write() as conn:
        organization(conn)
        saved(conn, transcript(*lines[:230], native_id="growing"))
    before = _blobs(database)
    with database.write() as conn:
        saved(conn, transcript(*lines, native_id="growing"))
    assert len(before) == 3
    assert len(_blobs(database) - before) == 1


def test_deleting_unreferenced_blobs_leaves_the_others(database: Database) -> None:
    with database.write() as conn:
        organization(conn)
        saved(conn, transcript(user("old"), native_id="one"))
        pk = saved(conn, transcript(agent("new"), native_id="one"))
        BLOBS.put(conn, b"orphan")
    with database.write() as conn:
        assert BLOBS.delete_unreferenced(conn) == 2
    with database.read() as conn:
        assert len(read_frames(conn, BLOBS, pk)) == 1


def test_any_200_events_of_a_long_session_are_two_queries(database: Database) -> None:
    """One for the index, one for the three frames that 200 events can touch at most."""
    with database.write() as conn:
        organization(conn)
        pk = saved(conn, transcript(*(user(f"line {i}") for i in range(1_000))))
        assert conn.execute(select(func.count()).select_from(t.frames)).scalar() == 10
    statements: list[str] = []
    with database.read() as conn:
        event.listen(conn, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
        events = read_frames(conn, BLOBS, pk, 450, 649)
    assert [e.seq for e in events] == list(range(450, 650))
    assert len(statements) == 2
