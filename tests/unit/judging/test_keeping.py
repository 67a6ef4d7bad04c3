"""Answers and spending in the data folder."""

import stat
from pathlib import Path

import pytest

from hotwash.judging.keeping import FolderAnswers, FolderLedger
from hotwash.judging.model import CannotKeepAccount, Spending


def test_answers_are_found_again_by_the_same_model_alone(tmp_path: Path) -> None:
    FolderAnswers(tmp_path / "answers", "openai:a").put("abc-find-1-of-1", "{“é”}")
    assert FolderAnswers(tmp_path / "answers", "openai:a").find("abc-find-1-of-1") == "{“é”}"
    assert FolderAnswers(tmp_path / "answers", "openai:b").find("abc-find-1-of-1") is None
    assert FolderAnswers(tmp_path / "answers", "openai:a").find("abd-find-1-of-1") is None


def test_answers_are_their_owners_alone(tmp_path: Path) -> None:
    """They tell of sessions."""
    FolderAnswers(tmp_path / "answers", "openai:a").put("abc", "{}")
    modes = {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [tmp_path / "answers", *(tmp_path / "answers").rglob("*")]}
    assert modes == {0}


def test_an_answer_that_cannot_be_kept_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("a file is in the way")
    answers = FolderAnswers(tmp_path / "answers", "openai:a")
    answers.put("abc", "{}")
    assert answers.find("abc") is None


def test_a_broken_answer_counts_as_none(tmp_path: Path) -> None:
    answers = FolderAnswers(tmp_path, "openai:a")
    answers.put("abc", "{}")
    (file,) = tmp_path.rglob("abc.txt")
    file.write_bytes(b"\xff\xfe")
    assert answers.find("abc") is None


def test_spending_adds_up_over_ledgers_of_one_folder(tmp_path: Path) -> None:
    """As over runs, and over processes at once."""
    FolderLedger(tmp_path / "judge").add("2026-01-31", Spending(tokens=10, usd=0.5))
    FolderLedger(tmp_path / "judge").add("2026-01-31", Spending(tokens=5, usd=0.25))
    assert FolderLedger(tmp_path / "judge").spent("2026-01-31") == Spending(tokens=15, usd=0.75)


def test_a_new_day_begins_with_nothing_and_forgets_the_old_one(tmp_path: Path) -> None:
    ledger = FolderLedger(tmp_path)
    ledger.add("2026-01-31", Spending(tokens=10))
    assert ledger.spent("2026-02-01") == Spending()
    ledger.add("2026-02-01", Spending(tokens=1))
    assert [path.name for path in tmp_path.iterdir()] == ["spent-2026-02-01.jsonl"]


def test_a_line_that_a_crash_cut_short_costs_no_other(tmp_path: Path) -> None:
    ledger = FolderLedger(tmp_path)
    ledger.add("2026-01-31", Spending(tokens=10))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + b'{"tok')
    assert ledger.spent("2026-01-31").tokens == 10


def test_where_spending_cannot_be_written_down_nothing_is_spent(tmp_path: Path) -> None:
    (tmp_path / "judge").write_text("a file is in the way")
    ledger = FolderLedger(tmp_path / "judge")
    with pytest.raises(CannotKeepAccount, match="name another folder with --data"):
        ledger.open()
    with pytest.raises(CannotKeepAccount):
        ledger.add("2026-01-31", Spending(tokens=1))
