"""All SQL of feedback. A function a question; the caller owns the transaction."""

import msgspec
from sqlalchemy import Connection, RowMapping, select

from hotwash.feedback.model import JudgedIssue, Verdict
from hotwash.identity.model import Scope
from hotwash.store import tables as t
from hotwash.store.statements import insert_or_update

_KEY = ("session_pk", "fingerprint", "first_record")
_s, _f = t.sessions.c, t.feedback.c


def put_feedback(conn: Connection, pk: int, issue: JudgedIssue, verdict: Verdict, note: str | None, now: float) -> None:
    """Keep a verdict on an issue of a session, in the place of an earlier one."""
    values = {
        "session_pk": pk,
        "fingerprint": issue.fingerprint,
        "first_record": min(first for first, _ in issue.records),
        "verdict": verdict,
        "note": note,
        "given_at": now,
        "issue": msgspec.json.encode(issue),
    }
    conn.execute(insert_or_update(t.feedback, values, key=_KEY), values)


def list_feedback(conn: Connection, scope: Scope) -> tuple[RowMapping, ...]:
    """Every verdict on sessions of a scope, by session and place."""
    narrowed = [] if scope.org_ids is None else [_s.org_id.in_(sorted(scope.org_ids))]
    rows = conn.execute(
        select(_s.session_id, _f.issue, _f.verdict, _f.note, _f.given_at)
        .select_from(t.feedback.join(t.sessions, _f.session_pk == _s.pk))
        .where(*narrowed)
        .order_by(_s.session_id, _s.pk, _f.first_record, _f.fingerprint)
    )
    return tuple(rows.mappings())
