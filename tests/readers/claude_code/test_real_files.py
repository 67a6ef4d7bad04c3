"""Against the collected real transcripts, where they are at hand: totals that independent readers agree on."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.transcript import ToolCall, Transcript, UserMessage

SHARED = Path(__file__).parents[3].parent / "shared"
TRANSCRIPTS = SHARED / "transcripts"
MAIN_FOLDERS = ("entireio+cli", "JanDeDobbeleer+oh-my-posh")

pytestmark = pytest.mark.skipif(not TRANSCRIPTS.is_dir(), reason="the collected transcripts are not beside the repository")


@pytest.fixture(scope="module")
def main_sessions() -> tuple[Transcript, ...]:
    files = [file for folder in MAIN_FOLDERS for file in session_files(TRANSCRIPTS / "claude-code" / folder)]
    assert len(files) == 76
    return tuple(transcript for file in files for transcript in read_source(open_source(file)))


def test_each_file_is_one_session(main_sessions: tuple[Transcript, ...]) -> None:
    assert len({transcript.native_id for transcript in main_sessions}) == 76


def test_tool_calls_add_up_to_what_three_other_readers_count(main_sessions: tuple[Transcript, ...]) -> None:
    assert sum(isinstance(event, ToolCall) for transcript in main_sessions for event in transcript.events) == 6215


def test_output_tokens_add_up_to_what_three_other_readers_count(main_sessions: tuple[Transcript, ...]) -> None:
    """Each model call once, although its usage stands on every line of it: a plain sum gives 4,796,039."""
    assert sum(transcript.usage.output for transcript in main_sessions if transcript.usage) == 2_128_730


def test_output_tokens_are_flagged_as_partial_up_to_2_1_49_and_not_from_2_1_62_on(main_sessions: tuple[Transcript, ...]) -> None:
    for transcript in main_sessions:
        version = tuple(int(part) for part in (transcript.format_version or "").split("."))
        assert transcript.usage_partial == (version <= (2, 1, 49)), transcript.native_id


def test_user_messages_are_those_a_person_labelled() -> None:
    """Every labelled turn but a bare interruption is a user message of the same record, and there are no others."""
    file = SHARED / "evaluation" / "labels.jsonl"
    if not file.exists():
        pytest.skip("the labelled sessions are not beside the repository")
    labels = [json.loads(line) for line in file.read_text().splitlines()]
    labels = [label for label in labels if label["file"].startswith("claude-code/")]
    assert labels
    for label in labels:
        (transcript,) = read_source(open_source(TRANSCRIPTS / label["file"]))
        said = {event.record for event in transcript.events if isinstance(event, UserMessage)}
        labelled = {turn["record"] for turn in label["user_turns"]}
        assert said <= labelled, label["file"]
        assert labelled - said <= {turn["record"] for turn in label["user_turns"] if turn["role"] == "interruption"}, label["file"]


def test_snapshots_of_a_growing_session_are_the_same_session() -> None:
    for folder in (TRANSCRIPTS / "snapshots-of-one-session").glob("claude-code__*/*"):
        snapshots = [transcript for file in session_files(folder) for transcript in read_source(open_source(file))]
        assert len(snapshots) > 1
        assert {snapshot.native_id for snapshot in snapshots} == {folder.name}


@pytest.mark.parametrize(
    "folder",
    ["transcripts/claude-code", "transcripts/claude-code-stream-json", "transcripts/snapshots-of-one-session", "evaluation/outcomes"],
)
def test_every_file_is_read_whole_and_every_text_stands_in_its_record(folder: str) -> None:
    if not (SHARED / folder).is_dir():
        pytest.skip(f"{folder} is not beside the repository")
    for file in session_files(SHARED / folder):
        for transcript in read_source(open_source(file)):
            if transcript.format.startswith("claude-code"):
                assert [event.seq for event in transcript.events] == list(range(len(transcript.events)))
                _assert_verbatim(file, transcript)


def _assert_verbatim(file: Path, transcript: Transcript) -> None:
    lines = file.read_text(errors="replace").split("\n")
    for event in transcript.events:
        text = getattr(event, "text", "")
        # The name and the arguments of a slash command stand apart in the record.
        for part in text.split("\n", 1) if text.startswith("/") else [text] if text else []:
            # Encoded as the record has it, non-ASCII characters either way.
            line = lines[event.record - 1]
            found = json.dumps(part)[1:-1] in line or json.dumps(part, ensure_ascii=False)[1:-1] in line
            assert found or any(part in string for string in _strings(line)), (file.name, event.record)


def _strings(line: str) -> Iterator[str]:
    decoder = json.JSONDecoder(strict=False)
    position, pending = 0, []
    line = line.strip()
    while position < len(line):
        value, position = decoder.raw_decode(line, position)
        pending.append(value)
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
