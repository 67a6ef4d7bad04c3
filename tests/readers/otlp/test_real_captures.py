"""What four agents really sent, where the folder with collected transcripts lies beside the repository: the counts, and that they are those of the
agents' own files."""

from pathlib import Path
from typing import NamedTuple

import pytest

from hotwash.insights.metrics import measure
from hotwash.readers.detect import open_source
from hotwash.readers.oddities import Oddities
from hotwash.readers.otlp.grouping import group
from hotwash.readers.otlp.reader import assemble, requests
from hotwash.readers.otlp.wire import pieces
from hotwash.transcript import AgentMessage, ToolCall, Transcript, UserMessage

SHARED = Path(__file__).parents[3].parent / "shared" / "transcripts" / "otlp"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="no folder of collected transcripts beside the repository")


class Counts(NamedTuple):
    """What a session holds. None: the agent does not send it."""

    native_id: str
    said: int
    answers: int | None
    calls: int
    failed: int
    exit_codes: list[int | None]
    models: tuple[str, ...]
    tokens: tuple[int, int, int, int]
    """Input, from the cache, to the cache, output."""
    cost_usd: float | None
    records: int


CLAUDE, CODEX = "7b6f45a8-b909-479d-8658-54067f30a9a9", "01a2099a-ca30-78a0-ac93-198e3a59e20b"
COPILOT, GEMINI = "228f6057-a6a8-437c-86bb-807d03538b08", "61559333-afd5-448d-a2b1-325d6463bc25"
EXPECTED = {
    "mockrun-claude": Counts(CLAUDE, 1, 4, 3, 1, [None] * 3, ("claude-sonnet-4-5",), (1500, 3200, 1600, 168), 0.01398, 26),
    "mockrun-codex": Counts(CODEX, 1, None, 3, 1, [0, 3, 0], ("gpt-mock",), (2200, 3200, 0, 160), None, 18),
    "mockrun-copilot": Counts(COPILOT, 1, 4, 3, 1, [0, 3, 0], ("mock-model",), (2200, 3200, 0, 160), None, 8),
    "mockrun-gemini": Counts(GEMINI, 1, 4, 3, 1, [0, 3, 0], ("gemini-2.5-pro",), (1600, 3200, 0, 200), None, 27),
}


def session_of(folder: Path) -> Transcript:
    """The one session in a folder of batches."""
    oddities = Oddities()
    files = [file for file in sorted(folder.iterdir()) if "metrics" not in file.name]
    found = [piece for file in files for request in requests(open_source(file), oddities) for piece in pieces(request) if piece is not None]
    [transcript] = [transcript for key, records in group(found) for transcript in assemble(key, records, oddities)]
    return transcript


def counted(transcript: Transcript) -> Counts:
    calls = [event for event in transcript.events if isinstance(event, ToolCall)]
    usage, metrics = transcript.usage, measure(transcript)
    assert usage is not None
    assert metrics.failed_tool_calls is not None
    return Counts(
        native_id=transcript.native_id,
        said=sum(isinstance(event, UserMessage) for event in transcript.events),
        answers=metrics.num_agent_messages if transcript.coverage.agent_messages else None,
        calls=len(calls),
        failed=metrics.failed_tool_calls,
        exit_codes=[call.exit_code for call in calls],
        models=transcript.models,
        tokens=(usage.input, usage.cache_read, usage.cache_write, usage.output),
        cost_usd=transcript.cost_usd,
        records=transcript.records,
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_a_capture_holds_what_was_counted(name: str) -> None:
    transcript = session_of(SHARED / name)
    assert counted(transcript) == EXPECTED[name]
    assert not transcript.warnings
    assert [event.text for event in transcript.events if isinstance(event, UserMessage)] == ["Fix note.txt again"]
    answers = [event.text for event in transcript.events if isinstance(event, AgentMessage)]
    assert len(set(answers)) == len(answers)
