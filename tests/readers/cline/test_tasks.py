"""A task of the VS Code extensions lies in two files, which are one session."""

import io
import shutil
from pathlib import Path, PurePath

import pytest

from hotwash.readers.base import Source
from hotwash.readers.cline import Cline
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.transcript import AgentMessage, Transcript, UsageReport

HERE = Path(__file__).parent
HISTORY = (HERE / "api_conversation_history.json").read_bytes()
DISPLAY = (HERE / "ui_messages.json").read_bytes()


def source_of(name: str, data: bytes, beside: tuple[Source, ...] = ()) -> Source:
    path = PurePath("tasks/1786010500000", name)
    return Source(name=str(path), open=lambda: io.BytesIO(data), path=path, beside=beside)


def read(history: bytes, display: bytes) -> Transcript:
    (transcript,) = Cline().read(source_of("api_conversation_history.json", history, (source_of("ui_messages.json", display),)))
    return transcript


def test_the_history_takes_tokens_times_and_models_from_the_display() -> None:
    transcript = read(HISTORY, DISPLAY)
    assert transcript.native_id == "1786010500000"
    assert transcript.usage is not None
    assert (transcript.usage.input, transcript.usage.cache_read, transcript.usage.cache_write, transcript.usage.output) == (
        110,
        400,
        30,
        22,
    )
    assert transcript.cost_usd == pytest.approx(0.006)
    assert transcript.models == ("claude-sonnet-5",)
    assert [event.record for event in transcript.events if isinstance(event, UsageReport)] == [2, 4]
    assert next(event.at for event in transcript.events if isinstance(event, AgentMessage)) == 1786010501.0


def test_requests_beyond_the_answers_are_counted() -> None:
    """A conversation that was cut keeps fewer answers than were paid for."""
    transcript = read(b'[{"role": "user", "content": "<task>Prune</task>"}]', DISPLAY)
    assert transcript.usage is not None
    assert transcript.usage.output == 22


def test_a_broken_display_leaves_the_history_readable() -> None:
    transcript = read(HISTORY, b'[{"ts": 1')
    assert transcript.usage is None
    assert not transcript.coverage.tokens


def test_a_folder_gives_a_task_once_with_what_both_files_tell(tmp_path: Path) -> None:
    task = tmp_path / "tasks" / "1786010500000"
    task.mkdir(parents=True)
    for name in ("api_conversation_history.json", "ui_messages.json"):
        shutil.copyfile(HERE / name, task / name)
    assert list(session_files(tmp_path)) == [task / "api_conversation_history.json"]
    (transcript,) = read_source(open_source(task / "api_conversation_history.json"))
    assert transcript.usage is not None
    assert transcript.usage.output == 22
    (task / "api_conversation_history.json").unlink()
    assert list(session_files(tmp_path)) == [task / "ui_messages.json"]
