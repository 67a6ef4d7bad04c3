"""A stored session with all that belongs to it, and its documents for other programs: ATIF, and our own JSON."""

from typing import Literal

import msgspec
from sqlalchemy import Connection

from hotwash.identity.model import Scope
from hotwash.insights import service as insights
from hotwash.insights.document import record_fields
from hotwash.insights.metrics import SessionMetrics
from hotwash.insights.model import StoredAnalysis
from hotwash.sessions import service as sessions
from hotwash.sessions.model import SessionRecord
from hotwash.store.blobs import BlobStore
from hotwash.transcript import Transcript
from hotwash.writers import atif

ProgramFormat = Literal["atif", "json"]

MAX_DESCENDANTS = 1_000
"""Of subagents, theirs, and so on. A session that started more is no session of an agent in the field; the rest is left out."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it is stored."""

    session: SessionRecord
    metrics: SessionMetrics
    transcript: Transcript
    analysis: StoredAnalysis
    descendants: tuple["Bundle", ...] = ()
    """Its subagents, theirs, and so on; each of these without any of its own."""


def load(conn: Connection, blobs: BlobStore, scope: Scope, session_id: str, org_id: str | None = None) -> Bundle:
    """The session of this id with its subagents. Raises NotFound, BlobMissing."""
    record = sessions.get_session(conn, scope, session_id, org_id)
    found = {record.session_id: record}
    waiting = [record]
    while waiting and len(found) <= MAX_DESCENDANTS:
        parent = waiting.pop(0)
        children = [c for c in sessions.list_children(conn, record.org_id, parent.session_id) if c.session_id not in found]
        found |= {child.session_id: child for child in children}
        waiting += children
    bundle, *descendants = (_bundle(conn, blobs, each) for each in found.values())
    return msgspec.structs.replace(bundle, descendants=tuple(descendants))


def encode(bundle: Bundle, to: ProgramFormat) -> bytes:
    """The session for other programs. ATIF holds the transcript alone, because that is what the format is for."""
    if to == "atif":
        return atif.write(bundle.transcript, [child.transcript for child in bundle.descendants])
    return msgspec.json.encode(_described(bundle) | {"subagents": [_described(child) for child in bundle.descendants]})


def _bundle(conn: Connection, blobs: BlobStore, record: SessionRecord) -> Bundle:
    return Bundle(
        session=record,
        metrics=msgspec.json.decode(record.metrics, type=SessionMetrics),
        transcript=sessions.load_transcript(conn, blobs, record.pk),
        analysis=insights.get_analysis(conn, Scope(org_ids=frozenset({record.org_id})), record.session_id),
    )


def _described(bundle: Bundle) -> dict[str, object]:
    """`session` as the contract spells it, and what only Hotwash knows beside it."""
    fields = record_fields(bundle.session)
    del fields["analysis"]
    return {"session": fields, "metrics": bundle.metrics, "analysis": bundle.analysis, "transcript": bundle.transcript}
