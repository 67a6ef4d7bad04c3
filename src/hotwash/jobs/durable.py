"""The queue on DBOS: each job is a durable workflow of one step, kept in SQLite or PostgreSQL. DBOS is one a process, and so is what it runs.
It sends nothing anywhere unless it is told to, and it is not."""

import logging
import sqlite3
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, StepOptions
from dbos import error as dbos_error
from sqlalchemy.exc import SQLAlchemyError

from hotwash.errors import HotwashError
from hotwash.jobs.model import Job, JobsUnavailable, Key, Payload
from hotwash.kit import private

# Work is recovered only by a process of the same version and executor. The version is that of the stored payloads, not of Hotwash: raise it
# when older ones can no longer be read. The executor is fixed because one process serves a data folder.
_PAYLOAD_VERSION = "1"
_EXECUTOR = "embedded"

_QUEUE = "hotwash"

# Together with the polling below this bounds the rate: 40 jobs a second. More threads would only keep requests waiting for the interpreter.
_WORKERS = 4

# Seconds. Short, because a person waits for the analysis just asked for.
_POLL_S = 0.1

# Seconds. DBOS looks this often whether it shall stop; its default of 1 makes every stop that slow.
_LISTENER_POLL_S = 0.2

# One more for a passing fault such as a lost connection, and one for good measure. The second pause is twice the first.
_TRIES = 3
_FIRST_PAUSE_S = 0.5


# Takes a quarter of a second. A server that does more than this many jobs between two starts keeps the rest for the next one.
_FORGOTTEN_AT_ONCE = 10_000


class _Registered:
    """The jobs that are known, and how many run. DBOS finds a workflow's function by name across restarts, so that it cannot be a closure."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.active = 0
        self.changed = threading.Condition()

    def count(self, change: int) -> None:
        with self.changed:
            self.active += change
            self.changed.notify_all()

    def wait_until_idle(self, timeout_s: float) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.active == 0, timeout_s)


_registered = _Registered()


class DurableQueue:
    """A running queue."""

    def __init__(self, url: str, jobs: Mapping[str, Job]) -> None:
        """Raises JobsUnavailable where the queue's database cannot be opened."""
        _registered.jobs = dict(jobs)
        logging.getLogger("dbos").addHandler(logging.NullHandler())  # else DBOS adds a handler of its own that writes to the terminal
        try:
            if url.startswith("sqlite:///"):
                _enter_wal(url.removeprefix("sqlite:///"))
            DBOS(config=_config(url))
            DBOS.launch()
            DBOS.register_queue(_QUEUE, worker_concurrency=_WORKERS, polling_interval_sec=_POLL_S)
        except (sqlite3.Error, SQLAlchemyError, dbos_error.DBOSException) as error:
            raise JobsUnavailable(f"The job queue's database cannot be opened ({type(error).__name__}); check the data folder") from error

    def enqueue(self, name: str, key: Key, payload: Payload) -> None:
        with SetEnqueueOptions(deduplication_id=f"{name}:{key}", duplication_policy="return-existing"):
            DBOS.enqueue_workflow(_QUEUE, _job, name, payload)

    def forget_finished(self, before: float) -> int:
        """Deletes what is left of jobs that were done, or given up, before that time (Unix seconds); how many. A bounded number at a time."""
        finished = DBOS.list_workflows(
            status=["SUCCESS", "ERROR"],
            queue_name=_QUEUE,
            completed_before=datetime.fromtimestamp(before, UTC).isoformat(),
            limit=_FORGOTTEN_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        DBOS.delete_workflows([workflow.workflow_id for workflow in finished])
        return len(finished)

    def stop(self, timeout_s: float) -> None:
        _registered.wait_until_idle(timeout_s)
        DBOS.destroy(workflow_completion_timeout_sec=0)


def _config(url: str) -> DBOSConfig:
    return {
        "name": "hotwash",
        "system_database_url": url,
        "application_version": _PAYLOAD_VERSION,
        "executor_id": _EXECUTOR,
        "log_level": "WARNING",
        "enable_otlp": False,
        "use_listen_notify": False,
        "notification_listener_polling_interval_sec": _LISTENER_POLL_S,
    }


def _enter_wal(path: str) -> None:
    """Write-ahead logging, so that looking for work does not wait for whoever enqueues some. The file keeps the mode."""
    private.make_file(Path(path))
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


@DBOS.workflow(name="hotwash.job")
def _job(name: str, payload: Payload) -> None:
    job = _registered.jobs[name]
    _registered.count(+1)
    try:
        DBOS.run_step(_step(name), job.run, payload)
    except dbos_error.DBOSMaxStepRetriesExceeded as error:
        job.failed(payload, _reason(error.errors[-1]))
        raise
    finally:
        _registered.count(-1)


def _step(name: str) -> StepOptions:
    return {"name": name, "retries_allowed": True, "max_attempts": _TRIES, "interval_seconds": _FIRST_PAUSE_S, "backoff_rate": 2.0}


def _reason(error: Exception) -> str:
    """One sentence. Of an unexpected error only the type: its words may quote a transcript."""
    return error.sentence if isinstance(error, HotwashError) else f"It failed {_TRIES} times, at last with {type(error).__name__}"
