"""SQLite stores as they come: with a write-ahead log, while the agent writes, copied, damaged, or made to do harm."""

import io
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hotwash.readers.base import MAX_LINE_BYTES, Source, UnreadableSource
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.readers.oddities import Oddities
from hotwash.readers.sqlite import DAMAGED, TOO_LONG, open_store
from hotwash.transcript import Transcript, UserMessage

SCHEMA = """
CREATE TABLE session (id text PRIMARY KEY, directory text, title text, version text, time_created integer);
CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer, data text NOT NULL);
CREATE TABLE part (id text PRIMARY KEY, message_id text, session_id text NOT NULL, data text NOT NULL);
INSERT INTO session VALUES ('ses_1', '/home/ada', 'Tea', '1.18.33', 1786200000000);
"""


def say(connection: sqlite3.Connection, number: int, text: str) -> None:
    connection.execute("INSERT INTO message VALUES (?, 'ses_1', ?, '{\"role\":\"user\"}')", (f"m{number}", number))
    connection.execute(
        "INSERT INTO part VALUES (?, ?, 'ses_1', json_object('type', 'text', 'text', ?))", (f"p{number}", f"m{number}", text)
    )
    connection.commit()


def texts(transcripts: list[Transcript]) -> list[str]:
    return [event.text for transcript in transcripts for event in transcript.events if isinstance(event, UserMessage)]


def read(path: Path) -> list[str]:
    return texts(list(read_source(open_source(path))))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with a rollback journal and one message."""
    file = tmp_path / "opencode.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(SCHEMA)
        say(connection, 1, "Boil water")
    return file


@pytest.fixture
def written(store: Path) -> Callable[[], sqlite3.Connection]:
    """Opens the store as the agent does: with a write-ahead log that is never folded in."""

    def open_for_writing() -> sqlite3.Connection:
        connection = sqlite3.connect(store)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        return connection

    return open_for_writing


def beside(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir()}


def test_what_is_only_in_the_write_ahead_log_is_read_while_the_agent_writes(store: Path, written: Callable[[], sqlite3.Connection]) -> None:
    with closing(written()) as agent:
        say(agent, 2, "Add leaves")
        agent.execute("BEGIN IMMEDIATE")
        assert read(store) == ["Boil water", "Add leaves"]
        agent.rollback()
        say(agent, 3, "Pour")
    assert read(store) == ["Boil water", "Add leaves", "Pour"]


def test_a_copy_of_a_store_and_its_log_is_read_and_nothing_is_written_beside_it(
    store: Path, written: Callable[[], sqlite3.Connection], tmp_path: Path
) -> None:
    copy = tmp_path / "copy" / "opencode.db"
    copy.parent.mkdir()
    with closing(written()) as agent:
        say(agent, 2, "Add leaves")
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{store}{suffix}", f"{copy}{suffix}")
    before = {name: (copy.parent / name).read_bytes() for name in beside(copy)}
    assert read(copy) == ["Boil water", "Add leaves"]
    assert {name: (copy.parent / name).read_bytes() for name in beside(copy)} == before


def test_a_store_whose_log_was_folded_in_is_read_and_nothing_is_written_beside_it(
    store: Path, written: Callable[[], sqlite3.Connection]
) -> None:
    with closing(written()) as agent:
        say(agent, 2, "Add leaves")
    assert beside(store) == {"opencode.db"}
    assert read(store) == ["Boil water", "Add leaves"]
    assert beside(store) == {"opencode.db"}


def test_a_store_that_comes_as_bytes_is_read_with_the_log_that_came_beside_it(
    store: Path, written: Callable[[], sqlite3.Connection]
) -> None:
    with closing(written()) as agent:
        say(agent, 2, "Add leaves")
        data, log = store.read_bytes(), store.with_name("opencode.db-wal").read_bytes()
    log_file = Source(name="opencode.db-wal", open=lambda: io.BytesIO(log))
    source = Source(name="opencode.db", open=lambda: io.BytesIO(data), beside=(log_file,))
    assert texts(list(read_source(source))) == ["Boil water", "Add leaves"]


def test_names_with_marks_that_mean_something_in_an_address_are_opened(store: Path, tmp_path: Path) -> None:
    odd = tmp_path / "a?mode=rwc#50%.db"
    shutil.copyfile(store, odd)
    assert read(odd) == ["Boil water"]


def test_folders_give_their_stores(store: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        store.with_name(f"opencode.db{suffix}").write_bytes(b"")
    assert list(session_files(store.parent)) == [store]


# Harm


def change(path: Path, statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statements)


def test_a_view_in_place_of_a_table_is_not_asked(store: Path) -> None:
    change(
        store,
        "DROP TABLE part; CREATE VIEW part AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
        " SELECT x AS id, x AS message_id, x AS session_id, x AS data FROM n;",
    )
    with pytest.raises(UnreadableSource, match="is an SQLite database of an unknown kind"):
        read(store)


def test_a_generated_column_is_none_that_is_read(store: Path) -> None:
    change(store, "DROP TABLE part; CREATE TABLE part (id text, message_id text, session_id text, data text AS (upper(id)) VIRTUAL);")
    with pytest.raises(UnreadableSource, match="is an SQLite database of an unknown kind"):
        read(store)


def test_a_virtual_table_is_not_opened(store: Path) -> None:
    change(store, "DROP TABLE part; CREATE VIRTUAL TABLE part USING fts5(id, message_id, session_id, data);")
    with pytest.raises(UnreadableSource, match="is an SQLite database of an unknown kind"):
        read(store)


def test_an_index_over_an_expression_is_never_evaluated(store: Path) -> None:
    change(store, "CREATE INDEX odd ON part (session_id, abs(length(data)));")
    assert read(store) == ["Boil water"]


def test_only_own_reads_are_allowed(store: Path) -> None:
    with open_store(open_source(store)) as opened:
        connection = opened._connection
        for statement in (
            "DELETE FROM part",
            "ATTACH ':memory:' AS x",
            "SELECT randomblob(9)",
            "PRAGMA writable_schema=ON",
            "CREATE TABLE x (y)",
        ):
            with pytest.raises(sqlite3.DatabaseError):
                connection.execute(statement)
    assert read(store) == ["Boil water"]


def test_a_row_that_is_too_long_costs_no_other(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("INSERT INTO message VALUES ('m2', 'ses_1', 2, '{\"role\":\"user\"}')")
        connection.execute("INSERT INTO part VALUES ('p2', 'm2', 'ses_1', zeroblob(?))", (MAX_LINE_BYTES + 1,))
        say(connection, 3, "Pour")
    (transcript,) = read_source(open_source(store))
    assert texts([transcript]) == ["Boil water", "Pour"]
    assert TOO_LONG in {warning.reason for warning in transcript.warnings}


def test_a_damaged_page_costs_the_rows_on_it(store: Path) -> None:
    """A text of several pages whose chain of pages is broken; the rows before and after it are read."""
    with closing(sqlite3.connect(store)) as connection:
        say(connection, 2, "steep " * 5_000)
        say(connection, 3, "Pour")
    data = bytearray(store.read_bytes())
    place = data.rfind(b"steep steep")
    page = place - place % 4096
    data[page : page + 4] = b"\xff\xff\xff\xff"
    store.write_bytes(data)
    (transcript,) = read_source(open_source(store))
    assert {"Boil water", "Pour"} <= set(texts([transcript]))
    assert DAMAGED in {warning.reason for warning in transcript.warnings} or len(texts([transcript])) == 3


def test_a_search_that_takes_too_long_is_given_up(store: Path) -> None:
    with open_store(open_source(store)) as opened:
        oddities = Oddities()
        opened._connection.set_progress_handler(lambda: True, 1)
        assert list(opened.rows("part", ("id",), oddities)) == []
    assert [warning.reason for warning in oddities.warnings()] == ["table that is damaged or too slow to search read in part"]


# Refusals


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        ("CREATE TABLE threads (id, rollout_path)", "is Codex's index, which holds no messages; name the rollout files"),
        ("CREATE TABLE thread_items (rollout_ordinal, item_json)", "is Codex's index of what its sessions hold; name the rollout files"),
        ("CREATE TABLE turns (session_id, user_message, assistant_response)", "is Copilot CLI's index, .* name the events.jsonl"),
        ("CREATE TABLE sessions (messages_path, hook_path)", r"is Cline's index, .* name the \.messages\.json"),
        ("CREATE TABLE blobs (id, data); CREATE TABLE meta (key, value)", "is a Cursor chat store without messages"),
        ("CREATE TABLE ItemTable (key, value)", "is an editor's settings store"),
        ("CREATE TABLE cursorDiskKV (key, value)", "is a Cursor store without conversations"),
        ("CREATE TABLE recipes (id)", "is an SQLite database of an unknown kind"),
        ("CREATE TABLE session (id); CREATE TABLE message (session_id, data); CREATE TABLE part (message_id, data)", "without sessions"),
        (
            "CREATE TABLE refinery_schema_history (version); INSERT INTO refinery_schema_history VALUES (99);"
            "CREATE TABLE sessions (id); CREATE TABLE message_nodes (session_id, chat_message)",
            "of schema 99, and 17 is the newest that can be read",
        ),
    ],
)
def test_stores_without_sessions_are_refused_by_what_they_are(statements: str, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    change(file, statements)
    with pytest.raises(UnreadableSource, match=rf"some\.db: .*{sentence}"):
        list(read_source(open_source(file)))


def test_an_empty_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    change(file, "CREATE TABLE x (y); DROP TABLE x")
    with pytest.raises(UnreadableSource, match=r"some\.db: "):
        list(read_source(open_source(file)))
