"""Whatever stands in a session's file, it is read, or refused in a sentence, and a broken record costs no other."""

import copy
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path, PurePath

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotwash.readers import READERS
from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.detect import read_source
from hotwash.transcript import Transcript, UserMessage

HERE = Path(__file__).parent
LINES = {
    "copilot-cli": HERE / "copilot" / "killed_session_of_1_0_64.jsonl",
    "pi": HERE / "pi" / "tree_with_abandoned_branch.jsonl",
    "cursor": HERE / "cursor" / "agent_transcript.jsonl",
    "goose": HERE / "goose" / "session_of_2025.jsonl",
    "entire": HERE / "entire" / "checkpoint.jsonl",
    "gemini": HERE / "gemini" / "lines_of_0_61.jsonl",
    "qwen": HERE / "qwen" / "session_of_0_24.jsonl",
    "droid": HERE / "droid" / "session.jsonl",
    "droid-stream": HERE / "droid" / "stream.jsonl",
    "kimi": HERE / "kimi" / "wire_of_1_4.jsonl",
    "openhands-stream": HERE / "openhands" / "stream_of_v1.jsonl",
}
DOCUMENTS = {
    "cline-cli": (HERE / "cline" / "cli_session.messages.json", "messages"),
    "cline-history": (HERE / "cline" / "api_conversation_history.json", None),
    "cline-display": (HERE / "cline" / "shown_alone.json", None),
    "opencode": (HERE / "opencode" / "export.json", "messages"),
    "goose": (HERE / "goose" / "export.json", "conversation"),
    "gemini": (HERE / "gemini" / "document_of_0_23.json", "messages"),
    "openhands-v0": (HERE / "openhands" / "exported_by_v0.json", None),
    "openhands-v1": (HERE / "openhands" / "page_of_v1.json", "items"),
    "swe-agent": (HERE / "swe_agent" / "function_calls.traj", "history"),
    "mini-swe-agent": (HERE / "mini_swe_agent" / "version_1.traj.json", "messages"),
    "mini-swe-agent-1.1": (HERE / "mini_swe_agent" / "version_1_1.traj.json", "messages"),
}
STORES = sorted(HERE.glob("*/*.sql"))
MESSAGES = {"opencode": "part", "devin_local": "message_nodes", "goose": "messages", "cursor": "cursorDiskKV", "cursor_chat": "blobs"}
BATCH = ("gemini-cli", "qwen-code", "openhands", "swe-agent", "mini-swe-agent", "aider")
FORMATS = {reader.format: reader for reader in READERS}

a_few = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def source_of(data: bytes) -> Source:
    return Source(name="session.file", open=lambda: io.BytesIO(data), path=PurePath("some/folder/session.file"))


def refuse(sentence: str) -> list[Transcript]:
    assert sentence.startswith("session.file: ")
    assert "\n" not in sentence
    return []


def readable(data: bytes) -> list[Transcript]:
    """The sessions, each of which can be written out; none where the source is refused in one line that names it."""
    try:
        transcripts = list(read_source(source_of(data)))
    except UnreadableSource as refused:
        return refuse(refused.sentence)
    for transcript in transcripts:
        msgspec.json.encode(transcript)
        assert [event.seq for event in transcript.events] == list(range(len(transcript.events)))
        assert all(1 <= event.record <= max(1, transcript.records) for event in transcript.events)
    return transcripts


def said(transcripts: list[Transcript], *, but: int = 0) -> set[str]:
    """What people said, in records other than one."""
    events = [event for transcript in transcripts for event in transcript.events]
    return {event.text for event in events if isinstance(event, UserMessage) and event.record != but}


def places(value: object) -> list[tuple[object, object]]:
    """Every place in a JSON value that holds another: the object or array, and the key or index."""
    inside = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [(value, key) for key, _ in inside] + [place for _, inner in inside for place in places(inner)]


def with_one_value_changed(record: object, which: int, value: object) -> object:
    changed = copy.deepcopy(record)
    found = places(changed)
    if not found:
        return value
    holder, key = found[which % len(found)]
    holder[key] = value  # type: ignore[index]  # `places` gives objects with their keys and arrays with their indexes
    return changed


@pytest.mark.parametrize("name", LINES)
@a_few
@given(line=st.integers(1, 100), which=st.integers(0, 1000), value=json_values)
def test_a_value_of_any_type_in_a_line_costs_no_other_line(name: str, line: int, which: int, value: object) -> None:
    records = [json.loads(each) for each in LINES[name].read_text().splitlines()]
    whole = readable(LINES[name].read_bytes())
    index = 1 + line % (len(records) - 1)
    records[index] = with_one_value_changed(records[index], which, value)
    changed = readable("\n".join(json.dumps(record) for record in records).encode())
    assert said(whole, but=index + 1) <= said(changed)


@pytest.mark.parametrize("name", DOCUMENTS)
@a_few
@given(item=st.integers(1, 100), which=st.integers(0, 1000), value=json_values)
def test_a_value_of_any_type_in_a_message_costs_no_other_message(name: str, item: int, which: int, value: object) -> None:
    path, key = DOCUMENTS[name]
    document = json.loads(path.read_text())
    messages = document[key] if key else document
    index = 1 + item % (len(messages) - 1)
    messages[index] = with_one_value_changed(messages[index], which, value)
    whole = readable(path.read_bytes())
    assert said(whole, but=index + 1) <= said(readable(json.dumps(document).encode()))


@pytest.mark.parametrize(
    "path", [*LINES.values(), *(path for path, _ in DOCUMENTS.values())], ids=lambda path: path.parent.name + path.name
)
@a_few
@given(where=st.integers(0, 100_000))
def test_a_file_cut_anywhere_keeps_its_whole_lines(path: Path, where: int) -> None:
    """A document that is cut off is refused; of lines, every whole one counts."""
    data = path.read_bytes()
    cut = data[: where % len(data)]
    whole = cut[: cut.rfind(b"\n") + 1] if path.suffix == ".jsonl" else b""
    assert said(readable(whole)) <= said(readable(cut))


@pytest.mark.parametrize("name", LINES)
@a_few
@given(at=st.integers(1, 100), junk=st.sampled_from([b"\0" * 40, b"", b"null", b"{]", b"\xff\xfe", b"[" * 5000, b'{"type": "novel"}']))
def test_junk_between_lines_costs_nothing(name: str, at: int, junk: bytes) -> None:
    lines = LINES[name].read_bytes().splitlines()
    place = 1 + at % len(lines)
    changed = b"\n".join([*lines[:place], junk, *lines[place:]])
    assert said(readable(changed)) == said(readable(b"\n".join(lines)))


@pytest.mark.parametrize(
    "name",
    [
        "copilot-cli",
        "pi",
        "cline",
        "opencode",
        "devin-local",
        "goose",
        "cursor",
        "cursor-chat",
        "entire",
        "factory-droid",
        "kimi-code",
        *BATCH,
    ],
)
@a_few
@given(data=st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_by_a_reader_that_is_named(name: str, data: bytes) -> None:
    for start in (b"", b"SQLite format 3\0", b"{", b"[", b'{"type": "session", "id": "x", "cwd": "/"}\n'):
        try:
            list(FORMATS[name].read(source_of(start + data)))
        except UnreadableSource as refused:
            refuse(refused.sentence)


def in_memory(statements: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(statements.read_text())
    return connection


@pytest.mark.parametrize("statements", STORES, ids=lambda path: path.stem)
@a_few
@given(changes=st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), min_size=1, max_size=40))
def test_a_store_with_broken_bytes_is_read_or_refused(statements: Path, changes: list[tuple[int, int]]) -> None:
    with closing(in_memory(statements)) as connection:
        data = bytearray(connection.serialize())
    for place, byte in changes:
        data[place % len(data)] = byte
    readable(bytes(data))


@pytest.mark.parametrize("statements", [path for path in STORES if path.name != "desktop_session.sql"], ids=lambda path: path.stem)
@a_few
@given(kind=st.sampled_from(["7", "1.5", "x'ff00'", "'text'", "'[[[['", '\'{"role": 3, "type": []}\'']), row=st.integers(1, 30))
def test_a_cell_of_any_type_is_survived(statements: Path, kind: str, row: int) -> None:
    """SQLite keeps any type in any column that does not forbid it."""
    table = MESSAGES[statements.parent.name]
    with closing(in_memory(statements)) as connection:
        columns = [name for (_, name, *_) in connection.execute(f"PRAGMA table_info({table})")]
        for column in columns[1:]:
            connection.execute(f"UPDATE OR IGNORE {table} SET {column} = {kind} WHERE rowid = ?", (row,))
        connection.commit()
        readable(connection.serialize())
