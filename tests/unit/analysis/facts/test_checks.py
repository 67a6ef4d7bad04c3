"""Check runs: which commands are checks, whether they passed, how many failures, and the line that shows it."""

import pytest

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.facts.model import CheckKind, CheckRun
from hotwash.transcript import ToolCall
from tests.unit.analysis.builders import session, shell

PYTEST_FAILS = "FAILED tests/test_a.py::test_x - assert 1 == 2\n===== 2 failed, 7 passed in 0.31s ====="
GO_FAILS = "--- FAIL: TestParse (0.00s)\n    parse_test.go:12: got 1\nFAIL\nFAIL\texample.com/parse\t0.02s"


def checks(*calls: ToolCall) -> tuple[CheckRun, ...]:
    return collect(session(*calls)).checks


@pytest.mark.parametrize(
    ("command", "kind", "tool"),
    [
        ("pytest -q", "test", "pytest"),
        ("python -m unittest discover", "test", "unittest"),
        ("go test ./...", "test", "go test"),
        ("go vet ./...", "lint", "go vet"),
        ("cargo clippy -- -D warnings", "lint", "cargo clippy"),
        ("npm test", "test", "npm test"),
        ("pnpm run lint", "lint", "pnpm lint"),
        ("yarn build", "build", "yarn build"),
        ("npm run typecheck", "type_check", "npm typecheck"),
        ("npx tsc --noEmit", "type_check", "tsc"),
        ("mise run test:integration", "test", "mise test:integration"),
        ("just lint", "lint", "just lint"),
        ("make", "build", "make"),
        ("./gradlew test", "test", "gradlew test"),
        ("mvn -q verify", "test", "mvn verify"),
        ("golangci-lint run ./...", "lint", "golangci-lint"),
        ("ruff check .", "lint", "ruff check"),
        ("ruff format --check .", "format", "ruff format"),
        ("prettier --check src", "format", "prettier"),
        ("mypy src", "type_check", "mypy"),
        ("cmake --build build", "build", "cmake --build"),
        ("dotnet test", "test", "dotnet test"),
        ("bash scripts/run_tests.sh", "test", "run_tests.sh"),
        ("bun test a.test.ts", "test", "bun test"),
    ],
)
def test_checks_are_recognised(command: str, kind: CheckKind, tool: str) -> None:
    (run,) = checks(shell(command))
    assert (run.kind, run.tool, run.passed) == (kind, tool, True)


@pytest.mark.parametrize(
    "command", ["pytest --version", "black src", "gofmt -w .", "npm install", "npm run dev", "cat test.sh", "go run .", "git test"]
)
def test_other_commands_are_no_checks(command: str) -> None:
    assert checks(shell(command)) == ()


@pytest.mark.parametrize(
    ("command", "output", "failures", "line"),
    [
        ("pytest", PYTEST_FAILS, 2, "FAILED tests/test_a.py::test_x - assert 1 == 2"),
        ("go test ./...", GO_FAILS, None, "--- FAIL: TestParse (0.00s)"),
        ("cargo test", "test result: FAILED. 3 passed; 1 failed; 0 ignored", 1, "test result: FAILED. 3 passed; 1 failed; 0 ignored"),
        ("npx jest", "Tests:       4 failed, 10 passed, 14 total", 4, "Tests:       4 failed, 10 passed, 14 total"),
        (
            "npx tsc",
            "a.ts(1,2): error TS2304: Cannot find name 'x'.\nFound 3 errors in 2 files.",
            3,
            "a.ts(1,2): error TS2304: Cannot find name 'x'.",
        ),
        ("npx eslint .", "✖ 5 problems (4 errors, 1 warning)", 5, "✖ 5 problems (4 errors, 1 warning)"),
        ("golangci-lint run", "a.go:1:2: bad (x)\n2 issues:\n* x: 2", 2, "a.go:1:2: bad (x)"),
        ("ruff check", "Found 2 errors.", 2, "Found 2 errors."),
        ("mypy src", "Found 6 errors in 2 files (checked 9 source files)", 6, "Found 6 errors in 2 files (checked 9 source files)"),
        ("python -m unittest", "FAILED (failures=2)", 2, "FAILED (failures=2)"),
        ("mvn test", "[ERROR] Tests run: 9, Failures: 1, Errors: 0", 1, "[ERROR] Tests run: 9, Failures: 1, Errors: 0"),
        ("make", "make: *** [all] Error 2", None, "make: *** [all] Error 2"),
    ],
)
def test_a_failing_run_is_counted_and_quoted(command: str, output: str, failures: int | None, line: str) -> None:
    (run,) = checks(shell(command, output, exit_code=1))
    assert (run.passed, run.failures, run.line) == (False, failures, line)


def test_a_pipe_hides_the_exit_code_so_the_output_speaks() -> None:
    assert checks(shell("pytest | tail -5", PYTEST_FAILS))[0].passed is False
    assert checks(shell("pytest | tail -5", "== 3 passed in 0.1s =="))[0].passed is True


def test_a_cut_output_behind_a_pipe_is_unknown() -> None:
    assert checks(shell("pytest | tail -1", "cachedir: .pytest_cache"))[0].passed is None


def test_of_two_checks_in_one_failing_command_neither_is_accused() -> None:
    assert [run.passed for run in checks(shell("ruff check . && pytest", "boom", exit_code=1))] == [None, None]


def test_a_refused_command_did_not_run() -> None:
    assert checks(shell("pytest", status="denied")) == ()


def test_a_command_that_still_runs_has_no_verdict() -> None:
    assert checks(shell("pytest", status="running"))[0].passed is None


@pytest.mark.parametrize(
    "command", ["go test ./a -run TestX", "go test ./a", "pytest tests/test_a.py::test_x", "pytest -k fast", "npm test -- a.test.ts"]
)
def test_a_chosen_part_is_narrow(command: str) -> None:
    assert checks(shell(command))[0].narrow


@pytest.mark.parametrize("command", ["go test ./...", "pytest -q", "cargo test", "npm test", "mise run test"])
def test_a_whole_run_is_not_narrow(command: str) -> None:
    assert not checks(shell(command))[0].narrow


def test_checks_that_share_one_output_are_told_apart_by_words_that_only_one_kind_prints() -> None:
    command = "mise run lint 2>&1 | tail -5 && mise run test 2>&1 | tail -9"
    good = shell(command, "golangci-lint run\n0 issues.\nok  \texample.com/parse\t0.02s")
    assert [(run.kind, run.passed) for run in checks(good)] == [("lint", True), ("test", True)]
    mixed = shell(command, f"golangci-lint run\n0 issues.\n{GO_FAILS}")
    assert [(run.kind, run.passed) for run in checks(mixed)] == [("lint", True), ("test", False)]
    silent = shell(command, "done")
    assert [run.passed for run in checks(silent)] == [None, None]


def test_a_check_called_with_names_that_are_not_there_neither_passed_nor_failed() -> None:
    (run,) = checks(
        shell("pytest tests/test_b.py", "== 7 warnings in 0.00s ==\nERROR: file or directory not found: tests/test_b.py", exit_code=4)
    )
    assert run.passed is None
