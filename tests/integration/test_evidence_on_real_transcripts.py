"""Every quote of every issue stands in its cited records of the source file, over all real transcripts at hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hotwash.analysis.model import Analysis
from hotwash.analysis.rules import analyse
from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.transcript import Transcript

TRANSCRIPTS = Path(__file__).parents[2].parent / "shared" / "transcripts"
FORMATS = (
    *("claude-code", "codex", "atif", "copilot-cli", "pi"),
    *("gemini-cli", "qwen-code", "openhands-v0", "openhands-v1", "swe-agent", "mini-swe-agent"),
)
FILES = sorted(path for name in FORMATS if (TRANSCRIPTS / name).is_dir() for path in session_files(TRANSCRIPTS / name))
ARRAYS = ("steps", "messages", "history")
"""Under which of these names a document holds its records."""
NO_FILES = pytest.param(None, marks=pytest.mark.skip(reason="the folder of real transcripts is not beside this repository"))


@pytest.mark.parametrize("path", FILES or [NO_FILES], ids=lambda path: path.name if path else "none")
def test_quotes_stand_in_their_records_and_twice_gives_the_same_bytes(path: Path) -> None:
    """The source is decoded independently of the readers, so a reader that changes words is caught too."""
    try:
        transcripts = list(read_source(open_source(path)))
    except UnreadableSource:
        pytest.skip("not a transcript")
    records = _records(path)
    for transcript in transcripts:
        analysis = analyse(transcript)
        assert analysis.failed_detectors == ()
        _assert_evidence(analysis, transcript, records)
        assert msgspec.json.encode(analyse(transcript)) == msgspec.json.encode(analysis)


def _assert_evidence(analysis: Analysis, transcript: Transcript, records: list[object]) -> None:
    for issue in analysis.issues:
        assert issue.evidence
        for evidence in issue.evidence:
            assert 1 <= evidence.first_record <= evidence.last_record <= len(records)
            assert 0 <= evidence.first_seq <= evidence.last_seq < len(transcript.events)
            cited = records[evidence.first_record - 1 : evidence.last_record]
            assert any(evidence.quote in text for text in _strings(cited)), f"{issue.id} {issue.kind}: {evidence}"


def _records(path: Path) -> list[object]:
    """The source's records as the label format counts them: lines of a JSONL file, items of a document's main array, files of a folder. Glued
    objects share a line."""
    if path.is_dir():
        return [json.loads(event.read_text()) for event in sorted((path / "events").glob("*.json"))]
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix in (".json", ".traj"):
        document = json.loads(text)
        return document if isinstance(document, list) else next((document[key] for key in ARRAYS if key in document), [document])
    return [list(_objects(line)) for line in text.split("\n")]


def _objects(line: str) -> Iterator[object]:
    decoder, position = json.JSONDecoder(), 0
    while position < len(line):
        if line[position].isspace():
            position += 1
            continue
        try:
            value, position = decoder.raw_decode(line, position)
        except json.JSONDecodeError:
            return
        yield value


def _strings(value: object) -> Iterator[str]:
    """Every string in the value; those that hold JSON (arguments of some formats) decoded once more."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            yield item
            if item[:1] in '{["':
                try:
                    pending.append(json.loads(item))
                except (json.JSONDecodeError, RecursionError):
                    continue
        elif isinstance(item, dict):
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
