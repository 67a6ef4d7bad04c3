"""Conversations that lie in a folder: one session, by whichever of its files it is named, and whatever is wrong with one of them."""

import shutil
from pathlib import Path

import pytest

from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import detect, open_source, read_source, session_files
from hotwash.transcript import ReadWarning, Transcript, UserMessage

HERE = Path(__file__).parent


def read(path: Path) -> Transcript:
    (transcript,) = read_source(open_source(path))
    return transcript


@pytest.mark.parametrize("folder", ["folder_of_v0", "folder_of_v1"])
def test_a_folder_is_one_session_and_its_files_are_none(folder: str, tmp_path: Path) -> None:
    shutil.copytree(HERE / folder, tmp_path / "conversations" / folder)
    shutil.copytree(HERE / folder / "events", tmp_path / "conversations" / folder / "event_cache")
    (tmp_path / "other.jsonl").write_text("{}")
    assert list(session_files(tmp_path)) == [tmp_path / "other.jsonl", tmp_path / "conversations" / folder]
    assert list(session_files(tmp_path / "conversations" / folder)) == [tmp_path / "conversations" / folder]


@pytest.mark.parametrize("folder", ["folder_of_v0", "folder_of_v1"])
def test_any_part_of_a_folder_stands_for_the_whole(folder: str) -> None:
    """A hook or a watcher knows only which file has changed."""
    whole = read(HERE / folder)
    for part in [*(HERE / folder).iterdir(), *(HERE / folder / "events").iterdir()]:
        assert read(part) == whole


def test_the_export_of_a_conversation_tells_the_same_as_its_folder() -> None:
    export = read(HERE / "exported_by_v0.json")
    folder = read(HERE / "folder_of_v0")
    assert (export.events, export.usage, export.cost_usd) == (folder.events, folder.usage, folder.cost_usd)


def test_a_damaged_event_costs_no_other(tmp_path: Path) -> None:
    conversation = tmp_path / "c"
    shutil.copytree(HERE / "folder_of_v1", conversation)
    for number, damage in ((0, b""), (4, b'{"id": "e'), (5, b"\xff\xfe\0"), (6, b"[" * 5000)):
        (event,) = (conversation / "events").glob(f"event-{number:05d}-*.json")
        event.write_bytes(damage)
    transcript = read(conversation)
    assert [event.text for event in transcript.events if isinstance(event, UserMessage)] == ["Paint the fence"]
    assert transcript.native_id == read(HERE / "folder_of_v1").native_id
    assert ReadWarning(reason="malformed line left out", record=1, count=4) in transcript.warnings


def test_a_damaged_state_costs_the_id_and_the_tokens_only(tmp_path: Path) -> None:
    conversation = tmp_path / "00aa00aa00aa00aa00aa00aa00aa00aa"
    shutil.copytree(HERE / "folder_of_v1", conversation)
    (conversation / "base_state.json").write_bytes(b"{")
    transcript = read(conversation)
    assert transcript.native_id == conversation.name
    assert transcript.usage is None
    assert len([event for event in transcript.events if event.record <= 13]) >= 10


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    conversation = tmp_path / "c"
    (conversation / "events").mkdir(parents=True)
    for event in (HERE / "folder_of_v1" / "events").iterdir():
        (conversation / "events" / event.name).symlink_to(event)
    assert list(session_files(tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("folder_of_v0/events/1.json", "is one event of an OpenHands conversation; name the conversation's folder"),
        ("folder_of_v1/base_state.json", "is the state of an OpenHands conversation without its events"),
    ],
)
def test_a_part_alone_is_refused_by_what_it_is(name: str, sentence: str, tmp_path: Path) -> None:
    alone = tmp_path / Path(name).name
    shutil.copy(HERE / name, alone)
    with pytest.raises(UnreadableSource, match=sentence):
        detect(open_source(alone))
