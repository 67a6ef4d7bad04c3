"""`HOTWASH_CONTENT=metrics`: figures and kinds are kept, and not one word of a session."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import zstandard
from sqlalchemy import inspect, text

from hotwash.insights import service as insights
from hotwash.intake import service as intake
from hotwash.intake.otlp import service as telemetry
from hotwash.jobs.queue import Jobs
from hotwash.kit.ids import bare_session_id
from hotwash.sessions import service as sessions
from hotwash.sessions.model import SessionRecord
from hotwash.settings import InsightsSettings
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database, open_database, sqlite_url
from hotwash.store.migrate import migrate
from hotwash.transcript import ToolCall, UserMessage
from tests.acceptance.waiting import until
from tests.integration.builders import ORG
from tests.integration.claude_files import NOW, SCOPE, SESSION, source, take_in, with_organization
from tests.readers.otlp.builders import SESSION as TELEMETRY_SESSION
from tests.readers.otlp.test_agents import claude

BARE = bare_session_id(SESSION)
METRICS = InsightsSettings(content="metrics")
WORDS = ("zuccotto", "quenelle", "mirepoix", "chiffonade", "velouté", "ganache", "brunoise", "julienne", "sabayon", "roux")
"""Each stands in one place of the session and in no name of ours."""


def wordy_session() -> bytes:
    """A session with a word in every place where an agent writes words, a secret, and a check that fails until the end."""
    token = "ghp_" + "a1B2" * 9
    common = {"sessionId": SESSION, "version": "2.1.219", "cwd": "/home/dana/zuccotto", "gitBranch": "quenelle", "isSidechain": False}
    lines: list[dict[str, object]] = [
        {"type": "custom-title", "customTitle": "mirepoix"},
        {"type": "user", "message": {"role": "user", "content": f"Make chiffonade with {token}"}},
        *_call(1, "npm test # velouté", "Exit code 1\nFAIL ganache.test.ts\n1 failed"),
        *_call(2, "npm test # velouté", "Exit code 1\nFAIL ganache.test.ts\n1 failed"),
        *_call(3, "npm test # velouté", "Exit code 1\nFAIL ganache.test.ts\n1 failed"),
        {"type": "assistant", "message": _said(9, {"type": "text", "text": "brunoise is not done"})},
        {"type": "assistant", "message": _said(9, {"type": "thinking", "thinking": "julienne", "signature": ""})},
        {"type": "user", "message": {"role": "user", "content": "No, I said sabayon!"}},
        {"type": "pr-link", "prNumber": 1, "prUrl": "https://github.com/dana/roux/pull/1", "prRepository": "dana/roux"},
    ]
    stamped = [
        {**common, "uuid": f"00000000-0000-4000-8000-{n:012}", "timestamp": f"2025-10-09T08:53:{n:02}Z", **line}
        for n, line in enumerate(lines)
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in stamped).encode()


def _call(number: int, command: str, output: str) -> tuple[dict[str, object], dict[str, object]]:
    use: dict[str, object] = {"type": "tool_use", "id": f"toolu_{number}", "name": "Bash", "input": {"command": command}}
    result = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "is_error": True, "content": output}
    return (
        {"type": "assistant", "message": _said(number, use)},
        {"type": "user", "message": {"role": "user", "content": [result]}, "toolUseResult": output},
    )


def _said(number: int, block: dict[str, object]) -> dict[str, object]:
    usage = {"input_tokens": 10, "output_tokens": 50, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
    return {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": "claude-opus-4-1", "content": [block], "usage": usage}


@pytest.fixture
def database(database: Database) -> Database:
    return with_organization(database)


def take_in_metrics(database: Database) -> str:
    (done,) = intake.import_source(database, DatabaseBlobs(), source(wordy_session()), org_id=ORG, now=NOW, settings=METRICS)
    return done.outcome


def record(database: Database) -> SessionRecord:
    with database.read() as conn:
        return sessions.get_session(conn, SCOPE, BARE)


def everything(database: Database, *, but: str = " ") -> str:
    """All there is in any table (`but` those that begin so), blobs unpacked, as one text in lower case."""
    with database.read() as conn:
        tables = [table for table in inspect(conn).get_table_names() if not table.startswith(but)]
        return "".join(
            value for table in tables for row in conn.execute(text(f"SELECT * FROM {table}")) for value in map(_shown, row)
        ).lower()


def _shown(value: object) -> str:
    data = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
    if data.startswith(zstandard.FRAME_HEADER):
        data = zstandard.ZstdDecompressor().decompress(data)
    return data.decode("utf-8", "replace")


def found(database: Database, *, but: str = " ") -> Iterator[str]:
    stored = everything(database, but=but)
    return (word for word in WORDS if re.search(word, stored))


def test_every_word_is_kept_otherwise(database: Database) -> None:
    """Or the tests below would prove nothing."""
    take_in(database, wordy_session())
    assert set(found(database)) == set(WORDS)


def test_no_word_of_a_session_is_in_any_table_or_blob(database: Database) -> None:
    assert take_in_metrics(database) == "created"
    assert list(found(database)) == []


def test_no_word_of_telemetry_is_in_any_file_of_the_data_folder(tmp_path: Path) -> None:
    """Inbox, session, search, analysis, and what the queue of jobs keeps of its work; with the jobs running."""
    db = open_database(sqlite_url(tmp_path))
    migrate(db)
    with_organization(db)
    jobs = Jobs(sqlite_url(tmp_path), tmp_path)
    telemetry.register(jobs, db, DatabaseBlobs(), METRICS)
    jobs.start()
    token = "ghp_" + "a1B2" * 9
    call = {"tool_use_id": "toolu_1", "tool_name": "Bash"}
    try:
        for request in (
            claude("user_prompt", 0, prompt=f"Make chiffonade with {token}"),
            claude("assistant_response", 1, response="brunoise is not done"),
            claude("tool_result", 2, tool_input=json.dumps({"command": "npm test # velout\u00e9"}), error="ganache", success=False, **call),
        ):
            telemetry.take_in(db, jobs, ORG, request, "metrics")
        until(lambda: _events_of(db, TELEMETRY_SESSION) == 3 or None, "the whole session")
    finally:
        jobs.stop()
        db.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir()).lower()
    assert [word for word in (*WORDS, token.lower()) if word.encode() in kept] == []
    db = open_database(sqlite_url(tmp_path))
    assert list(found(db)) == []  # blobs and inbox unpacked
    db.close()


def _events_of(db: Database, native_id: str) -> int:
    with db.read() as conn:
        known = sessions.find_session(conn, SCOPE, bare_session_id(native_id))
    return known.num_events if known else 0


def test_the_figures_are_those_of_the_whole_session(sqlite_database: Database) -> None:
    with_organization(sqlite_database)
    take_in_metrics(sqlite_database)
    bare = record(sqlite_database)
    take_in(sqlite_database, wordy_session())
    full = record(sqlite_database)
    assert bare.metrics == full.metrics
    assert (bare.num_events, bare.created_at, bare.updated_at, bare.status) == (
        full.num_events,
        full.created_at,
        full.updated_at,
        full.status,
    )


def test_kinds_times_and_counts_of_events_remain(database: Database) -> None:
    take_in_metrics(database)
    with database.read() as conn:
        transcript = sessions.load_transcript(conn, DatabaseBlobs(), record(database).pk)
        said = sessions.list_messages(conn, SCOPE, BARE)
    calls = [event for event in transcript.events if isinstance(event, ToolCall)]
    assert [(call.name, call.category, call.status, call.exit_code) for call in calls] == [("Bash", "shell", "error", 1)] * 3
    assert all(call.at is not None and call.output_size > 0 for call in calls)
    assert [event.text for event in transcript.events if isinstance(event, UserMessage)] == ["", ""]
    assert [message.message for message in said.items] == ["", "", ""]


def test_secrets_taken_out_are_counted_by_rule(database: Database) -> None:
    take_in_metrics(database)
    assert record(database).redactions == {"github-token": 1}


def test_the_analysis_is_made_in_passing_and_keeps_its_kinds(database: Database) -> None:
    """Later there is nothing left to analyse."""
    take_in_metrics(database)
    with database.read() as conn:
        stored = insights.get_analysis(conn, SCOPE, BARE)
    assert (stored.state, stored.engine, stored.is_stale) == ("completed", "rules", False)
    assert stored.document is not None
    issues = msgspec.json.decode(stored.document.details)["issues"]
    assert issues
    assert all(issue["kind"] and issue["severity"] and issue["evidence"][0]["quote"] == "" for issue in issues)
    assert record(database).num_issues == len(issues)


def test_there_is_nothing_to_generate(sqlite_database: Database) -> None:
    """The answer says so, the lists of what is to do leave it out, and the command says what to do instead."""
    with_organization(sqlite_database)
    take_in_metrics(sqlite_database)
    assert sqlite_database.sqlite_path is not None
    jobs = Jobs(f"sqlite:///{sqlite_database.sqlite_path}", sqlite_database.sqlite_path.parent)
    assert insights.generate(sqlite_database, jobs, SCOPE, BARE, now=NOW, again=True).status == "not_eligible"
    with sqlite_database.read() as conn:
        assert insights.list_to_analyse(conn, SCOPE, every=True) == ()
        assert insights.get_progress(conn, SCOPE).eligible == 0
    with pytest.raises(insights.ContentNotKept, match="hotwash analyze"):
        insights.analyse_now(sqlite_database, DatabaseBlobs(), ORG, BARE)


def test_content_kept_before_is_gone_once_the_session_comes_in_again(database: Database) -> None:
    """With its analysis, which quotes it, and the blobs that held it. SQLite's search index alone keeps unused remains of deleted words in its
    own tables until it rewrites them, as docs/configuration.md says."""
    take_in(database, wordy_session())
    insights.analyse_now(database, DatabaseBlobs(), ORG, BARE)
    assert take_in_metrics(database) == "updated"
    assert list(found(database, but="search_index_")) == []
    with database.read() as conn:
        assert sessions.search_sessions(conn, SCOPE, "sabayon") == ()
    assert take_in_metrics(database) == "unchanged"


def test_content_comes_back_once_it_may_be_kept(database: Database) -> None:
    take_in_metrics(database)
    assert take_in(database, wordy_session()) == ("updated",)
    assert set(found(database)) == set(WORDS)
    assert record(database).analysis_state == "not_started"
