"""`hotwash analyze` and `inspect` as a user runs them: separate processes, real files, exit codes."""

import json
import os
import re
from importlib.resources import files
from pathlib import Path

import pytest

from bench.generate import claude_session
from tests.acceptance.command import hotwash

DETAIL_KEYS = {
    "outcome", "category", "languages", "tools", "issues", "user_turns", "late_facts", "phases", "action_items", "instructions_used",
}  # fmt: skip
INSPECT_KEYS = {
    "file", "format", "agent", "native_id", "session_id", "user_messages", "agent_messages", "tool_calls", "failed_tool_calls", "input_tokens",
    "cache_read_tokens", "cache_write_tokens", "output_tokens", "cost_usd", "started_at", "ended_at", "models", "parent_native_id",
    "usage_partial", "warnings",
}  # fmt: skip


@pytest.fixture(scope="module")
def session_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("transcripts") / "good.jsonl"
    path.write_bytes(claude_session(1, 30_000))
    return path


def test_one_file_gives_one_object_with_the_documented_keys(session_file: Path) -> None:
    """The shape that scripts rely on."""
    done = hotwash("analyze", session_file, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert set(found) == {"file", "session", "analysis", "details", "engine", "version", "coverage", "warnings"}
    assert found["file"] == str(session_file)
    assert set(found["details"]) == DETAIL_KEYS
    assert "analysis" not in found["session"]
    for issue in found["details"]["issues"]:
        assert {"id", "evidence", "cost", "fingerprint", "source"} <= set(issue)


def test_several_files_give_an_array_in_the_order_given(session_file: Path, tmp_path: Path) -> None:
    """Also where one of them is named twice."""
    other = tmp_path / "other.jsonl"
    other.write_bytes(claude_session(2, 20_000))
    found = json.loads(hotwash("analyze", other, session_file, "--json").stdout)
    assert [item["file"] for item in found] == [str(other), str(session_file)]


def test_the_report_names_outcome_issue_record_and_quote(session_file: Path) -> None:
    """What a person reads first."""
    report = hotwash("analyze", session_file)
    assert report.returncode == 0
    assert "user message" in report.stdout
    assert "Timeline" in report.stdout
    assert "\x1b" not in report.stdout


def test_explain_tells_which_facts_led_to_each_issue() -> None:
    """In the report, in Markdown and in JSON; and nothing of it without being asked."""
    troubled = Path(str(files("hotwash.demo") / "sessions/claude-code/linter-missing.jsonl"))
    report = hotwash("analyze", troubled, "--explain").stdout
    assert re.search(r"found by environment/\d+, cause: command not found golangci-lint", report)
    assert "command of golangci-lint run: failed (exit code 127)" in report
    assert "found by environment/" in hotwash("analyze", troubled, "--explain", "--markdown").stdout
    found = json.loads(hotwash("analyze", troubled, "--explain", "--json").stdout)
    assert [e["issue_id"] for e in found["explanations"]] == [issue["id"] for issue in found["details"]["issues"]]
    assert "found by" not in hotwash("analyze", troubled).stdout


def test_markdown_is_markdown(session_file: Path) -> None:
    """Headings, and no HTML from a transcript."""
    assert hotwash("analyze", session_file, "--markdown").stdout.startswith("# ")


def test_inspect_counts_and_leaves_unknown_null(session_file: Path) -> None:
    """Cost is not in this format: null, not 0."""
    found = json.loads(hotwash("inspect", session_file, "--json").stdout)
    assert set(found[0]) == INSPECT_KEYS
    assert found[0]["tool_calls"] >= 3
    assert found[0]["cost_usd"] is None


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


def _truncated(path: Path) -> None:
    path.write_text('{"schema_version": "ATIF-v1.5", "agent": {"name": "x"}, "steps": [{"step_id": 1, "sou')


def _gigantic_line(path: Path) -> None:
    path.write_bytes(b'{"type":"user","text":"' + b"x" * 50_000_000)


def _unknown(path: Path) -> None:
    path.write_text('{"hello": "world"}\n{"hello": "again"}\n')


def _missing(path: Path) -> None:
    """Vanished before it could be opened."""


@pytest.mark.parametrize("make", [_empty, _binary, _truncated, _gigantic_line, _unknown, _missing])
@pytest.mark.parametrize("command", ["analyze", "inspect"])
def test_a_bad_file_is_one_line_and_the_others_are_done(make, command: str, session_file: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # one of the makers above
    """The line names the file; the exit code is 1; nothing else is lost; no traceback."""
    bad = tmp_path / "bad.jsonl"
    make(bad)
    done = hotwash(command, bad, session_file, "--json")
    assert done.returncode == 1
    assert [item["file"] for item in json.loads(done.stdout)] == [str(session_file)]
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(bad) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_transcripts_is_one_line(tmp_path: Path) -> None:
    """It says what to name instead."""
    done = hotwash("analyze", tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert str(tmp_path) in done.stderr


@pytest.mark.parametrize(
    "words", [("analyze",), ("analyze", "x.jsonl", "--json", "--markdown"), ("no-such-command",), ("analyze", "x", "--engine", "magic")]
)
def test_wrong_usage_is_exit_code_2(words: tuple[str, ...]) -> None:
    """And never a traceback."""
    done = hotwash(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_terminal_escapes_of_a_transcript_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """A transcript can hold anything, also what would repaint the screen."""
    record = {
        "type": "user", "uuid": "u1", "sessionId": "11111111-2222-4333-8444-555555555555", "timestamp": "2026-03-01T10:00:00Z", "version": "2.1.214",
        "message": {"role": "user", "content": "Fix \x1b]0;owned\x07\x1b[2Jthe parser\u202e"},
    }  # fmt: skip
    path = tmp_path / "escapes.jsonl"
    path.write_text(json.dumps(record) + "\n")
    done = hotwash("analyze", path)
    assert done.returncode == 0
    assert "the parser" in done.stdout
    assert not set("\x1b\x07\u202e") & set(done.stdout)


@pytest.mark.parametrize(
    "words", [("analyze",), ("analyze", "--json"), ("analyze", "--markdown"), ("inspect",), ("inspect", "--json")], ids=" ".join
)
@pytest.mark.parametrize("content", [None, b"no transcript"], ids=["session", "other"])
def test_names_of_files_neither_break_nor_steer_the_terminal(
    words: tuple[str, ...], content: bytes | None, session_file: Path, tmp_path: Path
) -> None:
    """They may hold escapes, and bytes that are no text."""
    try:
        named = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff\x1b[31m\x1b]0;b\x07.jsonl"))
        named.write_bytes(session_file.read_bytes() if content is None else content)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    done = hotwash(*words, named)
    assert done.returncode == (0 if content is None else 1)
    assert "Traceback" not in done.stderr
    assert not {"\x1b", "\x07"} & {*done.stdout, *done.stderr}


def test_errors_that_end_a_command_do_not_steer_the_terminal(tmp_path: Path) -> None:
    labels = tmp_path / "a\x1b[31m\x07.jsonl"
    labels.write_text("{}\n")
    done = hotwash("evaluate", labels, "--transcripts", tmp_path)
    assert done.returncode == 1
    assert "the label names no session" in done.stderr
    assert not {"\x1b", "\x07"} & {*done.stderr}
