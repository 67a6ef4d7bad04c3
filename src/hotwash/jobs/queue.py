"""Background work that outlives the process: register what can be done, then enqueue it. What a crash interrupts goes on at the next start."""

import logging
import threading
from pathlib import Path

from sqlalchemy.engine import make_url

from hotwash.errors import HotwashError
from hotwash.jobs.model import Job, Key, Payload, Queue
from hotwash.jobs.model import JobsUnavailable as JobsUnavailable
from hotwash.kit import clock

log = logging.getLogger(__name__)

SQLITE_FILE = "jobs.db"

# Seconds. Starting takes 0.5 s; longer than this, something is wrong with the machine and the caller should hear of it.
_START_TIMEOUT_S = 30

# Seconds that running jobs get to end at a stop. What takes longer is interrupted, and goes on at the next start.
_STOP_TIMEOUT_S = 10


# Seconds. A week of finished jobs is enough to look into what went wrong; what they did is in the store.
_REMEMBERED_S = 7 * 24 * 3600


class Jobs:
    """The job queue of this process; there is one. Where the store is SQLite, the queue has a file of its own in the data folder, so that neither
    waits for the other's writes; else it is in the store's database."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        self._url = _queue_url(database_url, data_dir)
        self._jobs: dict[str, Job] = {}
        self._queue: Queue | None = None
        self._started = threading.Event()
        self._starter: threading.Thread | None = None

    def register(self, name: str, job: Job) -> None:
        """Before `start`. The name must stay the same for ever: queued work is kept under it."""
        self._jobs[name] = job

    def start(self) -> None:
        """Returns at once; the queue comes up in the background, so that a server answers before it does."""
        self._starter = threading.Thread(target=self._start, name="jobs-starter", daemon=True)
        self._starter.start()

    @property
    def running(self) -> bool:
        """Whether jobs are being worked on."""
        return self._queue is not None

    def enqueue(self, name: str, key: Key, payload: Payload) -> None:
        """Durable once this returns. Raises JobsUnavailable where the queue is not running and does not come up."""
        if self._starter is None or not self._started.wait(_START_TIMEOUT_S) or self._queue is None:
            raise JobsUnavailable("Background jobs are not running; start the server again, and see its log for the reason")
        self._queue.enqueue(name, key, payload)

    def stop(self) -> None:
        """Lets running jobs end, for a while. What is queued or interrupted stays and goes on at the next start."""
        if self._starter is not None:
            self._starter.join(_START_TIMEOUT_S)
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.stop(_STOP_TIMEOUT_S)
        self._starter = None
        self._started.clear()

    def _start(self) -> None:
        # Not at the top: the library takes as long to import (0.4 s) as the rest of the server, which this thread does not keep waiting.
        from hotwash.jobs.durable import DurableQueue

        try:
            queue = self._queue = DurableQueue(self._url, self._jobs)
            for name, job in self._jobs.items():
                for key, payload in job.unfinished():
                    queue.enqueue(name, key, payload)
            queue.forget_finished(clock.now() - _REMEMBERED_S)
        except HotwashError as error:
            log.error("Background jobs did not start: %s", error.sentence)
        finally:
            self._started.set()


def _queue_url(database_url: str, data_dir: Path) -> str:
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{data_dir.absolute() / SQLITE_FILE}"
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
