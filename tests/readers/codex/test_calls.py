"""Tool calls: what they are, how they went, and what a long-running command's later output adds."""

import json
from collections.abc import Callable

import pytest

from hotwash.readers.codex.calls import instruction_file
from hotwash.readers.codex.outcomes import read_outcome
from hotwash.transcript import ToolCall, ToolStatus, Transcript

Read = Callable[..., Transcript]
Record = tuple[str, dict[str, object]]


def called(name: str, call_id: str = "c1", **arguments: object) -> Record:
    return "response_item", {"type": "function_call", "name": name, "call_id": call_id, "arguments": json.dumps(arguments)}


def answered(output: object, call_id: str = "c1") -> Record:
    return "response_item", {"type": "function_call_output", "call_id": call_id, "output": output}


def calls(transcript: Transcript) -> list[ToolCall]:
    return [event for event in transcript.events if isinstance(event, ToolCall)]


RUNNING = "Chunk ID: a\nWall time: 10.0000 seconds\nProcess running with session ID 7\nOutput:\nstarting\n"
EXITED = "Chunk ID: b\nWall time: 2.0000 seconds\nProcess exited with code 1\nOutput:\nkneading failed\n"


@pytest.mark.parametrize(
    ("output", "status", "exit_code"),
    [
        (EXITED, "error", 1),
        ("Exit code: 0\nWall time: 0.2 seconds\nOutput:\nok\n", "ok", 0),
        ('{"output":"ok\\n","metadata":{"exit_code":0,"duration_seconds":0.1}}', "ok", 0),
        ({"content": "ok", "success": False}, "error", None),
        (RUNNING, "running", None),
        ("exec_command failed: No such file or directory", "error", None),
        ("write_stdin failed: Unknown process id 7", "error", None),
        ("exec command rejected by user", "denied", None),
        ("aborted by user after 3.2s", "interrupted", None),
        ("Plan updated", "ok", None),
        ([{"type": "input_image", "image_url": "data:,"}], "ok", None),
        ([{"type": "input_text", "text": "Error: no such page"}], "error", None),
        ("anything else", "unknown", None),
        ("", "unknown", None),
        (None, "unknown", None),
    ],
)
def test_status_and_exit_code_follow_from_the_result(output: object, status: ToolStatus, exit_code: int | None) -> None:
    outcome = read_outcome(output)
    assert (outcome.status, outcome.exit_code) == (status, exit_code)


def test_an_exit_code_that_a_program_prints_is_not_its_own() -> None:
    printed = "Chunk ID: a\nWall time: 1.0000 seconds\nProcess exited with code 0\nOutput:\nExit code: 9\nProcess exited with code 9\n"
    assert read_outcome(printed).exit_code == 0
    assert read_outcome("report\nExit code: 9\n").exit_code is None


def test_a_process_that_outlives_its_call_is_finished_by_write_stdin(read: Read) -> None:
    """The exit code belongs to the command, not to the poll that brought it."""
    transcript = read(
        called("exec_command", "c1", cmd="knead"),
        answered(RUNNING, "c1"),
        called("write_stdin", "c2", session_id=7, chars=""),
        answered(EXITED, "c2"),
    )
    command, poll = calls(transcript)
    assert (command.status, command.exit_code, command.result_record, command.duration_s) == ("error", 1, 5, 3.0)
    assert command.output == f"{RUNNING}\n{EXITED}"
    assert (poll.status, poll.exit_code, poll.command, poll.output) == ("ok", None, None, EXITED)


def test_a_process_nobody_waited_for_stays_running(read: Read) -> None:
    (command,) = calls(read(called("exec_command", cmd="serve"), answered(RUNNING)))
    assert (command.status, command.exit_code, command.duration_s) == ("running", None, 1.0)


def test_a_call_that_an_interrupt_left_without_result_is_interrupted(read: Read) -> None:
    (command,) = calls(read(called("exec_command", cmd="bake"), ("event_msg", {"type": "turn_aborted", "reason": "interrupted"})))
    assert (command.status, command.result_record) == ("interrupted", None)


def test_an_item_that_knows_better_than_the_text_wins_whichever_comes_first(read: Read) -> None:
    done: Record = ("event_msg", {"type": "patch_apply_end", "call_id": "c1", "success": False})
    answer = answered("Done!")
    for records in ((done, answer), (answer, done)):
        (patch,) = calls(read(called("apply_patch", input="*** Begin Patch\n*** Add File: rye.md\n+rye\n*** End Patch"), *records))
        assert (patch.status, patch.category, patch.path) == ("error", "file", "rye.md")


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ({"cmd": "ls -la"}, "ls -la"),
        ({"command": ["bash", "-lc", "ls | wc"]}, "ls | wc"),
        ({"command": ["/bin/zsh", "-c", "ls"]}, "ls"),
        ({"command": ["grep", "two words", "f"]}, "grep 'two words' f"),
        ({"command": "ls"}, "ls"),
        ({}, None),
    ],
)
def test_a_shell_call_holds_its_command_line(read: Read, arguments: dict[str, object], command: str | None) -> None:
    payload = {"type": "function_call", "name": "shell", "call_id": "c1", "arguments": json.dumps(arguments)}
    (call,) = calls(read(("response_item", payload)))
    assert (call.category, call.command) == ("shell", command)


@pytest.mark.parametrize("command", [["apply_patch", "*** Begin Patch\n*** Update File: a.md\n*** End Patch"]])
def test_a_patch_typed_into_the_shell_is_a_file_call(read: Read, command: list[str]) -> None:
    (call,) = calls(read(called("shell", command=command)))
    assert (call.name, call.category, call.path, call.command, call.arguments) == (
        "apply_patch",
        "file",
        "a.md",
        None,
        {"input": command[1]},
    )


@pytest.mark.parametrize(
    ("payload", "name", "category"),
    [
        ({"type": "function_call", "name": "_open_pr", "namespace": "mcp__forge", "arguments": "{}"}, "mcp__forge__open_pr", "mcp"),
        ({"type": "function_call", "name": "forge__open_pr", "arguments": "{}"}, "forge__open_pr", "mcp"),
        ({"type": "function_call", "name": "spawn_agent", "arguments": "{}"}, "spawn_agent", "other"),
        ({"type": "tool_search_call", "arguments": {"query": "x"}}, "tool_search", "search"),
        ({"type": "web_search_call", "action": {"query": "x"}}, "web_search", "search"),
        ({"type": "local_shell_call", "action": {"command": ["ls"]}}, "local_shell", "shell"),
        ({"type": "function_call"}, "unknown", "other"),
    ],
)
def test_every_kind_of_call_gets_a_name_and_category(read: Read, payload: dict[str, object], name: str, category: str) -> None:
    (call,) = calls(read(("response_item", {"call_id": "c1", **payload})))
    assert (call.name, call.category) == (name, category)


def test_a_call_written_twice_is_one_call(read: Read) -> None:
    assert len(calls(read(called("exec_command", cmd="ls"), called("exec_command", cmd="ls")))) == 1


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("sed -n '1,200p' /home/b/skills/bake/SKILL.md", "/home/b/skills/bake/SKILL.md"),
        ("cat AGENTS.md", "AGENTS.md"),
        ("cat AGENTS.md | head", None),
        ("cat README.md", None),
        ("rm SKILL.md", None),
        ("cat 'SKILL.md", None),
    ],
)
def test_a_command_that_prints_an_instruction_file_loads_it(command: str, path: str | None) -> None:
    assert instruction_file(command) == path
