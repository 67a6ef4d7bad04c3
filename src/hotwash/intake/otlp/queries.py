"""All SQL of the OTLP inbox. A function a question; the caller owns the transaction."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, text, update

from hotwash.store import tables as t
from hotwash.store.statements import insert_if_new, insert_or_update

_r, _l, _p, _s = t.otlp_records.c, t.otlp_links.c, t.otlp_pending.c, t.sessions.c

_INBOX_LOCK = 0x6F746C70
"""Names our advisory lock on PostgreSQL, together with the organization; any fixed number will do."""
_AT_ONCE = 500
"""Values in one condition: SQLite takes 32,766, and a plan is not made faster by more."""


def serialise(conn: Connection, org_id: str) -> None:
    """Makes writers of one organization's inbox wait for each other until the transaction ends, as SQLite's always do: one that learns which session
    a trace belongs to must see the records of that trace which another one is just writing."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock, hashtext(:org_id))"), {"lock": _INBOX_LOCK, "org_id": org_id})


def add_links(conn: Connection, org_id: str, links: Iterable[tuple[str, str]]) -> None:
    """Note which sessions a trace's records name."""
    rows = [{"org_id": org_id, "trace_id": trace_id, "session_key": key} for trace_id, key in sorted(set(links))]
    if rows:
        conn.execute(insert_if_new(t.otlp_links), rows)


def linked_keys(conn: Connection, org_id: str, trace_ids: Iterable[str]) -> dict[str, str]:
    """The session that a trace's records belong to if they name none themselves: the first by name of those that others of the trace name."""
    found: dict[str, str] = {}
    for some in _in_portions(trace_ids):
        query = select(_l.trace_id, func.min(_l.session_key)).where(_l.org_id == org_id, _l.trace_id.in_(some)).group_by(_l.trace_id)
        found |= {row[0]: row[1] for row in conn.execute(query)}
    return found


def add_records(conn: Connection, rows: Sequence[dict[str, object]], *, revive: bool = False) -> None:
    """Keep records; those that are there already stay as they are, and so do those that were deleted with their session unless they are to
    `revive`."""
    if rows:
        key = ("org_id", "record_digest")
        keep = insert_or_update(t.otlp_records, t.otlp_records.columns.keys(), key=key) if revive else insert_if_new(t.otlp_records)
        conn.execute(keep, list(rows))


def count_records(conn: Connection, org_id: str, keys: Iterable[str]) -> dict[str, int]:
    """How many records the inbox has of each of these sessions, of those of which it has any."""
    found: dict[str, int] = {}
    for some in _in_portions(keys):
        query = select(_r.session_key, func.count()).where(_r.org_id == org_id, _r.session_key.in_(some)).group_by(_r.session_key)
        found |= {row[0]: row[1] for row in conn.execute(query)}
    return found


def move_records(conn: Connection, org_id: str, trace_id: str, key: str) -> tuple[str, ...]:
    """Give the records of a trace that name no session themselves to this one; the sessions that had them."""
    strays = (_r.org_id == org_id, _r.trace_id == trace_id, _r.names_session.is_(False), _r.session_key != key)
    losers = tuple(conn.execute(select(_r.session_key).where(*strays).distinct()).scalars())
    if losers:
        conn.execute(update(t.otlp_records).where(*strays).values(session_key=key))
    return losers


def list_records(conn: Connection, org_id: str, key: str) -> list[tuple[str, bytes, bool]]:
    """A session's records: digest, content, and whether it names the session itself. Those that were deleted with the session are left out."""
    rows = conn.execute(select(_r.record_digest, _r.data, _r.names_session).where(*_kept(org_id, key)).order_by(_r.record_digest))
    return [(row.record_digest, row.data, row.names_session) for row in rows]


def list_digests(conn: Connection, org_id: str, key: str) -> tuple[str, ...]:
    """The digests of the same records."""
    return tuple(conn.execute(select(_r.record_digest).where(*_kept(org_id, key)).order_by(_r.record_digest)).scalars())


def list_still(conn: Connection, before: float, limit: int) -> list[tuple[str, str]]:
    """Organization and key of sessions in which nothing has happened since, whose records are several rows, and that do not wait to be put
    together."""
    session = (_s.org_id == _r.org_id) & (_s.native_id == _r.session_key) & (_s.updated_at < before)
    waiting = exists().where(_p.org_id == _r.org_id, _p.session_key == _r.session_key)
    query = (
        select(_r.org_id, _r.session_key)
        .where(exists().where(session), ~waiting)
        .group_by(_r.org_id, _r.session_key)
        .having(func.count() > 1)
        .order_by(_r.org_id, _r.session_key)
        .limit(limit)
    )
    return [(row.org_id, row.session_key) for row in conn.execute(query)]


def replace_records(conn: Connection, org_id: str, key: str, row: dict[str, object]) -> None:
    """Keep one row in the place of all that a session has."""
    conn.execute(delete(t.otlp_records).where(_r.org_id == org_id, _r.session_key == key))
    add_records(conn, [row])


def mark_pending(conn: Connection, org_id: str, key: str, ticket: str) -> None:
    """Note that a session's records have changed. The ticket says which change was the last."""
    row = {"org_id": org_id, "session_key": key, "ticket": ticket}
    conn.execute(insert_or_update(t.otlp_pending, row, key=("org_id", "session_key")), row)


def find_ticket(conn: Connection, org_id: str, key: str) -> str | None:
    """The last change of a session's records that was not yet put into the session."""
    return conn.execute(select(_p.ticket).where(_p.org_id == org_id, _p.session_key == key)).scalar()


def settle(conn: Connection, org_id: str, key: str, ticket: str | None) -> bool:
    """Note that this change is in the session; whether there was none since."""
    if ticket is not None:
        conn.execute(delete(t.otlp_pending).where(_p.org_id == org_id, _p.session_key == key, _p.ticket == ticket))
    return find_ticket(conn, org_id, key) is None


def list_pending(conn: Connection) -> list[tuple[str, str, str]]:
    """Organization, session and ticket of every change that is not in its session yet."""
    rows = conn.execute(select(_p.org_id, _p.session_key, _p.ticket).order_by(_p.org_id, _p.session_key))
    return [(row.org_id, row.session_key, row.ticket) for row in rows]


def _kept(org_id: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return _r.org_id == org_id, _r.session_key == key, func.length(_r.data) > 0


def _in_portions(values: Iterable[str]) -> Iterable[list[str]]:
    listed = sorted(set(values))
    return (listed[start : start + _AT_ONCE] for start in range(0, len(listed), _AT_ONCE))
