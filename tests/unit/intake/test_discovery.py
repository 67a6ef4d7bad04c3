"""The stores of a user are found where agents keep them, and what cannot be looked at is told."""

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hotwash.intake.discovery import FoundStore, discover, is_session_of, watched_places
from hotwash.intake.stores import KNOWN_STORES, KnownStore, User

UNKNOWN = KnownStore(
    agent="Unknown", format="without-a-reader", places=lambda user: (user.home / "unknown",), sessions=re.compile(r"[^/]+\.jsonl")
)


def file(path: Path, content: bytes = b"{}\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def found(home: Path, **env: str) -> dict[str, FoundStore]:
    return {store.agent: store for store in discover(User(home=home, env=env, platform="linux"))}


def test_sessions_are_counted_and_subagents_come_with_them(tmp_path: Path) -> None:
    projects = tmp_path / ".claude" / "projects" / "-home-me"
    main = file(projects / "a.jsonl", b"12345")
    child = file(projects / "a" / "subagents" / "agent-1.jsonl", b"123")
    file(projects / "a" / "tool-results" / "x.txt")
    store = found(tmp_path)["Claude Code"]
    assert (store.sessions, store.size_bytes, store.readable, store.problems) == (1, 8, True, ())
    assert store.files == (str(main), str(child))


@pytest.mark.parametrize(
    ("agent", "variable", "place"),
    [
        ("Claude Code", "CLAUDE_CONFIG_DIR", "projects/-p/a.jsonl"),
        ("Codex", "CODEX_HOME", "sessions/2026/01/02/rollout-a.jsonl"),
        ("GitHub Copilot CLI", "COPILOT_HOME", "session-state/a/events.jsonl"),
        ("Goose before 1.10", "XDG_DATA_HOME", "goose/sessions/a.jsonl"),
    ],
)
def test_environment_variables_move_a_store(tmp_path: Path, agent: str, variable: str, place: str) -> None:
    file(tmp_path / "moved" / place)
    assert found(tmp_path, **{variable: str(tmp_path / "moved")})[agent].sessions == 1
    assert agent not in found(tmp_path)


def test_sessions_in_a_database_are_its_rows(tmp_path: Path) -> None:
    path = tmp_path / ".local" / "share" / "opencode" / "opencode.db"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE session (id TEXT PRIMARY KEY)")
        database.executemany("INSERT INTO session VALUES (?)", [("a",), ("b",)])
        database.commit()
    assert found(tmp_path)["OpenCode"].sessions == 2
    path.write_bytes(b"SQLite format 3\0 and nothing more")
    damaged = found(tmp_path)["OpenCode"]
    assert damaged.sessions is None
    assert "damaged" in damaged.problems[0]


def test_an_agent_without_a_reader_is_listed_as_such(tmp_path: Path) -> None:
    file(tmp_path / "unknown" / "a.jsonl")
    (store,) = discover(User(home=tmp_path, env={}), (UNKNOWN,))
    assert (store.sessions, store.readable) == (1, False)


def test_links_inside_a_store_are_told_and_the_store_itself_may_be_one(tmp_path: Path) -> None:
    elsewhere = tmp_path / "dotfiles" / "projects"
    file(elsewhere / "-p" / "a.jsonl")
    file(tmp_path / "other" / "b.jsonl")
    (elsewhere / "-linked").symlink_to(tmp_path / "other")
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "projects").symlink_to(elsewhere)
    store = found(tmp_path)["Claude Code"]
    assert store.sessions == 1
    assert ["is a link" in problem for problem in store.problems] == [True]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told_and_costs_no_other(tmp_path: Path) -> None:
    projects = tmp_path / ".claude" / "projects"
    file(projects / "-a" / "a.jsonl")
    (projects / "-b").mkdir(mode=0)
    store = found(tmp_path)["Claude Code"]
    assert store.sessions == 1
    assert "permission denied" in store.problems[0]


def test_every_place_of_a_readable_format_is_watched_there_or_not(tmp_path: Path) -> None:
    places = watched_places(User(home=tmp_path, env={}, platform="linux"), (*KNOWN_STORES, UNKNOWN))
    assert tmp_path / ".claude" / "projects" in places
    assert tmp_path / "unknown" not in places
    assert len(places) == len(set(places))


def test_only_what_a_store_keeps_sessions_in_is_followed(tmp_path: Path) -> None:
    """Cline keeps a file about each session beside it, which is none."""
    user = User(home=tmp_path, env={}, platform="linux")
    folder = tmp_path / ".cline" / "data" / "sessions" / "1"
    assert is_session_of(user, file(folder / "1.messages.json"))
    assert not is_session_of(user, file(folder / "1.json"))
    assert is_session_of(user, folder)


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_all_places_are_absolute_on_every_system(tmp_path: Path, platform: str) -> None:
    user = User(home=tmp_path, env={"CODEX_HOME": " "}, platform=platform)
    assert all(place.is_absolute() for store in KNOWN_STORES for place in store.places(user))


@pytest.mark.parametrize("folders", ["storage/session/p1", "project/home-me/storage/session/info"])
def test_sessions_of_opencode_before_it_kept_a_database_are_its_files(tmp_path: Path, folders: str) -> None:
    place = tmp_path / ".local" / "share" / "opencode"
    session = file(place / folders / "ses_1.json", b"{}")
    file(place / "storage" / "message" / "ses_1" / "msg_1.json", b"12345")
    file(place / "storage" / "session" / "message" / "ses_1" / "msg_1.json", b"123")
    store = found(tmp_path)["OpenCode before 1.2"]
    assert (store.sessions, store.size_bytes, store.files) == (1, 10, (str(session),))


def test_a_database_is_as_large_as_it_is_with_its_log(tmp_path: Path) -> None:
    place = tmp_path / ".config" / "Cursor" / "User" / "globalStorage"
    file(place / "state.vscdb", b"12345")
    file(place / "state.vscdb-wal", b"123")
    file(place / "state.vscdb.backup", b"1")
    assert found(tmp_path)["Cursor (editor)"].size_bytes == 8
