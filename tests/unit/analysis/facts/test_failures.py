"""Tool calls that failed, and the lines that say so."""

import pytest

from hotwash.analysis.facts.collect import collect
from hotwash.transcript import ToolCall
from tests.unit.analysis.builders import call, read, session, shell


def failure_lines(*calls: ToolCall) -> list[str]:
    return [failure.line for failure in collect(session(*calls)).failures]


def test_the_line_that_names_the_error_is_taken_verbatim() -> None:
    assert failure_lines(shell("x", "collecting\nbash: frob: command not found\nExit code 127", exit_code=127)) == [
        "bash: frob: command not found"
    ]


def test_without_such_a_line_the_last_words_are_taken() -> None:
    assert failure_lines(shell("x", "starting\nall hope is lost\n\nExit code 3", exit_code=3)) == ["all hope is lost"]


@pytest.mark.parametrize("command", ["grep -r x .", "cd a && rg x", "diff a b", "test -f x", "git diff --quiet", "which go", "ls | grep x"])
def test_an_answer_of_no_is_no_failure(command: str) -> None:
    assert failure_lines(shell(command, exit_code=1)) == []


def test_a_search_that_breaks_is_a_failure() -> None:
    assert failure_lines(shell("grep -P '(' f", "grep: missing terminating )", exit_code=2)) == ["grep: missing terminating )"]


def test_refused_and_failed_calls_of_other_tools_count() -> None:
    refused = call("Bash", command="rm x", status="denied", output="The user refused")
    assert failure_lines(refused, read("/nope", "File does not exist.", status="error")) == ["The user refused", "File does not exist."]


def test_good_calls_are_no_failures() -> None:
    assert failure_lines(shell("echo 'error: just a word'", "error: just a word"), read("a")) == []
