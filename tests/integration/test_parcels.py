"""What is pushed of a path reads as the path itself: sessions of several files, and stores with their logs, lose nothing on the way."""

import io
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hotwash.intake.archives import unpack
from hotwash.intake.pushing.parcels import packed
from hotwash.readers.base import Source
from hotwash.readers.detect import open_source, read_source
from hotwash.transcript import Transcript

READERS = Path(__file__).parents[1] / "readers"


def put(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def task(folder: Path) -> Path:
    kept = folder / "tasks" / "1786010500000"
    kept.mkdir(parents=True)
    shutil.copyfile(READERS / "cline" / "shown_alone.json", kept / "ui_messages.json")
    return Path(shutil.copy(READERS / "cline" / "api_conversation_history.json", kept))


def droid(folder: Path) -> Path:
    shutil.copy(READERS / "droid" / "session.settings.json", folder)
    return Path(shutil.copy(READERS / "droid" / "session.jsonl", folder))


def kimi(folder: Path) -> Path:
    agent = folder / "session_0f1c" / "agents" / "main"
    put(folder / "session_0f1c" / "state.json", {"title": "Leaves"})
    agent.mkdir(parents=True)
    return Path(shutil.copyfile(READERS / "kimi" / "wire_of_1_4.jsonl", agent / "wire.jsonl"))


def opencode(folder: Path) -> Path:
    put(folder / "storage/message/ses_1/msg_1.json", {"id": "msg_1", "sessionID": "ses_1", "role": "user", "time": {"created": 1}})
    put(folder / "storage/part/msg_1/prt_1.json", {"id": "prt_1", "messageID": "msg_1", "type": "text", "text": "Boil water"})
    return put(folder / "storage/session/p/ses_1.json", {"id": "ses_1", "directory": "/tea", "version": "1.1", "time": {"created": 1}})


def openhands(folder: Path) -> Path:
    said = {"id": 0, "timestamp": "2026-08-01T10:00:00", "source": "user", "action": "message", "message": "Hi", "args": {"content": "Hi"}}
    return put(folder / "sessions/c1/events/0.json", said).parent.parent


def claude(folder: Path) -> Path:
    message = {"role": "user", "content": "Hello"}
    return put(
        folder / "s.jsonl", {"type": "user", "uuid": "u1", "sessionId": "s", "timestamp": "2026-08-01T10:00:00Z", "message": message}
    )


def pushed(path: Path) -> Iterator[Transcript]:
    with packed(open_source(path)) as body:
        body.seek(0)
        data = body.read()
    for item in unpack(Source(name="upload", open=lambda: io.BytesIO(data), path=Path(path.name))):
        assert isinstance(item, Source), item.reason
        yield from read_source(item)


@pytest.mark.parametrize("make", [claude, task, droid, kimi, opencode, openhands])
def test_what_is_pushed_is_what_lies_there(make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]  # one of the makers above
    path = make(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert list(pushed(path.relative_to(tmp_path))) == list(pushed(path))
    (there,) = read_source(open_source(path))
    assert list(pushed(path)) == [there]


def test_a_store_goes_with_what_only_its_log_holds(tmp_path: Path) -> None:
    file = tmp_path / "opencode.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as agent:
        agent.executescript((READERS / "opencode" / "two_sessions.sql").read_text())
        agent.execute("PRAGMA journal_mode=WAL")
        agent.execute("PRAGMA wal_autocheckpoint=0")
        agent.execute("UPDATE session SET title = 'Only in the log'")
        assert {transcript.title for transcript in pushed(file)} == {"Only in the log"}
