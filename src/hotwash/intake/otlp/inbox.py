"""The inbox of OTLP: every span and log record that tells of a session, redacted, kept once, so that a session can be put together anew whenever more
of it comes. What is in the inbox is durable; what is not yet in its session is pending."""

import io
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping

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

WITHOUT_IDS = "records without ids, or that belong to no session and no trace"

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
    rejected: int = 0


class _Sorted(msgspec.Struct, frozen=True, kw_only=True):
    """A batch, taken apart."""

    rows: list[tuple[Record, Piece]]
    """Those that tell something, cleaned."""
    links: set[tuple[str, str]]
    """Traces, with the sessions that their records name."""
    rejected: int


def store(db: Database, org_id: str, request: Object, content: Content) -> Stored:
    """Keeps the records of an export request, with their words or without. They are durable once this returns."""
    return _store(db, org_id, pieces(request), content)


def gather(db: Database, org_id: str, source: Source, content: Content) -> Iterator[Source]:
    """Keeps what a file holds and gives, for each session it touched, everything the inbox has of it. A session counts as put together when the next
    one is asked for. The file itself where it touched none: its reader knows what to say of that."""
    touched: dict[str, str] = {}
    portion: list[Piece | None] = []
    for request in requests(source, Oddities()):
        portion += pieces(request)
        if len(portion) >= _AT_ONCE:
            touched |= _store(db, org_id, portion, content).touched
            portion = []
    touched |= _store(db, org_id, portion, content).touched
    if not touched:
        yield source
    for key, ticket in sorted(touched.items()):
        with db.read() as conn:
            gathered = source_of(conn, org_id, key)
        if gathered is not None:
            yield gathered
        with db.write() as conn:
            queries.settle(conn, org_id, key, ticket)


def source_of(conn: Connection, org_id: str, key: str) -> Source | None:
    """Everything the inbox has of a session, for the reader; None where it has nothing (any more)."""
    rows = queries.list_records(conn, org_id, key)
    if not rows:
        return None
    lines = b"\n".join(_line(data, None if named else key) for data, named in rows)
    return Source(name=f"OTLP session {key}", open=lambda: io.BytesIO(lines))


def _store(db: Database, org_id: str, found: Iterable[Piece | None], content: Content) -> Stored:
    batch = _sort(found, without_secrets if content == "full" else without_words)
    if not batch.rows and not batch.links:
        return Stored(touched={}, rejected=batch.rejected)
    with db.write() as conn:
        queries.serialise(conn, org_id)
        queries.add_links(conn, org_id, batch.links)
        traces = {record.trace_id for record, _ in batch.rows} | {trace_id for trace_id, _ in batch.links}
        linked = queries.linked_keys(conn, org_id, traces - {""})
        rows = [_row(org_id, record, piece, linked) for record, piece in batch.rows]
        queries.add_records(conn, [row for row in rows if row["session_key"]])
        keys = {str(row["session_key"]) for row in rows if row["session_key"]}
        for trace_id, key in linked.items():
            losers = queries.move_records(conn, org_id, trace_id, key)
            keys |= {key, *losers} if losers else set()
        touched = {key: secrets.token_hex(8) for key in sorted(keys)}
        for key, ticket in touched.items():
            queries.mark_pending(conn, org_id, key, ticket)
    homeless = sum(not row["session_key"] for row in rows)
    return Stored(touched=touched, rejected=batch.rejected + homeless)


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
        "data": zstandard.ZstdCompressor(level=_LEVEL).compress(msgspec.json.encode(request)),
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
