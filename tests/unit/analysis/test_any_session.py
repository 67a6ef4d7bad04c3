"""Whatever a session holds: the analysis breaks on nothing, repeats itself, and quotes only what is there."""

import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotwash.analysis.rules import analyse
from hotwash.transcript import Event, ToolCall, ToolStatus
from tests.unit.analysis.builders import agent, call, edit, instruction, life, read, reasoning, session, shell, usage, user

WORDS = st.sampled_from(
    [
        "All tests pass.",
        "Done.",
        "You're right, I broke it.",
        "It doesn't work",
        "no, I asked for the other file",
        "what do you think?",
        "error: boom",
        "bash: frob: command not found",
        "=== 2 failed in 0.1s ===",
        "--- FAIL: TestX (0.00s)",
        "HTTP 429: Too Many Requests",
        "[REDACTED token]",
        "\x1b[31mred\x1b[0m\x00",
        "«“quoted”» \u2028 \u202e",
        "",
        " ",
    ]
)
TEXT = st.lists(WORDS, max_size=4).map("\n".join) | st.text(max_size=60)
COMMANDS = st.sampled_from(
    ["pytest", "pytest tests/a.py", "git push -f", "rm -rf ~/x", "make && ls | head", "git commit -m 'x", "frob", "\\", "sed -i s/a/b/ f"]
)
STATUS: st.SearchStrategy[ToolStatus] = st.sampled_from(["ok", "error", "denied", "interrupted", "running", "unknown"])
EVENTS: st.SearchStrategy[Event] = st.one_of(
    TEXT.map(user),
    TEXT.map(agent),
    TEXT.map(reasoning),
    TEXT.map(lambda text: instruction("AGENTS.md", text)),
    TEXT.map(lambda text: life("interruption", text)),
    TEXT.map(lambda text: life("compaction", text)),
    TEXT.map(lambda text: life("api_error", text)),
    st.integers(0, 9).map(lambda n: usage(input_tokens=n)),
    st.builds(shell, COMMANDS, TEXT, exit_code=st.integers(0, 2)),
    st.builds(lambda command, status: shell(command, "out", status=status), COMMANDS, STATUS),
    st.builds(
        lambda path, old, new, status: edit(path, old, new, status=status), st.sampled_from(["a.py", "test_a.py", ""]), TEXT, TEXT, STATUS
    ),
    st.builds(lambda path, text: read(path, text), st.sampled_from(["a.py", "b.md"]), TEXT),
    TEXT.map(lambda text: call("mcp__x__y", arguments={"a": [text, {"b": text}], "c": None})),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENTS, max_size=25))
def test_any_story_is_analysed_twice_alike_with_evidence_in_the_session(events: list[Event]) -> None:
    transcript = session(*events)
    analysis = analyse(transcript, acus=1.0)
    assert analysis.failed_detectors == ()
    assert msgspec.json.encode(analyse(transcript, acus=1.0)) == msgspec.json.encode(analysis)
    for issue in analysis.issues:
        for evidence in issue.evidence:
            cited = transcript.events[evidence.first_seq : evidence.last_seq + 1]
            assert any(evidence.quote in text for event in cited for text in _texts(event))
            assert 1 <= evidence.first_record <= evidence.last_record <= transcript.records


def _texts(event: Event) -> list[str]:
    if isinstance(event, ToolCall):
        return [event.output, event.command or "", event.path or ""]
    return [getattr(event, "text", "")]


@pytest.mark.parametrize("part", ["a", " ", "\n", "'", "not as ", "? ", "tests pass ", "=", "`", "/", "what do you think "])
def test_a_hostile_session_is_analysed_in_no_time(part: str) -> None:
    """Texts as long as readers let through, made of what a careless search would trip over."""
    text = part * (64_000 // len(part))
    calls = [
        shell(text[:32_000], text[:32_000], exit_code=1),
        edit("a.py", text[:32_000], text[:32_000][::-1]),
        shell("pytest", text[:32_000], exit_code=1),
    ]
    transcript = session(user(text), *calls, agent(text), user(text), *calls, agent(text), user(text), agent(text))
    started = time.process_time()
    assert analyse(transcript).failed_detectors == ()
    assert time.process_time() - started < 3
