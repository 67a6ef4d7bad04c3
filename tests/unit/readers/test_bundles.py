"""Which files belong to one session that lies in a folder, told from their names."""

from pathlib import PurePosixPath

import pytest

from hotwash.readers.bundles import bundles

ID = "0a1b2c3d-0000-4000-8000-000000000000"


def roots(*names: str) -> list[str]:
    return [str(bundle.root) for bundle in bundles(map(PurePosixPath, names))]


@pytest.mark.parametrize(
    "names",
    [
        ("c/events/0.json", "c/events/1.json", "c/metadata.json"),
        (f"c/events/event-00000-{ID}.json", "c/base_state.json"),
        (f"c/event_000000_{ID.replace('-', '')}.json", "c/meta.json"),
    ],
    ids=["version 0", "version 1", "a download of version 1"],
)
def test_a_conversations_files_are_one_session(names: tuple[str, ...]) -> None:
    (bundle,) = bundles(map(PurePosixPath, names))
    assert str(bundle.root) == "c"
    assert [str(member) for member in bundle.members] == list(names)


def test_events_come_by_their_number_not_by_their_name() -> None:
    (bundle,) = bundles(PurePosixPath(f"c/events/{number}.json") for number in (10, 9, 100))
    assert [event.name for event in bundle.members] == ["9.json", "10.json", "100.json"]


def test_every_conversation_is_a_session_of_its_own() -> None:
    assert roots("x/a/events/0.json", "x/b/events/0.json", "x/b/events/1.json") == ["x/a", "x/b"]


@pytest.mark.parametrize("name", ["0.json", "c/0.json", "c/events/notes.json", "c/events.json", "c/base_state.json", "c/event-1.json"])
def test_other_files_are_no_part_of_a_session(name: str) -> None:
    """What is told about a conversation is none without its events."""
    assert roots(name) == []
