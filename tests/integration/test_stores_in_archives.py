"""An agent's SQLite store that is packed while the agent runs: what stands only in its write-ahead log is part of it."""

import io
import json
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hotwash.intake.archives import Rejected, unpack
from hotwash.readers.base import Source
from hotwash.readers.detect import read_source
from hotwash.transcript import UserMessage

SAID = "Only the log knows this."

OPENCODE = """
CREATE TABLE session (id text PRIMARY KEY, directory text, title text, version text, time_created integer);
CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer, data text NOT NULL);
CREATE TABLE part (id text PRIMARY KEY, message_id text, session_id text NOT NULL, data text NOT NULL);
INSERT INTO session VALUES ('ses_1', '/home/ada', 'Tea', '1.18.33', 1786200000000);
"""
GOOSE = """
CREATE TABLE sessions (id text PRIMARY KEY, name text, working_dir text, created_at text);
CREATE TABLE messages (id integer PRIMARY KEY, session_id text, role text, content_json text, created_timestamp integer, metadata_json text);
INSERT INTO sessions VALUES ('20260810_1', 'Tea', '/home/ada', '2026-08-10 09:00:00');
"""
CURSOR = """
CREATE TABLE ItemTable (key text PRIMARY KEY, value blob);
CREATE TABLE cursorDiskKV (key text PRIMARY KEY, value blob);
"""
DEVIN = """
CREATE TABLE refinery_schema_history (version integer PRIMARY KEY, name text);
CREATE TABLE sessions (id text PRIMARY KEY, working_directory text, model text, created_at integer, title text, main_chain_id integer);
CREATE TABLE message_nodes (session_id text, node_id integer, parent_node_id integer, chat_message text, created_at integer);
INSERT INTO refinery_schema_history VALUES (17, 'newest');
INSERT INTO sessions VALUES ('s1', '/home/ada', 'm', 1786200000, 'Tea', 1);
"""


def _say_opencode(agent: sqlite3.Connection) -> None:
    agent.execute("INSERT INTO message VALUES ('m1', 'ses_1', 1, ?)", (json.dumps({"role": "user"}),))
    agent.execute("INSERT INTO part VALUES ('p1', 'm1', 'ses_1', ?)", (json.dumps({"type": "text", "text": SAID}),))


def _say_goose(agent: sqlite3.Connection) -> None:
    content = json.dumps([{"type": "text", "text": SAID}])
    agent.execute("INSERT INTO messages VALUES (1, '20260810_1', 'user', ?, 1786200000, NULL)", (content,))


def _say_cursor(agent: sqlite3.Connection) -> None:
    bubble = json.dumps({"type": 1, "bubbleId": "b1", "text": SAID})
    composer = json.dumps({"composerId": "c1", "fullConversationHeadersOnly": [{"bubbleId": "b1", "type": 1}]})
    agent.executemany("INSERT INTO cursorDiskKV VALUES (?, ?)", [("composerData:c1", composer), ("bubbleId:c1:b1", bubble)])


def _say_devin(agent: sqlite3.Connection) -> None:
    agent.execute("INSERT INTO message_nodes VALUES ('s1', 1, NULL, ?, 1786200000)", (json.dumps({"role": "user", "content": SAID}),))


STORES = {
    "opencode": ("opencode.db", OPENCODE, _say_opencode),
    "goose": ("sessions.db", GOOSE, _say_goose),
    "cursor": ("state.vscdb", CURSOR, _say_cursor),
    "devin": ("sessions.db", DEVIN, _say_devin),
}
Say = Callable[[sqlite3.Connection], None]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A store whose writer has it open, with one message that is in the log alone."""
    name, schema, say = STORES[request.param]
    file = tmp_path / name
    with closing(sqlite3.connect(file, isolation_level=None)) as agent:
        agent.executescript(schema)
        agent.execute("PRAGMA journal_mode=WAL")
        agent.execute("PRAGMA wal_autocheckpoint=0")
        say(agent)
        assert SAID.encode() not in file.read_bytes()
        yield file


def _packed(store: Path, kind: str, suffixes: tuple[str, ...] = ("", "-shm", "-wal")) -> Source:
    buffer = io.BytesIO()
    files = {f"backup/{store.name}{suffix}": store.with_name(f"{store.name}{suffix}").read_bytes() for suffix in suffixes}
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    else:
        with tarfile.open(fileobj=buffer, mode="w:gz" if kind == "tar.gz" else "w") as tar:
            for name, data in reversed(files.items()):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return Source(name="backup", open=lambda: io.BytesIO(buffer.getvalue()))


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
def test_what_is_only_in_the_log_is_read_from_an_archive(store: Path, kind: str) -> None:
    """Whatever stands first in the archive; the store and its side files are one item."""
    said: list[str] = []
    for item in unpack(_packed(store, kind)):
        assert isinstance(item, Source)
        assert item.name == f"backup: backup/{store.name}"
        said += [event.text for transcript in read_source(item) for event in transcript.events if isinstance(event, UserMessage)]
    assert said == [SAID]


def test_a_log_without_its_store_is_refused_by_what_it_is(store: Path) -> None:
    (item,) = unpack(_packed(store, "zip", ("-wal",)))
    assert isinstance(item, Rejected)
    assert item.reason == "belongs to an SQLite database that is not in the archive; send both together"
