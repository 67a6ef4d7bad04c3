"""The job queue: each job runs, once for a key, after a crash too, and says when it cannot."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hotwash.errors import InvalidInput
from hotwash.jobs.durable import DurableQueue
from hotwash.jobs.model import Job, Payload
from hotwash.jobs.queue import Jobs, JobsUnavailable
from hotwash.kit import clock
from hotwash.store.engine import Database
from tests.acceptance.waiting import until

PATIENCE_S = 30


class Recorder:
    """What jobs were told and how they failed; waits for a number of either."""

    def __init__(self, work: Callable[[Payload], None] = lambda payload: None) -> None:
        self._changed = threading.Condition()
        self._work = work
        self.ran: list[Payload] = []
        self.failures: list[tuple[Payload, str]] = []

    def job(self) -> Job:
        return Job(run=self._run, failed=self._failed)

    def wait(self, *, ran: int = 0, failed: int = 0) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.ran) >= ran and len(self.failures) >= failed, PATIENCE_S)

    def _run(self, payload: Payload) -> None:
        with self._changed:
            self.ran.append(payload)
            self._changed.notify_all()
        self._work(payload)

    def _failed(self, payload: Payload, reason: str) -> None:
        with self._changed:
            self.failures.append((payload, reason))
            self._changed.notify_all()


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


@contextmanager
def running(database: Database, data_dir: Path, **jobs: Job) -> Iterator[Jobs]:
    queue = Jobs(url_of(database), data_dir)
    for name, job in jobs.items():
        queue.register(name, job)
    queue.start()
    try:
        yield queue
    finally:
        queue.stop()


def test_a_job_runs_with_what_it_is_told(database: Database, tmp_path: Path) -> None:
    recorder = Recorder()
    with running(database, tmp_path, count=recorder.job()) as jobs:
        jobs.enqueue("count", "a", {"n": 1, "words": ["x", None]})
        recorder.wait(ran=1)
        assert jobs.running
    assert recorder.ran == [{"n": 1, "words": ["x", None]}]
    assert not jobs.running


def test_a_key_that_waits_or_runs_is_not_queued_again(sqlite_database: Database, tmp_path: Path) -> None:
    """Once it is done, it may be."""
    begun, go_on = threading.Event(), threading.Event()

    def work(payload: Payload) -> None:
        begun.set()
        assert go_on.wait(PATIENCE_S)

    recorder, other = Recorder(work), Recorder()
    with running(sqlite_database, tmp_path, slow=recorder.job(), other=other.job()) as jobs:
        jobs.enqueue("slow", "a", {"n": 1})
        assert begun.wait(PATIENCE_S)
        jobs.enqueue("slow", "a", {"n": 2})
        jobs.enqueue("other", "a", {"n": 3})
        other.wait(ran=1)
        go_on.set()
    with running(sqlite_database, tmp_path, slow=recorder.job(), other=other.job()) as jobs:
        jobs.enqueue("slow", "a", {"n": 4})
        recorder.wait(ran=2)
    assert recorder.ran == [{"n": 1}, {"n": 4}]


def test_what_fails_for_good_is_told_why(sqlite_database: Database, tmp_path: Path) -> None:
    """After three tries; the words of an unexpected error stay inside, an expected one explains itself."""

    def work(payload: Payload) -> None:
        if payload["expected"]:
            raise InvalidInput("This cannot be analysed")
        raise ValueError("words of a transcript")

    recorder = Recorder(work)
    with running(sqlite_database, tmp_path, bad=recorder.job()) as jobs:
        jobs.enqueue("bad", "a", {"expected": True})
        jobs.enqueue("bad", "b", {"expected": False})
        recorder.wait(failed=2)
    reasons = {bool(payload["expected"]): reason for payload, reason in recorder.failures}
    assert reasons[True] == "This cannot be analysed"
    assert "ValueError" in reasons[False]
    assert "transcript" not in reasons[False]
    assert len(recorder.ran) == 6


def test_a_passing_fault_is_got_over(sqlite_database: Database, tmp_path: Path) -> None:
    tries: list[int] = []
    done = threading.Event()

    def work(payload: Payload) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OSError
        done.set()

    recorder = Recorder(work)
    with running(sqlite_database, tmp_path, shaky=recorder.job()) as jobs:
        jobs.enqueue("shaky", "a", {})
        assert done.wait(PATIENCE_S)
    assert recorder.failures == []


def test_finished_jobs_are_forgotten_after_a_time(sqlite_database: Database, tmp_path: Path) -> None:
    """Those that wait, or are younger, stay."""
    held = threading.Event()

    def work(payload: Payload) -> None:
        if not payload["quick"]:
            held.wait(PATIENCE_S)

    recorder = Recorder(work)
    queue = DurableQueue(f"sqlite:///{tmp_path / 'jobs.db'}", {"job": recorder.job()})
    try:
        queue.enqueue("job", "a", {"quick": True})
        queue.enqueue("job", "b", {"quick": False})
        recorder.wait(ran=2)
        assert queue.forget_finished(clock.now() - 60) == 0
        assert until(lambda: queue.forget_finished(clock.now() + 60) or None, "the quick job is finished") == 1
    finally:
        held.set()
        queue.stop(PATIENCE_S)


def test_a_queue_that_is_not_started_says_so(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(JobsUnavailable):
        Jobs(url_of(sqlite_database), tmp_path).enqueue("a", "a", {})


def test_a_queue_that_cannot_start_says_so_and_can_be_stopped(sqlite_database: Database, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "jobs.db").mkdir()
    with running(sqlite_database, tmp_path / "folder") as jobs:
        with pytest.raises(JobsUnavailable):
            jobs.enqueue("a", "a", {})
        assert not jobs.running


CRASHING = """
import sys, threading
from pathlib import Path
from hotwash.jobs.model import Job
from hotwash.jobs.queue import Jobs
from hotwash.store.engine import sqlite_url

folder = Path(sys.argv[1])
def run(payload):
    print("begun", flush=True)
    threading.Event().wait()
jobs = Jobs(sqlite_url(folder), folder)
jobs.register("job", Job(run=run, failed=lambda payload, reason: None))
jobs.start()
jobs.enqueue("job", "a", {"n": 1})
threading.Event().wait()
"""


def test_a_job_interrupted_by_kill_9_goes_on_at_the_next_start(sqlite_database: Database, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", CRASHING, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    recorder = Recorder()
    with running(sqlite_database, tmp_path, job=recorder.job()):
        recorder.wait(ran=1)
    assert recorder.ran == [{"n": 1}]
