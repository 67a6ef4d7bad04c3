"""Follows files and folders while agents write: says which sources have changed, each once for several writes, and finds folders that appear
later. Knows no store; what is done with a source is the caller's."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import watchfiles

from hotwash.errors import HotwashError
from hotwash.intake.files import listed_files
from hotwash.kit import clock
from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import can_be_transcript, open_source

QUIET_MS = 250
"""A burst of writes is over after this long without one."""
LONGEST_BURST_MS = 1_000
"""A file that is written without pause is taken in all the same: what is new shows within two seconds."""
LOOK_MS = 750
"""Between two looks whether the watched places are still the same ones: a rotated file, a folder that vanished or appeared. One `stat` each."""
REST_FACTOR = 4
"""After taking in a source for d seconds it rests for 4 d: a huge one that grows without pause takes a fifth of a core, not all of it. An
ordinary session takes 20 ms, and never waits."""

RESTART_OVERLAP_S = 5.0
"""When a place appears or vanishes, all are watched anew. What was written within this time before may have been missed and is taken in again,
which costs a read and changes nothing."""

_SQLITE_SUFFIXES = ("-wal", "-journal")
"""A write to a database shows in these. Its `-shm` is touched by readers too, ourselves included."""


class CannotWatch(HotwashError):
    """The system does not let these places be watched."""

    code = "cannot_watch"


class _Changed(msgspec.Struct, frozen=True):
    """A file was written, or a folder appeared."""

    path: Path


class _Place(msgspec.Struct, frozen=True):
    """A place is watched from now on. What it holds is to be taken in; `since`: only what was written after this Unix second."""

    path: Path
    since: float


class _Begun(msgspec.Struct, frozen=True):
    """All places that are there have been told."""


class _Lost(msgspec.Struct, frozen=True):
    """Watching ended by a failure."""

    reason: str


_Notice = _Changed | _Place | _Begun | _Lost
_Notices = queue.SimpleQueue[_Notice]


def follow(
    places: Sequence[Path], take_in: Callable[[Path], None], stop: threading.Event, *, on_ready: Callable[[], None] | None = None
) -> None:
    """Calls `take_in` with each source that is there, then with each that is new or has changed, until `stop` is set. `on_ready` is called once
    changes are seen and what was there is taken in. A source that is deleted is no longer spoken of. Raises CannotWatch."""
    notices: _Notices = queue.SimpleQueue()
    watcher = threading.Thread(target=_watch, args=(places, notices, stop), name="watch", daemon=True)
    watcher.start()
    try:
        _Work(take_in, on_ready).run(notices, stop)
    finally:
        stop.set()
        watcher.join()


class _Work:
    """What is still to be taken in: what was there in its order, what changed before that."""

    def __init__(self, take_in: Callable[[Path], None], on_ready: Callable[[], None] | None) -> None:
        self._take_in = take_in
        self._on_ready = on_ready
        self._begun = False
        self._backlog: deque[Path] = deque()
        self._changed: dict[Path, float] = {}
        """Each with the monotonic second from which on it may be taken in."""
        self._rests: dict[Path, float] = {}

    def run(self, notices: _Notices, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                notice = notices.get(timeout=self._patience())
            except queue.Empty:
                self._do_next()
            else:
                self._note(notice)  # all that is known first: several notices of one source are one

    def _note(self, notice: _Notice) -> None:
        match notice:
            case _Lost(reason=reason):
                raise CannotWatch(reason)
            case _Begun():
                self._begun = True
            case _Place(path=path, since=since):
                self._backlog.extend(file for file in listed_files(path) if not since or _written_at(file) >= since)
            case _Changed(path=path) if path.is_dir():
                self._backlog.extend(listed_files(path))
            case _Changed(path=path):
                source = _source(path)
                if source is not None:
                    self._changed.setdefault(source, self._rests.get(source, 0.0))

    def _do_next(self) -> None:
        source = self._due()
        if source is not None:
            started = time.monotonic()
            self._take_in(source)
            ended = time.monotonic()
            self._rests[source] = ended + REST_FACTOR * (ended - started)
        elif self._begun and not self._changed and self._on_ready is not None:
            self._on_ready()
            self._on_ready = None

    def _due(self) -> Path | None:
        first = min(self._changed, key=self._changed.__getitem__, default=None)
        if first is not None and self._changed[first] <= time.monotonic():
            del self._changed[first]
            return first
        return self._backlog.popleft() if self._backlog else None

    def _patience(self) -> float:
        """Seconds to wait for a notice before there is something else to do."""
        if self._backlog:
            return 0.0
        until = min(self._changed.values(), default=None)
        return LOOK_MS / 1000 if until is None else max(0.0, until - time.monotonic())


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _source(path: Path) -> Path | None:
    """The source that a changed file belongs to: itself, its database, or the folder that is one session. None where it is no transcript."""
    for suffix in _SQLITE_SUFFIXES:
        if path.name.endswith(suffix):
            path = path.with_name(path.name.removesuffix(suffix))
    try:
        if not can_be_transcript(path):
            return None
        source = open_source(path)
    except (UnreadableSource, OSError):
        return None  # gone again, or not ours to read
    return Path(source.path) if source.path is not None else path


def _watch(places: Sequence[Path], notices: _Notices, stop: threading.Event) -> None:
    """Runs in a thread. Tells every place that is new, or another one than before, then every path that changes."""
    told: dict[Path, tuple[int, int]] = {}
    while not stop.is_set():
        present = _present(places)
        began = clock.now()
        listed = False
        try:
            for changes in _changes(present, stop):
                if not listed:  # the first round comes once the system watches: between listing and watching there is no gap
                    for place, identity in present.items():
                        notices.put(_Place(place, began - RESTART_OVERLAP_S if told.get(place) == identity else 0.0))
                    notices.put(_Begun())
                    told, listed = present, True
                for change, name in sorted(changes, key=lambda item: item[1]):
                    path = Path(name)
                    if _counts(change, path) and _is_inside(path, present):
                        notices.put(_Changed(path))
                told = {place: identity for place, identity in told.items() if (watchfiles.Change.deleted, str(place)) not in changes}
                if _present(places) != told:
                    break  # a place came, went, or is another one now, perhaps with the old one's number
        except FileNotFoundError:
            continue  # vanished just now: looked at again
        except OSError as error:
            why = (error.strerror or str(error) or "unknown error").lower()
            notices.put(_Lost(f"the folders cannot be watched ({why}); watch fewer, or raise the system's limit of watches"))
            return


def _counts(change: watchfiles.Change, path: Path) -> bool:
    """Of a folder only that it appeared: its files tell the rest themselves."""
    if change is watchfiles.Change.deleted:
        return False
    return change is watchfiles.Change.added or not path.is_dir()


def _changes(present: Iterable[Path], stop: threading.Event) -> Iterable[set[tuple[watchfiles.Change, str]]]:
    """Bursts of changes, an empty one at once and after each quiet while."""
    places = list(present)
    if not places:
        stop.wait(LOOK_MS / 1000)
        return iter([set()])
    return watchfiles.watch(
        *places,
        watch_filter=None,
        debounce=LONGEST_BURST_MS,
        step=QUIET_MS,
        rust_timeout=LOOK_MS,
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=False,
        ignore_permission_denied=True,
    )


def _present(places: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """The places that are there, each with what tells it from another of the same name."""
    found: dict[Path, tuple[int, int]] = {}
    for place in places:
        try:
            status = place.stat()
        except OSError:
            continue
        found[place] = (status.st_dev, status.st_ino)
    return found


def _is_inside(path: Path, places: Iterable[Path]) -> bool:
    """Whether a path, with links followed, lies in a watched place: a link must not lead out of it."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError):  # RuntimeError: a loop of links
        return False
    return any(real.is_relative_to(place.resolve()) for place in places)
