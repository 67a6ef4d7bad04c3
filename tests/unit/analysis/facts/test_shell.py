"""Command lines taken apart."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotwash.analysis.facts.shell import parse_command


def names(command: str) -> list[str]:
    return [" ".join(filter(None, (p.name, p.subcommand))) for p in parse_command(command).programs]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("git push --force", ["git push"]),
        ("cd web && npm run test:unit; ls | head -3", ["cd", "npm run", "ls", "head"]),
        ("FOO=1 BAR='a b' make check", ["make check"]),
        ("sudo -u app env X=1 timeout -k 5 30s ./bin/server --port 1", ["server"]),
        ("git -C ../other -c user.name=x commit -m 'a && b'", ["git commit"]),
        ('bash -lc "cd x && pytest -q"', ["cd", "pytest"]),
        ("uv run --with hypothesis pytest tests", ["pytest"]),
        ("python3 -m pytest -k fast", ["pytest"]),
        ("npx --package x eslint .", ["eslint"]),
        ("for f in *.py; do wc -l $f; done", ["wc"]),
        ("if ! grep -q x f; then echo no; fi", ["grep", "echo"]),
        ("x=$(git rev-parse HEAD) && echo $x", ["git rev-parse", "echo"]),
        ("echo '# not a comment' # a comment && rm -rf /", ["echo"]),
        ("go test ./... 2>&1 > out.txt | tail -5", ["go test", "tail"]),
        ("find . -name '*.go' | xargs -n 1 gofmt -l", ["find", "gofmt"]),
        ("", []),
        ("# only a comment", []),
    ],
)
def test_programs_are_found_behind_lists_pipes_and_wrappers(command: str, expected: list[str]) -> None:
    assert names(command) == expected


def test_a_heredoc_body_is_data_and_the_command_goes_on_after_it() -> None:
    command = "cat > a.sh <<'EOF'\nrm -rf /\ngit push --force\nEOF\nchmod +x a.sh"
    assert names(command) == ["cat", "chmod"]


def test_an_unclosed_heredoc_swallows_the_rest() -> None:
    assert names("cat <<EOF\ngit push") == ["cat"]


def test_words_are_unquoted() -> None:
    (program,) = parse_command("""grep -e 'a b' "c\\"d" e\\ f""").programs
    assert program.words == ("-e", "a b", 'c"d', "e f")


@pytest.mark.parametrize(
    ("command", "hidden"),
    [
        ("pytest", [False]),
        ("cd a && pytest", [False, False]),
        ("pytest; echo done", [True, False]),
        ("pytest || true", [True, False]),
        ("pytest | tail", [True, False]),
        ("set -e; pytest; echo done", [False, False, False]),
    ],
)
def test_a_program_is_hidden_where_its_failure_leaves_the_exit_code_at_zero(command: str, hidden: list[bool]) -> None:
    assert [p.hidden for p in parse_command(command).programs] == hidden


def test_a_line_that_ends_in_a_pipe_says_so_unless_pipefail_is_set() -> None:
    assert parse_command("pytest | tail -3").piped
    assert not parse_command("set -o pipefail; pytest | tail -3").piped
    assert not parse_command("ls | head; pytest").piped


@given(st.text(alphabet=" \n'\"\\$`()<>|&;#-=ab{}", max_size=200))
def test_nothing_makes_it_raise(command: str) -> None:
    parse_command(command)


@pytest.mark.parametrize("part", ["'", '"', "\\", "$(", "`", "<<E\n", "a|", "((", "a=b ", '"\\', "#", "bash -c 'x' ", "sudo ", "uv run "])
def test_a_hostile_megabyte_is_read_in_no_time(part: str) -> None:
    started = time.process_time()
    parse_command(part * (1_000_000 // len(part)))
    assert time.process_time() - started < 1
