"""Which programs are checks: tests, builds, linters, type checkers, format checks; and whether they ran on a chosen part only."""

import re

from hotwash.analysis.facts.model import CheckKind, Program

_BY_NAME: dict[str, CheckKind] = {
    "pytest": "test",
    "py.test": "test",
    "unittest": "test",
    "nose2": "test",
    "tox": "test",
    "nox": "test",
    "jest": "test",
    "vitest": "test",
    "mocha": "test",
    "ava": "test",
    "karma": "test",
    "rspec": "test",
    "phpunit": "test",
    "pest": "test",
    "ctest": "test",
    "bats": "test",
    "gotestsum": "test",
    "tsc": "type_check",
    "vue-tsc": "type_check",
    "mypy": "type_check",
    "pyright": "type_check",
    "basedpyright": "type_check",
    "eslint": "lint",
    "flake8": "lint",
    "pylint": "lint",
    "shellcheck": "lint",
    "rubocop": "lint",
    "stylelint": "lint",
    "oxlint": "lint",
    "staticcheck": "lint",
    "golint": "lint",
    "markdownlint": "lint",
    "hadolint": "lint",
    "actionlint": "lint",
    "clang-tidy": "lint",
    "golangci-lint": "lint",
    "pre-commit": "lint",
    "py_compile": "build",
    "compileall": "build",
}

_BY_SUBCOMMAND: dict[tuple[str, str], CheckKind] = {
    ("go", "test"): "test",
    ("go", "build"): "build",
    ("go", "install"): "build",
    ("go", "vet"): "lint",
    ("cargo", "test"): "test",
    ("cargo", "nextest"): "test",
    ("cargo", "build"): "build",
    ("cargo", "check"): "build",
    ("cargo", "clippy"): "lint",
    ("dotnet", "test"): "test",
    ("dotnet", "build"): "build",
    ("swift", "test"): "test",
    ("swift", "build"): "build",
    ("bazel", "test"): "test",
    ("bazel", "build"): "build",
    ("zig", "test"): "test",
    ("zig", "build"): "build",
    ("mix", "test"): "test",
    ("mix", "compile"): "build",
    ("mix", "credo"): "lint",
    ("sbt", "test"): "test",
    ("sbt", "compile"): "build",
    ("mvn", "test"): "test",
    ("mvn", "verify"): "test",
    ("mvn", "package"): "build",
    ("mvn", "install"): "build",
    ("mvn", "compile"): "build",
    ("deno", "test"): "test",
    ("deno", "lint"): "lint",
    ("deno", "check"): "type_check",
    ("flutter", "test"): "test",
    ("flutter", "analyze"): "lint",
    ("flutter", "build"): "build",
    ("rails", "test"): "test",
    ("ruff", "check"): "lint",
    ("biome", "check"): "lint",
    ("biome", "lint"): "lint",
    ("biome", "ci"): "lint",
    ("playwright", "test"): "test",
    ("cypress", "run"): "test",
    ("terraform", "validate"): "lint",
    ("docker", "build"): "build",
    ("bun", "test"): "test",
}

_FORMAT_CHECKS = frozenset({"black", "prettier", "isort"})
"""Checks only with `--check` (or `-c`, `-l`); otherwise they change files."""

_TASK_RUNNERS = frozenset(
    "npm yarn pnpm bun make gmake mise just task rake gradle gradlew turbo nx moon lerna composer hatch invoke".split()  # noqa: SIM905 - words in a line read better than a quoted word a line
)
"""Programs whose words name a task that the project defines."""
_TASK_RUN_WORDS = frozenset({"run", "run-script", "-s", "--silent"})

_TASK_KINDS: tuple[tuple[re.Pattern[str], CheckKind], ...] = (
    (re.compile(r"type-?check|tsc|mypy"), "type_check"),
    (re.compile(r"(?:^|[:\-_/])(?:fmt|format)(?:[:\-_]?check)"), "format"),
    (re.compile(r"(?:^|[:\-_/])(?:lint|vet|clippy|eslint|ruff)"), "lint"),
    (re.compile(r"(?:^|[:\-_/])(?:tests?|spec|e2e|unit|integration|pytest|jest|vitest)(?:$|[:\-_/.])|(?:Unit)?Test$"), "test"),
    (re.compile(r"(?:^|[:\-_/])(?:build|compile|assemble)(?:$|[:\-_/])"), "build"),
    (re.compile(r"(?:^|[:\-_/])(?:check|verify|validate|ci)$"), "lint"),
)
_TEST_SCRIPT = re.compile(r"^(?:run[_-]?)?(?:all[_-]?)?tests?(?:[_-]\w+)?\.(?:sh|py|js|ts)$|^test_\w+\.py$")
_COMPILERS = frozenset({"gcc", "g++", "clang", "clang++", "cc", "c++", "rustc", "javac", "gfortran"})
_VERSION_WORDS = frozenset({"--version", "-V", "--help", "-h", "--collect-only", "--list", "--listTests", "--co"})

_SELECTING_OPTIONS = re.compile(
    r"^(?:-run|--run|-k|-t|--testNamePattern|--grep|-g|--tests|--filter|-m|-p|--package|--lf|--last-failed|--test|-Dtest|--testPathPattern)(?:=|$)"
)
_TEST_FILE_WORD = re.compile(r"::|\.(?:py|go|rs|ts|tsx|js|jsx|mjs|rb|php|java|kt|cs|exs|bats)$")


def recognise(program: Program) -> tuple[CheckKind, str] | None:
    """The kind and the tool's name when the program is a check; None for everything else."""
    name, sub = program.name, program.subcommand
    if _VERSION_WORDS.intersection(program.words):
        return None
    if sub is not None:
        kind = _BY_SUBCOMMAND.get((name, sub))
        if kind is not None:
            return kind, f"{name} {sub}"
    if name == "ruff" and sub == "format" and "--check" in program.words:
        return "format", "ruff format"
    if name in _BY_NAME:
        return _BY_NAME[name], name
    if name in _FORMAT_CHECKS and any(w in ("--check", "-c", "-l", "--list-different", "--check-only") for w in program.words):
        return "format", name
    if name == "gofmt" and any(w.startswith("-l") for w in program.words):
        return "format", name
    if name == "cmake" and "--build" in program.words:
        return "build", "cmake --build"
    if name in _TASK_RUNNERS:
        return _task(program)
    if name in _COMPILERS and any(not w.startswith("-") for w in program.words):
        return "build", name
    return _script(program)


def is_check_tool(name: str) -> bool:
    """Whether the program is a checker whatever its words are."""
    return name in _BY_NAME


def _task(program: Program) -> tuple[CheckKind, str] | None:
    name, words = program.name, [program.subcommand or "", *program.words]
    if name in ("make", "gmake") and program.subcommand is None:
        return "build", name
    if name == "cargo":
        return None
    for word in words:
        if not word or word.startswith("-") or word in _TASK_RUN_WORDS:
            continue
        for pattern, kind in _TASK_KINDS:
            if pattern.search(word):
                return kind, f"{name} {word}"
        if name not in ("gradle", "gradlew", "make", "turbo", "nx"):
            return None
    return None


def _script(program: Program) -> tuple[CheckKind, str] | None:
    """A project's own test script, called directly or through an interpreter."""
    base = program.name.rpartition("/")[2]
    if _TEST_SCRIPT.match(base):
        return "test", base
    if program.name in ("bash", "sh", "python", "python3", "node") and program.words:
        base = program.words[0].rpartition("/")[2]
        if _TEST_SCRIPT.match(base):
            return "test", base
    return None


def is_narrow(tool: str, program: Program) -> bool:
    """Whether only a chosen part was checked: named tests, a file, one package."""
    words = program.words
    if any(_SELECTING_OPTIONS.match(w) for w in words):
        return True
    if any(_TEST_FILE_WORD.search(w) for w in words if not w.startswith("-")):
        return True
    if tool in ("go test", "go vet", "go build"):
        targets = [w for w in words if not w.startswith("-")]
        return not any("..." in w for w in targets)
    return False


def target(program: Program) -> str:
    """The normalised command: what tells a rerun of the same check from another check."""
    return " ".join(part for part in (program.name, program.subcommand, *program.words) if part)
