"""All SQL of sessions. A function a question; the caller owns the transaction."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    and_,
    delete,
    false,
    func,
    literal_column,
    select,
    text,
    tuple_,
    update,
)

from hotwash.identity.model import Scope
from hotwash.kit.ids import bare_session_id
from hotwash.sessions.model import EventRow, Figures, Message, SessionFilter, SessionRecord
from hotwash.sessions.storable import can_be_stored
from hotwash.store import tables as t
from hotwash.store.statements import insert_if_new, insert_or_update, insert_rows
from hotwash.transcript import PullRequest

_WORD = re.compile(r"[^\W_]+")
MAX_SEARCH_WORDS = 32
"""More words than anybody types; each costs an index look-up."""
_SAME_ORIGIN = {"scheduled": ("scheduled", "automation"), "automation": ("scheduled", "automation")}
_NONE: ColumnElement[int] = literal_column("0")  # not a parameter, which no database matches with the condition of an index
_SESSION_ID = re.compile(r"[0-9a-f]{32}")
_KEPT_ON_UPDATE = ("imported_at", "analysis_state", "is_archived")
_FILLED_ON_UPDATE = ("user_id", "service_user_id", "playbook_id")

_s, _r = t.sessions.c, t.otlp_records.c


def find_session(conn: Connection, scope: Scope, session_id: str, org_id: str | None) -> SessionRecord | None:
    """The session of this id (bare or `devin-` form) in the scope, and in this organization where one is named. Where several organizations hold it,
    the one that had it first."""
    bare = bare_session_id(session_id)
    if not _SESSION_ID.fullmatch(bare):
        return None
    conditions = [_s.session_id == bare, *_in_scope(scope)]
    if org_id is not None:
        conditions.append(_equals(_s.org_id, org_id))
    found = _records(conn, conn.execute(select(t.sessions).where(*conditions).order_by(_s.pk).limit(1)).mappings().all())
    return found[0] if found else None


def find_session_by_pk(conn: Connection, pk: int) -> SessionRecord | None:
    """The session of this key."""
    found = _records(conn, conn.execute(select(t.sessions).where(_s.pk == pk)).mappings().all())
    return found[0] if found else None


def list_sessions(
    conn: Connection, scope: Scope, narrowed: SessionFilter, limit: int, before: tuple[int, int] | None
) -> tuple[SessionRecord, ...]:
    """The newest sessions of a scope that a filter lets through, those that sort before (`created_at`, `pk`) where given."""
    created_at, pk = _s.created_at, _s.pk
    query = select(t.sessions)
    if len(narrowed.tags) == 1:  # a common case, read in order from the tag's own index; with several tags a session might come twice
        created_at, pk = t.session_tags.c.created_at, t.session_tags.c.session_pk
        query = query.join(t.session_tags, pk == _s.pk).where(_equals(t.session_tags.c.tag, narrowed.tags[0]))
        narrowed = msgspec.structs.replace(narrowed, tags=())
    conditions = _conditions(conn, scope, narrowed)
    if before is not None:
        conditions.append(tuple_(created_at, pk) < tuple_(*before))
    rows = conn.execute(query.where(*conditions).order_by(created_at.desc(), pk.desc()).limit(limit))
    return _records(conn, rows.mappings().all())


def count_sessions(conn: Connection, scope: Scope, narrowed: SessionFilter) -> int:
    """How many sessions of a scope a filter lets through."""
    return conn.execute(select(func.count()).select_from(t.sessions).where(*_conditions(conn, scope, narrowed))).scalar_one()


def count_formats(conn: Connection, scope: Scope) -> Sequence[tuple[str, int, int]]:
    """Every format that sessions of a scope have, how many have it, and the key of the newest taken in."""
    rows = conn.execute(select(_s.format, func.count(), func.max(_s.pk)).where(*_in_scope(scope)).group_by(_s.format).order_by(_s.format))
    return [(name, number, newest) for name, number, newest in rows]


def list_children(conn: Connection, org_id: str, session_id: str) -> tuple[SessionRecord, ...]:
    """The subagent sessions that a session started, oldest first; those of one second by id, whichever came in first."""
    children = and_(_s.org_id == org_id, _s.parent_session_id == session_id)
    rows = conn.execute(select(t.sessions).where(children).order_by(_s.created_at, _s.session_id))
    return _records(conn, rows.mappings().all())


def list_family(conn: Connection, org_id: str, format_name: str, lineage: str) -> tuple[SessionRecord, ...]:
    """The sessions of an organization that may be forks of one another; none where there is but one, which is the rule."""
    rows = conn.execute(select(t.sessions).where(_s.lineage == lineage, _s.org_id == org_id, _s.format == format_name)).mappings().all()
    return _records(conn, rows) if len(rows) > 1 else ()


def lock_lineage(conn: Connection, lineage: str) -> None:
    """Make other transactions that write sessions of this lineage wait. SQLite has one writer at a time anyway."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:lineage, 0))"), {"lineage": lineage})


def list_messages(conn: Connection, pk: int, limit: int, after: int) -> tuple[tuple[int, Message], ...]:
    """What was said in a session after a `seq`, in order, each with its `seq`."""
    m = t.messages.c
    rows = conn.execute(
        select(m.seq, m.event_id, m.source, m.message, m.created_at).where(m.session_pk == pk, m.seq > after).order_by(m.seq).limit(limit)
    )
    return tuple(
        (row.seq, Message(event_id=row.event_id, source=row.source, message=row.message, created_at=row.created_at)) for row in rows
    )


def list_event_rows(conn: Connection, pk: int, limit: int, after: int) -> tuple[EventRow, ...]:
    """A session's events after a `seq`, one line each."""
    e = t.events.c
    rows = conn.execute(
        select(e.seq, e.record, e.at, e.kind, e.category, e.tool, e.status, e.tokens, e.preview)
        .where(e.session_pk == pk, e.seq > after)
        .order_by(e.seq)
        .limit(limit)
    )
    return tuple(EventRow(**row._mapping) for row in rows)


def find_seq_at_record(conn: Connection, pk: int, record: int) -> int | None:
    """The first event that a source record gave, or, where it gave none (a result belongs to its call), the nearest record before it."""
    e = t.events.c
    nearest = select(func.max(e.record)).where(e.session_pk == pk, e.record <= record).scalar_subquery()
    return conn.execute(select(func.min(e.seq)).where(e.session_pk == pk, e.record == nearest)).scalar()


def find_header(conn: Connection, pk: int) -> bytes | None:
    """A session's transcript without its events."""
    return conn.execute(select(t.headers.c.data).where(t.headers.c.session_pk == pk)).scalar()


def search_bodies(conn: Connection, pks: Sequence[int]) -> dict[int, str]:
    """The search texts of sessions."""
    rows = conn.execute(select(t.search_texts.c.session_pk, t.search_texts.c.body).where(t.search_texts.c.session_pk.in_(pks)))
    return {row.session_pk: row.body for row in rows}


def upsert_session(conn: Connection, values: Mapping[str, object]) -> int:
    """Insert a session, or update it where the organization has it; its key. On PostgreSQL this also makes a second import of the same session wait for
    the first."""
    statement = insert_or_update(
        t.sessions, values, key=("org_id", "session_id"), keep=_KEPT_ON_UPDATE, fill=_FILLED_ON_UPDATE, returning="pk"
    )
    pk: int = conn.execute(statement, dict(values)).scalar_one()
    return pk


def replace_content(
    conn: Connection,
    pk: int,
    *,
    header: bytes,
    messages: Sequence[tuple[int, Message]],
    events: Sequence[EventRow],
    pull_requests: Mapping[str, str | None],
    search_text: str,
) -> None:
    """Replace what a session consists of, beside its frames. Messages come with their `seq`, pull requests as state by URL."""
    said = [(seq, *msgspec.structs.astuple(message)) for seq, message in messages]
    _replace_rows(conn, t.headers, pk, ("data",), [(header,)])
    _replace_rows(conn, t.messages, pk, ("seq", *Message.__struct_fields__), said)
    _replace_rows(conn, t.events, pk, EventRow.__struct_fields__, [msgspec.structs.astuple(event) for event in events])
    _replace_rows(conn, t.pull_requests, pk, ("url", "state"), list(pull_requests.items()))
    _replace_rows(conn, t.search_texts, pk, ("body",), [(search_text,)])


def _replace_rows(conn: Connection, table: Table, pk: int, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Replace a session's rows of one table; `columns` are those beside its key."""
    conn.execute(delete(table).where(table.c.session_pk == pk))
    insert_rows(conn, table, ("session_pk", *columns), [(pk, *row) for row in rows])


def add_tags(conn: Connection, pk: int, created_at: int, tags: Iterable[str]) -> None:
    """Tag a session; tags it has already stay. `created_at` is the session's."""
    c = t.session_tags.c
    rows = [{"session_pk": pk, "tag": tag, "created_at": created_at} for tag in sorted(set(tags))]
    if rows:
        conn.execute(insert_if_new(t.session_tags), rows)
    conn.execute(update(t.session_tags).where(c.session_pk == pk, c.created_at != created_at).values(created_at=created_at))


def set_totals(conn: Connection, pk: int, acus: float, session_size: str) -> None:
    """Set what a session cost with its subagents, and the size that follows."""
    conn.execute(update(t.sessions).where(_s.pk == pk).values(acus=acus, session_size=session_size))


def set_figures(conn: Connection, pk: int, figures: Figures) -> None:
    """Set what is counted of a session."""
    conn.execute(update(t.sessions).where(_s.pk == pk).values(**msgspec.structs.asdict(figures)))


def frame_digests(conn: Connection, pk: int) -> tuple[str, ...]:
    """The blobs that hold a session's events."""
    return tuple(conn.execute(select(t.frames.c.digest).where(t.frames.c.session_pk == pk)).scalars())


def delete_session(conn: Connection, pk: int) -> None:
    """Delete a session with all rows that belong to it (they cascade)."""
    conn.execute(delete(t.sessions).where(_s.pk == pk))


def forget_telemetry(conn: Connection, org_id: str, session_key: str) -> None:
    """Delete what the inbox holds of a session, but for digests: by these it knows what was deleted when that is sent again."""
    conn.execute(update(t.otlp_records).where(_r.org_id == org_id, _r.session_key == session_key).values(data=b""))


def search_words(query: str) -> tuple[str, ...]:
    """The words of a search, as both databases split them. What remains are letters and digits, so that no query can be a syntax error."""
    return tuple(_WORD.findall(query))[:MAX_SEARCH_WORDS]


def _conditions(conn: Connection, scope: Scope, narrowed: SessionFilter) -> list[ColumnElement[bool]]:
    f = narrowed
    conditions = [*_in_scope(scope)]
    if f.session_ids:
        conditions.append(_any_of(_s.session_id, map(bare_session_id, f.session_ids)))
    else:
        conditions.append(_s.parent_session_id.is_(None))
    for column, after, before in ((_s.created_at, f.created_after, f.created_before), (_s.updated_at, f.updated_after, f.updated_before)):
        conditions += [column >= after] if after is not None else []
        conditions += [column < before] if before is not None else []
    for column, values in (
        (_s.user_id, f.user_ids),
        (_s.service_user_id, f.service_user_ids),
        (_s.repository, f.repo_names),
        (_s.org_id, f.org_ids),
        (_s.session_size, f.sizes),
        (_s.outcome, f.outcomes),
    ):
        conditions += [_any_of(column, values)] if values else []
    for column, value in ((_s.playbook_id, f.playbook_id), (_s.category, f.category), (_s.agent, f.agent)):
        conditions += [_equals(column, value)] if value is not None else []
    if f.origins:
        conditions.append(_any_of(_s.origin, (same for origin in f.origins for same in _SAME_ORIGIN.get(origin, (origin,)))))
    if f.tags:
        conditions.append(_s.pk.in_(select(t.session_tags.c.session_pk).where(_any_of(t.session_tags.c.tag, f.tags))))
    if f.schedule_id is not None:
        conditions.append(false())
    if f.is_archived is not None:
        conditions.append(_s.is_archived.is_(f.is_archived))
    if f.has_issues is not None:
        conditions.append(_s.num_issues > _NONE if f.has_issues else _s.num_issues == _NONE)
    if f.text is not None:
        conditions.append(_matches(conn, f.text))
    return conditions


def _in_scope(scope: Scope) -> list[ColumnElement[bool]]:
    return [] if scope.org_ids is None else [_any_of(_s.org_id, scope.org_ids)]


def _any_of(column: Column[Any], values: Iterable[str]) -> ColumnElement[bool]:
    possible = sorted({value for value in values if can_be_stored(value)})
    if not possible:
        return false()
    return column == possible[0] if len(possible) == 1 else column.in_(possible)


def _equals(column: Column[Any], value: str) -> ColumnElement[bool]:
    return _any_of(column, (value,))


def _matches(conn: Connection, query: str) -> ColumnElement[bool]:
    """Sessions whose search text holds all words of the query."""
    words = search_words(query)
    if not words:
        return false()
    if conn.dialect.name == "sqlite":
        found = text("SELECT rowid FROM search_index WHERE search_index MATCH :words").bindparams(
            words=" ".join(f'"{word}"' for word in words)
        )
    else:
        found = text("SELECT session_pk FROM search_texts WHERE tsv @@ plainto_tsquery('simple', :words)").bindparams(words=" ".join(words))
    return _s.pk.in_(found.columns(literal_column("pk").label("pk")))


def _records(conn: Connection, rows: Sequence[RowMapping]) -> tuple[SessionRecord, ...]:
    """Session rows with their tags, pull requests and children, which take one query each for a whole page."""
    pks = [row["pk"] for row in rows]
    tags, pulls, children = _tags(conn, pks), _pull_requests(conn, pks), _children(conn, rows)
    return tuple(
        SessionRecord(
            **{**row, "redactions": msgspec.json.decode(row["redactions"])},
            tags=tags.get(row["pk"], ()),
            pull_requests=pulls.get(row["pk"], ()),
            child_session_ids=children.get((row["org_id"], row["session_id"]), ()),
        )
        for row in rows
    )


def _tags(conn: Connection, pks: list[int]) -> dict[int, tuple[str, ...]]:
    c = t.session_tags.c
    found: dict[int, tuple[str, ...]] = {}
    for pk, tag in conn.execute(select(c.session_pk, c.tag).where(c.session_pk.in_(pks)).order_by(c.session_pk, c.tag)) if pks else ():
        found[pk] = (*found.get(pk, ()), tag)
    return found


def _pull_requests(conn: Connection, pks: list[int]) -> dict[int, tuple[PullRequest, ...]]:
    c = t.pull_requests.c
    found: dict[int, tuple[PullRequest, ...]] = {}
    for pk, url, state in (
        conn.execute(select(c.session_pk, c.url, c.state).where(c.session_pk.in_(pks)).order_by(c.session_pk, c.url)) if pks else ()
    ):
        found[pk] = (*found.get(pk, ()), PullRequest(url=url, state=state))
    return found


def _children(conn: Connection, parents: Sequence[RowMapping]) -> dict[tuple[str, str], tuple[str, ...]]:
    if not parents:
        return {}
    ids = sorted({row["session_id"] for row in parents})
    rows = conn.execute(select(_s.org_id, _s.parent_session_id, _s.session_id, _s.created_at).where(_s.parent_session_id.in_(ids))).all()
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    # Not by ORDER BY, which tempts SQLite to read a whole index instead. Within a second by id: the order of coming in differs from route to route.
    in_order = sorted(rows, key=lambda row: (row.created_at, row.session_id))
    for org_id, parent, child, *_ in in_order:
        found[org_id, parent] = (*found.get((org_id, parent), ()), child)
    return found
