"""The background job of insights: analysing one stored session."""

from hotwash.errors import InvalidInput
from hotwash.insights import queries, service
from hotwash.jobs.model import Job, Key, Payload
from hotwash.jobs.queue import Jobs
from hotwash.judging.judge import Judge
from hotwash.store.blobs import BlobStore
from hotwash.store.engine import Database


def register(jobs: Jobs, db: Database, blobs: BlobStore, judge: Judge | None = None) -> None:
    """Tells the queue how to analyse, what to do when that fails for good, and what a crash may have left out of the queue."""

    def run(payload: Payload) -> None:
        service.analyse_stored(db, blobs, *_which(payload), judge=judge)

    def failed(payload: Payload, reason: str) -> None:
        service.fail_stored(db, *_which(payload), reason)

    def unfinished() -> list[tuple[Key, Payload]]:
        with db.read() as conn:
            requested = queries.list_requested(conn)
        return [(service.job_key(org, session, at), {"org_id": org, "session_id": session}) for org, session, at in requested]

    jobs.register(service.JOB, Job(run=run, failed=failed, unfinished=unfinished))


def _which(payload: Payload) -> tuple[str, str]:
    org_id, session_id = payload.get("org_id"), payload.get("session_id")
    if not isinstance(org_id, str) or not isinstance(session_id, str):
        raise InvalidInput("A queued analysis names no session; it was queued by another version of Hotwash")
    return org_id, session_id
