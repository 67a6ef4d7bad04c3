"""Checks that take more than one attempt, or still fail at the end."""

from hotwash.analysis.detectors.failing_check import FailingCheckDetector
from hotwash.transcript import Event, ToolCall
from tests.unit.analysis.builders import agent, edit, read, shell, user, write
from tests.unit.analysis.detectors.finding import findings

FAILS = shell("pytest", "FAILED tests/test_a.py::test_x\n=== 1 failed, 3 passed in 0.2s ===", exit_code=1)
PASSES = shell("pytest", "=== 4 passed in 0.2s ===")
CODE = edit("src/a.py", "x = 1", "x = 2")
TEST = edit("tests/test_a.py", "assert x", "assert y")
LOOKS = (read("src/a.py"), shell("ls"), shell("pwd"), shell("git diff"), shell("git log"))


def story(*events: Event) -> list[str]:
    return [f.label for f in findings(FailingCheckDetector(), user("Fix it"), *events)]


def test_three_attempts_are_an_issue_with_the_first_and_the_last_failing_run() -> None:
    (found,) = findings(FailingCheckDetector(), user("Fix it"), CODE, FAILS, CODE, FAILS, CODE, FAILS, CODE, PASSES)
    assert found.label == "pytest fails 3 times"
    assert "then passed" in found.what
    assert [cite.quote for cite in found.cites] == ["FAILED tests/test_a.py::test_x"] * 2


def test_a_failure_mended_at_once_is_no_issue() -> None:
    assert story(CODE, FAILS, CODE, PASSES) == []


def test_two_quick_attempts_are_the_rhythm_of_work_and_two_slow_ones_are_not() -> None:
    assert story(CODE, FAILS, CODE, FAILS, CODE, PASSES) == []
    assert story(CODE, FAILS, *LOOKS, CODE, FAILS, CODE, PASSES) == ["pytest fails 2 times"]


def test_a_single_failure_that_took_many_looks_is_an_issue() -> None:
    assert story(CODE, FAILS, *LOOKS, *LOOKS, CODE, PASSES) == ["pytest fails and is slow to mend"]


def test_a_single_failing_test_that_took_many_turns_is_an_issue_and_a_linter_is_not() -> None:
    read_on = [read(f"src/{n}.py") for n in range(12)]
    assert story(CODE, FAILS, *read_on, CODE, PASSES) == ["pytest fails and is slow to mend"]
    lint = shell("ruff check", "Found 2 errors.", exit_code=1)
    assert story(CODE, lint, *read_on, CODE, shell("ruff check", "All checks passed!")) == []


def test_running_again_without_a_change_is_no_attempt() -> None:
    assert story(CODE, FAILS, FAILS, FAILS, CODE, PASSES) == []


def test_a_check_that_never_passes_again_is_an_issue() -> None:
    assert story(CODE, FAILS, CODE, agent("That is all.")) == ["pytest still fails at the end"]


def test_a_wider_run_of_the_same_kind_shows_it_mended() -> None:
    assert story(CODE, FAILS, CODE, shell("make test", "ok")) == []


def test_a_failure_from_before_the_first_edit_is_not_the_agents() -> None:
    assert story(FAILS, CODE, FAILS, CODE, FAILS, CODE, FAILS) == []


def test_a_test_written_to_fail_first_is_no_issue() -> None:
    assert story(TEST, FAILS, CODE, PASSES) == []


def test_a_linter_that_points_at_a_file_nobody_touched_is_not_the_agents() -> None:
    lint: ToolCall = shell("golangci-lint run", "old/b.go:1:2: unused (x)\n", exit_code=1)
    assert story(CODE, lint, CODE, lint, CODE, lint) == []


def test_a_session_without_edits_broke_nothing() -> None:
    assert story(FAILS, FAILS) == []


def test_a_script_that_reproduces_a_fault_fails_until_the_fault_is_mended() -> None:
    reproduces = shell("python test_repro.py", "AssertionError", exit_code=1)
    assert story(write("/srv/test_repro.py", "assert f()"), reproduces, CODE, reproduces, CODE, reproduces, CODE, reproduces) == []


def test_a_linter_that_was_made_to_look_away_was_not_mended() -> None:
    lint, clean = shell("ruff check", "Found 2 errors.", exit_code=1), shell("ruff check", "All checks passed!")
    (found,) = findings(FailingCheckDetector(), user("Fix it"), CODE, lint, edit("src/a.py", "x = 2", "x = 2  # noqa: E741"), clean)
    assert found.label == "ruff check fails and is silenced"
    assert found.cites[-1].quote == "x = 2  # noqa: E741"
    assert story(CODE, FAILS, edit("src/a.py", "x = 2", "x = 2  # noqa: E741"), PASSES) == []  # the mark is none for tests


def test_a_last_run_whose_output_does_not_tell_is_held_against_nobody() -> None:
    unknown = shell("pytest 2>&1 | tail -1", "see the log")
    assert story(CODE, FAILS, CODE, unknown) == []
    (found,) = findings(FailingCheckDetector(), user("Fix it"), CODE, FAILS, CODE, FAILS, CODE, FAILS, CODE, unknown)
    assert "its output does not tell" in found.what
