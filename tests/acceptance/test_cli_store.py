"""The commands that work on a store, as a user runs them."""

import json
import sqlite3
from importlib.resources import files
from pathlib import Path

import pytest

from bench.generate import claude_session
from tests.acceptance.command import hotwash


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    folder = tmp_path / "sessions"
    folder.mkdir()
    for seed in (1, 2):
        (folder / f"{seed}.jsonl").write_bytes(claude_session(seed, 20_000))
    return folder


def test_importing_twice_stores_nothing_new(sessions: Path, data: Path) -> None:
    """The second run says so."""
    first = json.loads(hotwash("import", sessions, "--data", data, "--json").stdout)
    second = json.loads(hotwash("import", sessions, "--data", data, "--json").stdout)
    assert [item["outcome"] for item in first["sessions"]] == ["created", "created"]
    assert [item["outcome"] for item in second["sessions"]] == ["unchanged", "unchanged"]
    assert [item["session_id"] for item in first["sessions"]] == [item["session_id"] for item in second["sessions"]]


def test_a_bad_file_is_rejected_and_the_good_ones_are_stored(sessions: Path, data: Path) -> None:
    """Exit code 1, one line for the bad one, nothing half-stored."""
    (sessions / "bad.jsonl").write_bytes(b"\x00\x01\x02" * 100)
    done = hotwash("import", sessions, "--data", data)
    assert done.returncode == 1
    assert "2 sessions: 2 created" in done.stdout
    assert "bad.jsonl" in done.stderr
    assert done.stderr.count("\n") == 1
    with sqlite3.connect(data / "hotwash.db") as store:
        assert store.execute("select count(*) from sessions").fetchone() == (2,)


def test_generate_then_insights_have_an_analysis(sessions: Path, data: Path) -> None:
    """Null before, whole after; `--stale` then finds nothing to do."""
    hotwash("import", sessions, "--data", data)
    listed = json.loads(hotwash("sessions", "--data", data, "--json").stdout)
    session_id = listed[0]["session_id"]
    assert json.loads(hotwash("insights", session_id, "--data", data).stdout)["analysis"] is None
    assert hotwash("generate", "--all", "--data", data).returncode == 0
    assert json.loads(hotwash("insights", f"devin-{session_id}", "--data", data).stdout)["analysis"]["timeline"]
    assert "0 sessions analysed" in hotwash("generate", "--stale", "--data", data).stderr


def test_listed_sessions_tell_their_figures_and_what_is_unknown(sessions: Path, data: Path) -> None:
    """The figures can be read, and stand there as `inspect` gives them; ACUs that nothing tells of are null, and no number in the table."""
    step = {"action": "ls", "observation": "a", "response": "ls", "thought": ""}
    run = {"environment": "env", "trajectory": [step], "history": [{"role": "user", "content": "look"}], "info": {}}
    (data.parent / "untold.traj").write_text(json.dumps(run))
    hotwash("import", sessions, data.parent / "untold.traj", "--data", data)
    listed = json.loads(hotwash("sessions", "--data", data, "--json").stdout)
    counted = json.loads(hotwash("inspect", sessions, "--json").stdout)
    by_id = {session["session_id"]: session for session in listed}
    for session in counted:
        figures = by_id[session["session_id"]]["metrics"]
        assert (figures["tool_calls"], figures["usage"]["output"]) == (session["tool_calls"], session["output_tokens"])
    assert not {"pk", "content_digest", "lineage"} & set(listed[0])
    (untold,) = (session for session in listed if session["format"] == "swe-agent")
    assert (untold["acus"], untold["own_acus"], untold["metrics"]["acus"]) == (None, None, None)
    assert "  - ACUs  SWE-agent" in hotwash("sessions", "--data", data).stdout


def test_a_service_user_is_made_listed_and_revoked(data: Path) -> None:
    """The token is shown once and stands nowhere in the store."""
    made = json.loads(
        hotwash("service-user", "create", "ci", "--role", "org-viewer", "--org", "team", "--ttl", "90d", "--data", data, "--json").stdout
    )
    assert set(made) == {"service_user_id", "org_id", "token"}
    assert made["token"].startswith("cog_")
    assert made["org_id"].startswith("org-")
    assert made["token"].encode() not in (data / "hotwash.db").read_bytes()
    assert made["service_user_id"] in hotwash("service-user", "list", "--data", data).stdout
    assert hotwash("service-user", "revoke", made["service_user_id"], "--data", data).returncode == 0
    assert "revoked" in hotwash("service-user", "list", "--data", data).stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("insights", "devin-unknown"), 1),
        (("generate",), 2),
        (("service-user", "create", "ci", "--role", "king"), 1),
        (("service-user", "create", "ci", "--role", "enterprise-admin", "--ttl", "soon"), 2),
        (("sessions", "--org", "nobody"), 1),
    ],
)
def test_what_cannot_be_done_is_one_line(words: tuple[str, ...], code: int, data: Path) -> None:
    """And an exit code that scripts can tell apart."""
    done = hotwash(*words, "--data", data)
    assert done.returncode == code
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_doctor_says_what_is_wrong(data: Path) -> None:
    """A folder whose database is none."""
    assert hotwash("doctor", "--data", data).returncode == 0
    (data / "hotwash.db").write_bytes(b"this is no database" * 100)
    done = hotwash("doctor", "--data", data)
    assert done.returncode == 1
    assert "FAIL" in done.stdout


def test_the_demo_can_be_removed(data: Path) -> None:
    """Also where it was never loaded."""
    assert "0 demo sessions removed" in hotwash("demo", "remove", "--data", data).stdout


def test_feedback_on_an_issue_comes_back_as_a_label(data: Path) -> None:
    """The loop closes: import, generate, judge, export, and the labels measure the analyser on the same files."""
    session = files("hotwash.demo") / "sessions/claude-code/forced-push.jsonl"
    hotwash("import", str(session), "--data", data)
    hotwash("generate", "--all", "--data", data)
    (stored,) = json.loads(hotwash("sessions", "--data", data, "--json").stdout)
    issue = f"{stored['session_id']}/issue-1"
    said = hotwash("feedback", f"devin-{issue}", "--wrong", "--note", "it was asked for", "--data", data)
    assert said.stdout.startswith(f"{issue} is wrong: ")
    labels = data / "labels"
    labels.write_text(hotwash("feedback", "export", "--data", data).stdout)
    measured = json.loads(hotwash("evaluate", labels, "--transcripts", Path(str(session)).parent, "--json").stdout)
    (figure,) = measured["figures"]
    assert (figure["name"], figure["hits"], figure["predicted"]) == ("issues judged by people", 0, 1)


@pytest.mark.parametrize("words", [("x/issue-1",), ("x/issue-1", "--right", "--wrong"), ("export", "--right")])
def test_feedback_without_one_verdict_is_wrong_usage(words: tuple[str, ...], data: Path) -> None:
    """Exit code 2, one line."""
    done = hotwash("feedback", *words, "--data", data)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
