"""What the faces are handed: the open database, the blobs, the job queue, and the few settings a request needs. Built by `app.py` alone."""

import dataclasses
from pathlib import Path

from hotwash.insights.model import EngineName
from hotwash.jobs.queue import Jobs
from hotwash.judging.judge import Judge
from hotwash.sessions.model import Content
from hotwash.store.blobs import BlobStore
from hotwash.store.engine import Database


@dataclasses.dataclass(frozen=True, kw_only=True)
class Services:
    """One per running server. Everything in it may be used from any thread."""

    db: Database
    blobs: BlobStore
    jobs: Jobs
    base_url: str
    """Address that people use, without a slash at the end: goes into session links."""
    data_dir: Path
    """Where uploads wait on disk until they are read."""
    max_upload_bytes: int
    usd_per_acu: float
    size_thresholds: tuple[float, float, float, float]
    content: Content = "full"
    """How much is kept of sessions that come in."""
    redact_emails: bool = False
    """Whether addresses of people are taken out of them, as secrets are."""
    judge: Judge | None = None
    """Asks a model about sessions. None: the rules alone analyse."""

    @property
    def engine(self) -> EngineName:
        """Who analyses where nobody says who."""
        return "rules" if self.judge is None else "judge"
