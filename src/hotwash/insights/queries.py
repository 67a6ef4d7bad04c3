"""All SQL of insights. A function a question; the caller owns the transaction."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, delete, func, insert, or_, select, true, update

from hotwash.identity.model import Scope
from hotwash.store import tables as t
from hotwash.store.statements import insert_or_update

_s, _a, _d, _j = t.sessions.c, t.analyses.c, t.insights_documents.c, t.judge_answers.c


def find_document(conn: Connection, pk: int) -> bytes | None:
    """The rendered document of a session."""
    data = conn.execute(select(_d.document).where(_d.session_pk == pk)).scalar()
    return None if data is None else bytes(data)


def find_document_raw(conn: sqlite3.Connection, org_ids: Iterable[str] | None, session_id: str) -> bytes | None:
    """The rendered document of a session (bare id) in these organizations, None: in any. For the path that cannot afford SQLAlchemy: 5 µs
    against 60. Where several organizations hold the session, the one that had it first, as everywhere."""
    orgs = None if org_ids is None else tuple(org_ids)
    narrowed = "" if orgs is None else f" AND s.org_id IN ({', '.join('?' * len(orgs))})"
    row: tuple[bytes] | None = conn.execute(
        "SELECT d.document FROM sessions s JOIN insights_documents d ON d.session_pk = s.pk"  # noqa: S608 only question marks are put in
        f" WHERE s.session_id = ?{narrowed} ORDER BY s.pk LIMIT 1",
        (session_id, *(orgs or ())),
    ).fetchone()
    return None if row is None else row[0]


def list_documents(conn: Connection, pks: Sequence[int]) -> dict[int, bytes]:
    """The rendered documents of sessions."""
    rows = conn.execute(select(_d.session_pk, _d.document).where(_d.session_pk.in_(pks)))
    return {pk: bytes(document) for pk, document in rows}


def put_document(conn: Connection, pk: int, document: bytes) -> None:
    """Keep a session's rendered document."""
    conn.execute(
        insert_or_update(t.insights_documents, ("session_pk", "document"), key=("session_pk",)), {"session_pk": pk, "document": document}
    )


def find_analysis(conn: Connection, pk: int) -> RowMapping | None:
    """The analysis of a session."""
    return conn.execute(select(t.analyses).where(_a.session_pk == pk)).mappings().first()


def claim_session(conn: Connection, pk: int, state: str) -> bool:
    """Take a session in this analysis state for an analysis. False where it is in another by now: of two requests at once one gets it."""
    return bool(conn.execute(update(t.sessions).where(_s.pk == pk, _s.analysis_state == state).values(analysis_state="started")).rowcount)


def request_analysis(conn: Connection, pk: int, engine: str, version: str, now: float) -> None:
    """Note that a session is to be analysed. A completed document, and what made it, stay until there is another one."""
    values = {
        "session_pk": pk,
        "state": "started",
        "engine": engine,
        "version": version,
        "attempt": 0,
        "requested_at": now,
        "error": None,
        "requested_engine": engine,
    }
    conn.execute(insert_or_update(t.analyses, values, key=("session_pk",), keep=("engine", "version")), values)
    _set_state(conn, pk, "started")


def begin_attempt(conn: Connection, pk: int) -> RowMapping | None:
    """Count an attempt at a requested analysis: which one it is (`attempt`) and whose is asked for (`requested_engine`), or None where none is
    requested (any more)."""
    begun = conn.execute(
        update(t.analyses)
        .where(_a.session_pk == pk, _a.state == "started")
        .values(attempt=_a.attempt + 1)
        .returning(_a.attempt, _a.requested_engine)
    )
    return begun.mappings().first()


def take_attempt_back(conn: Connection, pk: int) -> None:
    """An attempt was broken off through no fault of the session, and does not count."""
    conn.execute(update(t.analyses).where(_a.session_pk == pk, _a.state == "started").values(attempt=_a.attempt - 1))


def complete_analysis(
    conn: Connection, pk: int, analysis: Mapping[str, object], session: Mapping[str, object], *, state: str = "completed"
) -> None:
    """Keep a finished analysis, and what lists of sessions show of it. `state` started: a better one is still to come."""
    conn.execute(update(t.analyses).where(_a.session_pk == pk).values(state=state, error=None, **analysis))
    conn.execute(update(t.sessions).where(_s.pk == pk).values(analysis_state=state, **session))


def replace_findings(conn: Connection, pk: int, rows: list[dict[str, object]]) -> None:
    """Replace what was found in a session."""
    conn.execute(delete(t.findings).where(t.findings.c.session_pk == pk))
    if rows:
        conn.execute(insert(t.findings), rows)


def list_severities(conn: Connection, pks: Sequence[int]) -> tuple[tuple[int, str], ...]:
    """Which severities the issues of these sessions have, each with its session."""
    f = t.findings.c
    rows = conn.execute(select(f.session_pk, f.severity).where(f.session_pk.in_(pks)).distinct())
    return tuple((row.session_pk, row.severity) for row in rows)


def fail_analysis(conn: Connection, pk: int, reason: str) -> bool:
    """Note that a requested analysis failed. False where none is requested (any more), and then nothing changes."""
    changed = conn.execute(update(t.analyses).where(_a.session_pk == pk, _a.state == "started").values(state="failed", error=reason))
    if changed.rowcount:
        _set_state(conn, pk, "failed")
    return bool(changed.rowcount)


def list_requested(conn: Connection) -> tuple[tuple[str, str, float], ...]:
    """Analyses that are requested and not done: organization, session id, time of the request; oldest first."""
    rows = conn.execute(
        select(_s.org_id, _s.session_id, _a.requested_at).where(_a.session_pk == _s.pk, _a.state == "started").order_by(_a.requested_at)
    )
    return tuple((row.org_id, row.session_id, row.requested_at) for row in rows)


def list_outdated(conn: Connection, scope: Scope, versions: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    """Sessions that can be analysed and were never, have changed since, or were analysed by one of these engines in another version (None: in
    any); oldest first."""
    others = [and_(_a.engine == engine, true() if version is None else _a.version != version) for engine, version in versions.items()]
    outdated = or_(_a.document.is_(None), _a.content_digest != _s.content_digest, *others)
    rows = conn.execute(
        select(_s.org_id, _s.session_id)
        .select_from(t.sessions.outerjoin(t.analyses, _a.session_pk == _s.pk))
        .where(*_eligible(), outdated, *_in_scope(scope))
        .order_by(_s.created_at, _s.pk)
    )
    return tuple((row.org_id, row.session_id) for row in rows)


def list_eligible(conn: Connection, scope: Scope) -> tuple[tuple[str, str], ...]:
    """Sessions that can be analysed, oldest first."""
    rows = conn.execute(select(_s.org_id, _s.session_id).where(*_eligible(), *_in_scope(scope)).order_by(_s.created_at, _s.pk))
    return tuple((row.org_id, row.session_id) for row in rows)


def count_progress(conn: Connection, scope: Scope) -> RowMapping:
    """How many sessions there are, can be analysed, are, are being, failed, and are analysed but have changed since."""

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    analysed = _a.document.is_not(None)
    return (
        conn.execute(
            select(
                func.count().label("seen"),
                count(and_(*_eligible())).label("eligible"),
                count(analysed).label("analysed"),
                count(_s.analysis_state == "started").label("in_progress"),
                count(_s.analysis_state == "failed").label("failed"),
                count(and_(analysed, _a.content_digest != _s.content_digest)).label("stale"),
            )
            .select_from(t.sessions.outerjoin(t.analyses, _a.session_pk == _s.pk))
            .where(*_in_scope(scope))
        )
        .mappings()
        .one()
    )


def count_failures(conn: Connection, scope: Scope) -> dict[str, int]:
    """How many analyses failed for each reason, the most frequent first."""
    number = func.count()
    rows = conn.execute(
        select(_a.error, number)
        .where(_a.session_pk == _s.pk, _a.state == "failed", _a.error.is_not(None), *_in_scope(scope))
        .group_by(_a.error)
        .order_by(number.desc(), _a.error)
    )
    return {row[0]: row[1] for row in rows}


def forget_analysis(conn: Connection, pk: int) -> None:
    """Delete a session's analysis, what was found in it, and what a model said of it."""
    conn.execute(delete(t.analyses).where(_a.session_pk == pk))
    conn.execute(delete(t.findings).where(t.findings.c.session_pk == pk))
    conn.execute(delete(t.judge_answers).where(_j.session_pk == pk))
    conn.execute(update(t.sessions).where(_s.pk == pk).values(analysis_state="not_started", outcome=None, num_issues=None, category=None))


def find_answer(conn: Connection, pk: int, model: str, request_id: str) -> str | None:
    """What this model answered to a request about a session."""
    answer: str | None = conn.execute(select(_j.answer).where(_j.session_pk == pk, _j.model == model, _j.request_id == request_id)).scalar()
    return answer


def put_answer(conn: Connection, pk: int, model: str, request_id: str, answer: str) -> None:
    """Keep what a model answered. Nothing happens where the session has been deleted meanwhile."""
    if conn.execute(select(_s.pk).where(_s.pk == pk)).first() is None:
        return
    values = {"session_pk": pk, "model": model, "request_id": request_id, "answer": answer}
    conn.execute(insert_or_update(t.judge_answers, values, key=("session_pk", "model", "request_id")), values)


def forget_other_answers(conn: Connection, pk: int, model: str, used: Iterable[str]) -> None:
    """Delete what a model answered to requests that are asked no more: the session, or the prompt, has changed."""
    conn.execute(delete(t.judge_answers).where(_j.session_pk == pk, _j.model == model, _j.request_id.not_in(sorted(used))))


def find_spending(conn: Connection, day: str) -> RowMapping | None:
    """What judging cost on a day."""
    return conn.execute(select(t.judge_spending).where(t.judge_spending.c.day == day)).mappings().first()


def add_spending(conn: Connection, day: str, tokens: int, usd: float) -> None:
    """Count in what judging cost."""
    values = {"day": day, "tokens": tokens, "usd": usd}
    conn.execute(insert_or_update(t.judge_spending, values, key=("day",), add=("tokens", "usd")), values)


def _eligible() -> tuple[ColumnElement[bool], ...]:
    """There must be something that the agent said, and its content must be kept."""
    return _s.num_devin_messages > 0, _s.content == "full"


def _set_state(conn: Connection, pk: int, state: str) -> None:
    conn.execute(update(t.sessions).where(_s.pk == pk).values(analysis_state=state))


def _in_scope(scope: Scope) -> list[ColumnElement[bool]]:
    return [] if scope.org_ids is None else [_s.org_id.in_(sorted(scope.org_ids))]
