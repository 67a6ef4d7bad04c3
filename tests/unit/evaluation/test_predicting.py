"""Labelled sessions are found where the labels say, and nowhere else."""

from pathlib import Path

import pytest

from bench.generate import claude_session
from hotwash.evaluation.labels import LabelledSession
from hotwash.evaluation.predicting import Place, locate, predict
from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import open_source, read_source


def _session(name: str, *, is_file: bool = True) -> LabelledSession:
    return LabelledSession(name=name, is_file=is_file, labels=())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "one.jsonl").write_bytes(claude_session(1, 20_000))
    (tmp_path / "team" / "no-session.jsonl").write_text("{}\n")
    return tmp_path


def test_a_prediction_has_every_measured_part(folder: Path) -> None:
    """So that whatever a label says can be measured."""
    found = predict(Place(path=folder / "team/one.jsonl"))
    assert found.outcome is not None
    assert found.category is not None
    assert None not in (found.issues, found.user_turns, found.late_facts, found.phases)


def test_a_label_without_a_path_is_found_by_session_id(folder: Path) -> None:
    """Sessions that were taken into a store keep their id."""
    path = folder / "team/one.jsonl"
    session_id = next(read_source(open_source(path))).session_id
    places = locate([_session(session_id, is_file=False), _session("0" * 32, is_file=False)], folder)
    assert places == {session_id: Place(path=path, session_id=session_id)}
    assert predict(places[session_id]).phases


@pytest.mark.parametrize(
    "name", ["../secret.jsonl", "/etc/hostname", "team/../../secret.jsonl", "team/one\0.jsonl", ".", "x" * 5000, "gone.jsonl"]
)
def test_a_label_leads_to_nothing_but_a_file_in_the_folder(name: str, folder: Path) -> None:
    """Labels come from others, too."""
    assert locate([_session(name)], folder) == {}


def test_a_file_without_a_reader_is_an_error_and_no_empty_prediction(folder: Path) -> None:
    """An empty one would count as a session in which nothing was found."""
    with pytest.raises(UnreadableSource, match="no-session"):
        predict(Place(path=folder / "team/no-session.jsonl"))
