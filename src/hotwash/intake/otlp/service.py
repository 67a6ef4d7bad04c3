"""Sessions from telemetry: a batch goes into the inbox, is durable there, and a background job puts together every session that it touched."""

import logging

import msgspec

from hotwash.errors import InvalidInput
from hotwash.identity.model import Scope
from hotwash.intake.keeping import Import, ImportSettings, keep
from hotwash.intake.otlp import inbox, packing, queries
from hotwash.jobs.model import Job, JobsUnavailable, Key, Payload
from hotwash.jobs.queue import Jobs
from hotwash.kit import clock, ids
from hotwash.readers.otlp import FORMAT, Otlp
from hotwash.sessions import service as sessions
from hotwash.sessions.model import Content
from hotwash.store.blobs import BlobStore
from hotwash.store.engine import Database

JOB = "otlp-assembly"
"""Stays the same for ever: queued work is kept under it."""

_READER = Otlp()

log = logging.getLogger(__name__)


class _Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is about: a change of a session's records."""

    org_id: str
    session_key: str
    ticket: str

    @property
    def key(self) -> Key:
        return f"{self.org_id}:{self.session_key}:{self.ticket}"


def take_in(
    db: Database, jobs: Jobs, org_id: str, request: dict[str, object], content: Content, *, redact_emails: bool = False
) -> inbox.Stored:
    """Keeps a batch and has its sessions put together in the background. What this returns from is durable."""
    stored = inbox.store(db, org_id, request, content, redact_emails=redact_emails)
    for session_key, ticket in stored.touched.items():
        change = _Change(org_id=org_id, session_key=session_key, ticket=ticket)
        try:
            jobs.enqueue(JOB, change.key, msgspec.to_builtins(change))
        except JobsUnavailable as error:  # the batch is safe, and every start looks for what is pending
            log.warning("Telemetry waits in the inbox: %s", error.sentence)
    return stored


def register(jobs: Jobs, db: Database, blobs: BlobStore, settings: ImportSettings) -> None:
    """Tells the queue how to put a session together, and what a crash may have left pending."""

    housekeeping = _Daily()

    def run(payload: Payload) -> None:
        change = _change(payload)
        with db.read() as conn:
            current = queries.find_ticket(conn, change.org_id, change.session_key)
        if current == change.ticket:  # else the job of a later change does it, or has done it
            put_together(db, blobs, change.org_id, change.session_key, settings)
        if housekeeping.is_due():
            packing.pack_still_sessions(db, clock.now())

    def failed(_payload: Payload, reason: str) -> None:
        log.error("A session could not be put together from telemetry: %s", reason)

    def unfinished() -> list[tuple[Key, Payload]]:
        with db.read() as conn:
            pending = queries.list_pending(conn)
        changes = [_Change(org_id=org_id, session_key=key, ticket=ticket) for org_id, key, ticket in pending]
        return [(change.key, msgspec.to_builtins(change)) for change in changes]

    jobs.register(JOB, Job(run=run, failed=failed, unfinished=unfinished))


class _Daily:
    """Says once a day that it is time; a process that has just started owes the first time."""

    _DAY_S = 24 * 3600

    def __init__(self) -> None:
        self._next = 0.0

    def is_due(self) -> bool:
        now = clock.now()
        due = now >= self._next
        if due:
            self._next = now + self._DAY_S
        return due


def put_together(db: Database, blobs: BlobStore, org_id: str, session_key: str, settings: ImportSettings) -> None:
    """Makes the session what the inbox holds of it. Repeats until no change came in between: two that run at once may end in either order."""
    settled = False
    while not settled:
        state = inbox.state_of(db, org_id, session_key)
        if state.source is None:
            _forget(db, blobs, org_id, session_key)
        else:
            task = Import(db=db, blobs=blobs, org_id=org_id, now=clock.now(), settings=settings)
            for transcript in _READER.read(state.source):
                keep(task, transcript)
        settled = inbox.settle(db, state)


def _forget(db: Database, blobs: BlobStore, org_id: str, session_key: str) -> None:
    """Removes a session whose records turned out to be another's, with its subagents. One that came by other ways stays."""
    scope = Scope(org_ids=frozenset({org_id}))
    session_id = ids.session_id(FORMAT, session_key)
    with db.write() as conn:
        record = sessions.find_session(conn, scope, session_id, org_id)
        if record is None or record.format != FORMAT:
            return
        for known in (*sessions.list_children(conn, org_id, session_id), record):
            sessions.delete_session(conn, blobs, scope, known.session_id, org_id)


def _change(payload: Payload) -> _Change:
    try:
        return msgspec.convert(payload, _Change)
    except msgspec.ValidationError as error:
        raise InvalidInput("A queued change of telemetry cannot be read; it was queued by another version of Hotwash") from error
