"""Environment, access, service and tool_use: kinds that show in error lines."""

import pytest

from hotwash.analysis.detectors.access import AccessDetector
from hotwash.analysis.detectors.base import Detector
from hotwash.analysis.detectors.environment import EnvironmentDetector
from hotwash.analysis.detectors.service import ServiceDetector
from hotwash.analysis.detectors.symptoms import diagnose
from hotwash.analysis.detectors.tool_use import ToolUseDetector
from hotwash.transcript import ToolCall
from tests.unit.analysis.builders import agent, edit, life, read, session, shell, user, write
from tests.unit.analysis.detectors.finding import findings


@pytest.mark.parametrize(
    ("line", "kind", "subject"),
    [
        ("bash: line 1: frob: command not found", "environment", "frob"),
        ("zsh: command not found: frob", "environment", "frob"),
        ("ModuleNotFoundError: No module named 'numpy'", "environment", "numpy"),
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "environment", ""),
        ("listen EADDRINUSE: address already in use :::3000", "environment", ""),
        ("git@host: Permission denied (publickey).", "access", ""),
        ("fatal: could not read Username for 'https://host': terminal prompts disabled", "access", ""),
        ("gh: To get started, please run `gh auth login`", "access", ""),
        ("touch: cannot touch '/etc/x': Permission denied", "access", ""),
        ("HTTP 429: Too Many Requests", "service", ""),
        ("curl: (6) Could not resolve host: example.org", "service", "example.org"),
        ("502 Bad Gateway", "service", ""),
        ("String to replace not found in file.", "tool_use", ""),
        ("File has not been read yet. Read it first before writing to it.", "tool_use", ""),
        ("error: subprocess-exited-with-error", "environment", ""),
        ("RuntimeError: Request failed after 5 retries", "service", ""),
        ("sed: can't read src/a.py: No such file or directory", "tool_use", ""),
        ("ls: unrecognized option '--frob'", "tool_use", "ls"),
        ("bash: -c: line 1: syntax error near unexpected token `('", "tool_use", ""),
    ],
)
def test_an_error_line_is_a_symptom_of_one_kind(line: str, kind: str, subject: str) -> None:
    found = diagnose(line)
    assert found is not None
    assert (found.symptom.kind, found.subject) == (kind, subject)


def test_an_ordinary_failure_is_a_symptom_of_nothing() -> None:
    assert diagnose("AssertionError: expected 3, got 4") is None


@pytest.mark.parametrize(
    ("detector", "line"),
    [
        (EnvironmentDetector(), "bash: frob: command not found"),
        (AccessDetector(), "remote: HTTP 403 Forbidden"),
        (ServiceDetector(), "Error: 503 Service Unavailable"),
    ],
)
def test_the_same_failure_twice_is_one_issue_and_once_is_none(detector: Detector, line: str) -> None:
    failing = shell("frob --now", line, exit_code=1)
    assert findings(detector, user("go"), failing, shell("ls")) == []
    (found,) = findings(detector, user("go"), failing, shell("ls"), failing)
    assert "frob --now" in found.what
    assert [cite.quote for cite in found.cites] == [line, line]
    assert "2 failed calls" in found.impact


def test_causes_differ_by_what_is_missing() -> None:
    missing = [shell(name, f"bash: {name}: command not found", exit_code=127) for name in ("frob", "frob", "grault", "grault")]
    assert [f.cause for f in findings(EnvironmentDetector(), user("go"), *missing)] == [
        "command not found frob",
        "command not found grault",
    ]


def test_a_module_of_the_agents_own_work_is_no_missing_package() -> None:
    failing = shell("python -m app", "ModuleNotFoundError: No module named 'shapes'", exit_code=1)
    assert findings(EnvironmentDetector(), user("go"), write("shapes/area.py", "x = 1"), failing, failing) == []


def test_refused_edits_of_one_file_are_one_issue_whatever_each_was_refused_for() -> None:
    unread = edit("a.py", "x", "y", status="error", output="File has not been read yet. Read it first before writing to it.")
    absent = edit("a.py", "x", "y", status="error", output="String to replace not found in file.")
    (found,) = findings(ToolUseDetector(), user("go"), unread, read("a.py"), shell("ls"), shell("pwd"), absent, absent)
    assert found.label == "edits refused, 3 times"
    assert "a.py" in found.what


def test_a_refused_edit_is_mended_by_the_next_call_and_a_second_one_is_a_habit() -> None:
    unread, other = (edit(name, "x", "y", status="error", output="File has not been read yet.") for name in ("a.py", "b.py"))
    assert findings(ToolUseDetector(), user("go"), unread, read("a.py"), edit("a.py", "x", "y")) == []
    (found,) = findings(ToolUseDetector(), user("go"), unread, read("a.py"), edit("a.py", "x", "y"), other)
    assert found.label == "file edited before it was read, 2 times"


def test_two_wrong_paths_side_by_side_cost_no_more_than_their_calls() -> None:
    absent = read("src/a.py", "<tool_use_error>File does not exist.</tool_use_error>", status="error")
    assert findings(ToolUseDetector(), user("go"), absent, absent, read("lib/a.py", "x")) == []


def test_the_models_api_failing_again_and_again_is_a_service_issue() -> None:
    errors = [life("api_error", "529 overloaded_error") for _ in range(4)]
    (found,) = findings(ServiceDetector(), user("go"), *errors)
    assert "4 times" in found.what
    assert findings(ServiceDetector(), user("go"), errors[0]) == []


def test_findings_of_a_story_do_not_depend_on_the_run() -> None:
    calls: list[ToolCall] = [shell(n, f"bash: {n}: command not found", exit_code=127) for n in "abcabc"]
    first, second = (findings(EnvironmentDetector(), *session(user("go"), *calls).events) for _ in range(2))
    assert first == second


def test_a_missing_check_tool_is_an_issue_even_once_because_the_work_goes_unchecked() -> None:
    missing = shell("python -m pytest", "/usr/bin/python: No module named pytest", exit_code=1)
    (found,) = findings(EnvironmentDetector(), user("go"), missing, shell("ls", "a"))
    assert "pytest" in found.what
    installed = (missing, shell("pip install pytest", "ok"), shell("python -m pytest", "== 3 passed in 0.1s =="))
    assert findings(EnvironmentDetector(), user("go"), *installed) == []


def test_tools_that_cannot_do_what_the_work_needs_are_an_environment_issue() -> None:
    said = agent("The tracker MCP server doesn't support deleting documents. Please delete it by hand.")
    (found,) = findings(EnvironmentDetector(), user("Delete the draft"), said)
    assert "deleting documents" in found.what


def test_wrong_calls_that_the_agent_notices_again_and_again_are_an_issue() -> None:
    first, again = (agent(f"I made a mistake {when}: two commands in one reply.") for when in ("here", "again"))
    (found,) = findings(ToolUseDetector(), user("go"), first, shell("ls", "a"), again)
    assert "2 times" in found.what
    assert findings(ToolUseDetector(), user("go"), first) == []


def test_a_missing_program_that_the_work_is_about_counts_once() -> None:
    missing = shell("frobsh -n script", "bash: frobsh: command not found", exit_code=127)
    (found,) = findings(EnvironmentDetector(), user("Review the frobsh script"), missing, shell("ls"))
    assert found.label == "frobsh: command not found"
    assert findings(EnvironmentDetector(), user("Review the frobsh script"), missing, shell("frobsh -n script", "ok")) == []
    probe = shell("frobsh --version", "bash: frobsh: command not found", exit_code=127)
    assert findings(EnvironmentDetector(), user("Review the frobsh script"), probe, shell("ls")) == []


def test_paths_guessed_again_and_again_are_one_issue_of_low_cost() -> None:
    wrong = [read(path, "<tool_use_error>File does not exist.</tool_use_error>", status="error") for path in ("a.py", "b.py", "c.py")]
    (found,) = findings(ToolUseDetector(), user("go"), *wrong)
    assert (found.label, found.severity) == ("path that does not exist, 3 times", "low")
    assert findings(ToolUseDetector(), user("go"), *wrong[:2]) == []


def test_commands_of_one_client_that_fail_in_a_row_are_one_issue() -> None:
    tries = [shell(f"gh api repos/x/comments -f {n}", f"gh: field {n} refused", exit_code=1) for n in range(3)]
    (found,) = findings(ToolUseDetector(), user("go"), *tries)
    assert found.label == "gh fails 3 times in a row"
    assert findings(ToolUseDetector(), user("go"), *tries[:2], *[shell("ls", "a")] * 6, tries[2]) == []


def test_a_client_that_is_refused_access_is_not_called_wrongly() -> None:
    refused = shell("gh pr create", "HTTP 403: Forbidden, resource not accessible by integration", exit_code=1)
    assert findings(ToolUseDetector(), user("go"), refused, refused, refused) == []


def test_a_model_that_refuses_is_an_access_issue_once_the_service_says_so() -> None:
    refused = life("refusal", "The model's safeguards flagged this message.")
    (found,) = findings(AccessDetector(), user("Look into the report"), refused, life("model_change", "b"), refused)
    assert (found.label, len(found.cites)) == ("the model refused", 2)
    assert "2 times" in found.what
    assert findings(AccessDetector(), user("Look into the report"), life("refusal", "")) == []
