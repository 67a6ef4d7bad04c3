"""Real rollouts, where the folder with collected transcripts lies beside the repository: totals against an independent count."""

import json
from pathlib import Path

import pytest

from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.codex import Codex, CodexExec
from hotwash.readers.detect import detect, open_source
from hotwash.transcript import ToolCall, Transcript, Usage, UsageReport, UserMessage

SHARED = Path(__file__).parents[3].parent / "shared" / "transcripts"
ROLLOUTS = sorted(SHARED.glob("codex/**/*.jsonl")) + sorted(SHARED.glob("snapshots-of-one-session/codex*/**/*.jsonl"))
CALL_TYPES = {"function_call", "custom_tool_call", "tool_search_call", "local_shell_call"}

pytestmark = pytest.mark.skipif(not ROLLOUTS, reason="no folder of collected transcripts beside the repository")


def read_file(path: Path) -> Transcript:
    (transcript,) = Codex().read(Source(name=path.name, open=lambda: path.open("rb"), path=path))
    return transcript


def payloads(path: Path) -> list[dict[str, object]]:
    lines = path.read_text().splitlines()
    return [{"record_type": record["type"], **record["payload"]} for record in map(json.loads, lines)]


@pytest.mark.parametrize("path", ROLLOUTS, ids=lambda path: path.name[-24:])
def test_calls_and_tokens_agree_with_an_independent_count(path: Path) -> None:
    transcript, told = read_file(path), payloads(path)
    call_ids = {payload["call_id"] for payload in told if payload.get("type") in CALL_TYPES}
    web_searches = sum(payload.get("type") == "web_search_call" for payload in told)
    assert sum(isinstance(event, ToolCall) for event in transcript.events) == len(call_ids) + web_searches

    totals = [info["total_token_usage"] for payload in told if isinstance(info := payload.get("info"), dict)]
    last = totals[-1]
    assert transcript.usage is not None
    assert transcript.usage.input + transcript.usage.cache_read + transcript.usage.cache_write == last["input_tokens"]
    assert (transcript.usage.cache_read, transcript.usage.output) == (last["cached_input_tokens"], last["output_tokens"])
    assert transcript.usage == sum((event.usage for event in transcript.events if isinstance(event, UsageReport)), start=Usage())
    assert not transcript.warnings


def test_the_real_user_messages_are_counted_and_no_harness_text() -> None:
    """The ten sessions of one person: 121 role-user items, of which 104 are words of the person."""
    sessions = [path for path in (SHARED / "codex").glob("**/*.jsonl") if "mockrun" not in str(path)]
    transcripts = [read_file(path) for path in sessions]
    assert sum(isinstance(event, UserMessage) for transcript in transcripts for event in transcript.events) == 104


@pytest.mark.parametrize("path", sorted(SHARED.glob("codex-exec-json/**/*.jsonl")), ids=lambda path: path.name)
def test_exec_streams_are_read(path: Path) -> None:
    (transcript,) = CodexExec().read(open_source(path))
    assert [event.exit_code for event in transcript.events if isinstance(event, ToolCall)] == [0, 3, 0]


@pytest.mark.parametrize("path", sorted(SHARED.glob("codex/**/*.sqlite*")), ids=lambda path: path.name)
def test_the_index_databases_are_refused_by_name(path: Path) -> None:
    """A write-ahead log by its store's."""
    with pytest.raises(UnreadableSource, match=path.name.removesuffix("-wal")):
        detect(open_source(path))
