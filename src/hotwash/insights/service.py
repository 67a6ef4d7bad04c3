"""The verbs of insights: read the rendered documents, have a session analysed, keep what came of it."""

import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, get_args

import msgspec
from sqlalchemy import Connection

from hotwash.analysis import rules
from hotwash.analysis.judge.engine import ENGINE as JUDGE
from hotwash.analysis.judge.engine import PROMPT_VERSION, prepare
from hotwash.analysis.model import SEVERITIES, Analysis, Issue, SessionCategory, Severity
from hotwash.errors import HotwashError, InvalidInput, NotFound
from hotwash.identity.model import Scope
from hotwash.insights import queries
from hotwash.insights.document import AnalysisDocument, analysis_document, foreign_document, session_document
from hotwash.insights.judged import StoredAnswers
from hotwash.insights.model import AnalysisState, EngineName, Generated, GenerateStatus, Progress, StoredAnalysis
from hotwash.jobs.queue import Jobs, JobsUnavailable
from hotwash.judging.judge import Judge
from hotwash.judging.model import JudgeStopped
from hotwash.kit import clock, faults
from hotwash.kit.ids import bare_session_id
from hotwash.kit.pages import Page
from hotwash.sessions import service as sessions
from hotwash.sessions.model import SessionFilter, SessionRecord
from hotwash.store.blobs import BlobStore
from hotwash.store.engine import Database, StoreUnavailable
from hotwash.transcript import Transcript

log = logging.getLogger(__name__)

JOB = "insights.analyse"
"""Name of the job. Queued work is kept under it: never change it."""

# Times that an analysis is begun. One that brought the process down three times (out of memory, most likely) will do so again.
MAX_ATTEMPTS = 3


# What a fault in an engine raises over data that nobody foresaw: a failed analysis with a reason, and the next session goes on. Anything else
# (a lost store, no memory) is not the session's doing: the queue tries again.
ENGINE_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class ContentNotKept(InvalidInput):
    """There is nothing of this session that could be analysed."""

    code = "content_not_kept"


class NoModel(HotwashError):
    """The judge is asked for, and no model is set that it could ask."""

    status = 409
    code = "no_model"


class Engine(Protocol):
    """One transcript in, its analysis out."""

    def __call__(self, transcript: Transcript, *, acus: float | None = None) -> Analysis: ...


def get_document(conn: Connection, scope: Scope, session_id: str, org_id: str | None = None) -> bytes:
    """The SessionInsightsResponse of a session, without base URL. Raises NotFound."""
    record = sessions.get_session(conn, scope, session_id, org_id)
    document = queries.find_document(conn, record.pk)
    if document is None:
        raise NotFound("The insights of this session are not written; import the session again")
    return document


def find_document_raw(conn: sqlite3.Connection, scope: Scope, session_id: str) -> bytes | None:
    """The same through a plain SQLite connection; None where there is none in the scope."""
    return queries.find_document_raw(conn, scope.org_ids, bare_session_id(session_id))


def list_documents(
    conn: Connection, scope: Scope, narrowed: SessionFilter, first: int = sessions.DEFAULT_PAGE, after: str | None = None
) -> Page[bytes]:
    """A page of documents, in the order and with the cursors of the session list."""
    page = sessions.list_sessions(conn, scope, narrowed, first, after)
    found = queries.list_documents(conn, [record.pk for record in page.items])
    documents = tuple(found[record.pk] for record in page.items if record.pk in found)
    return Page(items=documents, end_cursor=page.end_cursor, total=page.total)


def get_analysis(conn: Connection, scope: Scope, session_id: str, org_id: str | None = None) -> StoredAnalysis:
    """The analysis of a session with everything the engine said, or that there is none yet. Raises NotFound for an unknown session."""
    record = sessions.get_session(conn, scope, session_id, org_id)
    row = queries.find_analysis(conn, record.pk)
    if row is None:
        return StoredAnalysis(session_id=record.session_id, org_id=record.org_id, state="not_started")
    document = row["document"]
    return StoredAnalysis(
        session_id=record.session_id,
        org_id=record.org_id,
        state=row["state"],
        engine=row["engine"],
        version=row["version"],
        requested_at=row["requested_at"],
        completed_at=row["completed_at"],
        duration_s=row["duration_s"],
        error=row["error"],
        is_stale=document is not None and row["content_digest"] != record.content_digest,
        document=None if document is None else msgspec.json.decode(document, type=AnalysisDocument),
    )


def worst_severities(conn: Connection, pks: Sequence[int]) -> dict[int, Severity]:
    """The severity of the worst issue of each of these sessions, for lists; sessions without issues are left out."""
    worst: dict[int, Severity] = {}
    for pk, name in queries.list_severities(conn, pks):
        severity = msgspec.convert(name, Severity)
        if pk not in worst or SEVERITIES.index(severity) < SEVERITIES.index(worst[pk]):
            worst[pk] = severity
    return worst


def get_progress(conn: Connection, scope: Scope) -> Progress:
    """How far analysing the sessions of a scope has come."""
    return Progress(**queries.count_progress(conn, scope), failed_reasons=queries.count_failures(conn, scope))


def list_to_analyse(conn: Connection, scope: Scope, *, every: bool, judge: Judge | None = None) -> tuple[tuple[str, str], ...]:
    """Organization and id of sessions to analyse, oldest first: those never analysed, changed since, or analysed by another version of the
    rules (with `judge`: by the rules, by another model or other prompts); or all. What another engine found is left alone until the session
    changes."""
    versions = {rules.ENGINE: rules.VERSION} if judge is None else {rules.ENGINE: None, JUDGE: judge.version}
    return queries.list_eligible(conn, scope) if every else queries.list_outdated(conn, scope, versions)


def generate(
    db: Database,
    jobs: Jobs,
    scope: Scope,
    session_id: str,
    org_id: str | None = None,
    *,
    now: float,
    again: bool = False,
    engine: EngineName = "rules",
) -> Generated:
    """Has a session analysed in the background. Safe to repeat: one that is analysed, or being analysed, is left alone (contract section 2).

    `again` analyses an analysed one anew, which the contract has no word for. Raises NotFound, JobsUnavailable.
    """
    with db.read() as conn:
        record = sessions.get_session(conn, scope, session_id, org_id)
        status = _generate_status(record, again=again)
    if status == "started":
        with db.write() as conn:
            if queries.claim_session(conn, record.pk, record.analysis_state):
                _request(conn, record.pk, now, engine)
            else:
                status = "already_exists"  # another request came first
    if status == "started":
        _enqueue(db, jobs, record, now)
    return Generated(session_id=record.session_id, status=status)


def analyse_now(db: Database, blobs: BlobStore, org_id: str, session_id: str, judge: Judge | None = None) -> StoredAnalysis:
    """Analyses a session in this very process, whether it has been before or not; by the judge where there is one. Raises NotFound,
    ContentNotKept."""
    scope = Scope(org_ids=frozenset({org_id}))
    with db.write() as conn:
        record = sessions.get_session(conn, scope, session_id)
        if record.content != "full":
            raise ContentNotKept("The content of this session is not kept (HOTWASH_CONTENT=metrics); run `hotwash analyze` on its file")
        _request(conn, record.pk, clock.now(), "rules" if judge is None else "judge")
    analyse_stored(db, blobs, org_id, session_id, judge=judge)
    with db.read() as conn:
        return get_analysis(conn, scope, session_id)


def analyse_stored(
    db: Database,
    blobs: BlobStore,
    org_id: str,
    session_id: str,
    *,
    engine: Engine = rules.analyse,
    judge: Judge | None = None,
    now: Callable[[], float] = clock.now,
) -> None:
    """Does a requested analysis and keeps it, or why it failed. Safe to repeat: where none is requested (any more), nothing happens. One that
    is broken off because the process ends stays requested.

    Raises StoreUnavailable, after which it may be tried again.
    """
    with db.write() as conn:
        record = _find(conn, org_id, session_id)
        begun = queries.begin_attempt(conn, record.pk) if record else None
    if record is None or begun is None:
        return
    if begun["attempt"] > MAX_ATTEMPTS:
        fail_stored(db, org_id, session_id, f"The analysis was begun {MAX_ATTEMPTS} times and never ended; the session may be too large")
        return
    started_at = now()
    try:
        with db.read() as conn:
            transcript = sessions.load_transcript(conn, blobs, record.pk)
        if begun["requested_engine"] == JUDGE:
            analysis = _judge(db, record, transcript, judge, started_at)
        else:
            analysis = engine(transcript, acus=record.own_acus)
        document = analysis_document(analysis)
    except StoreUnavailable:
        raise
    except JudgeStopped:
        with db.write() as conn:
            queries.take_attempt_back(conn, record.pk)
    except HotwashError as error:
        fail_stored(db, org_id, session_id, error.sentence)
    except ENGINE_FAULTS as error:
        log.error("Session %s could not be analysed: %s", session_id, faults.describe(error))
        fail_stored(db, org_id, session_id, f"The engine failed with {type(error).__name__}; the log says where")
    else:
        with db.write() as conn:
            _complete(conn, record, analysis, document, started_at, now())


def fail_stored(db: Database, org_id: str, session_id: str, reason: str) -> None:
    """Notes that a requested analysis failed, and why. Nothing happens where none is requested (any more)."""
    with db.write() as conn:
        record = _find(conn, org_id, session_id)
        if record is not None and queries.fail_analysis(conn, record.pk, reason):
            render(conn, record.pk)


def put_analysis(conn: Connection, pk: int, analysis: Analysis, now: float) -> None:
    """Keeps an analysis that was made elsewhere of the session as it is now. Needs a writing transaction. Raises NotFound."""
    record = sessions.load_record(conn, pk)
    queries.request_analysis(conn, pk, analysis.engine, analysis.version, now)
    _complete(conn, record, analysis, analysis_document(analysis), now, now)


def put_foreign_analysis(
    conn: Connection,
    pk: int,
    *,
    engine: str,
    version: str,
    contract: Mapping[str, object],
    num_issues: int,
    category: str | None,
    now: float,
) -> None:
    """Keeps an analysis of which only the contract's part exists. Its issues are shown and counted; they have no kinds, so none is kept as a
    finding. A `category` that is not the contract's is left out. Needs a writing transaction. Raises NotFound."""
    record = sessions.load_record(conn, pk)
    known = category if category in get_args(SessionCategory) else None
    queries.request_analysis(conn, pk, engine, version, now)
    queries.complete_analysis(
        conn,
        pk,
        analysis={
            "engine": engine,
            "version": version,
            "completed_at": now,
            "duration_s": None,
            "content_digest": record.content_digest,
            "document": foreign_document(engine, version, contract),
        },
        session={"outcome": "unclear", "num_issues": num_issues, "category": known},
    )
    queries.replace_findings(conn, pk, [])
    render(conn, pk)


def forget_analysis(conn: Connection, pk: int) -> None:
    """Removes a session's analysis. Needs a writing transaction, and the document rendered after it."""
    queries.forget_analysis(conn, pk)


def render(conn: Connection, pk: int) -> None:
    """Writes a session's document anew. To be called in the transaction that changes what the document shows. Raises NotFound."""
    row = queries.find_analysis(conn, pk)
    queries.put_document(conn, pk, session_document(sessions.load_record(conn, pk), row["document"] if row else None))


def job_key(org_id: str, session_id: str, requested_at: float) -> str:
    """One for each request, so that a new one is not taken for one that is just ending."""
    return f"{org_id}:{session_id}:{requested_at!r}"


def _find(conn: Connection, org_id: str, session_id: str) -> SessionRecord | None:
    return sessions.find_session(conn, Scope(org_ids=frozenset({org_id})), session_id)


def _generate_status(record: SessionRecord, *, again: bool) -> GenerateStatus:
    if not record.num_devin_messages or record.content != "full":
        return "not_eligible"
    if record.analysis_state == "started" or (record.analysis_state == "completed" and not again):
        return "already_exists"
    return "started"


def _enqueue(db: Database, jobs: Jobs, record: SessionRecord, requested_at: float) -> None:
    try:
        key = job_key(record.org_id, record.session_id, requested_at)
        jobs.enqueue(JOB, key, {"org_id": record.org_id, "session_id": record.session_id})
    except JobsUnavailable as error:
        fail_stored(db, record.org_id, record.session_id, error.sentence)
        raise


def _judge(db: Database, record: SessionRecord, transcript: Transcript, judge: Judge | None, started_at: float) -> Analysis:
    """The model's analysis. What the rules find is kept first, where there is nothing newer: it stands until the model has answered, and beyond
    where it does not."""
    if judge is None:
        raise NoModel(
            "The judge was asked for, and no model is set here; set HOTWASH_ANALYSIS_MODEL, or have the rules analyse the session"
        )
    case = prepare(transcript, acus=record.own_acus)
    with db.write() as conn:
        known = queries.find_analysis(conn, record.pk)
        if known is None or known["document"] is None or known["content_digest"] != record.content_digest:
            _complete(conn, record, case.rules, analysis_document(case.rules), started_at, clock.now(), state="started")
    answers = StoredAnswers(db, record.pk, judge.model.name)
    analysis = judge.ask(case, answers)
    answers.forget_others()
    return analysis


def _request(conn: Connection, pk: int, now: float, engine: EngineName) -> None:
    queries.request_analysis(conn, pk, engine, rules.VERSION if engine == "rules" else PROMPT_VERSION, now)
    render(conn, pk)


def _complete(
    conn: Connection,
    record: SessionRecord,
    analysis: Analysis,
    document: bytes,
    started_at: float,
    now: float,
    state: AnalysisState = "completed",
) -> None:
    if _find(conn, record.org_id, record.session_id) is None:
        return  # deleted while it was being analysed
    queries.complete_analysis(
        conn,
        record.pk,
        analysis={
            "engine": analysis.engine,
            "version": analysis.version,
            "completed_at": now,
            "duration_s": now - started_at,
            "content_digest": record.content_digest,
            "document": document,
        },
        session={
            "outcome": analysis.outcome,
            "num_issues": len(analysis.issues),
            "category": analysis.classification.category if analysis.classification else None,
        },
        state=state,
    )
    queries.replace_findings(conn, record.pk, [_finding(record.pk, issue) for issue in analysis.issues])
    render(conn, record.pk)


def _finding(pk: int, issue: Issue) -> dict[str, object]:
    return {
        "session_pk": pk,
        "issue_id": issue.id,
        "kind": issue.kind,
        "severity": issue.severity,
        "label": issue.label,
        "fingerprint": issue.fingerprint,
        "first_record": min(e.first_record for e in issue.evidence),
        "last_record": max(e.last_record for e in issue.evidence),
        "source": issue.source,
    }
