"""How sessions get in: read, redact, measure, and keep what is new, each session in one transaction. The same session is the same by any route."""

import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath
from typing import Literal, Required, TypedDict, Unpack

import msgspec
from sqlalchemy import Connection

from hotwash.errors import HotwashError
from hotwash.identity.model import Scope
from hotwash.insights import service as insights
from hotwash.insights.metrics import Scale, SessionMetrics, measure, session_status
from hotwash.insights.size import session_size
from hotwash.intake.archives import Rejected as Rejected
from hotwash.intake.archives import unpack
from hotwash.intake.files import sources
from hotwash.intake.redaction import redact_transcript
from hotwash.intake.snapshots import content_digest, is_older
from hotwash.kit import faults
from hotwash.readers.base import Source
from hotwash.readers.detect import read_source
from hotwash.sessions import service as sessions
from hotwash.sessions.model import SessionDraft, SessionRecord
from hotwash.sessions.storable import storable
from hotwash.store.blobs import BlobStore
from hotwash.store.engine import Database, StoreUnavailable
from hotwash.transcript import ReadWarning, Transcript

log = logging.getLogger(__name__)

Outcome = Literal["created", "updated", "unchanged"]

# The last second that a 32-bit column holds. Times beyond it come from broken or hostile transcripts.
_LATEST = 2**31 - 1


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was taken in, or was there already."""

    session_id: str
    outcome: Outcome
    """`unchanged`: nothing was written. So is an older copy of a session that has grown since."""
    format: str
    events: int
    """Of the transcript that was read."""
    warnings: tuple[ReadWarning, ...]


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an import."""

    sessions: tuple[Imported, ...]
    rejected: tuple[Rejected, ...]


class ImportOptions(TypedDict, total=False):
    """What is the same for all sessions of one import."""

    org_id: Required[str]
    now: Required[float]
    """Unix seconds; the time of a session whose transcript has none."""
    settings: Required[Scale]
    user_id: str | None
    service_user_id: str | None
    tags: tuple[str, ...]
    format: str | None
    """Read as this format instead of detecting it."""


class _Import(msgspec.Struct, frozen=True, kw_only=True):
    db: Database
    blobs: BlobStore
    org_id: str
    now: float
    settings: Scale
    user_id: str | None = None
    service_user_id: str | None = None
    tags: tuple[str, ...] = ()
    format: str | None = None


def import_source(db: Database, blobs: BlobStore, source: Source, **options: Unpack[ImportOptions]) -> tuple[Imported, ...]:
    """Takes in the sessions of one transcript, which is not packed. Each is durable once this returns. Raises UnreadableSource where there is none."""
    return tuple(_import_each(_Import(db=db, blobs=blobs, **options), source))


def import_paths(
    db: Database,
    blobs: BlobStore,
    paths: Iterable[Path],
    *,
    on_item: Callable[[str], None] | None = None,
    **options: Unpack[ImportOptions],
) -> ImportSummary:
    """Takes in transcript files, archives of them, and folders of transcript files. A bad one is reported and the rest goes on. `on_item` is told each
    name as it is begun. Raises StoreUnavailable where the store is lost."""
    return _import_all(_Import(db=db, blobs=blobs, **options), sources(paths), on_item)


def import_upload(db: Database, blobs: BlobStore, path: Path, *, name: str, **options: Unpack[ImportOptions]) -> ImportSummary:
    """Takes in what somebody sent, which waits in the file `path`: one transcript or an archive. `name` is what it is called in what is reported."""
    source = Source(name=name, open=lambda: path.open("rb"), path=PurePath(name))
    return _import_all(_Import(db=db, blobs=blobs, **options), [source], None)


def _import_all(task: _Import, sources: Iterable[Source | Rejected], on_item: Callable[[str], None] | None) -> ImportSummary:
    imported: list[Imported] = []
    rejected: list[Rejected] = []
    for source in sources:
        for item in [source] if isinstance(source, Rejected) else unpack(source):
            if isinstance(item, Rejected):
                rejected.append(item)
                continue
            if on_item is not None:
                on_item(item.name)
            reason = _import_item(task, item, imported)
            if reason is not None:
                rejected.append(Rejected(name=item.name, reason=reason))
    return ImportSummary(sessions=tuple(imported), rejected=tuple(rejected))


def _import_item(task: _Import, source: Source, imported: list[Imported]) -> str | None:
    """Takes in what one file holds, session by session; why it, or the rest of it, could not be."""
    try:
        imported.extend(_import_each(task, source))  # one by one: what came before a failure is in the store and counts
    except StoreUnavailable:
        raise
    except HotwashError as error:
        return error.sentence
    except OSError as error:
        return f"cannot be read ({(error.strerror or 'unknown error').lower()}); check the file"
    except Exception as error:  # noqa: BLE001 the item boundary of intake: whatever a hostile file sets off, the other files go on
        log.error("A file could not be taken in: %s", faults.describe(error))
        return f"could not be taken in ({type(error).__name__}); please report this with the log"
    return None


def _import_each(task: _Import, source: Source) -> Iterator[Imported]:
    for transcript in read_source(source, task.format):
        yield _import_transcript(task, transcript)


def _import_transcript(task: _Import, read: Transcript) -> Imported:
    transcript, _ = redact_transcript(storable(read))
    digest = content_digest(transcript)
    with task.db.read() as conn:
        outcome = _outcome(conn, task, transcript, digest)
    if outcome != "unchanged":
        metrics = measure(transcript, usd_per_acu=task.settings.usd_per_acu, size_thresholds=task.settings.size_thresholds)
        with task.db.write() as conn:
            outcome = _outcome(conn, task, transcript, digest)  # again: another import may have come first
            if outcome != "unchanged":
                _save(conn, task, transcript, metrics, digest)
    return Imported(
        session_id=transcript.session_id,
        outcome=outcome,
        format=transcript.format,
        events=len(transcript.events),
        warnings=transcript.warnings,
    )


def _outcome(conn: Connection, task: _Import, transcript: Transcript, digest: str) -> Outcome:
    record = _find(conn, task.org_id, transcript.session_id)
    if record is None:
        return "created"
    if record.content_digest == digest:
        return "unchanged"
    if record.format != transcript.format:
        # An export of a session that the agent's own file holds too, or the other way round: the fuller one stays, in whatever order they come.
        return "updated" if len(transcript.events) > record.num_events else "unchanged"
    may_be_older = len(transcript.events) <= record.num_events
    if may_be_older and is_older(transcript, sessions.load_transcript(conn, task.blobs, record.pk)):
        return "unchanged"
    return "updated"


def _save(conn: Connection, task: _Import, transcript: Transcript, metrics: SessionMetrics, digest: str) -> None:
    """Writes the session and its document, and what its ancestors show of it."""
    known = _find(conn, task.org_id, transcript.session_id)
    status, status_detail = session_status(transcript)
    created_at = _seconds(metrics.started_at, known.created_at if known else task.now)
    draft = SessionDraft(
        transcript=transcript,
        org_id=task.org_id,
        created_at=created_at,
        updated_at=max(created_at, _seconds(metrics.ended_at, created_at)),
        status=status,
        status_detail=status_detail,
        num_user_messages=metrics.num_user_messages,
        num_devin_messages=metrics.num_agent_messages,
        own_acus=metrics.acus,
        acus=metrics.acus,
        acu_basis=metrics.acu_basis,
        session_size=metrics.session_size,
        content_digest=digest,
        metrics=msgspec.json.encode(metrics),
        user_id=task.user_id,
        service_user_id=task.service_user_id,
        tags=task.tags,
    )
    sessions.save_session(conn, task.blobs, draft, task.now)
    _settle(conn, task, transcript.session_id)


def _settle(conn: Connection, task: _Import, session_id: str | None) -> None:
    """Brings totals and documents up to date from a session up to its topmost ancestor. Subagents may arrive before or after who started them."""
    settled: set[str] = set()
    while session_id is not None and session_id not in settled and (record := _find(conn, task.org_id, session_id)) is not None:
        settled.add(session_id)
        children = [c for c in sessions.list_children(conn, task.org_id, session_id) if c.session_id != session_id]
        acus = round(record.own_acus + sum(child.acus for child in children), 4)
        sessions.set_totals(conn, record.pk, acus, session_size(acus, record.num_user_messages, task.settings.size_thresholds))
        insights.render(conn, record.pk)
        session_id = record.parent_session_id


def _find(conn: Connection, org_id: str, session_id: str) -> SessionRecord | None:
    return sessions.find_session(conn, Scope(org_ids=frozenset({org_id})), session_id)


def _seconds(at: float | None, otherwise: float) -> int:
    """Whole Unix seconds, for columns and the contract."""
    return int(otherwise) if at is None else int(min(max(at, 0), _LATEST))
