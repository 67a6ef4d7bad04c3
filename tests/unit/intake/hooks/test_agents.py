"""Which files a call is about."""

import os
from pathlib import Path

import pytest

from hotwash.intake.hooks.agents import HookAgent, hook_agent
from hotwash.intake.stores import User


def agent(name: str) -> HookAgent:
    found = hook_agent(name)
    assert found is not None
    return found


def file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_claude_code_names_the_session_and_its_subagents_lie_beside_it(tmp_path: Path) -> None:
    main = file(tmp_path / "abc.jsonl")
    child = file(tmp_path / "abc" / "subagents" / "agent-1.jsonl")
    nested = file(tmp_path / "abc" / "subagents" / "workflows" / "wf_1" / "agent-2.jsonl")
    file(tmp_path / "abc" / "subagents" / "workflows" / "wf_1" / "journal.jsonl")
    user = User(home=tmp_path, env={})
    assert agent("claude-code").sessions({"transcript_path": str(main)}, user) == (main, child, nested)


def test_codex_and_copilot_name_an_id_and_their_folders_may_be_moved(tmp_path: Path) -> None:
    rollout = file(tmp_path / "cx" / "sessions" / "2026" / "01" / "02" / "rollout-2026-01-02T03-04-05-id-1.jsonl")
    events = file(tmp_path / "cp" / "session-state" / "id-1" / "events.jsonl")
    user = User(home=tmp_path, env={"CODEX_HOME": str(tmp_path / "cx"), "COPILOT_HOME": str(tmp_path / "cp")})
    assert agent("codex").sessions({"type": "agent-turn-complete", "thread-id": "id-1"}, user) == (rollout,)
    assert agent("copilot").sessions({"sessionId": "id-1", "reason": "complete"}, user) == (events,)


def test_where_copilot_does_not_say_which_session_ended_it_is_the_one_written_last(tmp_path: Path) -> None:
    """Its older versions give the folder and the reason alone."""
    older = file(tmp_path / ".copilot" / "session-state" / "id-2" / "events.jsonl")
    newer = file(tmp_path / ".copilot" / "session-state" / "id-1" / "events.jsonl")
    os.utime(older, (1_000, 1_000))
    user = User(home=tmp_path, env={})
    assert agent("copilot").sessions({"timestamp": 1, "cwd": "/", "reason": "complete"}, user) == (newer,)
    assert agent("copilot").sessions({}, user) == ()


@pytest.mark.parametrize("name", ["claude-code", "codex", "gemini", "copilot"])
@pytest.mark.parametrize("value", [None, 3, "", "*", "../../etc/passwd", "/etc/passwd", "/nowhere/x.jsonl", "a\0b", ["x"]])
def test_a_call_that_names_nothing_sensible_is_about_no_file(name: str, value: object, tmp_path: Path) -> None:
    call = {"transcript_path": value, "thread-id": value, "sessionId": value}
    assert agent(name).sessions(call, User(home=tmp_path, env={})) == ()
