"""Generate, and what is read of it: idempotent, restartable after a failure, null until complete."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from hotwash.analysis.model import Analysis
from hotwash.errors import NotFound
from hotwash.identity.model import Scope
from hotwash.insights import jobs as insights_jobs
from hotwash.insights import queries
from hotwash.insights import service as insights
from hotwash.insights.model import StoredAnalysis
from hotwash.jobs.model import Job, Payload
from hotwash.jobs.queue import Jobs, JobsUnavailable
from hotwash.kit.ids import bare_session_id
from hotwash.sessions import service as sessions
from hotwash.sessions.model import SessionFilter
from hotwash.store import tables as t
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database
from hotwash.transcript import Transcript
from tests.integration.builders import ORG
from tests.integration.claude_files import NOW, SCOPE, SESSION, session_file, take_in, talk, with_organization

BARE = bare_session_id(SESSION)
ELSEWHERE = Scope(org_ids=frozenset({"org-two"}))


class HeldJobs(Jobs):
    """A queue that keeps what it is given until the test works on it: a fake, so that every state in between can be looked at."""

    def __init__(self) -> None:
        self.held: list[tuple[str, str, dict[str, object]]] = []

    def enqueue(self, name: str, key: str, payload: dict[str, object]) -> None:
        self.held.append((name, key, payload))


class WatchedJobs(Jobs):
    """The real queue, and an event that is set when a job has been done."""

    def __init__(self, database: Database, data_dir: Path) -> None:
        super().__init__(database.engine.url.render_as_string(hide_password=False), data_dir)
        self.done = threading.Event()

    def register(self, name: str, job: Job) -> None:
        def run(payload: Payload) -> None:
            job.run(payload)
            self.done.set()

        super().register(name, msgspec.structs.replace(job, run=run))


class NoJobs(Jobs):
    """A queue that does not run."""

    def __init__(self) -> None:
        pass

    def enqueue(self, name: str, key: str, payload: dict[str, object]) -> None:
        raise JobsUnavailable("Background jobs are not running")


@pytest.fixture
def database(database: Database) -> Database:
    with_organization(database)
    take_in(database, talk(2))
    return database


def _generate(database: Database, jobs: Jobs, *, again: bool = False, session: str = BARE) -> str:
    return insights.generate(database, jobs, SCOPE, session, now=NOW, again=again).status


def _work(database: Database) -> None:
    insights.analyse_stored(database, DatabaseBlobs(), ORG, BARE)


def _stored(database: Database) -> StoredAnalysis:
    with database.read() as conn:
        return insights.get_analysis(conn, SCOPE, BARE)


def _body(database: Database) -> dict[str, object]:
    with database.read() as conn:
        body: dict[str, object] = msgspec.json.decode(insights.get_document(conn, SCOPE, BARE))
    return body


def test_generate_starts_once_and_analysis_is_null_until_complete(database: Database) -> None:
    jobs = HeldJobs()
    assert _generate(database, jobs) == "started"
    assert _generate(database, jobs) == "already_exists"
    assert len(jobs.held) == 1
    assert (_body(database)["analysis"], _body(database)["analysis_status"]) == (None, "started")
    _work(database)
    assert _generate(database, jobs) == "already_exists"
    body = _body(database)
    assert body["analysis_status"] == "completed"
    assert isinstance(body["analysis"], dict)
    assert len(jobs.held) == 1


def test_what_is_stored_of_an_analysis_agrees_everywhere(database: Database) -> None:
    """Document, details, findings and the session's own columns."""
    story = [("user", "Run the tests"), ("assistant", "Running."), ("user", "No, stop. Not that."), ("assistant", "Sorry.")]
    take_in(database, session_file(*story))
    stored = insights.analyse_now(database, DatabaseBlobs(), ORG, BARE)
    assert stored.document is not None
    assert stored.state == "completed"
    details = msgspec.json.decode(stored.document.details)
    contract = msgspec.json.decode(stored.document.analysis)
    assert _body(database)["analysis"] == contract
    with database.read() as conn:
        record = sessions.get_session(conn, SCOPE, BARE)
        found = conn.execute(t.findings.select().order_by(t.findings.c.issue_id)).mappings().all()
    assert (record.outcome, record.num_issues, record.category) == (details["outcome"], len(contract["issues"]), details["category"])
    assert [(row["issue_id"], row["fingerprint"]) for row in found] == sorted((i["id"], i["fingerprint"]) for i in details["issues"])


def test_working_twice_changes_nothing(database: Database) -> None:
    _generate(database, HeldJobs())
    _work(database)
    before = _stored(database)
    _work(database)
    assert _stored(database) == before


def test_a_session_without_an_agent_message_is_not_eligible(database: Database) -> None:
    other = "11111111-2222-4333-8444-555555555555"
    take_in(database, session_file(("user", "Hello?"), session=other))
    jobs = HeldJobs()
    assert _generate(database, jobs, session=other) == "not_eligible"
    assert jobs.held == []


def test_a_failed_attempt_can_be_started_again(database: Database) -> None:
    """Here because a frame of the session is gone from the store."""
    jobs = HeldJobs()
    with database.write() as conn:
        frames = conn.execute(t.blobs.select()).mappings().all()
        conn.execute(t.blobs.delete())
    assert _generate(database, jobs) == "started"
    _work(database)
    failed = _stored(database)
    assert failed.state == "failed"
    assert "missing from the store" in (failed.error or "")
    assert (_body(database)["analysis"], _body(database)["analysis_status"]) == (None, "not_started")
    with database.write() as conn:
        conn.execute(t.blobs.insert(), [dict(row) for row in frames])
    assert _generate(database, jobs) == "started"
    _work(database)
    assert (_stored(database).state, _stored(database).error) == ("completed", None)


def test_an_engine_that_breaks_is_a_failed_analysis_and_tells_no_words(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    def broken(transcript: Transcript, *, acus: float | None = None) -> Analysis:
        raise ValueError("words of a transcript")

    _generate(database, HeldJobs())
    insights.analyse_stored(database, DatabaseBlobs(), ORG, BARE, engine=broken)
    assert _stored(database).error == "The engine failed with ValueError; the log says where"
    assert "ValueError at test_insights.py" in caplog.text
    assert "words" not in caplog.text


def test_an_analysis_that_keeps_killing_the_process_is_given_up(database: Database) -> None:
    _generate(database, HeldJobs())
    with database.write() as conn:
        pk = sessions.get_session(conn, SCOPE, BARE).pk
        for _ in range(insights.MAX_ATTEMPTS):
            queries.begin_attempt(conn, pk)
    _work(database)
    assert _stored(database).state == "failed"
    assert "never ended" in (_stored(database).error or "")


def test_a_queue_that_does_not_run_leaves_nothing_hanging(database: Database) -> None:
    with pytest.raises(JobsUnavailable):
        _generate(database, NoJobs())
    assert _stored(database).state == "failed"
    assert _generate(database, HeldJobs()) == "started"


def test_an_analysis_stays_readable_while_it_is_made_anew(database: Database) -> None:
    insights.analyse_now(database, DatabaseBlobs(), ORG, BARE)
    before = _body(database)["analysis"]
    take_in(database, talk(4))
    assert _generate(database, HeldJobs(), again=True) == "started"
    assert _body(database)["analysis"] == before
    _work(database)
    assert _body(database)["analysis"] != before
    assert not _stored(database).is_stale


def test_an_analysis_survives_a_newer_attempt_that_fails(database: Database) -> None:
    insights.analyse_now(database, DatabaseBlobs(), ORG, BARE)
    before = _body(database)["analysis"]
    _generate(database, HeldJobs(), again=True)
    insights.fail_stored(database, ORG, BARE, "Out of luck")
    assert (_body(database)["analysis"], _body(database)["analysis_status"]) == (before, "completed")
    assert (_stored(database).state, _stored(database).error) == ("failed", "Out of luck")


def test_many_requests_at_once_start_one_analysis(database: Database) -> None:
    jobs = HeldJobs()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _generate(database, jobs), range(16)))
    assert sorted(answers) == ["already_exists"] * 15 + ["started"]
    assert len(jobs.held) == 1


def test_a_session_deleted_meanwhile_is_no_failure(database: Database) -> None:
    _generate(database, HeldJobs())
    with database.write() as conn:
        sessions.delete_session(conn, DatabaseBlobs(), SCOPE, BARE)
    _work(database)
    with database.read() as conn, pytest.raises(NotFound):
        insights.get_analysis(conn, SCOPE, BARE)


def test_others_sessions_do_not_exist(database: Database) -> None:
    with database.read() as conn:
        for read in (insights.get_document, insights.get_analysis):
            with pytest.raises(NotFound):
                read(conn, ELSEWHERE, BARE)
    with pytest.raises(NotFound):
        insights.generate(database, HeldJobs(), ELSEWHERE, BARE, now=NOW)


def test_pages_of_documents_follow_the_session_list(database: Database) -> None:
    for number in range(3):
        take_in(database, talk(1, session=f"00000000-0000-4000-8000-00000000000{number}"))
    with database.read() as conn:
        first = insights.list_documents(conn, SCOPE, SessionFilter(), first=3)
        second = insights.list_documents(conn, SCOPE, SessionFilter(), first=3, after=first.end_cursor)
        listed = [record.session_id for record in sessions.list_sessions(conn, SCOPE, SessionFilter()).items]
    shown = [msgspec.json.decode(document)["session_id"] for document in (*first.items, *second.items)]
    assert shown == listed
    assert (first.total, second.end_cursor) == (4, None)


def test_progress_counts_what_is_done_and_what_failed(database: Database) -> None:
    take_in(database, session_file(("user", "Hi"), session="11111111-2222-4333-8444-555555555555"))
    with database.read() as conn:
        assert insights.list_to_analyse(conn, SCOPE, every=False) == ((ORG, BARE),)
    insights.analyse_now(database, DatabaseBlobs(), ORG, BARE)
    with database.read() as conn:
        assert insights.list_to_analyse(conn, SCOPE, every=False) == ()
        assert insights.list_to_analyse(conn, SCOPE, every=True) == ((ORG, BARE),)
    take_in(database, talk(3))
    _generate(database, HeldJobs(), again=True)
    insights.fail_stored(database, ORG, BARE, "Out of luck")
    with database.read() as conn:
        progress = insights.get_progress(conn, SCOPE)
        nothing = insights.get_progress(conn, ELSEWHERE)
    assert (progress.seen, progress.eligible, progress.analysed, progress.failed, progress.stale) == (2, 1, 1, 1, 1)
    assert progress.failed_reasons == {"Out of luck": 1}
    assert nothing.seen == 0


def test_the_quick_way_reads_the_same_bytes(sqlite_database: Database) -> None:
    with_organization(sqlite_database)
    take_in(sqlite_database, talk(1))
    assert sqlite_database.sqlite_path is not None
    quick = sqlite3.connect(sqlite_database.sqlite_path)
    with sqlite_database.read() as conn:
        document = insights.get_document(conn, SCOPE, BARE)
    for scope, name, found in (
        (SCOPE, BARE, document),
        (Scope(org_ids=None), f"devin-{BARE}", document),
        (ELSEWHERE, BARE, None),
        (Scope(org_ids=frozenset()), BARE, None),
        (SCOPE, "0" * 32, None),
    ):
        assert insights.find_document_raw(quick, scope, name) == found
    quick.close()


def test_what_is_requested_but_not_queued_is_queued_at_the_next_start(sqlite_database: Database, tmp_path: Path) -> None:
    """As when the process dies between the two."""
    with_organization(sqlite_database)
    take_in(sqlite_database, talk(1))
    _generate(sqlite_database, HeldJobs())
    jobs = WatchedJobs(sqlite_database, tmp_path)
    insights_jobs.register(jobs, sqlite_database, DatabaseBlobs())
    jobs.start()
    try:
        assert jobs.done.wait(30)
        assert _stored(sqlite_database).state == "completed"
    finally:
        jobs.stop()
