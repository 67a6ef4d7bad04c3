"""Old telemetry takes less room: once a session has been still for long, its records become one row. Nothing is lost by it: what comes late still
joins the rest."""

import hashlib
import logging

from hotwash.intake.otlp import inbox, queries
from hotwash.store.engine import Database

log = logging.getLogger(__name__)

STILL_S = 30 * 24 * 3600
"""Seconds without a new event. Collectors hold back batches for hours at most; sessions are resumed after days."""
AT_ONCE = 200
"""Sessions a run: some seconds of work, in transactions of their own. The next run goes on."""


def pack_still_sessions(db: Database, now: float) -> int:
    """Makes one row of each session that has been still for STILL_S; of how many. Rows share nearly everything, so one of all is a tenth."""
    with db.read() as conn:
        still = queries.list_still(conn, now - STILL_S, AT_ONCE)
    for org_id, key in still:
        try:
            _pack(db, org_id, key)
        except inbox.DamagedInbox as error:  # costs no other session
            log.error("%s", error.sentence)
    return len(still)


def _pack(db: Database, org_id: str, key: str) -> None:
    with db.write() as conn:
        queries.serialise(conn, org_id)
        lines = inbox.lines_of(conn, org_id, key)
        row: dict[str, object] = {
            "org_id": org_id,
            "record_digest": hashlib.sha256(lines).hexdigest(),
            "trace_id": "",
            "session_key": key,
            "names_session": True,
            "data": inbox.compressed(lines) if lines else b"",
        }
        queries.replace_records(conn, org_id, key, row)
