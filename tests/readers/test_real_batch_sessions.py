"""Real sessions of batch agents, where the folder with collected transcripts lies beside the repository: what the files of each format hold, and
counts that are made again from the JSON alone."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.transcript import ToolCall, Transcript, UserMessage

SHARED = Path(__file__).parents[2].parent / "shared" / "transcripts"
MISC = "fixtures-misc/jazzyalex+agent-sessions/stage0/agents"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="no folder of collected transcripts beside the repository")


class Totals(NamedTuple):
    """Of the sessions in a folder. Tokens: input, from the cache, output."""

    sessions: int
    said: int
    calls: int
    failed: int
    tokens: tuple[int, int, int]
    refused: int = 0


EXPECTED = {
    "gemini-cli": Totals(4, 4, 15, 2, (26636, 120254, 2236), refused=1),
    f"{MISC}/gemini": Totals(3, 4, 2, 1, (110, 0, 15)),
    "qwen-code": Totals(1, 1, 3, 1, (2200, 3200, 160), refused=1),
    f"{MISC}/qwen": Totals(2, 2, 0, 0, (0, 0, 0)),
    "openhands-v0": Totals(1, 1, 2, 0, (6227, 5632, 1086)),
    "openhands-v1": Totals(7, 13, 14, 3, (41495, 71393, 1522)),
    "swe-agent": Totals(15, 15, 167, 0, (60002, 0, 569)),
    "mini-swe-agent": Totals(36, 36, 1330, 102, (4053362, 19657918, 408844)),
}


def sessions(folder: str) -> list[tuple[Path, Transcript]]:
    found: list[tuple[Path, Transcript]] = []
    for path in session_files(SHARED / folder):
        try:
            found += [(path, transcript) for transcript in read_source(open_source(path))]
        except UnreadableSource:
            continue
    return found


def calls(transcript: Transcript) -> list[ToolCall]:
    return [event for event in transcript.events if isinstance(event, ToolCall)]


@pytest.mark.parametrize("folder", EXPECTED)
def test_a_folder_holds_what_was_counted(folder: str) -> None:
    files = list(session_files(SHARED / folder))
    if not files:
        pytest.skip("these transcripts are not in the folder")
    read = [transcript for _, transcript in sessions(folder)]
    usages = [transcript.usage for transcript in read if transcript.usage is not None]
    assert (
        Totals(
            sessions=len({transcript.session_id for transcript in read}),
            said=sum(isinstance(event, UserMessage) for transcript in read for event in transcript.events),
            calls=sum(len(calls(transcript)) for transcript in read),
            failed=sum(call.status == "error" for transcript in read for call in calls(transcript)),
            tokens=(sum(u.input for u in usages), sum(u.cache_read for u in usages), sum(u.output for u in usages)),
            refused=len(files) - len(read),
        )
        == EXPECTED[folder]
    )


def test_every_step_of_swe_agents_trajectories_is_one_call() -> None:
    """The trajectory holds each action, the history most of them; the run's own totals are the tokens."""
    for path, transcript in sessions("swe-agent"):
        document = json.loads(path.read_text())
        stats = document["info"]["model_stats"]
        assert len(calls(transcript)) == len(document["trajectory"])
        assert transcript.usage is None or (transcript.usage.input, transcript.usage.output) == (
            stats["tokens_sent"],
            stats["tokens_received"],
        )
        assert (transcript.cost_usd or 0) == pytest.approx(stats["instance_cost"])


def test_every_return_code_of_mini_swe_agent_is_that_of_one_call() -> None:
    """Return codes stand in the results, tokens with each response, the cost in the run's totals."""
    for path, transcript in sessions("mini-swe-agent"):
        document = json.loads(path.read_text())
        messages = document if isinstance(document, list) else document["messages"]
        texts = [json.dumps(message["content"]) for message in messages[2:] if message["role"] in {"user", "tool"}]
        told = [int(code[1]) for text in texts if (code := re.match(r'"(?:\{\\n  \\"returncode\\": |<returncode>)(-?\d+)', text))]
        told += [int(code[1]) for text in texts if (code := re.match(r'\[\{"type": "text", "text": "<returncode>(-?\d+)', text))]
        assert sorted(call.exit_code for call in calls(transcript) if call.exit_code is not None) == sorted(told)
        answers = [message["extra"]["response"]["usage"] for message in messages if "response" in message.get("extra", {})]
        if answers:
            assert transcript.usage is not None
            assert transcript.usage.input + transcript.usage.cache_read == sum(usage["prompt_tokens"] for usage in answers)
            assert transcript.usage.output == sum(usage["completion_tokens"] for usage in answers)
            assert (transcript.cost_usd or 0) == pytest.approx(document["info"]["model_stats"]["instance_cost"])


def test_each_answer_of_gemini_counts_once() -> None:
    """In its last form, where it was written several times."""
    for path, transcript in sessions("gemini-cli"):
        text = path.read_text()
        listed = json.loads(text)["messages"] if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
        last = {message["id"]: message for message in listed if "tokens" in message}
        assert transcript.usage is not None
        assert transcript.usage.total == sum(message["tokens"]["total"] for message in last.values())
        assert len(calls(transcript)) == sum(len(message.get("toolCalls", [])) for message in last.values())


def test_people_spoke_in_the_records_that_readers_of_the_sessions_named() -> None:
    """The labelled sessions beside the transcripts say in which records a person spoke."""
    labels = SHARED.parent / "evaluation" / "labels.jsonl"
    if not labels.exists():
        pytest.skip("no labelled sessions beside the repository")
    labelled = [label for line in labels.read_text().splitlines() if (label := json.loads(line))["file"].startswith(tuple(EXPECTED))]
    assert labelled
    for label in labelled:
        (transcript,) = read_source(open_source(SHARED / label["file"]))
        said = [event.record for event in transcript.events if isinstance(event, UserMessage)]
        assert said == [turn["record"] for turn in label["user_turns"]], label["file"]
