"""From a transcript to the store: redact, measure, and keep what is new, each session in one transaction. The same session is the same by any route."""

import logging
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec
from sqlalchemy import Connection

from hotwash.analysis import rules
from hotwash.analysis.model import Analysis
from hotwash.identity.model import Scope
from hotwash.insights import service as insights
from hotwash.insights.metrics import Scale, SessionMetrics, measure, session_status
from hotwash.insights.size import session_size
from hotwash.intake import forks
from hotwash.intake.contentless import without_content, without_words
from hotwash.intake.redaction import count_marks, redact_transcript, table
from hotwash.intake.snapshots import content_digest, is_older
from hotwash.kit import faults
from hotwash.readers.otlp import FORMAT as TELEMETRY
from hotwash.sessions import service as sessions
from hotwash.sessions.model import Content, Figures, SessionDraft, SessionRecord
from hotwash.sessions.storable import storable
from hotwash.store.blobs import BlobStore
from hotwash.store.engine import Database
from hotwash.transcript import ReadWarning, Transcript, UserMessage

log = logging.getLogger(__name__)

Outcome = Literal["created", "updated", "unchanged"]

# The last second that a 32-bit column holds. Times beyond it come from broken or hostile transcripts.
_LATEST = 2**31 - 1


class ImportSettings(Scale, Protocol):
    """How sessions are priced and sized, and how much of them is kept."""

    @property
    def content(self) -> Content: ...

    @property
    def redact_emails(self) -> bool: ...


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was taken in, or was there already."""

    session_id: str
    outcome: Outcome
    """`unchanged`: nothing was written. So is an older copy of a session that has grown since."""
    format: str
    events: int
    """Of the transcript that was read."""
    warnings: tuple[ReadWarning, ...]


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all sessions of one import."""

    db: Database
    blobs: BlobStore
    org_id: str
    now: float
    settings: ImportSettings
    user_id: str | None = None
    service_user_id: str | None = None
    tags: tuple[str, ...] = ()
    format: str | None = None


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it is to be kept, and what was found out while its words were there."""

    transcript: Transcript
    digest: str
    metrics: SessionMetrics
    status: tuple[str, str | None]
    redactions: dict[str, int]
    analysis: Analysis | None
    """Where it cannot be made later, because the content is not kept."""


def keep(task: Import, read: Transcript, then: Callable[[Connection, SessionRecord], None] | None = None) -> Imported:
    """Takes in one session, durably. `then` writes more about it in the same transaction, whether or not the session itself is new."""
    redacted, redactions = redact_transcript(storable(read), table(emails=task.settings.redact_emails))
    transcript = redacted if task.settings.content == "full" else without_content(redacted)
    digest = content_digest(transcript)
    with task.db.read() as conn:
        outcome = _outcome(conn, task, transcript, digest)
    if outcome != "unchanged" or then is not None:
        ready = _ready(task, redacted, transcript, digest, redactions)
        dropped: tuple[str, ...] = ()
        with task.db.write() as conn:
            outcome = _outcome(conn, task, transcript, digest)  # again: another import may have come first
            if outcome != "unchanged":
                dropped = _save(conn, task, ready)
            if then is not None and (record := _find(conn, task.org_id, transcript.session_id)) is not None:
                then(conn, record)
        if dropped:
            with task.db.write() as conn:
                task.blobs.delete_unreferenced(conn, dropped)
    return Imported(
        session_id=transcript.session_id,
        outcome=outcome,
        format=transcript.format,
        events=len(transcript.events),
        warnings=transcript.warnings,
    )


def _ready(task: Import, redacted: Transcript, transcript: Transcript, digest: str, redactions: dict[str, int]) -> _Ready:
    metrics = _measure(task, redacted)
    return _Ready(
        transcript=transcript,
        digest=digest,
        metrics=metrics,
        status=session_status(redacted),
        redactions=count_marks(redacted) if redacted.format == TELEMETRY else redactions,  # telemetry was redacted before it was kept
        analysis=None if transcript is redacted else _analyse_in_passing(redacted, metrics),
    )


def _analyse_in_passing(transcript: Transcript, metrics: SessionMetrics) -> Analysis | None:
    if not metrics.num_agent_messages:
        return None
    try:
        return without_words(rules.analyse(transcript, acus=metrics.acus))
    except insights.ENGINE_FAULTS as error:
        log.error("A session could not be analysed as it came in: %s", faults.describe(error))
        return None


def _measure(task: Import, transcript: Transcript) -> SessionMetrics:
    return measure(transcript, usd_per_acu=task.settings.usd_per_acu, size_thresholds=task.settings.size_thresholds)


def _outcome(conn: Connection, task: Import, transcript: Transcript, digest: str) -> Outcome:
    record = _find(conn, task.org_id, transcript.session_id)
    if record is None:
        return "created"
    if record.content_digest == digest:
        return "unchanged"
    if TELEMETRY in (record.format, transcript.format) and record.format != transcript.format:
        return _file_or_telemetry(record, transcript)
    if record.format != transcript.format:
        # An export of a session that the agent's own file holds too, or the other way round: the fuller one stays, in whatever order they come.
        return "updated" if len(transcript.events) > record.num_events else "unchanged"
    may_be_older = len(transcript.events) <= record.num_events
    if may_be_older and is_older(transcript, sessions.load_transcript(conn, task.blobs, record.pk)):
        return "unchanged"
    return "updated"


def _file_or_telemetry(record: SessionRecord, transcript: Transcript) -> Outcome:
    """An agent's own file says more of a session than what it sends while it works: telemetry stands only where it knows of more that a person said,
    so that the file is an older copy."""
    said = sum(isinstance(event, UserMessage) for event in transcript.events)
    ahead = said > record.num_user_messages if transcript.format == TELEMETRY else said >= record.num_user_messages
    return "updated" if ahead else "unchanged"


def _save(conn: Connection, task: Import, ready: _Ready) -> tuple[str, ...]:
    """Writes the session and its document, and what its forks and ancestors show of it. The blobs that must not be kept any longer."""
    known = _find(conn, task.org_id, ready.transcript.session_id)
    draft = _draft(task, ready, known)
    lineages = sorted({line for line in (draft.lineage, known.lineage if known else None) if line is not None})
    for line in lineages:
        sessions.lock_lineage(conn, line)
    changes_content = known is not None and known.content != draft.content
    dropped = sessions.list_blobs(conn, known.pk) if known is not None and changes_content else ()
    pk = sessions.save_session(conn, task.blobs, draft, task.now)
    if changes_content:
        insights.forget_analysis(conn, pk)  # it quotes what is no longer kept, or lacks what now is
    if ready.analysis is not None:
        insights.put_analysis(conn, pk, ready.analysis, task.now)
    for line in lineages:
        _share_out(conn, task, line)
    _settle(conn, task, ready.transcript.session_id)
    return dropped


def _draft(task: Import, ready: _Ready, known: SessionRecord | None) -> SessionDraft:
    metrics = ready.metrics
    created_at = _seconds(metrics.started_at, known.created_at if known else task.now)
    return SessionDraft(
        transcript=ready.transcript,
        org_id=task.org_id,
        created_at=created_at,
        updated_at=max(created_at, _seconds(metrics.ended_at, created_at)),
        status=ready.status[0],
        status_detail=ready.status[1],
        acus=metrics.acus,
        session_size=metrics.session_size,
        content_digest=ready.digest,
        lineage=forks.lineage(ready.transcript),
        content=task.settings.content,
        redactions=ready.redactions,
        user_id=task.user_id,
        service_user_id=task.service_user_id,
        tags=task.tags,
        **msgspec.structs.asdict(_figures(metrics)),
    )


def _figures(metrics: SessionMetrics) -> Figures:
    return Figures(
        num_user_messages=metrics.num_user_messages,
        num_devin_messages=metrics.num_agent_messages,
        own_acus=metrics.acus,
        acu_basis=metrics.acu_basis,
        metrics=msgspec.json.encode(metrics),
    )


def _share_out(conn: Connection, task: Import, lineage: str) -> None:
    """Counts what forks hold in common in the first of them alone. A session that has none costs one look-up."""
    family = [record for format_name in forks.COPYING_FORMATS for record in sessions.list_family(conn, task.org_id, format_name, lineage)]
    counted: set[str] = set()
    for record in forks.in_order(family):
        transcript = sessions.load_transcript(conn, task.blobs, record.pk)
        figures = _figures(_measure_own(task, transcript, counted))
        if figures.metrics != record.metrics:
            sessions.set_figures(conn, record.pk, figures)
            _settle(conn, task, record.session_id)
        counted |= forks.event_ids(transcript)


def _measure_own(task: Import, transcript: Transcript, counted: set[str]) -> SessionMetrics:
    """Figures of the part that is the session's own. When it began and ended stays what it is for the whole, by which forks are ordered."""
    whole = forks.own_part(transcript, counted)
    metrics = _measure(task, whole)
    copied = len(transcript.events) - len(whole.events)
    if not copied:
        return metrics
    of_all = _measure(task, transcript)
    return msgspec.structs.replace(metrics, started_at=of_all.started_at, ended_at=of_all.ended_at, copied_events=copied)


def _settle(conn: Connection, task: Import, session_id: str | None) -> None:
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
