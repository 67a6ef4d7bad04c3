"""`hotwash judge` as a user runs it: requests out, answers in, both passes, for every provider, with no network and no store."""

import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.acceptance.command import hotwash
from tests.acceptance.transcripts import claude_code
from tests.unit.analysis.judge.replying import debrief, issue, verdict, verdicts

MISSING_TOOL = "bash: golangci-lint: command not found"
CUSTOM_ID_CHARS = 64


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    path = tmp_path / "session.jsonl"
    path.write_bytes(claude_code("judge"))
    return path


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _answer(path: Path, answers: Mapping[str, str]) -> Path:
    path.write_text("".join(json.dumps({"id": i, "answer": answer}) + "\n" for i, answer in answers.items()))
    return path


def _found(transcript: Path) -> str:
    """A first answer that names the missing tool, at its true place, and one issue that is not there."""
    record = next(n for n, line in enumerate(transcript.read_text().splitlines(), start=1) if MISSING_TOOL in line)
    real = issue({"first": record, "last": record, "quote": MISSING_TOOL}, kind="environment", what="The linter is missing.")
    petty = issue({"first": record + 2, "last": record + 2, "quote": "Exit code 1"}, kind="tool_use", what="A lookup failed.")
    lie = issue({"first": 1, "last": 1, "quote": "rm -rf / was run by the agent"}, kind="unsafe_action", what="It deleted all.")
    return debrief(real, petty, lie)


def test_both_passes_end_as_an_analysis_like_that_of_analyze(transcript: Path, tmp_path: Path) -> None:
    """Export, answer, export again with the answers, answer, import: what was refuted is gone, what was made up never came."""
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert hotwash("judge", "export", transcript, "--to", first).returncode == 0
    (asked,) = _lines(first)
    assert set(asked) == {"id", "prompt"}
    found = _answer(tmp_path / "found.jsonl", {str(asked["id"]): _found(transcript)})
    done = hotwash("judge", "export", transcript, "--to", second, "--answers", found)
    assert done.returncode == 0, done.stderr
    (again,) = _lines(second)
    assert "The linter is missing." in str(again["prompt"])
    assert "It deleted all." not in str(again["prompt"])
    refuted = _answer(
        tmp_path / "refuted.jsonl",
        {str(again["id"]): verdicts(verdict(1, stands=True, kind="environment"), verdict(2, stands=False))},
    )

    done = hotwash("judge", "import", found, refuted, "--model", "test-model")
    judged, by_rules = json.loads(done.stdout), json.loads(hotwash("analyze", transcript, "--json").stdout)
    assert done.returncode == 0, done.stderr
    assert set(judged) == {*by_rules, "judge"}
    assert judged["file"] == str(transcript)
    assert judged["engine"] == "judge"
    assert [i["what"] for i in judged["details"]["issues"]] == ["The linter is missing."]
    assert [i["issue"] for i in judged["analysis"]["issues"]] == ["The linter is missing."]
    assert judged["details"]["issues"][0]["source"] == "test-model"
    assert (judged["judge"]["requests"], judged["judge"]["proposed"], judged["judge"]["refuted"]) == (2, 2, 1)
    assert judged["session"] == by_rules["session"] | {"category": judged["details"]["category"]}


def test_providers_get_their_own_files_and_their_answers_are_read(transcript: Path, tmp_path: Path) -> None:
    """The answer may come in the provider's wrapping: as a message (OpenAI) or as the input of a tool (Anthropic)."""
    for provider in ("openai", "anthropic"):
        requests = tmp_path / f"{provider}.jsonl"
        assert hotwash("judge", "export", transcript, "--to", requests, "--provider", provider, "--model", "some-model").returncode == 0
        (line,) = _lines(requests)
        asked = line["body"] if provider == "openai" else line["params"]
        assert isinstance(asked, dict)
        assert asked["model"] == "some-model"
        assert len(str(line["custom_id"])) <= CUSTOM_ID_CHARS
        answer = _found(transcript)
        wrapped: dict[str, object] = (
            {"response": {"status_code": 200, "body": {"choices": [{"message": {"content": answer}}], "usage": {"prompt_tokens": 7}}}}
            if provider == "openai"
            else {
                "result": {
                    "type": "succeeded",
                    "message": {"content": [{"type": "tool_use", "input": json.loads(answer)}], "usage": {"input_tokens": 7}},
                }
            }
        )
        results = tmp_path / f"{provider}-results.jsonl"
        results.write_text(json.dumps({"custom_id": line["custom_id"], **wrapped}) + "\n")
        done = hotwash("judge", "import", results)
        judged = json.loads(done.stdout)
        assert [i["kind"] for i in judged["details"]["issues"]] == ["environment", "tool_use"]
        assert (judged["judge"]["unanswered"], judged["judge"]["input_tokens"]) == (1, 7)


def test_several_sessions_give_an_array_and_a_folder_is_taken_whole(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_bytes(claude_code(name, prompt=f"Lint {name}."))
    requests = tmp_path / "out" / "requests.jsonl"
    requests.parent.mkdir()
    assert hotwash("judge", "export", tmp_path, "--to", requests).returncode == 0
    answers = _answer(tmp_path / "out" / "answers.jsonl", {str(line["id"]): debrief() for line in _lines(requests)})
    judged = json.loads(hotwash("judge", "import", answers).stdout)
    assert [Path(one["file"]).name for one in judged] == ["one.jsonl", "two.jsonl"]


def test_a_copy_of_a_session_asks_nothing_twice_and_gets_its_answer_too(transcript: Path, tmp_path: Path) -> None:
    """Providers refuse a batch in which an id comes twice."""
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(transcript.read_bytes())
    requests = tmp_path / "requests.jsonl"
    hotwash("judge", "export", transcript, copy, "--to", requests)
    (asked,) = _lines(requests)
    answers = _answer(tmp_path / "answers.jsonl", {str(asked["id"]): debrief()})
    judged = json.loads(hotwash("judge", "import", answers).stdout)
    assert [one["file"] for one in judged] == [str(transcript), str(copy)]


def test_sessions_in_an_archive_are_exported_and_judged(transcript: Path, tmp_path: Path) -> None:
    packed = tmp_path / "sessions.tar"
    with tarfile.open(packed, "w") as archive:
        archive.add(transcript, "session.jsonl")
    requests = tmp_path / "requests.jsonl"
    hotwash("judge", "export", packed, "--to", requests)
    (asked,) = _lines(requests)
    answers = _answer(tmp_path / "answers.jsonl", {str(asked["id"]): debrief()})
    judged = json.loads(hotwash("judge", "import", answers).stdout)
    assert (judged["file"], judged["engine"]) == (str(packed), "judge")


def test_what_was_left_out_and_what_was_not_told_is_counted(transcript: Path, tmp_path: Path) -> None:
    """A lie costs an issue and shows as such; an answer of a plain file has no token count, so that its length is taken."""
    requests = tmp_path / "requests.jsonl"
    hotwash("judge", "export", transcript, "--to", requests)
    (asked,) = _lines(requests)
    answers = _answer(tmp_path / "answers.jsonl", {str(asked["id"]): _found(transcript)})
    run = json.loads(hotwash("judge", "import", answers).stdout)["judge"]
    assert (run["unverified_issues"], run["unverified_quotes"]) == (1, 1)
    assert run["tokens_estimated"]
    assert run["input_tokens"] > run["output_tokens"] > 0


def test_where_sessions_may_not_be_read_no_request_is_written(transcript: Path, tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    done = hotwash("judge", "export", transcript, "--to", requests, HOTWASH_CONTENT="metrics")
    assert done.returncode == 2
    assert "HOTWASH_CONTENT=metrics" in done.stderr
    assert not requests.exists()


def test_answers_that_cannot_be_used_are_named_and_the_others_stand(transcript: Path, tmp_path: Path) -> None:
    """A refusal, a line that is no JSON, an answer to a question nobody asked."""
    other = tmp_path / "other.jsonl"
    other.write_bytes(claude_code("other", prompt="Lint the other package."))
    requests = tmp_path / "requests.jsonl"
    hotwash("judge", "export", transcript, other, "--to", requests)
    good, refused = (str(line["id"]) for line in _lines(requests))
    answers = _answer(tmp_path / "answers.jsonl", {good: debrief(), refused: "I would rather not.", "0-find-1-of-1": debrief()})
    answers.write_text(answers.read_text() + "not json\n")
    done = hotwash("judge", "import", answers, "--transcripts", transcript, "--transcripts", other)
    assert done.returncode == 1
    assert json.loads(done.stdout)["file"] == str(transcript)
    assert "Traceback" not in done.stderr
    for part in ("line 4: is not JSON", "other.jsonl: no usable answer", "0-find-1-of-1: no session here asked this"):
        assert part in done.stderr


def test_a_session_that_changed_since_the_export_is_not_judged_by_old_answers(transcript: Path, tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    hotwash("judge", "export", transcript, "--to", requests)
    (asked,) = _lines(requests)
    transcript.write_bytes(claude_code("judge", prompt="Something else was asked."))
    answers = _answer(tmp_path / "answers.jsonl", {str(asked["id"]): debrief()})
    done = hotwash("judge", "import", answers)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no session here asked this" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("export", "gone.jsonl", "--to", "x.jsonl"),
        ("export", "SESSION", "--to", "/nowhere/x.jsonl"),
        ("export", "SESSION", "--to", "x.jsonl", "--provider", "acme"),
        ("export", "SESSION", "--to", "x.jsonl", "--answers", "gone.jsonl"),
        ("import", "gone.jsonl"),
        ("import", "SESSION"),
    ],
)
def test_what_cannot_be_done_is_one_line(words: tuple[str, ...], transcript: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = hotwash("judge", *(str(transcript) if word == "SESSION" else word for word in words))
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1]
