"""Telemetry in the store: kept once and without secrets, put together into the same session whatever order it came in."""

import copy
import json
import random
from pathlib import Path

import msgspec
import pytest
import zstandard
from sqlalchemy import select

from hotwash.intake.otlp import inbox
from hotwash.intake.otlp import service as telemetry
from hotwash.intake.otlp.queries import list_pending
from hotwash.jobs.model import Job
from hotwash.jobs.queue import Jobs
from hotwash.kit.ids import bare_session_id
from hotwash.sessions import service as sessions
from hotwash.sessions.model import Content, SessionFilter, SessionRecord
from hotwash.settings import InsightsSettings
from hotwash.store import tables as t
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database, sqlite_url
from hotwash.transcript import Transcript
from tests.integration.builders import ORG
from tests.integration.claude_files import SCOPE, SETTINGS, everything_stored, take_in, take_in_paths, talk, with_organization
from tests.readers.otlp.builders import SESSION, TRACE, hex_id, log, one_session, span
from tests.readers.otlp.test_agents import (
    CLAUDE_SESSION,
    CLAUDE_SPANS,
    CODEX_LOGS,
    CODEX_SPANS,
    COPILOT_SPANS,
    GEMINI_LOGS,
    GEMINI_SPANS,
    claude,
)

CAPTURES = Path(__file__).parents[2].parent / "shared" / "transcripts" / "otlp"
KEY = "AKIA" + "Z7Q4M2N6P5R3T6W3"  # of the shape of an AWS key id, made up
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.usage.output_tokens": 7}

Requests = list[dict[str, object]]

STORIES: dict[str, Requests] = {
    "claude": [*CLAUDE_SESSION, *CLAUDE_SPANS],
    "codex": [*CODEX_LOGS, *CODEX_SPANS],
    "gemini": [*GEMINI_LOGS, *GEMINI_SPANS],
    "copilot": COPILOT_SPANS,
}


@pytest.fixture
def database(database: Database) -> Database:
    return with_organization(database)


def put(database: Database, *requests: dict[str, object], content: Content = "full") -> None:
    """Keeps each request and puts together what it touched, as its jobs would."""
    settings = InsightsSettings(content=content)
    for request in requests:
        for key in inbox.store(database, ORG, request, content).touched:
            telemetry.put_together(database, DatabaseBlobs(), ORG, key, settings)


def stored(database: Database, session: str = SESSION) -> SessionRecord:
    with database.read() as conn:
        return sessions.get_session(conn, SCOPE, bare_session_id(session))


def transcript(database: Database, session: str = SESSION) -> Transcript:
    record = stored(database, session)
    with database.read() as conn:
        return sessions.load_transcript(conn, DatabaseBlobs(), record.pk)


def listed(database: Database) -> list[str]:
    with database.read() as conn:
        return [record.native_id for record in sessions.list_sessions(conn, SCOPE, SessionFilter()).items]


def inbox_texts(database: Database) -> str:
    with database.read() as conn:
        rows = conn.execute(select(t.otlp_records.c.data)).scalars().all()
    return "\n".join(zstandard.ZstdDecompressor().decompress(row).decode() for row in rows)


def pending(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as conn:
        return list_pending(conn)


@pytest.mark.parametrize("name", STORIES)
def test_batches_give_the_session_that_a_file_of_them_gives(database: Database, name: str) -> None:
    """One by one in another order, each twice."""
    shuffled = [*STORIES[name], *STORIES[name]]
    random.Random(1).shuffle(shuffled)
    put(database, *shuffled)
    assert msgspec.json.encode(transcript(database)) == msgspec.json.encode(one_session(*STORIES[name]))
    assert listed(database) == [SESSION]
    assert pending(database) == []


@pytest.mark.parametrize("agent", ["claude", "codex", "copilot", "gemini"])
def test_a_real_capture_gives_the_session_that_its_files_give(database: Database, agent: str) -> None:
    folder = CAPTURES / f"mockrun-{agent}"
    if not folder.is_dir():
        pytest.skip("no folder of collected transcripts beside the repository")
    requests = [json.loads(file.read_bytes()) for file in sorted(folder.iterdir()) if "metrics" not in file.name]
    put(database, *reversed(requests))
    [native_id] = listed(database)
    assert msgspec.json.encode(transcript(database, native_id)) == msgspec.json.encode(one_session(*requests))


def test_only_records_that_tell_something_are_kept(database: Database) -> None:
    put(database, *CODEX_LOGS, *CODEX_SPANS)
    with database.read() as conn:
        kept = conn.execute(select(t.otlp_records.c.record_digest)).scalars().all()
    assert len(kept) == stored_records(database)


def stored_records(database: Database) -> int:
    return transcript(database).records


def test_a_session_grows_with_its_batches(database: Database) -> None:
    put(database, CLAUDE_SESSION[0])
    assert (stored(database).num_user_messages, stored(database).num_devin_messages) == (1, 0)
    put(database, *CLAUDE_SESSION[1:])
    assert stored(database).num_devin_messages == 1


def test_a_trace_that_turns_out_to_be_a_sessions_leaves_no_session_of_its_own(database: Database) -> None:
    """The span that names the session ends last, and so comes last."""
    inner = span("chat m", CHAT, at=1, session=None, parent=hex_id("root"))
    put(database, inner)
    assert listed(database) == [TRACE]
    put(database, span("request", {"session.id": SESSION}, span_id=hex_id("root"), until=9))
    assert listed(database) == [SESSION]
    assert transcript(database) == one_session(inner, span("request", {"session.id": SESSION}))
    put(database, span("chat m", CHAT, at=3, session=None))
    assert listed(database) == [SESSION]
    assert transcript(database).usage == one_session(inner, span("chat", CHAT, at=3)).usage


def test_the_agents_own_file_stands_before_its_telemetry(database: Database) -> None:
    """Both have the same id, and the file says more; whatever came first, and however many events either has."""
    put(database, *CLAUDE_SESSION)
    assert take_in(database, talk(1, session=SESSION)) == ("updated",)
    put(database, *CLAUDE_SPANS)
    assert stored(database).format == "claude-code"


def test_telemetry_that_is_ahead_of_an_old_copy_of_the_file_stands(database: Database) -> None:
    """Until the file comes again."""
    take_in(database, talk(1, session=SESSION))
    put(database, *CLAUDE_SESSION, claude("user_prompt", 20, prompt="And lint."))
    assert stored(database).format == "otlp"
    assert take_in(database, talk(2, session=SESSION)) == ("updated",)
    assert stored(database).format == "claude-code"


def test_no_secret_reaches_the_inbox(database: Database) -> None:
    """Not in words, nor in JSON inside a string, a result, a span's event or the reason of a failure."""
    call = {"tool_use_id": "toolu_1", "tool_name": "Bash"}
    put(
        database,
        claude("user_prompt", 0, prompt=f"Use {KEY}."),
        claude("tool_result", 2, tool_input=json.dumps({"command": f'deploy --id "{KEY}"'}), error=KEY, **call),
        span("claude_code.tool", call, at=1, events=[("tool.output", {"output": f"id {KEY}"})]),
        span("chat m", {**CHAT, "gen_ai.input.messages": json.dumps([{"role": "user", "content": KEY}]), "note": [KEY]}, at=5),
        log("gen_ai.user.message", {}, body={"content": KEY}, at=6),
    )
    assert "[REDACTED:" in inbox_texts(database)
    assert KEY not in inbox_texts(database)
    assert KEY not in everything_stored(database)


def test_what_was_redacted_before_it_was_kept_is_counted_all_the_same(database: Database) -> None:
    """By the marks: the session that is put together never held the secret."""
    put(database, claude("user_prompt", 0, prompt=f"Use {KEY}, and [REDACTED:by hand]."), *CLAUDE_SESSION[1:])
    assert stored(database).redactions == {"aws-access-key-id": 1}


def test_a_session_without_content_keeps_its_figures_and_no_word(database: Database) -> None:
    """Not in the inbox either."""
    requests = [*STORIES["claude"], *(copied(request, other) for request, other in zip(STORIES["copilot"], ["other"] * 9, strict=False))]
    put(database, *requests, content="metrics")
    record, told = stored(database), one_session(*STORIES["claude"])
    assert (record.num_user_messages, record.num_devin_messages, record.num_events) == (1, 1, len(told.events))
    for word in ("Run the tests", "I run them", "make test", "2 failed"):
        assert word not in inbox_texts(database)
        assert word not in everything_stored(database)


def copied(request: dict[str, object], session: str) -> dict[str, object]:
    """The same request for another session."""
    other: dict[str, object] = json.loads(json.dumps(copy.deepcopy(request)).replace(SESSION, session))
    return other


def test_what_a_crash_left_pending_is_queued_at_the_next_start(database: Database, tmp_path: Path) -> None:
    """The batch was acknowledged, the process died before its job was queued."""
    for request in CLAUDE_SESSION:
        inbox.store(database, ORG, request, "full")
    jobs = _Registered(sqlite_url(tmp_path), tmp_path)
    telemetry.register(jobs, database, DatabaseBlobs(), SETTINGS)
    [(key, payload)] = jobs.job.unfinished()
    assert SESSION in key
    jobs.job.run(payload)
    assert stored(database).num_user_messages == 1
    assert list(jobs.job.unfinished()) == []
    jobs.job.run(payload)  # again, as after a crash at the very end
    assert listed(database) == [SESSION]


class _Registered(Jobs):
    """A queue that is not started and shows what was registered."""

    job: Job

    def register(self, name: str, job: Job) -> None:
        self.job = job


def test_a_change_that_comes_while_a_session_is_put_together_is_not_lost(database: Database) -> None:
    """The ticket of the later change outlives the work on the earlier one."""
    inbox.store(database, ORG, CLAUDE_SESSION[0], "full")
    [(_, _, first)] = pending(database)
    inbox.store(database, ORG, CLAUDE_SESSION[1], "full")
    [(_, _, second)] = pending(database)
    assert first != second
    telemetry.put_together(database, DatabaseBlobs(), ORG, SESSION, SETTINGS)
    assert pending(database) == []
    assert stored(database).num_events == 2


def test_an_older_state_that_was_put_together_last_is_put_right(database: Database) -> None:
    """Two jobs of one session run at once: that of the earlier change ends after that of the later one, whose ticket is settled by then."""
    inbox.store(database, ORG, CLAUDE_SESSION[0], "full")
    earlier = inbox.state_of(database, ORG, SESSION)
    put(database, *CLAUDE_SESSION[1:])
    assert not inbox.settle(database, earlier)
    assert inbox.settle(database, inbox.state_of(database, ORG, SESSION))


def test_files_of_batches_are_one_session_and_join_what_came_by_http(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "batches"
    folder.mkdir()
    for number, request in enumerate(STORIES["claude"][1:]):
        (folder / f"{number:03}.json").write_text(json.dumps(request))
    put(database, STORIES["claude"][0])
    summary = take_in_paths(database, folder)
    assert summary.rejected == ()
    assert transcript(database) == one_session(*STORIES["claude"])
    assert {session.outcome for session in take_in_paths(database, folder).sessions} == {"unchanged"}
    assert pending(database) == []


def test_a_file_without_a_session_is_rejected_by_what_it_lacks(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "batch.json"
    file.write_text(json.dumps(span("GET /", {})))
    [rejected] = take_in_paths(database, file).rejected
    assert "holds no span or log record of an agent's session" in rejected.reason


def test_records_that_belong_to_nothing_are_counted_as_rejected(database: Database) -> None:
    homeless = log("gen_ai.user.message", {}, body={"content": "Hello."}, session=None)
    nameless = json.loads(json.dumps(span("chat m", CHAT)).replace('"spanId"', '"id"'))
    broken: dict[str, object] = {"resourceSpans": [{"scopeSpans": [{"spans": [7]}]}]}
    assert [inbox.store(database, ORG, request, "full").rejected for request in (homeless, nameless, broken)] == [1, 1, 1]


@pytest.mark.parametrize("content", ["full", "metrics"])
@pytest.mark.parametrize("depth", [60, 900, 5_000])
def test_hostile_depth_is_kept_as_far_as_it_is_read(sqlite_database: Database, content: Content, depth: int) -> None:
    with_organization(sqlite_database)
    deep = '{"a":' * depth + f'"{KEY}"' + "}" * depth
    put(sqlite_database, span("tool", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": deep}), content=content)
    assert listed(sqlite_database) == [SESSION]
    assert KEY not in inbox_texts(sqlite_database)
