"""`hotwash analyze --engine judge` as a user runs it: with a program, without a model, for a look at what would be asked."""

import json
import os
import shlex
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from hotwash.judging.estimating import tokens_of
from tests.acceptance import models
from tests.acceptance.command import hotwash
from tests.acceptance.transcripts import claude_code
from tests.acceptance.waiting import until
from tests.integration.judging.servers import KEY, says, serving
from tests.unit.analysis.judge.replying import debrief


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    path = tmp_path / "session.jsonl"
    path.write_bytes(claude_code("judged"))
    return path


def test_a_program_judges_and_is_asked_once(transcript: Path, tmp_path: Path) -> None:
    model = models.finding_nothing(tmp_path)
    words = ("analyze", transcript, "--engine", "judge", "--data", tmp_path / "data")
    first = hotwash(*words, HOTWASH_ANALYSIS_MODEL=model)
    assert first.returncode == 0, first.stderr
    assert "judged by command:" in first.stdout
    again = hotwash(*words, "--json", HOTWASH_ANALYSIS_MODEL=model)
    assert json.loads(again.stdout)["judge"]["from_cache"] == 1
    assert models.times_asked(tmp_path) == 1
    assert hotwash(*words, "--no-cache", HOTWASH_ANALYSIS_MODEL=model).returncode == 0
    assert models.times_asked(tmp_path) == 2


def test_sessions_in_an_archive_are_judged_like_files(transcript: Path, tmp_path: Path) -> None:
    packed = tmp_path / "sessions.tar"
    with tarfile.open(packed, "w") as archive:
        archive.add(transcript, "session.jsonl")
    model = models.finding_nothing(tmp_path)
    words = ("analyze", packed, "--engine", "judge", "--json", "--data", tmp_path / "data")
    assert json.loads(hotwash(*words, HOTWASH_ANALYSIS_MODEL=model).stdout)["engine"] == "judge"
    assert json.loads(hotwash(*words, "--dry-run", HOTWASH_ANALYSIS_MODEL=model).stdout)["requests"]


def test_a_model_that_fails_leaves_the_rules_analysis_and_says_why(transcript: Path, tmp_path: Path) -> None:
    done = hotwash(
        "analyze", transcript, "--engine", "judge", "--json", "--data", tmp_path / "data", HOTWASH_ANALYSIS_MODEL=models.failing(tmp_path)
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["engine"] == "rules"
    assert "exit code 1: not logged in" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without telling it")
@pytest.mark.parametrize("told", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_command_that_is_stopped_takes_its_program_with_it(transcript: Path, tmp_path: Path, told: str) -> None:
    """Whoever stops it, a program that judges must not go on and spend."""
    pid = tmp_path / "pid"
    code = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid()) + '.'); time.sleep(60)"
    model = f"command:{shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    line = [sys.executable, "-m", "hotwash.cli.main", "analyze", str(transcript), "--engine", "judge", "--data", str(tmp_path / "data")]
    asking = subprocess.Popen(line, env=os.environ | {"HOTWASH_ANALYSIS_MODEL": model}, stderr=subprocess.PIPE, start_new_session=True)
    number = until(lambda: int(pid.read_text()[:-1]) if pid.exists() and pid.read_text().endswith(".") else None, "the program runs")
    asking.send_signal(getattr(signal, told))
    _, complained = asking.communicate(timeout=30)
    assert asking.returncode == 128 + getattr(signal, told)
    assert b"Traceback" not in complained
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_a_dry_run_shows_the_requests_and_needs_no_key(transcript: Path, tmp_path: Path) -> None:
    words = ("analyze", transcript, "--engine", "judge", "--dry-run")
    (planned,) = [json.loads(hotwash(*words, "--json", HOTWASH_ANALYSIS_MODEL="anthropic:claude-sonnet-5-5").stdout)]
    (request,), (estimate,) = planned["requests"], planned["estimates"]
    assert "golangci-lint" in request["prompt"]
    assert request["schema"]["required"]
    assert estimate["input_tokens"] >= tokens_of(request["prompt"])
    assert planned["both_passes"]["usd"] > estimate["usd"] > 0
    text = hotwash(*words, HOTWASH_ANALYSIS_MODEL="anthropic:claude-sonnet-5-5").stdout
    assert request["prompt"] in text
    assert request["system"] in text


def test_the_exact_requests_of_a_dry_run_are_those_a_program_gets(transcript: Path, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    listening = tmp_path / "listen.py"
    listening.write_text(f"import sys; open({str(heard)!r}, 'w').write(sys.stdin.read())")
    model = f"command:{shlex.quote(sys.executable)} {shlex.quote(str(listening))}"
    hotwash("analyze", transcript, "--engine", "judge", "--data", tmp_path / "data", HOTWASH_ANALYSIS_MODEL=model)
    planned = json.loads(hotwash("analyze", transcript, "--engine", "judge", "--dry-run", "--json", HOTWASH_ANALYSIS_MODEL=model).stdout)
    assert planned["requests"][0]["prompt"] in heard.read_text()


@pytest.mark.parametrize(
    ("settings", "words", "reason"),
    [
        ({}, ("--engine", "judge"), "needs a model; set HOTWASH_ANALYSIS_MODEL"),
        ({"HOTWASH_ANALYSIS_MODEL": "command:true", "HOTWASH_CONTENT": "metrics"}, ("--engine", "judge"), "no model is asked"),
        ({}, ("--engine", "oracle"), "there is no such engine; write rules or judge"),
        ({}, ("--dry-run",), "--engine judge"),
    ],
)
def test_senseless_calls_are_refused_with_exit_code_2(
    transcript: Path, settings: dict[str, str], words: tuple[str, ...], reason: str
) -> None:
    done = hotwash("analyze", transcript, *words, **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr


def test_what_is_stored_is_judged_where_a_model_is_set(transcript: Path, tmp_path: Path) -> None:
    """`--engine rules` keeps to the rules."""
    data, model = tmp_path / "data", models.finding_nothing(tmp_path)
    assert hotwash("import", transcript, "--data", data).returncode == 0
    assert hotwash("generate", "--stale", "--engine", "rules", "--data", data, HOTWASH_ANALYSIS_MODEL=model).returncode == 0
    assert models.times_asked(tmp_path) == 0
    done = hotwash("generate", "--stale", "--data", data, HOTWASH_ANALYSIS_MODEL=model)
    assert "1 session analysed" in done.stderr
    assert models.times_asked(tmp_path) == 1
    assert "0 sessions analysed" in hotwash("generate", "--stale", "--data", data, HOTWASH_ANALYSIS_MODEL=model).stderr


def test_the_judge_is_measured_like_the_rules_and_they_do_not_stand_in_for_it(transcript: Path, tmp_path: Path) -> None:
    """A figure of the rules under the judge's name would be a lie."""
    labels = tmp_path / "labels"
    labels.write_text(json.dumps({"file": transcript.name, "outcome": "partly", "issues": []}) + "\n")
    words = ("evaluate", labels, "--transcripts", tmp_path, "--engine", "judge", "--json", "--data", tmp_path / "data")
    done = hotwash(*words, HOTWASH_ANALYSIS_MODEL=models.finding_nothing(tmp_path))
    found = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert (found["engine"], found["sessions"]) == ("judge", 1)
    assert "command:" in found["version"]
    assert next(f["hits"] for f in found["figures"] if f["name"] == "outcome") == 1
    failed = hotwash(*words, HOTWASH_ANALYSIS_MODEL=models.failing(tmp_path))
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["sessions"] == 0
    assert "not logged in" in failed.stderr


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        ({}, 0, "ok    model: none set"),
        ({"HOTWASH_ANALYSIS_MODEL": "command:sh -c true"}, 0, "ok    model: command:sh -c true"),
        ({"HOTWASH_ANALYSIS_MODEL": "command:no-such-agent"}, 1, "FAIL  model: there is no program `no-such-agent`"),
        ({"HOTWASH_ANALYSIS_MODEL": "openai:gpt-5.5", "OPENAI_API_KEY": ""}, 1, "FAIL  model: openai:gpt-5.5 needs a key"),
        ({"HOTWASH_ANALYSIS_MODEL": "oracle"}, 1, "FAIL  model: HOTWASH_ANALYSIS_MODEL names no model"),
    ],
)
def test_the_doctor_says_whether_the_model_can_be_asked(tmp_path: Path, settings: dict[str, str], code: int, said: str) -> None:
    done = hotwash("doctor", "--data", tmp_path / "data", **settings)
    assert done.returncode == code
    assert said in done.stdout


def test_a_data_folder_that_cannot_be_is_told_before_anybody_is_asked(transcript: Path, tmp_path: Path) -> None:
    model = models.finding_nothing(tmp_path)
    done = hotwash("analyze", transcript, "--engine", "judge", "--data", transcript, HOTWASH_ANALYSIS_MODEL=model)
    assert done.returncode == 1
    assert "name another folder with --data" in done.stderr
    assert "Traceback" not in done.stderr
    assert models.times_asked(tmp_path) == 0


@pytest.mark.parametrize(("provider", "name"), [("openai", "qwen3:32b"), ("anthropic", "claude-sonnet-5-5")])
def test_a_server_of_ones_own_judges_and_gets_no_key_that_is_not_meant_for_it(
    transcript: Path, tmp_path: Path, provider: str, name: str
) -> None:
    """As with Ollama or a proxy, while the provider's own key stands in the environment."""
    words = ("analyze", transcript, "--engine", "judge", "--json", "--data", tmp_path / "data")
    elsewhere = {
        "OPENAI_API_KEY": "sk-of-the-provider",
        "ANTHROPIC_API_KEY": "sk-of-the-provider",
        "ANTHROPIC_AUTH_TOKEN": "of-the-provider",
    }
    with serving(lambda *_: says(debrief())) as server:
        settings = {"HOTWASH_ANALYSIS_MODEL": f"{provider}:{name}", "HOTWASH_ANALYSIS_BASE_URL": server.base_url(provider), **elsewhere}
        first = hotwash(*words, **settings)
        given = hotwash(*words, "--no-cache", **settings, HOTWASH_ANALYSIS_API_KEY=KEY)
    assert (first.returncode, given.returncode) == (0, 0), first.stderr + given.stderr
    found = json.loads(first.stdout)
    assert (found["engine"], found["judge"]["model"], found["judge"]["input_tokens"]) == ("judge", f"{provider}:{name}", 1000)
    assert found["judge"]["usd"] is None
    assert [asked.key for asked in server.asked] == ["none", KEY]
    assert not [asked for asked in server.asked if "of-the-provider" in json.dumps(asked.headers)]
