"""What a tool does, told from its name and arguments alone."""

import pytest

from hotwash.readers.base import MAX_ARGUMENT_CHARS
from hotwash.readers.tools import cap_arguments, categorise, command_of_text, file_path, shell_command


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("bash", "shell"),
        ("execute_bash", "shell"),
        ("bash_command", "shell"),
        ("run_in_terminal", "shell"),
        ("execute_ipython_cell", "shell"),
        ("read_file", "file"),
        ("str_replace_editor", "file"),
        ("create", "file"),
        ("view", "file"),
        ("NotebookEdit", "file"),
        ("grep", "search"),
        ("Glob", "search"),
        ("search_files", "search"),
        ("find_definition", "search"),
        ("web_search", "search"),
        ("browser_navigate", "browser"),
        ("web_fetch", "browser"),
        ("WebFetch", "browser"),
        ("mcp__forge__open_pr", "mcp"),
        ("forge__open_pr", "mcp"),
        ("TodoWrite", "todo"),
        ("update_plan", "todo"),
        ("task_tracker", "todo"),
        ("think", "other"),
        ("finish", "other"),
        ("mark_task_complete", "other"),
        ("send_message", "message"),
        ("ask_user", "message"),
        ("git_commit", "git"),
        ("create_pull_request", "git"),
        ("apply_diff", "file"),
        ("Task", "other"),
        ("teleport", "other"),
        ("", "other"),
        ("___", "other"),
    ],
)
def test_a_name_tells_the_category(name: str, category: str) -> None:
    assert categorise(name) == category


def test_a_command_is_found_under_the_keys_that_agents_use() -> None:
    assert shell_command({"keystrokes": "ls\n"}) == "ls\n"
    assert shell_command({"cmd": ["bash", "-lc", "ls"]}) == "ls"
    assert shell_command({"timeout": 3}) is None


def test_a_path_is_found_under_the_keys_that_agents_use() -> None:
    assert file_path({"command": "view", "path": "/kettle.md"}) == "/kettle.md"
    assert file_path({"file_path": 3}) is None


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("/bin/bash -lc 'ls | wc'", "ls | wc"),
        ("bash -c ls", "ls"),
        ("ls -la", "ls -la"),
        ("python -c 'print()'", "python -c 'print()'"),
        ("sh -c 'x", "sh -c 'x"),
    ],
)
def test_a_command_line_gives_up_the_script_it_wraps(command: str, script: str) -> None:
    assert command_of_text(command) == script


def test_long_and_deep_arguments_are_capped_and_short_ones_kept() -> None:
    deep: object = "bottom"
    for _ in range(100):
        deep = {"down": deep}
    capped = cap_arguments({"long": "x" * (MAX_ARGUMENT_CHARS + 1), "deep": deep, "list": ["a", 1, None]})
    assert capped["long"] == "x" * MAX_ARGUMENT_CHARS
    assert "bottom" not in str(capped["deep"])
    assert capped["list"] == ["a", 1, None]
    assert cap_arguments("not an object") == {}
