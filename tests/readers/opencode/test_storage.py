"""OpenCode before 1.2: a session in three folders, a file a message and part. It reads as the same session does from an export."""

import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hotwash.intake.archives import unpack
from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.transcript import AgentMessage, Transcript, UserMessage


def put(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def newer(store: Path, session: str, message: str, part: str) -> tuple[Path, Path, Path]:
    """Where 0.5 to 1.1 kept a session, a message and a part."""
    return store / "session/p1" / session, store / "message" / session / message, store / "part" / message / part


def older(store: Path, session: str, message: str, part: str) -> tuple[Path, Path, Path]:
    """Where they were before July 2025."""
    kept = store / "session"
    return kept / "info" / session, kept / "message" / session / message, kept / "part" / session / message / part


Layout = Callable[[Path, str, str, str], tuple[Path, Path, Path]]


def exported() -> dict[str, Any]:
    """The session of the export's own test, without what is no object: a store has no place for that."""
    document: dict[str, Any] = json.loads(Path(__file__).with_name("export.json").read_bytes())
    messages = [message for message in document["messages"] if isinstance(message, dict)]
    parts = [[part for part in message["parts"] if isinstance(part, dict)] for message in messages]
    return document | {"messages": [message | {"parts": held} for message, held in zip(messages, parts, strict=True)]}


def keep(store: Path, layout: Layout = newer) -> Path:
    """Writes the session as a store; the file that tells of it as a whole."""
    document = exported()
    session = document["info"]["id"]
    for message in document["messages"]:
        said = message["info"]["id"]
        put(layout(store, session, said, "")[1].with_suffix(".json"), message["info"])
        for part in message["parts"]:
            put(layout(store, session, said, part["id"])[2].with_suffix(".json"), part)
    return put(layout(store, session, "", "")[0].with_suffix(".json"), document["info"])


@pytest.fixture
def export(tmp_path: Path) -> Transcript:
    """The same session, read from an export."""
    return read(put(tmp_path / "exported" / "export.json", exported()))


def read(path: Path) -> Transcript:
    (transcript,) = read_source(open_source(path))
    return transcript


def say(store: Path, session: str, message: Mapping[str, object], *texts: str) -> None:
    put(store / "message" / session / f"{message['id']}.json", {"sessionID": session, "time": {"created": 1}, **message})
    for number, text in enumerate(texts):
        put(store / "part" / str(message["id"]) / f"prt_{number}.json", {"id": f"prt_{number}", "type": "text", "text": text})


def texts(transcript: Transcript) -> list[str]:
    return [event.text for event in transcript.events if isinstance(event, UserMessage | AgentMessage)]


@pytest.mark.parametrize("layout", [newer, older])
def test_a_session_in_a_store_is_the_one_in_its_export(tmp_path: Path, layout: Layout, export: Transcript) -> None:
    assert read(keep(tmp_path / "storage", layout)) == export


@pytest.mark.parametrize("layout", [newer, older])
@pytest.mark.parametrize("named", ["session", "message", "part", "the store"])
def test_any_of_its_files_or_their_folder_gives_the_session(tmp_path: Path, layout: Layout, named: str, export: Transcript) -> None:
    store = tmp_path / "storage"
    session = keep(store, layout)
    files = {"session": session, "message": layout(store, "ses_export", "msg_1", "x")[1].with_suffix(".json")}
    files["part"] = layout(store, "ses_export", "msg_1", "prt_1_0")[2].with_suffix(".json")
    (found,) = session_files(files.get(named, store))
    assert read(found) == export


@pytest.mark.parametrize("layout", [newer, older])
def test_a_packed_store_gives_the_same_session(tmp_path: Path, layout: Layout, export: Transcript) -> None:
    keep(tmp_path / "storage", layout)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(tmp_path / "storage", "share/opencode/storage")
    packed = Source(name="x", open=lambda: io.BytesIO(buffer.getvalue()))
    found = [transcript for item in unpack(packed) if isinstance(item, Source) for transcript in read_source(item)]
    assert found == [export]


def test_only_the_folder_of_messages_gives_each_session_once(tmp_path: Path) -> None:
    keep(tmp_path / "storage")
    assert len(list(session_files(tmp_path / "storage" / "message"))) == 1


def test_sessions_keep_apart_and_come_by_name(tmp_path: Path) -> None:
    for number in (2, 1):
        put(tmp_path / f"session/p{number}/ses_{number}.json", {"id": f"ses_{number}", "version": "1.1", "time": {}})
        say(tmp_path, f"ses_{number}", {"id": f"msg_{number}", "role": "user"}, f"Ask {number}")
    found = [read(file) for file in session_files(tmp_path)]
    assert [(transcript.native_id, texts(transcript)) for transcript in found] == [("ses_1", ["Ask 1"]), ("ses_2", ["Ask 2"])]


def test_what_a_store_keeps_besides_is_passed_over(tmp_path: Path) -> None:
    """Projects, changes to files and snapshots in a repository of its own, as 1.1 leaves them."""
    keep(tmp_path / "storage")
    put(tmp_path / "storage/project/p1.json", {"id": "p1", "worktree": "/tea"})
    put(tmp_path / "storage/session_diff/ses_export.json", [])
    for name in ("HEAD", "config", "objects/ab/cd", "refs/heads/main"):
        put(tmp_path / "snapshot/p1" / name, [])
    assert len(list(session_files(tmp_path))) == 1


def test_messages_come_by_their_time_and_a_damaged_file_costs_itself_alone(tmp_path: Path) -> None:
    session = put(tmp_path / "session/p/ses_1.json", {"id": "ses_1", "version": "1.1", "time": {}})
    say(tmp_path, "ses_1", {"id": "msg_b", "role": "user", "time": {"created": 1}}, "First")
    say(tmp_path, "ses_1", {"id": "msg_a", "role": "assistant", "time": {"created": 2}}, "Second", "Third")
    (tmp_path / "part/msg_a/prt_0.json").write_bytes(b'{"id": "prt_0", "te')
    transcript = read(session)
    assert texts(transcript) == ["First", "Third"]
    assert [warning.reason for warning in transcript.warnings] == ["malformed line left out", "file that is no JSON object left out"]


def test_a_session_whose_own_file_is_damaged_is_known_by_its_name(tmp_path: Path) -> None:
    session = put(tmp_path / "session/p/ses_1.json", {})
    session.write_bytes(b"{")
    say(tmp_path, "ses_1", {"id": "msg_a", "role": "user"}, "Still here")
    transcript = read(session)
    assert (transcript.native_id, texts(transcript)) == ("ses_1", ["Still here"])


def test_files_that_are_not_named_by_their_ids_are_joined_by_what_they_say(tmp_path: Path) -> None:
    session = put(tmp_path / "session/p/ses_tea.json", {"id": "tea", "version": "1.1", "time": {}})
    put(tmp_path / "message/tea/0001.json", {"id": "m1", "sessionID": "tea", "role": "user", "time": {}})
    put(tmp_path / "part/m1/001.json", {"id": "p1", "messageID": "m1", "type": "text", "text": "Boil"})
    put(tmp_path / "part/m9/001.json", {"id": "p9", "messageID": "m9", "type": "text", "text": "Of a lost message"})
    transcript = read(session)
    assert texts(transcript) == ["Boil"]
    assert [warning.reason for warning in transcript.warnings] == ["part of a message that is missing left out"]


def test_a_message_without_parts_is_told_by_its_summary(tmp_path: Path) -> None:
    session = put(tmp_path / "session/p/ses_1.json", {"id": "ses_1", "version": "1.1", "time": {}})
    say(tmp_path, "ses_1", {"id": "msg_a", "role": "user", "summary": {"title": "Tea", "body": "Make tea"}})
    say(tmp_path, "ses_1", {"id": "msg_b", "role": "assistant", "summary": True, "time": {"created": 2}})
    assert texts(read(session)) == ["Make tea"]


def test_steps_count_where_the_message_has_no_tokens(tmp_path: Path) -> None:
    session = put(tmp_path / "session/p/ses_1.json", {"id": "ses_1", "version": "1.1", "time": {}})
    say(tmp_path, "ses_1", {"id": "msg_a", "role": "assistant"})
    for number in (1, 2):
        step = {"id": f"prt_{number}", "type": "step-finish", "tokens": {"input": 10, "output": number}, "cost": 0.25}
        put(tmp_path / f"part/msg_a/prt_{number}.json", step)
    transcript = read(session)
    assert transcript.usage is not None
    assert (transcript.usage.input, transcript.usage.output, transcript.cost_usd) == (20, 3, 0.5)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("session/p/ses_1.json", {"id": "ses_1", "directory": "/", "title": "", "version": "1", "time": {}}, "without its messages"),
        ("message/ses_1/msg_1.json", {"id": "msg_1", "sessionID": "ses_1", "role": "user", "time": {}}, "without its session"),
        (
            "part/msg_1/p.json",
            {"id": "p", "sessionID": "ses_1", "messageID": "msg_1", "type": "text"},
            "is one part of an OpenCode message",
        ),
    ],
)
def test_a_stray_file_is_refused_by_what_it_is(tmp_path: Path, name: str, content: object, sentence: str) -> None:
    with pytest.raises(UnreadableSource, match=f"{sentence}.*; name OpenCode's whole storage folder"):
        read(put(tmp_path / name, content))
