"""Real sessions of interactive agents, where the folder with collected transcripts lies beside the repository: what each holds, counted by hand
or by the agent's own totals."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.transcript import ToolCall, Transcript, UserMessage

SHARED = Path(__file__).parents[2].parent / "shared" / "transcripts"
COPILOT = "copilot-cli/EntityProcess+agentv/session-state"
MISC = "fixtures-misc/jazzyalex+agent-sessions/stage0/agents"
MISC_AGENTS = ("claude", "codex", "copilot", "cursor", "droid", "kimi", "openclaw", "opencode")
FOLDERS = (
    *("copilot-cli", "opencode", "pi", "cline", "devin-local", "claude-code-stream-json", "codex-exec-json"),
    *(f"{MISC}/{agent}" for agent in MISC_AGENTS),
    "fixtures-misc/jazzyalex+agent-sessions/AgentSessionsTests",
    "fixtures-misc/jazzyalex+agent-sessions/session_simple.jsonl",
)

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="no folder of collected transcripts beside the repository")


class Counts(NamedTuple):
    """Sessions, people's messages, calls, calls that failed, and tokens: input, from the cache, to the cache, output. None: not recorded."""

    sessions: int
    said: int
    calls: int
    failed: int
    tokens: tuple[int, int, int, int] | None
    partial: bool = False


NO_TOKENS = None
FOUR_CALLS = (2200, 3200, 0, 160)
"""What the scripted model of the recorded runs reports in its four answers."""

EXPECTED = {
    f"{COPILOT}/10fb4666-56f0-4352-90fc-715caf95b418/events.jsonl": Counts(1, 1, 68, 3, (0, 0, 0, 19254), partial=True),
    f"{COPILOT}/487fbe81-e917-46ad-a7c6-bf31cba53339/events.jsonl": Counts(1, 1, 0, 0, (15517, 0, 0, 45)),
    f"{COPILOT}/7f268ba1-7632-494f-9f93-b358f8496898/events.jsonl": Counts(1, 1, 0, 0, (15528, 0, 0, 39)),
    f"{COPILOT}/8e081e35-999d-4d47-a3a7-3303b75eb299/events.jsonl": Counts(1, 1, 0, 0, (0, 0, 0, 0), partial=True),
    f"{COPILOT}/a87dbaec-1271-4743-b078-9219ea7bce98/events.jsonl": Counts(1, 1, 0, 0, (0, 0, 0, 0), partial=True),
    "copilot-cli/mockrun-copilot-1.0.102/session-state/228f6057-a6a8-437c-86bb-807d03538b08/events.jsonl": Counts(1, 1, 3, 1, FOUR_CALLS),
    "copilot-cli/mockrun-copilot-1.0.102/session-state/4f1a35c2-524a-4a8f-b793-11fb5db09c34/events.jsonl": Counts(1, 1, 3, 1, FOUR_CALLS),
    "opencode/mockrun-opencode-1.18.33/opencode.db": Counts(1, 1, 3, 1, FOUR_CALLS),
    "pi/badlogic+pi-mono/large-session.jsonl": Counts(1, 88, 391, 17, (1049, 43229469, 4296232, 83156)),
    "pi/mockrun-pi-0.73.1/sessions/--home-developer-workspace-runs1-pi-proj--"
    "/2026-11-23T18-07-12-451Z_01a20997-2e42-7422-989f-5034ac68ea45.jsonl": Counts(1, 1, 3, 1, FOUR_CALLS),
    "cline/mockrun-cline-cli-3.0.65/sessions/1795458050118_zggrx/1795458050118_zggrx.messages.json": Counts(1, 1, 3, 1, FOUR_CALLS),
    "devin-local/fixture-devin-internals-spec-0.3.2/cli/sessions.db": Counts(3, 3, 0, 0, NO_TOKENS),
    "devin-local/fixture-devin-internals-spec-0.3.2/User/acp-messages/b0767837-2822-5776-8d68-f49a58ce03aa.db": Counts(
        1, 0, 0, 0, NO_TOKENS
    ),
    "devin-local/fixture-devin-internals-spec-0.3.2/User/acp-messages/d2b0d47d-7487-552c-846b-4e8a843d7e5c.db": Counts(
        1, 0, 0, 0, NO_TOKENS
    ),
    f"{MISC}/copilot/large.jsonl": Counts(1, 3, 2, 0, NO_TOKENS),
    f"{MISC}/openclaw/small.jsonl": Counts(1, 1, 1, 0, NO_TOKENS),
    f"{MISC}/cursor/subagent/parent.jsonl": Counts(1, 1, 1, 0, NO_TOKENS),
    f"{MISC}/cursor/subagent/subagents/child.jsonl": Counts(1, 1, 0, 0, NO_TOKENS),
}


def count(transcripts: list[Transcript]) -> Counts:
    events = [event for transcript in transcripts for event in transcript.events]
    calls = [event for event in events if isinstance(event, ToolCall)]
    usages = [transcript.usage for transcript in transcripts if transcript.usage is not None]
    return Counts(
        sessions=len(transcripts),
        said=sum(isinstance(event, UserMessage) for event in events),
        calls=len(calls),
        failed=sum(call.status == "error" for call in calls),
        tokens=(
            sum(usage.input for usage in usages),
            sum(usage.cache_read for usage in usages),
            sum(usage.cache_write for usage in usages),
            sum(usage.output for usage in usages),
        )
        if usages
        else None,
        partial=any(transcript.usage_partial for transcript in transcripts),
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_a_session_holds_what_was_counted(name: str) -> None:
    if not (SHARED / name).exists():
        pytest.skip("this transcript is not in the folder")
    assert count(list(read_source(open_source(SHARED / name)))) == EXPECTED[name]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_read_or_refused_by_what_it_is(folder: str) -> None:
    """A file of a known agent is never called unknown, and nothing but an unreadable source stops the reading of it."""
    refused = [sentence for file in session_files(SHARED / folder) if (sentence := refusal(file))]
    assert [sentence for sentence in refused if "not a transcript in a known format" in sentence] == []


def refusal(file: Path) -> str | None:
    """The sentence with which a file is refused; None where it holds a session."""
    try:
        assert list(read_source(open_source(file)))
    except UnreadableSource as refused:
        return refused.sentence
    return None


def test_people_spoke_in_the_records_that_readers_of_the_sessions_named() -> None:
    """The labelled sessions beside the transcripts say in which records a person spoke."""
    labels = SHARED.parent / "evaluation" / "labels.jsonl"
    if not labels.exists():
        pytest.skip("no labelled sessions beside the repository")
    labelled = [label for line in labels.read_text().splitlines() if (label := json.loads(line))["file"] in EXPECTED]
    assert labelled
    for label in labelled:
        (transcript,) = read_source(open_source(SHARED / label["file"]))
        spoken = {event.record for event in transcript.events if isinstance(event, UserMessage)}
        assert {turn["record"] for turn in label["user_turns"]} == spoken
