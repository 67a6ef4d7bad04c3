"""Which files are read with another one, told from their names."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotwash.readers.companions import companions, is_log, main_files


@pytest.mark.parametrize(
    ("main", "other"),
    [
        ("tasks/1/api_conversation_history.json", "tasks/1/ui_messages.json"),
        ("tasks/1/ui_messages.json", "tasks/1/task_metadata.json"),
        ("tasks/1/api_conversation_history.json", "tasks/1/history_item.json"),
        ("a/7_x.messages.json", "a/7_x.json"),
        ("a/s.jsonl", "a/s.settings.json"),
        ("session_1/agents/main/wire.jsonl", "session_1/state.json"),
        ("share/opencode.db", "share/opencode.db-wal"),
        ("share/state.vscdb", "share/state.vscdb-journal"),
    ],
)
def test_two_files_know_each_other(main: str, other: str) -> None:
    assert PurePosixPath(other) in companions(PurePosixPath(main))
    assert PurePosixPath(main) in main_files(PurePosixPath(other))


def test_the_index_of_a_log_belongs_to_the_database_and_is_not_read() -> None:
    """It is made anew: a copied one may be wrong."""
    assert main_files(PurePosixPath("a.db-shm")) == (PurePosixPath("a.db"),)
    assert PurePosixPath("a.db-shm") not in companions(PurePosixPath("a.db"))


@given(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1).filter(lambda name: name not in (".", "..")))
def test_any_name_is_taken_and_none_is_its_own_companion(name: str) -> None:
    for path in (
        PurePosixPath(name),
        PurePosixPath("a", f"{name}-wal"),
        PurePosixPath(f"{name}.settings.json"),
        PurePosixPath(f"{name}.jsonl"),
    ):
        assert path not in companions(path)
        assert path not in main_files(path)
    assert is_log(f"{name}-wal")
