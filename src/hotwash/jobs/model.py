"""What a job is, for those who register one and for the queue that runs it."""

from collections.abc import Callable, Iterable
from typing import ClassVar, Protocol

import msgspec

from hotwash.errors import HotwashError

Payload = dict[str, object]
"""What a job is told: JSON values."""

Key = str
"""While a job of this key waits or runs, another one of the same key is not queued."""


class JobsUnavailable(HotwashError):
    """The queue is not running."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "jobs_unavailable"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of work. All three are called from the queue's own threads."""

    run: Callable[[Payload], None]
    """Does it. Must be safe to repeat: after a crash, or an exception, the same payload comes again."""
    failed: Callable[[Payload, str], None]
    """Told when `run` has raised as often as it may, with one sentence that says why."""
    unfinished: Callable[[], Iterable[tuple[Key, Payload]]] = tuple
    """Asked at every start: what should be queued and might not be, because the process died between writing that down and queueing it."""


class Queue(Protocol):
    """The queue library, behind what is needed of it."""

    def enqueue(self, name: str, key: Key, payload: Payload) -> None: ...

    def forget_finished(self, before: float) -> int: ...

    def stop(self, timeout_s: float) -> None: ...
