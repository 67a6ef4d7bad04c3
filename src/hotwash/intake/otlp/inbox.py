"""The inbox of OTLP: every span and log record that tells of a session, redacted, kept once, so that a session can be put together anew whenever more
of it comes. What is in the inbox is durable; what is not yet in its session is pending."""

import functools
import io
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import msgspec
import zstandard
from sqlalchemy import Connection

from hotwash.errors import HotwashError
from hotwash.intake.otlp import queries
from hotwash.intake.otlp.cleaning import without_secrets, without_words
from hotwash.readers.base import Source
from hotwash.readers.oddities import Oddities
from hotwash.readers.otlp.essence import essence
from hotwash.readers.otlp.grouping import session_key
from hotwash.readers.otlp.reader import requests
from hotwash.readers.otlp.tellers import tells
from hotwash.readers.otlp.wire import Piece, Record, digest, enclose, pieces, read_record
from hotwash.sessions.model import Content
from hotwash.store.engine import Database

MAX_BATCH_RECORDS = 20_000
"""Of one batch; exporters send 512 by default. More would keep other writers waiting for seconds."""
MAX_SESSION_RECORDS = 100_000
"""Of one session. Real agents need six a tool call, and with each batch the session is put together from all of them."""

WITHOUT_IDS = "without ids, or belonging to no session and no trace"
BEYOND_BATCH = f"beyond {MAX_BATCH_RECORDS:,} of one batch; have the exporter send smaller ones"
BEYOND_SESSION = f"beyond {MAX_SESSION_RECORDS:,} of one session"

_LEVEL = 3
_AT_ONCE = 2_000
"""Records of a file that go into one transaction: some 0.2 s of work, for which no other writer waits too long."""

Object = dict[str, object]


class DamagedInbox(HotwashError):
    """A record in the inbox cannot be unpacked: the store is damaged."""

    status = 500
    code = "damaged_inbox"


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a batch."""

    touched: dict[str, str]
    """Sessions whose records changed, each with the ticket of the change."""
    refused: dict[str, int] = {}
    """Records that were not kept, counted by reason."""

    @property
    def rejected(self) -> int:
        return sum(self.refused.values())

    @property
    def reason(self) -> str:
        """Why records were not kept, in words; empty where all were."""
        return "; ".join(f"{number} {reason}" for reason, number in self.refused.items())


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the inbox has of a session at one time."""

    org_id: str
    key: str
    ticket: str | None
    """Of the last change that was not in the session yet."""
    digests: tuple[str, ...]
    source: Source | None
    """All records, for the reader; None where there are none (any more)."""


class _Sorted(msgspec.Struct, frozen=True, kw_only=True):
    """A batch, taken apart."""

    rows: list[tuple[Record, Piece]]
    """Those that tell something, cleaned."""
    links: set[tuple[str, str]]
    """Traces, with the sessions that their records name."""
    rejected: int


def store(db: Database, org_id: str, request: Object, content: Content, *, redact_emails: bool = False) -> Stored:
    """Keeps the records of an export request, with their words or without. They are durable once this returns. What was deleted with its session
    does not come back by being sent again."""
    found = pieces(request)
    stored = _store(db, org_id, list(islice(found, MAX_BATCH_RECORDS)), content, redact_emails=redact_emails, revive=False)
    beyond = sum(1 for _ in found)
    return msgspec.structs.replace(stored, refused=stored.refused | _counted({BEYOND_BATCH: beyond}))


def gather(db: Database, org_id: str, source: Source, content: Content, *, redact_emails: bool = False) -> Iterator[Source]:
    """Keeps what a file holds, deleted before or not, and gives, for each session it touched, everything the inbox has of it. A session counts as put together when the next
    one is asked for. The file itself where it touched none: its reader knows what to say of that."""
    touched: dict[str, str] = {}
    portion: list[Piece | None] = []
    for request in requests(source, Oddities()):
        portion += pieces(request)
        if len(portion) >= _AT_ONCE:
            touched |= _store(db, org_id, portion, content, redact_emails=redact_emails, revive=True).touched
            portion = []
    touched |= _store(db, org_id, portion, content, redact_emails=redact_emails, revive=True).touched
    if not touched:
        yield source
    for key in sorted(touched):
        settled = False
        while not settled:
            state = state_of(db, org_id, key)
            if state.source is not None:
                yield state.source
            settled = settle(db, state)


def state_of(db: Database, org_id: str, key: str) -> State:
    """What the inbox has of a session now."""
    with db.read() as conn:
        ticket = queries.find_ticket(conn, org_id, key)
        records = queries.list_records(conn, org_id, key)
    lines = _lines(records, key)
    source = Source(name=f"OTLP session {key}", open=lambda: io.BytesIO(lines)) if records else None
    return State(org_id=org_id, key=key, ticket=ticket, digests=tuple(digest for digest, _, _ in records), source=source)


def settle(db: Database, state: State) -> bool:
    """Notes that this state is in the session, after it was put there. False where it is not the newest one: then the session must be put together
    again, whoever may have done so with the newest one meanwhile, for that may have been overwritten with this one."""
    with db.write() as conn:
        if queries.list_digests(conn, state.org_id, state.key) != state.digests:
            return False
        return queries.settle(conn, state.org_id, state.key, state.ticket)


def lines_of(conn: Connection, org_id: str, key: str) -> bytes:
    """Everything the inbox has of a session as lines of a file of export requests, each of which names the session."""
    return _lines(queries.list_records(conn, org_id, key), key)


def _lines(records: Iterable[tuple[str, bytes, bool]], key: str) -> bytes:
    return b"\n".join(_line(data, None if named else key) for _, data, named in records)


def compressed(lines: bytes) -> bytes:
    """Export requests as a row of the inbox holds them."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(lines)


def _store(db: Database, org_id: str, found: Iterable[Piece | None], content: Content, *, redact_emails: bool, revive: bool) -> Stored:
    clean = without_secrets if content == "full" else without_words
    batch = _sort(found, functools.partial(clean, emails=redact_emails))
    if not batch.rows and not batch.links:
        return Stored(touched={}, refused=_counted({WITHOUT_IDS: batch.rejected}))
    with db.write() as conn:
        queries.serialise(conn, org_id)
        queries.add_links(conn, org_id, batch.links)
        traces = {record.trace_id for record, _ in batch.rows} | {trace_id for trace_id, _ in batch.links}
        linked = queries.linked_keys(conn, org_id, traces - {""})
        rows = [_row(org_id, record, piece, linked) for record, piece in batch.rows]
        at_home = [row for row in rows if row["session_key"]]
        kept = _within_limit(conn, org_id, at_home)
        queries.add_records(conn, kept, revive=revive)
        keys = {str(row["session_key"]) for row in kept}
        for trace_id, key in linked.items():
            losers = queries.move_records(conn, org_id, trace_id, key)
            keys |= {key, *losers} if losers else set()
        touched = {key: secrets.token_hex(8) for key in sorted(keys)}
        for key, ticket in touched.items():
            queries.mark_pending(conn, org_id, key, ticket)
    homeless = len(rows) - len(at_home)
    refused = _counted({WITHOUT_IDS: batch.rejected + homeless, BEYOND_SESSION: len(at_home) - len(kept)})
    return Stored(touched=touched, refused=refused)


def _within_limit(conn: Connection, org_id: str, rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """The rows without those for which their session has no room."""
    taken = Counter(queries.count_records(conn, org_id, {str(row["session_key"]) for row in rows}))
    kept: list[dict[str, object]] = []
    for row in rows:
        key = str(row["session_key"])
        if taken[key] < MAX_SESSION_RECORDS:
            taken[key] += 1
            kept.append(row)
    return kept


def _counted(refused: dict[str, int]) -> dict[str, int]:
    return {reason: number for reason, number in refused.items() if number}


def _sort(found: Iterable[Piece | None], clean_piece: Callable[[Piece], Piece]) -> _Sorted:
    rows: list[tuple[Record, Piece]] = []
    links: set[tuple[str, str]] = set()
    rejected = 0
    for piece in found:
        essential = essence(piece) if piece is not None else None
        record = read_record(essential) if essential is not None else None
        if essential is None or record is None:
            rejected += 1
            continue
        telling = tells(record)
        if not telling and not (record.trace_id and session_key(record)):
            continue  # neither tells anything nor says whose a trace is
        cleaned = clean_piece(essential)
        record = read_record(cleaned) or record
        key = session_key(record)
        if key is not None and record.trace_id:
            links.add((record.trace_id, key))
        if telling:
            rows.append((record, cleaned))
    return _Sorted(rows=rows, links=links, rejected=rejected)


def _row(org_id: str, record: Record, piece: Piece, linked: Mapping[str, str]) -> dict[str, object]:
    own = session_key(record)
    request = enclose(piece)
    return {
        "org_id": org_id,
        "record_digest": digest(request),
        "trace_id": record.trace_id,
        "session_key": own or linked.get(record.trace_id) or record.trace_id,
        "names_session": own is not None,
        "data": compressed(msgspec.json.encode(request)),
    }


def _line(data: bytes, key: str | None) -> bytes:
    """The record as a line of a file of export requests. Where it does not name its session, its resource does: the reader sees only this session's
    records, not those that told."""
    try:
        line = zstandard.ZstdDecompressor().decompress(data)
        if key is None:
            return line
        request: dict[str, list[dict[str, dict[str, list[Object]]]]] = msgspec.json.decode(line)
    except (zstandard.ZstdError, msgspec.DecodeError) as error:
        raise DamagedInbox("A telemetry record is damaged in the store; restore a backup") from error
    for groups in request.values():
        for group in groups:
            group["resource"]["attributes"].append({"key": "session.id", "value": {"stringValue": key}})
    return msgspec.json.encode(request)
