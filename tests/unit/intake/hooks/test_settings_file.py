"""A hook goes into an agent's settings and comes out again, and the file is as it was."""

import json
import os
from pathlib import Path

import pytest

from hotwash.intake.hooks import settings_file
from hotwash.intake.hooks.agents import HOOK_AGENTS, HookAgent, hook_agent
from hotwash.intake.stores import User

FILES = {
    "claude-code": '{\n  "model": "opus",\n  "permissions": {"allow": ["Read",  "Grep"]},\n  "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "say done"}]}]}\n}\n',
    "codex": 'model = "gpt-5"   # fast\nnotify = ["notify-send", "Codex"]\n\n[tui]\nnotifications = true\n',
    "gemini": '{\n  // theme\n  "ui": { "theme": "Dark", },\n}\n',
    "copilot": '{"version": 1, "hooks": {"sessionStart": [{"type": "command", "bash": "true"}]}}',
}


def command(agent: HookAgent, *options: str) -> tuple[str, ...]:
    return ("/opt/hot wash/bin/hotwash", "hook", "run", agent.name, *options)


@pytest.fixture(params=HOOK_AGENTS, ids=lambda agent: agent.name)
def agent(request: pytest.FixtureRequest) -> HookAgent:
    chosen: HookAgent = request.param
    return chosen


@pytest.fixture
def path(agent: HookAgent, tmp_path: Path) -> Path:
    """The agent's settings file, with content of a user's own."""
    file = agent.settings(User(home=tmp_path, env={}))
    file.parent.mkdir(parents=True)
    file.write_bytes(FILES[agent.name].encode())
    file.chmod(0o640)
    return file


def test_installed_and_uninstalled_the_file_is_as_before(agent: HookAgent, path: Path) -> None:
    assert settings_file.install(agent, path, command(agent)) == "installed"
    assert agent.installed(path.read_text()) == command(agent)
    assert path.with_name(path.name + settings_file.BACKUP_SUFFIX).read_text() == FILES[agent.name]
    assert settings_file.uninstall(agent, path) == "restored"
    assert path.read_bytes() == FILES[agent.name].encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_installing_twice_changes_nothing_and_with_other_options_replaces_it(agent: HookAgent, path: Path) -> None:
    settings_file.install(agent, path, command(agent))
    once = path.read_bytes()
    assert settings_file.install(agent, path, command(agent)) == "unchanged"
    assert path.read_bytes() == once
    other = command(agent, "--server", "https://hotwash.example.com")
    assert settings_file.install(agent, path, other) == "changed"
    assert agent.installed(path.read_text()) == other
    assert settings_file.uninstall(agent, path) == "restored"
    assert path.read_text() == FILES[agent.name]


def test_a_file_that_was_not_there_is_gone_again(agent: HookAgent, tmp_path: Path) -> None:
    file = agent.settings(User(home=tmp_path, env={}))
    assert settings_file.install(agent, file, command(agent)) == "installed"
    assert agent.installed(file.read_text()) == command(agent)
    assert file.stat().st_mode & 0o777 == 0o600
    assert settings_file.uninstall(agent, file) == "restored"
    assert not file.exists()


def test_what_others_changed_since_is_kept(agent: HookAgent, path: Path) -> None:
    settings_file.install(agent, path, command(agent))
    mark = "# since\n" if agent.name == "codex" else "\n"
    path.write_text(path.read_text() + mark)
    assert settings_file.uninstall(agent, path) == "removed"
    assert agent.installed(path.read_text()) is None
    assert path.read_text().endswith(mark)
    assert settings_file.uninstall(agent, path) == "unchanged"


def test_other_peoples_hooks_stay_beside_ours(agent: HookAgent, path: Path) -> None:
    settings_file.install(agent, path, command(agent))
    theirs = {"claude-code": "say done", "codex": "notify-send", "gemini": "Dark", "copilot": "sessionStart"}[agent.name]
    assert theirs in path.read_text()


def test_a_malformed_file_is_refused_in_one_line_and_left_alone(agent: HookAgent, path: Path) -> None:
    path.write_text('{"hooks": [')
    with pytest.raises(settings_file.CannotChange) as refused:
        settings_file.install(agent, path, command(agent))
    assert str(path) in refused.value.sentence
    assert "\n" not in refused.value.sentence
    assert path.read_text() == '{"hooks": ['


def test_a_link_to_settings_kept_elsewhere_stays_a_link(tmp_path: Path) -> None:
    agent = hook_agent("claude-code")
    assert agent is not None
    real, link = tmp_path / "dotfiles.json", tmp_path / "settings.json"
    real.write_text("{}")
    link.symlink_to(real)
    settings_file.install(agent, link, command(agent))
    assert link.is_symlink()
    assert "hook run claude-code" in real.read_text()
    settings_file.uninstall(agent, link)
    assert real.read_text() == "{}"


def test_line_ends_of_windows_stay(tmp_path: Path) -> None:
    agent = hook_agent("claude-code")
    assert agent is not None
    file = tmp_path / "settings.json"
    file.write_bytes(b'{\r\n  "a": 1\r\n}\r\n')
    settings_file.install(agent, file, command(agent))
    assert b"\n" not in file.read_bytes().replace(b"\r\n", b"")
    assert json.loads(file.read_bytes())["a"] == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    agent = hook_agent("claude-code")
    assert agent is not None
    os.mkfifo(tmp_path / "settings.json")
    with pytest.raises(settings_file.CannotChange, match="is not a regular file"):
        settings_file.install(agent, tmp_path / "settings.json", command(agent))


def test_a_file_that_is_too_large_for_settings_is_refused(agent: HookAgent, path: Path) -> None:
    before = path.read_bytes() + b" " * settings_file.MAX_BYTES
    path.write_bytes(before)
    with pytest.raises(settings_file.CannotChange, match="is too large for settings"):
        settings_file.install(agent, path, command(agent))
    assert path.read_bytes() == before
