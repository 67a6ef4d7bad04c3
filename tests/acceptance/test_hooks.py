"""Agent to store in one go: the hook's command line, as it stands in the agent's settings, called as the agent calls it."""

import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import pytest

from hotwash.readers.detect import open_source, read_source
from tests.acceptance.conftest import ORG
from tests.acceptance.running import Server
from tests.acceptance.transcripts import STORY, bare_id, claude_code, session_uuid
from tests.acceptance.waiting import until

AT_ONCE_S = 5.0
"""Within which a hook returns even while other tests run; alone it takes half a second."""
TIMEOUT_S = 60

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def run(home: Path) -> Run:
    """`hotwash …` for a user whose home folder this is."""

    def command(*words: str | Path, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return _call([sys.executable, "-m", "hotwash.cli.main", *map(str, words)], home, stdin, environment)

    return command


@pytest.fixture
def token_file(server: Server, tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_text(server.token("org-member", ORG))
    file.chmod(0o600)
    return file


def transcript(home: Path, name: str, content: bytes | None = None) -> Path:
    """A session where Claude Code keeps them."""
    file = home / ".claude" / "projects" / "-home-dev-totals" / f"{session_uuid(name)}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content or claude_code(name))
    return file


def entered(home: Path) -> str:
    """The command that Claude Code would run at a session's end."""
    settings = json.loads((home / ".claude" / "settings.json").read_text())
    command = settings["hooks"]["SessionEnd"][0]["hooks"][0]["command"]
    assert isinstance(command, str)
    return command


def session_end(home: Path, file: Path) -> subprocess.CompletedProcess[str]:
    """Claude Code ends a session."""
    call = {"session_id": file.stem, "transcript_path": str(file), "cwd": str(home), "hook_event_name": "SessionEnd", "reason": "other"}
    started = time.monotonic()
    done = _call(["/bin/sh", "-c", entered(home)], home, json.dumps(call))
    assert time.monotonic() - started < AT_ONCE_S
    assert (done.returncode, done.stdout) == (0, "")
    return done


def _call(words: list[str], home: Path, stdin: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOTWASH_", "CLAUDE", "CODEX", "XDG_", "PYTHONDONT"))}
    env = {**kept, **(environment or {}), "HOME": str(home)}
    return subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S, env=env, cwd=home)


def analysis(http: httpx.Client, name: str) -> dict[str, object] | None:
    answer = http.get(f"/hotwash/v1/sessions/{bare_id(name)}/analysis")
    found: dict[str, object] = answer.json() if answer.status_code == 200 else {}
    return found if found.get("state") == "completed" and not found["is_stale"] else None


def test_a_session_that_ends_is_analysed_on_the_server(
    server: Server, member: httpx.Client, home: Path, run: Run, token_file: Path
) -> None:
    """Installed, called with a transcript, called again when it has grown; the key stands neither in the settings nor in the log."""
    installed = run("hook", "install", "claude-code", "--server", server.base_url, "--token-file", token_file, "--tag", "laptop")
    assert installed.returncode == 0, installed.stderr
    file = transcript(home, "hooked", claude_code("hooked", steps=STORY[:4]))
    session_end(home, file)
    first = until(lambda: analysis(member, "hooked"), "the first analysis")
    file.write_bytes(claude_code("hooked"))
    session_end(home, file)
    again = until(lambda: found if (found := analysis(member, "hooked")) and found != first else None, "the analysis of what grew")
    assert again["details"] != first["details"]
    session = member.get(f"/v3/organizations/{server.org_id(ORG)}/sessions/{bare_id('hooked')}").json()
    assert session["tags"] == ["laptop"]
    key = token_file.read_text()
    assert not [path for path in home.rglob("*") if path.is_file() and key in path.read_text(errors="replace")]


SHARED = Path(__file__).parents[2].parent / "shared" / "transcripts"
REAL = {
    "claude-code": ("claude-code/mockrun-claude-2.1.330/projects/*/7b6f45a8-*.jsonl", ".claude/projects/-p"),
    "codex": ("codex/mockrun-codex-0.169.0/sessions/2026/11/23/rollout-*-01a2099a-*.jsonl", ".codex/sessions/2026/11/23"),
    "gemini": ("gemini-cli/mockrun-gemini-0.61.0/tmp/proj/chats/session-*-61559333.jsonl", ".gemini/tmp/proj/chats"),
    "copilot": ("copilot-cli/mockrun-copilot-1.0.102/session-state/228f6057-*/events.jsonl", ".copilot/session-state/{session}"),
}
"""What each agent itself wrote in a run, and where it writes it."""


def agents_call(agent: str, home: Path, file: Path, session: str) -> tuple[list[str], str]:
    """The command line as the agent has it in its settings, and what it says on standard input; for Codex, as the last word."""
    if agent == "codex":
        notify = tomllib.loads((home / ".codex" / "config.toml").read_text())["notify"]
        return [*notify, json.dumps({"type": "agent-turn-complete", "thread-id": session, "cwd": str(home)})], ""
    if agent == "copilot":
        hooks = json.loads((home / ".copilot" / "hooks" / "hotwash.json").read_text())["hooks"]
        return ["/bin/sh", "-c", hooks["sessionEnd"][0]["bash"]], json.dumps({"sessionId": session, "cwd": "/", "reason": "complete"})
    folder = {"claude-code": ".claude", "gemini": ".gemini"}[agent]
    hooks = json.loads((home / folder / "settings.json").read_text())["hooks"]
    call = {"session_id": session, "transcript_path": str(file), "cwd": str(home), "hook_event_name": "SessionEnd", "reason": "exit"}
    return ["/bin/sh", "-c", hooks["SessionEnd"][0]["hooks"][0]["command"]], json.dumps(call)


@pytest.mark.skipif(not SHARED.is_dir(), reason="no folder of collected transcripts beside the repository")
@pytest.mark.parametrize("agent", REAL)
def test_what_an_agent_really_wrote_is_analysed_on_the_server(
    agent: str, server: Server, member: httpx.Client, home: Path, run: Run, token_file: Path
) -> None:
    """From the agent's own file, by the agent's own call, to the store of a server: all in one go."""
    pattern, place = REAL[agent]
    [real] = SHARED.glob(pattern)
    [read] = read_source(open_source(real))
    file = home / place.format(session=read.native_id) / real.name
    file.parent.mkdir(parents=True)
    file.write_bytes(real.read_bytes())
    assert run("hook", "install", agent, "--server", server.base_url, "--token-file", token_file).returncode == 0
    words, stdin = agents_call(agent, home, file, read.native_id)
    started = time.monotonic()
    done = _call(words, home, stdin)
    assert time.monotonic() - started < AT_ONCE_S
    assert (done.returncode, done.stdout) == (0, "")

    def analysed() -> dict[str, object] | None:
        answer = member.get(f"/hotwash/v1/sessions/{read.session_id}/analysis")
        return answer.json() if answer.status_code == 200 and answer.json()["state"] == "completed" else None

    assert until(analysed, "the analysed session")["engine"] == "rules"
    metrics = member.get(f"/hotwash/v1/sessions/{read.session_id}").json()["metrics"]
    assert (metrics["num_user_messages"], metrics["tool_calls"]) == (1, 3)


def test_a_server_that_is_away_costs_the_agent_nothing_and_gets_the_session_later(home: Path, run: Run, tmp_path: Path) -> None:
    """What could not be sent waits in the spool, without the key, and goes with the next push."""
    data, key = tmp_path / "client", tmp_path / "key"
    server = Server(tmp_path / "server")
    key.write_text(server.token("enterprise-admin"))
    key.chmod(0o600)
    server.stop()
    assert run("hook", "install", "claude-code", "--server", server.base_url, "--token-file", key, "--data", data).returncode == 0
    session_end(home, transcript(home, "waiting"))
    spool = data / "spool"
    until(lambda: list(spool.glob("*.json")) or None, "the spooled upload")
    assert not [path for path in spool.rglob("*") if path.is_file() and key.read_bytes() in path.read_bytes()]
    back = Server(tmp_path / "server", "--port", server.base_url.rpartition(":")[2])
    try:
        sent = run("push", "--server", server.base_url, "--token-file", key, "--data", data)
        assert (sent.returncode, "1 created" in sent.stdout) == (0, True), sent.stderr
        assert not list(spool.glob("*.body"))
        with httpx.Client(base_url=server.base_url, headers={"authorization": f"Bearer {key.read_text()}"}) as http:
            assert until(lambda: analysis(http, "waiting"), "its analysis")
    finally:
        back.stop()


def test_a_data_folder_that_the_environment_names_is_kept_in_the_hook(home: Path, run: Run, tmp_path: Path) -> None:
    """The agent may be started where the variable is not set; its sessions still go where the installation said."""
    installed = run("hook", "install", "claude-code", HOTWASH_DATA_DIR=str(tmp_path / "elsewhere"))
    assert f"the store in {tmp_path / 'elsewhere'}" in installed.stdout
    assert f"--data {tmp_path / 'elsewhere'}" in entered(home)


def test_without_a_server_the_local_store_gets_the_analysed_session(home: Path, run: Run, tmp_path: Path) -> None:
    data = tmp_path / "local"
    assert run("hook", "install", "claude-code", "--data", data).returncode == 0
    session_end(home, transcript(home, "local"))

    def analysed() -> dict[str, object] | None:
        listed = run("sessions", "--data", data, "--json")
        found = [record for record in json.loads(listed.stdout or "[]") if record["analysis_state"] == "completed"]
        return found[0] if found else None

    assert until(analysed, "the analysed session")["session_id"] == bare_id("local")


def test_a_hook_that_is_called_wrongly_still_succeeds(home: Path, run: Run, tmp_path: Path) -> None:
    """Exit code 2 would make Claude Code go on instead of stopping."""
    for words in (["no-such-agent"], ["claude-code", "--server"], ["claude-code", "--no-such-option"], []):
        done = run("hook", "run", *words, *(["--data", str(tmp_path / "data")] if words == ["no-such-agent"] else []), stdin="not JSON")
        assert (done.returncode, done.stdout) == (0, "")
        assert "Traceback" not in done.stderr


def test_installing_refuses_a_key_that_others_may_read_and_an_agent_nobody_knows(home: Path, run: Run, token_file: Path) -> None:
    token_file.chmod(0o644)
    readable = run("hook", "install", "claude-code", "--server", "https://hotwash.example.com", "--token-file", token_file)
    assert (readable.returncode, readable.stderr.count("\n")) == (1, 1)
    assert "chmod 600" in readable.stderr
    assert run("hook", "install", "notepad").returncode == 2
    assert not (home / ".claude").exists()


def test_what_codex_called_before_is_still_called(home: Path, run: Run, tmp_path: Path) -> None:
    """Codex knows one program to notify: ours calls the other, with the same details."""
    config = home / ".codex" / "config.toml"
    config.parent.mkdir()
    heard = tmp_path / "heard"
    before = f'model = "gpt-5"\nnotify = ["/bin/sh", "-c", "printf %s \\"$0\\" > {heard}"]  # mine\n\n[tui]\nnotifications = true\n'
    config.write_text(before)
    assert run("hook", "install", "codex", "--data", tmp_path / "data").returncode == 0
    call = json.dumps({"type": "agent-turn-complete", "thread-id": session_uuid("codex"), "cwd": "/"})
    done = _call([*tomllib.loads(config.read_text())["notify"], call], home, "")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert until(lambda: heard.read_text() if heard.exists() and heard.stat().st_size else None, "the other program") == call
    assert run("hook", "uninstall", "codex").returncode == 0
    assert config.read_text() == before
