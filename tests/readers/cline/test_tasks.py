"""A task of the VS Code extensions lies in two files, which are one session."""

import io
import json
from pathlib import Path, PurePath

import pytest

from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.cline import Cline
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.transcript import AgentMessage, Transcript, UsageReport

HERE = Path(__file__).parent
HISTORY = (HERE / "api_conversation_history.json").read_bytes()
DISPLAY = (HERE / "shown_alone.json").read_bytes()


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
        (task / name).write_bytes({"api_conversation_history.json": HISTORY, "ui_messages.json": DISPLAY}[name])
    assert list(session_files(tmp_path)) == [task / "api_conversation_history.json"]
    (transcript,) = read_source(open_source(task / "api_conversation_history.json"))
    assert transcript.usage is not None
    assert transcript.usage.output == 22
    (task / "api_conversation_history.json").unlink()
    assert list(session_files(tmp_path)) == [task / "ui_messages.json"]


def ui(*messages: dict[str, object]) -> bytes:
    return json.dumps([{"type": "say", "ts": 1786010501000 + number, **message} for number, message in enumerate(messages)]).encode()


def request(tokens: int, cached: int, **more: object) -> dict[str, object]:
    told = {"tokensIn": tokens, "tokensOut": 1, "cacheReads": cached, "cacheWrites": 0}
    return {"say": "api_req_started", "text": json.dumps(told | more)}


def display(*messages: dict[str, object]) -> Transcript:
    (transcript,) = Cline().read(source_of("ui_messages.json", ui({"say": "text", "text": "Prune"}, *messages)))
    return transcript


@pytest.mark.parametrize(
    ("message", "uncached", "agent"),
    [
        (request(100, 40), 100, "Cline"),
        (request(100, 40) | {"modelInfo": {"providerId": "litellm", "modelId": "m"}}, 60, "Cline"),
        (request(100, 40, apiProtocol="openai"), 60, "Roo Code"),
        (request(100, 40, apiProtocol="anthropic"), 60, "Roo Code"),
        (request(100, 40, apiProtocol="anthropic") | {"ts": 1750000000000}, 100, "Roo Code"),
        (request(100, 400, apiProtocol="anthropic"), 100, "Roo Code"),
    ],
    ids=["Cline", "a provider whose prompt Cline passes on", "OpenAI", "Anthropic", "Anthropic before 3.29.5", "less than was cached"],
)
def test_cached_tokens_are_taken_out_of_the_input_where_they_are_in_it(message: dict[str, object], uncached: int, agent: str) -> None:
    transcript = display(message)
    assert transcript.usage is not None
    assert (transcript.usage.input, transcript.agent) == (uncached, agent)


def test_subagents_and_requests_that_were_taken_back_are_counted_in_either_file() -> None:
    """Their answers are no messages of the task; a compaction tells its cost alone."""
    sums = [dict(request(10, 0, cost=0.5), say=kind) for kind in ("subagent_usage", "deleted_api_reqs")]
    condensed: dict[str, object] = {"say": "condense_context", "contextCondense": {"cost": 0.25}}
    shown = ui({"say": "text", "text": "Prune"}, request(7, 0, cost=1.0), *sums, condensed)
    for transcript in (
        read(b'[{"role": "user", "content": "Prune"}, {"role": "assistant", "content": "Done."}]', shown),
        *display_of(shown),
    ):
        assert transcript.usage is not None
        assert transcript.usage.input == 27
        assert transcript.cost_usd == pytest.approx(2.25)


def display_of(shown: bytes) -> list[Transcript]:
    return list(Cline().read(source_of("ui_messages.json", shown)))


def test_what_is_kept_about_a_task_tells_folder_parent_and_models(tmp_path: Path) -> None:
    """Any file of the task that is named gives the task; what is kept about it alone is refused."""
    task = tmp_path / "1786010500000"
    task.mkdir()
    (task / "history_item.json").write_text(
        '{"id": "1786010500000", "ts": 1, "task": "Prune", "tokensIn": 1, "workspace": "/w", "parentTaskId": "17"}'
    )
    (task / "task_metadata.json").write_text(
        '{"files_in_context": [], "model_usage": [{"ts": 1, "model_id": "m-1"}, {"ts": 1900000000000, "model_id": "m-2"}]}'
    )
    for name in ("history_item.json", "task_metadata.json"):
        with pytest.raises(UnreadableSource, match="is what Cline or Roo Code keeps about a task; name the task's"):
            list(read_source(source_of(name, (task / name).read_bytes())))
    (task / "ui_messages.json").write_bytes(ui({"say": "text", "text": "Prune"}, request(7, 0)))
    (task / "api_conversation_history.json").write_text('[{"role": "user", "content": "Prune"}, {"role": "assistant", "content": "Done."}]')
    assert list(session_files(task)) == [task / "api_conversation_history.json"]
    for name in ("api_conversation_history.json", "ui_messages.json", "history_item.json"):
        (transcript,) = read_source(open_source(task / name))
        assert (transcript.agent, transcript.cwd, transcript.parent_native_id, transcript.models) == ("Roo Code", "/w", "17", ("m-1",))


def test_what_the_cli_keeps_about_a_session_tells_its_title(tmp_path: Path) -> None:
    """It is no session of its own, and gives the session where it is named."""
    (tmp_path / "7_x.messages.json").write_bytes((HERE / "cli_session.messages.json").read_bytes())
    (tmp_path / "7_x.json").write_text('{"session_id": "7_x", "enable_tools": true, "metadata": {"title": "Mow"}}')
    assert list(session_files(tmp_path)) == [tmp_path / "7_x.messages.json"]
    for name in ("7_x.messages.json", "7_x.json"):
        (transcript,) = read_source(open_source(tmp_path / name))
        assert transcript.title == "Mow"
