"""Opening databases, transactions, and what is said when the machine fails."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from hotwash.store import tables as t
from hotwash.store.engine import Database, StoreUnavailable, open_database, sqlite_url
from hotwash.store.migrate import migrate
from tests.integration.builders import ORG, organization, saved, transcript, user


def _count(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(t.installation)).scalar_one()


def test_a_write_commits_at_the_end(database: Database) -> None:
    with database.write() as conn:
        conn.execute(insert(t.installation).values(name="a", value="b"))
    with database.read() as conn:
        assert _count(conn) == 1


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    def fail_halfway() -> None:
        with database.write() as conn:
            conn.execute(insert(t.installation).values(name="a", value="b"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    with database.read() as conn:
        assert _count(conn) == 0


def test_foreign_keys_are_kept(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as conn:
        saved(conn, transcript(user("Hi")), org_id="org-unheard-of")


def test_a_fault_in_a_statement_is_not_called_a_lost_database(database: Database) -> None:
    with database.read() as conn, pytest.raises(Exception, match="no_such_table"):
        conn.execute(text("SELECT * FROM no_such_table"))


def test_a_reader_sees_one_state_while_another_writes(sqlite_database: Database) -> None:
    with sqlite_database.read() as reader:
        assert _count(reader) == 0
        with sqlite_database.write() as writer:
            writer.execute(insert(t.installation).values(name="a", value="b"))
        assert _count(reader) == 0
    with sqlite_database.read() as reader:
        assert _count(reader) == 1


def test_writers_take_turns_and_lose_nothing(database: Database) -> None:
    """Each reads before it writes: without the write lock from the start, SQLite would refuse the second at once."""
    with database.write() as conn:
        organization(conn)
    together = threading.Barrier(4)

    def work(worker: int) -> None:
        together.wait()
        for turn in range(10):
            with database.write() as conn:
                _count(conn)
                conn.execute(insert(t.installation).values(name=f"{worker}-{turn}", value=""))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with database.read() as conn:
        assert _count(conn) == 40


def test_the_same_session_imported_twice_at_once_is_one_session(database: Database) -> None:
    with database.write() as conn:
        organization(conn)
    session = transcript(*(user(f"line {i}") for i in range(150)))
    together = threading.Barrier(2)

    def work(_: int) -> int:
        together.wait()
        with database.write() as conn:
            return saved(conn, session)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(work, range(2))
    assert first == second
    with database.read() as conn:
        assert conn.execute(select(func.count()).select_from(t.events)).scalar() == 150
        assert conn.execute(select(t.sessions.c.org_id)).scalars().all() == [ORG]


def test_sqlite_is_set_up_for_readers_beside_a_writer_and_for_power_cuts(sqlite_database: Database) -> None:
    with sqlite_database.read() as conn:
        assert conn.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert conn.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert conn.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_database_held_by_another_process_is_reported(tmp_path: Path) -> None:
    db = open_database(sqlite_url(tmp_path))
    migrate(db)
    holder = sqlite3.connect(tmp_path / "hotwash.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with db.read() as conn:
        conn.exec_driver_sql("PRAGMA busy_timeout = 0")  # kept by the pooled connection that the write below takes
    with pytest.raises(StoreUnavailable, match="locked by another process"), db.write():
        pass
    holder.close()
    db.close()


def test_only_its_owner_may_look_into_a_new_store(tmp_path: Path) -> None:
    """On a machine of several users, transcripts and the key that signs cookies are nobody else's business."""
    db = open_database(sqlite_url(tmp_path / "data"))
    migrate(db)
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "data", *(tmp_path / "data").iterdir())}
    assert {"data", "hotwash.db", "hotwash.db-wal"} <= set(modes)
    assert set(modes.values()) == {0}
    db.close()


def test_folders_are_made_for_a_new_database(tmp_path: Path) -> None:
    db = open_database(sqlite_url(tmp_path / "a folder" / "with spaces?#%20"))
    migrate(db)
    assert db.sqlite_path == tmp_path / "a folder" / "with spaces?#%20" / "hotwash.db"
    assert db.sqlite_path.exists()
    db.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///{folder}/file/hotwash.db", "cannot be created"),
        ("sqlite:///{folder}/folder", "cannot be opened"),
        ("sqlite:///{folder}/file", "is not a database"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://localhost/x", "not supported"),
        ("not a url", "cannot be read"),
        ("postgresql://someone:s3cret@127.0.0.1:1/x", "127.0.0.1 cannot be reached"),
        ("postgres://someone:s3cret@127.0.0.1:1/x", "127.0.0.1 cannot be reached"),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_sentence_without_the_password(tmp_path: Path, url: str, said: str) -> None:
    (tmp_path / "file").write_bytes(b"neither a folder nor a database" * 100)
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreUnavailable) as refused:
        open_database(url.format(folder=tmp_path))
    assert said in refused.value.sentence
    assert "\n" not in refused.value.sentence
    assert "s3cret" not in refused.value.sentence


def test_a_lost_postgresql_connection_is_reported_and_then_replaced(postgresql_database: Database) -> None:
    def lose_it() -> None:
        with postgresql_database.read() as conn:
            own = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with postgresql_database.read() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
            conn.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        lose_it()
    with postgresql_database.read() as conn:
        assert conn.execute(text("SELECT 1")).scalar() == 1


def test_a_damaged_table_is_not_hidden(sqlite_database: Database) -> None:
    with sqlite_database.write() as conn:
        conn.execute(text("DROP TABLE search_texts"))
    with sqlite_database.read() as conn, pytest.raises(OperationalError):
        conn.execute(select(t.search_texts))
