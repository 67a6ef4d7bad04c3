"""The verbs of feedback: say that an issue is right or wrong, list what was said, give it out as labels."""

from itertools import groupby

import msgspec
from sqlalchemy import Connection

from hotwash.errors import InvalidInput, NotFound
from hotwash.evaluation.labels import Label, LabelledIssue
from hotwash.feedback import queries
from hotwash.feedback.model import REFERENCE, Feedback, JudgedIssue, Verdict
from hotwash.identity.model import Scope
from hotwash.insights import service as insights
from hotwash.kit.text import one_line
from hotwash.sessions import service as sessions
from hotwash.sessions.storable import column_text, encodable

READER = "people"
"""Who the labels made of feedback are by."""
MAX_NOTE_CHARS = 2_000
"""A note is a reason, not a report."""


class _Found(msgspec.Struct, frozen=True):
    """The part of an analysis' details that is judged."""

    issues: tuple[JudgedIssue, ...]


def give(conn: Connection, scope: Scope, reference: str, verdict: Verdict, note: str | None, *, now: float) -> Feedback:
    """Keeps a verdict on the issue that `reference` names (`SESSION/ISSUE`), in the place of an earlier one on it.

    Raises InvalidInput where the reference is no such pair, NotFound where there is no such session, analysis or issue.
    """
    session_id, _, issue_id = reference.rpartition("/")
    if not session_id or not issue_id:
        raise InvalidInput(f"{one_line(reference, 80)!r} names no issue; write {REFERENCE}, for example devin-3f2a…/issue-2")
    record = sessions.get_session(conn, scope, session_id)
    issue = _find_issue(conn, record.session_id, record.org_id, issue_id)
    kept_note = column_text(encodable(note), MAX_NOTE_CHARS) if note else None
    queries.put_feedback(conn, record.pk, issue, verdict, kept_note, now)
    return Feedback(session_id=record.session_id, issue=issue, verdict=verdict, note=kept_note, given_at=now)


def list_feedback(conn: Connection, scope: Scope) -> tuple[Feedback, ...]:
    """Every verdict on sessions of a scope, by session and place."""
    return tuple(
        Feedback(
            session_id=row["session_id"],
            issue=msgspec.json.decode(bytes(row["issue"]), type=JudgedIssue),
            verdict=row["verdict"],
            note=row["note"],
            given_at=row["given_at"],
        )
        for row in queries.list_feedback(conn, scope)
    )


def list_labels(conn: Connection, scope: Scope) -> tuple[Label, ...]:
    """The same as labels, one a session, to measure the analyser with."""
    labels = []
    for session_id, group in groupby(list_feedback(conn, scope), key=lambda feedback: feedback.session_id):
        given = list(group)
        confirmed, rejected = (tuple(_label(f) for f in given if f.verdict == verdict) for verdict in ("right", "wrong"))
        labels.append(Label(session_id=session_id, reader=READER, confirmed=confirmed, rejected=rejected))
    return tuple(labels)


def _find_issue(conn: Connection, session_id: str, org_id: str, issue_id: str) -> JudgedIssue:
    document = insights.get_analysis(conn, Scope(org_ids=frozenset({org_id})), session_id).document
    if document is None:
        raise NotFound(f"Session {session_id} is not analysed; run: hotwash generate {session_id}")
    found = msgspec.json.decode(document.details, type=_Found).issues
    for issue in found:
        if issue.id == issue_id:
            return issue
    known = ", ".join(issue.id for issue in found) or "none"
    raise NotFound(f"Session {session_id} has no issue {one_line(issue_id, 40)!r}; it has: {known}")


def _label(feedback: Feedback) -> LabelledIssue:
    """The issue without what only this analysis knows of it."""
    issue = feedback.issue
    return LabelledIssue(
        kind=issue.kind, records=issue.records, severity=issue.severity, label=issue.label, what=issue.what, impact=issue.impact
    )
