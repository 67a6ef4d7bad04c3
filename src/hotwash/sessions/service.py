"""The verbs of sessions: find, list, read, search, save, delete. Every reading one takes the caller's scope."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection

from hotwash.errors import InvalidInput, NotFound
from hotwash.identity.model import Scope
from hotwash.kit import ids
from hotwash.kit.pages import Page, decode_cursor, encode_cursor
from hotwash.kit.text import one_line
from hotwash.readers.otlp import FORMAT as TELEMETRY
from hotwash.sessions import content, queries
from hotwash.sessions.model import EventRow, Figures, FormatSeen, Message, SearchHit, SessionDraft, SessionFilter, SessionRecord
from hotwash.sessions.storable import column_text, encodable, storable
from hotwash.store.blobs import BlobMissing, BlobStore, read_frames, write_frames
from hotwash.transcript import Event, Transcript

DEFAULT_PAGE = 100
EVENTS_PAGE = 200
MAX_KEY_CHARS = 500
"""Of values that stand in an index: PostgreSQL's index rows hold 2,700 bytes."""
MAX_PATH_CHARS = 4_096
"""The longest path Linux knows."""
EXCERPT_CHARS = 160
_EXCERPT_LEAD_CHARS = 60
_LARGEST_KEY = 2**63 - 1
"""What both databases can compare."""
_LARGEST_INT = 2**31 - 1
"""The same for columns of 32 bits."""


def find_session(conn: Connection, scope: Scope, session_id: str, org_id: str | None = None) -> SessionRecord | None:
    """The session of this id, bare or in the `devin-` form; None unless the scope holds it."""
    return queries.find_session(conn, scope, session_id, org_id)


def get_session(conn: Connection, scope: Scope, session_id: str, org_id: str | None = None) -> SessionRecord:
    """The same, or NotFound, which does not tell a foreign session from one that does not exist."""
    record = queries.find_session(conn, scope, session_id, org_id)
    if record is None:
        raise NotFound(f"There is no session {one_line(session_id, 80)!r}; session lists, such as `hotwash sessions`, name them by id")
    return record


def load_record(conn: Connection, pk: int) -> SessionRecord:
    """The session of this key, for work inside the store. Raises NotFound."""
    record = queries.find_session_by_pk(conn, pk)
    if record is None:
        raise NotFound("The session is deleted")
    return record


def list_sessions(
    conn: Connection, scope: Scope, narrowed: SessionFilter, first: int = DEFAULT_PAGE, after: str | None = None
) -> Page[SessionRecord]:
    """A page of sessions, newest first by (`created_at`, `pk`), so that pages stay whole while sessions are added. Subagent sessions are left out
    unless the filter names them."""
    before = None if after is None else _session_cursor(after)
    records = queries.list_sessions(conn, scope, narrowed, first + 1, before)
    shown = records[:first]
    return Page(
        items=shown,
        end_cursor=encode_cursor(shown[-1].created_at, shown[-1].pk) if len(records) > first else None,
        total=queries.count_sessions(conn, scope, narrowed),
    )


def list_children(conn: Connection, org_id: str, session_id: str) -> tuple[SessionRecord, ...]:
    """The subagent sessions that a session started, oldest first."""
    return queries.list_children(conn, org_id, session_id)


def list_family(conn: Connection, org_id: str, format_name: str, lineage: str) -> tuple[SessionRecord, ...]:
    """The sessions that may be forks of one another, in no order; none where there is but one."""
    return queries.list_family(conn, org_id, format_name, lineage)


def lock_lineage(conn: Connection, lineage: str) -> None:
    """Until the transaction ends, no other one writes sessions of this lineage. To be called before such a session is saved."""
    queries.lock_lineage(conn, lineage)


def list_messages(
    conn: Connection, scope: Scope, session_id: str, first: int = DEFAULT_PAGE, after: str | None = None, org_id: str | None = None
) -> Page[Message]:
    """A page of what was said, oldest first, not counted (as live, contract section 1). Raises NotFound."""
    record = get_session(conn, scope, session_id, org_id)
    found = queries.list_messages(conn, record.pk, first + 1, _seq_cursor(after))
    return Page(
        items=tuple(message for _, message in found[:first]),
        end_cursor=encode_cursor(found[first - 1][0]) if len(found) > first else None,
    )


def list_events(
    conn: Connection,
    blobs: BlobStore,
    scope: Scope,
    session_id: str,
    first: int = EVENTS_PAGE,
    after: str | None = None,
    org_id: str | None = None,
) -> Page[Event]:
    """A page of a session's events in full. Raises NotFound, BlobMissing."""
    record = get_session(conn, scope, session_id, org_id)
    start = min(_seq_cursor(after) + 1, record.num_events)
    events = read_frames(conn, blobs, record.pk, start, start + first - 1)
    last = start + first - 1
    return Page(items=events, end_cursor=encode_cursor(last) if last < record.num_events - 1 else None, total=record.num_events)


def list_event_rows(
    conn: Connection, scope: Scope, session_id: str, first: int = EVENTS_PAGE, after: str | None = None, org_id: str | None = None
) -> Page[EventRow]:
    """A page of a session's events, one line each. Raises NotFound."""
    record = get_session(conn, scope, session_id, org_id)
    rows = queries.list_event_rows(conn, record.pk, first + 1, _seq_cursor(after))
    shown = rows[:first]
    return Page(items=shown, end_cursor=encode_cursor(shown[-1].seq) if len(rows) > first else None, total=record.num_events)


def find_seq_at_record(conn: Connection, scope: Scope, session_id: str, record: int, org_id: str | None = None) -> int | None:
    """The `seq` of the event that stands at a source record; None where the session begins after it. Raises NotFound."""
    found = get_session(conn, scope, session_id, org_id)
    return queries.find_seq_at_record(conn, found.pk, min(record, _LARGEST_INT))


def list_formats(conn: Connection, scope: Scope) -> tuple[FormatSeen, ...]:
    """The formats that sessions of a scope have, subagents' included, by name."""
    seen = queries.count_formats(conn, scope)
    return tuple(FormatSeen(format=name, sessions=number, signals=_load_header(conn, newest).coverage) for name, number, newest in seen)


def load_transcript(conn: Connection, blobs: BlobStore, pk: int) -> Transcript:
    """A session's transcript as it was saved. Raises NotFound, BlobMissing."""
    return msgspec.structs.replace(_load_header(conn, pk), events=read_frames(conn, blobs, pk))


def _load_header(conn: Connection, pk: int) -> Transcript:
    data = queries.find_header(conn, pk)
    if data is None:
        raise NotFound("The session is deleted")
    try:
        return msgspec.json.decode(data, type=Transcript)
    except msgspec.DecodeError as error:
        raise BlobMissing("The head of this session is damaged in the store; import it again or restore a backup") from error


def search_sessions(conn: Connection, scope: Scope, query: str, first: int = DEFAULT_PAGE) -> tuple[SearchHit, ...]:
    """The newest sessions in whose title, messages or commands all words of the query stand, whatever characters it holds."""
    records = queries.list_sessions(conn, scope, SessionFilter(text=query), first, None)
    bodies = queries.search_bodies(conn, [record.pk for record in records]) if records else {}
    words = queries.search_words(query)
    return tuple(SearchHit(session=record, excerpt=_excerpt(bodies.get(record.pk, ""), words)) for record in records)


def save_session(conn: Connection, blobs: BlobStore, draft: SessionDraft, now: float) -> int:
    """Stores a session, or replaces what the organization has of it, with everything that belongs to it; its key. The analysis, the archive mark and
    tags given earlier stay. Needs a writing transaction."""
    transcript = storable(draft.transcript)
    pk = queries.upsert_session(conn, _session_values(draft, transcript, now))
    queries.replace_content(
        conn,
        pk,
        header=msgspec.json.encode(msgspec.structs.replace(transcript, events=())),
        messages=tuple(content.messages(transcript, draft.created_at)),
        events=tuple(map(content.event_row, transcript.events)),
        pull_requests={_key(pull.url): _optional_key(pull.state) for pull in transcript.pull_requests},
        search_text=content.search_text(transcript),
    )
    queries.add_tags(conn, pk, draft.created_at, clean_tags(draft.tags))
    write_frames(conn, blobs, pk, transcript.events)
    return pk


def list_blobs(conn: Connection, pk: int) -> tuple[str, ...]:
    """The blobs that hold a session's events, for who replaces them for good."""
    return queries.frame_digests(conn, pk)


def set_totals(conn: Connection, pk: int, acus: float, session_size: str) -> None:
    """What a session cost with its subagents, once that changes. Needs a writing transaction."""
    queries.set_totals(conn, pk, acus, session_size)


def set_figures(conn: Connection, pk: int, figures: Figures) -> None:
    """What is counted of a session, once that changes. Needs a writing transaction; totals have to be set after it."""
    queries.set_figures(conn, pk, figures)


def delete_session(conn: Connection, blobs: BlobStore, scope: Scope, session_id: str, org_id: str | None = None) -> SessionRecord:
    """Removes a session and all that belongs to it, telemetry and blobs included where no other session has the same. Its subagent sessions stay.
    What it was. Needs a writing transaction. Raises NotFound."""
    record = get_session(conn, scope, session_id, org_id)
    digests = queries.frame_digests(conn, record.pk)
    queries.delete_session(conn, record.pk)
    if record.session_id == ids.session_id(TELEMETRY, record.native_id):
        queries.forget_telemetry(conn, record.org_id, record.native_id)
    blobs.delete_unreferenced(conn, digests)
    return record


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as they are kept: trimmed, without empty ones and repeats, sorted."""
    return tuple(sorted({_key(tag.strip()) for tag in tags if tag.strip()}))


def _session_values(draft: SessionDraft, transcript: Transcript, now: float) -> dict[str, object]:
    return {
        "org_id": draft.org_id,
        "session_id": transcript.session_id,
        "parent_session_id": transcript.parent_session_id,
        "format": transcript.format,
        "agent": _key(transcript.agent),
        "native_id": column_text(transcript.native_id, MAX_PATH_CHARS),
        "title": content.title(transcript),
        "cwd": None if transcript.cwd is None else column_text(transcript.cwd, MAX_PATH_CHARS),
        "repository": _optional_key(transcript.repository),
        "branch": _optional_key(transcript.branch),
        "origin": transcript.origin,
        "status": draft.status,
        "status_detail": draft.status_detail,
        "user_id": _optional_key(draft.user_id),
        "service_user_id": _optional_key(draft.service_user_id),
        "playbook_id": _optional_key(draft.playbook_id),
        "is_archived": False,
        "created_at": draft.created_at,
        "updated_at": draft.updated_at,
        "imported_at": int(now),
        "num_user_messages": draft.num_user_messages,
        "num_devin_messages": draft.num_devin_messages,
        "num_events": len(transcript.events),
        "own_acus": draft.own_acus,
        "acus": draft.acus,
        "acu_basis": draft.acu_basis,
        "session_size": draft.session_size,
        "analysis_state": "not_started",
        "content_digest": draft.content_digest,
        "metrics": draft.metrics,
        "lineage": draft.lineage,
        "content": draft.content,
        "redactions": msgspec.json.encode(draft.redactions).decode(),
    }


def _key(value: str) -> str:
    return column_text(encodable(value), MAX_KEY_CHARS)


def _optional_key(value: str | None) -> str | None:
    return None if value is None else _key(value)


def _session_cursor(after: str) -> tuple[int, int]:
    created_at, pk = decode_cursor(after, int, int)
    return _bounded(created_at), _bounded(pk)


def _seq_cursor(after: str | None) -> int:
    return -1 if after is None else min(_bounded(decode_cursor(after, int)[0]), _LARGEST_INT)


def _bounded(value: int | str) -> int:
    if not isinstance(value, int) or not 0 <= value <= _LARGEST_KEY:
        raise InvalidInput("after: not a cursor of this list; leave it out to start from the first page")
    return value


def _excerpt(body: str, words: tuple[str, ...]) -> str:
    low = body.lower()
    places = [place for word in words if (place := low.find(word.lower())) >= 0]
    start = max(0, min(places, default=0) - _EXCERPT_LEAD_CHARS)
    return one_line(body[start : start + 2 * EXCERPT_CHARS], EXCERPT_CHARS)
