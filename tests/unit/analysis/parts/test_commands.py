"""Commands as one would write them into a prompt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotwash.analysis.facts.shell import parse_command
from hotwash.analysis.parts.commands import is_destructive, only_looks, plain_command, simple_commands


@pytest.mark.parametrize(
    ("line", "simple"),
    [
        ("cd app && pnpm tsc --noEmit && pnpm vitest run 2>&1 | tail -5", ("cd app", "pnpm tsc --noEmit", "pnpm vitest run")),
        ("timeout 60 go test ./... > out.txt 2>&1; echo done", ("go test ./...", "echo done")),
        ("git ls-files -z | xargs -0 biome check", ("git ls-files -z",)),
        ('git commit -m "a && b; c" && git push', ('git commit -m "a && b; c"', "git push")),
        ("pytest $(git diff --name-only)", ()),
        ("python - <<'EOF'\nprint(1)\nEOF", ("print(1)",)),
        ("go build -o /tmp/x ./...", ()),
    ],
)
def test_a_line_falls_into_its_plain_commands(line: str, simple: tuple[str, ...]) -> None:
    assert [s for s in simple_commands(line) if "(" not in s and s != "EOF"] == [s for s in simple if "(" not in s]


def test_the_plain_command_of_a_line_is_no_plumbing() -> None:
    assert plain_command("cd app && ls && npm ci 2>&1 | tail -3") == "npm ci"


@given(st.text(alphabet="ab |&;><'\"\\\n$(`", max_size=60))
def test_a_plain_command_stands_in_the_line(line: str) -> None:
    assert all(simple in line for simple in simple_commands(line))


@pytest.mark.parametrize(
    "line",
    [
        "git push --force origin main",
        "git push --force-with-lease",
        "git push origin +main",
        "git push origin :old",
        "git reset --hard HEAD~1",
        "git checkout -- src",
        "git stash",
        "git commit --amend",
        "git branch -D old",
        "rm -rf build",
        "kubectl delete pod x",
        "npm uninstall x",
    ],
)
def test_what_destroys_or_rewrites_is_known(line: str) -> None:
    assert any(map(is_destructive, parse_command(line).programs))


@pytest.mark.parametrize("line", ["git push", "git checkout main", "npm ci", "go test ./...", "pnpm install"])
def test_everyday_work_is_not_destructive(line: str) -> None:
    assert not any(map(is_destructive, parse_command(line).programs))


@pytest.mark.parametrize(
    ("line", "looks"), [("git status && ls", True), ("gh pr view 3", True), ("npm --version", True), ("npm ci", False)]
)
def test_what_only_inspects_is_known(line: str, looks: bool) -> None:
    assert only_looks(parse_command(line).programs, line) is looks
