"""Runs of batch agents: one task is run many times, so a task's name is no id; a file that has grown is the same run."""

import io
import json
from pathlib import Path, PurePath

import pytest

from hotwash.readers.base import Source
from hotwash.readers.detect import read_source
from hotwash.transcript import AgentMessage, Lifecycle, ToolCall, Transcript, UserMessage

HERE = Path(__file__).parent
RUNS = {"swe_agent/function_calls.traj": "history", "mini_swe_agent/version_1.traj.json": "messages"}


def document_of(name: str) -> dict[str, list[dict[str, object]]]:
    document: dict[str, list[dict[str, object]]] = json.loads((HERE / name).read_text())
    return document


def read(document: object, name: str = "task-1.traj") -> Transcript:
    data = json.dumps(document).encode()
    (transcript,) = read_source(Source(name=name, open=lambda: io.BytesIO(data), path=PurePath(name)))
    return transcript


@pytest.mark.parametrize("name", RUNS)
def test_a_run_that_has_grown_is_the_same(name: str) -> None:
    whole, key = document_of(name), RUNS[name]
    assert read({**whole, key: whole[key][:5]}).session_id == read(whole).session_id


@pytest.mark.parametrize("name", RUNS)
def test_runs_of_one_task_are_told_apart(name: str) -> None:
    one, key = document_of(name), RUNS[name]
    other = document_of(name)
    answer = next(message for message in other[key] if message["role"] == "assistant")
    answer["content"] = "Another beginning.\n\n```bash\nls -a\n```"
    assert read(one).session_id != read(other).session_id


def mini(*messages: tuple[str, str]) -> Transcript:
    """A run of mini-swe-agent 1 that goes on with these messages."""
    listed = [{"role": role, "content": content} for role, content in (("system", "A shell."), ("user", "Do it."), *messages)]
    return read({"trajectory_format": "mini-swe-agent-1", "info": {}, "messages": listed})


COMMAND = ("assistant", "Try.\n\n```bash\nmake\n```")


@pytest.mark.parametrize(
    ("passed_on", "said"),
    [
        ("Interrupted by user: use ninja", "use ninja"),
        ("Command not executed. The user rejected your command with the following message:\nuse ninja", "use ninja"),
        ("The user added a new task: clean up", "clean up"),
    ],
)
def test_what_a_person_says_while_the_agent_works_is_theirs(passed_on: str, said: str) -> None:
    transcript = mini(COMMAND, ("user", passed_on))
    assert [event.text for event in transcript.events if isinstance(event, UserMessage)] == ["Do it.", said]


def test_an_interrupted_command_is_told_from_a_rejected_one() -> None:
    interrupted = mini(COMMAND, ("user", "Interrupted by user: no"))
    rejected = mini(COMMAND, ("user", "Command not executed. The user rejected your command with the following message:\nno"))
    assert [event.what for event in interrupted.events if isinstance(event, Lifecycle)] == ["interruption"]
    assert [event.status for event in rejected.events if isinstance(event, ToolCall)] == ["denied"]


def test_an_answer_without_one_command_is_text_and_no_call() -> None:
    text = "Both.\n\n```bash\na\n```\n\n```bash\nb\n```"
    transcript = mini(("assistant", text), ("user", "Please always provide EXACTLY ONE action"))
    assert [event.text for event in transcript.events if isinstance(event, AgentMessage)] == [text]
    assert not any(isinstance(event, ToolCall) for event in transcript.events)


def test_blocks_that_never_close_take_no_time() -> None:
    """A hostile answer of half a megabyte."""
    assert not any(isinstance(event, ToolCall) for event in mini(("assistant", "```bash\n" * 60_000)).events)


def test_steps_that_the_history_left_out_are_calls_in_their_place() -> None:
    """A call that the program had tried again, and the one that submits, stand in the trajectory only."""
    actions = ["open a.py", "edit 1:1 a.py", "edit 1:1", "submit"]
    steps: list[dict[str, object]] = [{"action": f"{action}\n", "execution_time": number + 0.5} for number, action in enumerate(actions)]
    history: list[dict[str, object]] = [{"role": "user", "content": "Mend it.", "agent": "primary"}]
    for action in ("open a.py", "edit 1:1"):
        history.append({"role": "assistant", "content": action, "thought": "", "action": f"{action}\n", "agent": "primary"})
        history.append({"role": "user", "content": "Done.", "agent": "primary"})
    told = read({"trajectory": steps, "history": history, "info": {}})
    calls = [event for event in told.events if isinstance(event, ToolCall)]
    assert [call.arguments["command"] for call in calls] == actions
    assert [(call.output, call.duration_s) for call in calls] == [("Done.", 0.5), ("", None), ("Done.", 2.5), ("", None)]
