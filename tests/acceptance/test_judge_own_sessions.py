"""What an agent records of its own judging is no work of anybody's, and no way in takes it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from hotwash.intake.own_sessions import is_own_file
from tests.acceptance import models
from tests.acceptance.command import hotwash
from tests.acceptance.conftest import ORG
from tests.acceptance.running import Server
from tests.acceptance.transcripts import claude_code, session_uuid

Environment = Mapping[str, str]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Of a user with one session of each agent's: Claude Code's is the user's own, and both keep one that they judged in."""
    home = tmp_path / "home"
    own = home / ".claude" / "projects" / "-home-dev-totals" / f"{session_uuid('own')}.jsonl"
    own.parent.mkdir(parents=True)
    own.write_bytes(claude_code("own"))
    settings = {"HOME": str(home), "HOTWASH_DATA_DIR": str(tmp_path / "data")}
    done = hotwash("analyze", own, "--engine", "judge", **settings, HOTWASH_ANALYSIS_MODEL=models.recording_itself(tmp_path, home))
    assert done.returncode == 0, done.stderr
    assert len(recorded(home)) == 3
    return settings


def recorded(home: Path) -> list[Path]:
    return sorted(path for path in home.rglob("*.jsonl") if "data" not in path.parts)


def judged_in(home: Path) -> list[Path]:
    return [path for path in recorded(home) if session_uuid("own") not in path.name]


def test_discover_neither_lists_nor_imports_them(environment: Environment) -> None:
    found = json.loads(hotwash("discover", "--json", **environment).stdout)
    assert [(store["agent"], store["sessions"]) for store in found] == [("Claude Code", 1)]
    done = hotwash("discover", "--import", **environment)
    assert "1 session: 1 created, 0 updated, 0 unchanged; 0 rejected" in done.stdout


def test_an_import_of_the_agents_folders_leaves_them_out_and_says_so(environment: Environment) -> None:
    home = Path(environment["HOME"])
    done = hotwash("import", home / ".claude", home / ".codex", **environment)
    assert done.returncode == 0, done.stderr
    assert "1 session: 1 created, 0 updated, 0 unchanged; 0 rejected; 2 of the judge's own left out" in done.stdout


def test_a_hook_at_the_judges_own_end_keeps_nothing(environment: Environment) -> None:
    """Else each debrief of a session would be a session to debrief."""
    (claude,) = [path for path in judged_in(Path(environment["HOME"])) if ".claude" in path.parts]
    call = {"session_id": claude.stem, "transcript_path": str(claude), "hook_event_name": "SessionEnd", "reason": "other"}
    line = [sys.executable, "-m", "hotwash.cli.main", "hook", "deliver", "claude-code"]
    done = subprocess.run(line, input=json.dumps(call), capture_output=True, text=True, timeout=60, env=os.environ | dict(environment))
    assert "1 files" in done.stdout
    assert json.loads(hotwash("sessions", "--json", **environment).stdout) == []


def test_a_push_sends_none_of_them(environment: Environment, server: Server, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(server.token("org-member", ORG))
    key.chmod(0o600)
    done = hotwash("push", environment["HOME"], "--server", server.base_url, "--token-file", key, **environment)
    assert done.stdout.startswith("1 session: ")  # created, or unchanged where another test of this server has sent it


def test_they_are_told_by_place_and_by_their_first_records(environment: Environment) -> None:
    home = Path(environment["HOME"])
    assert [is_own_file(path) for path in judged_in(home)] == [True, True]
    assert [is_own_file(path) for path in recorded(home) if path not in judged_in(home)] == [False]
