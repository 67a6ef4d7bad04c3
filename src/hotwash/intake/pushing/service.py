"""Pushes what lies at paths to a server, after what an earlier push had to leave. A bad file, or one the server refuses, costs no other."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec

from hotwash.intake.archives import Rejected
from hotwash.intake.files import sources
from hotwash.intake.own_sessions import is_own_file
from hotwash.intake.pushing.client import Client, NotSent, NotTaken, Pushed, Refused, Target
from hotwash.intake.pushing.parcels import packed, sent_name
from hotwash.intake.pushing.spool import Spool, Waiting
from hotwash.readers.base import Source, UnreadableSource


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all uploads of a push."""

    org_id: str | None = None
    user_id: str | None = None
    tags: tuple[str, ...] = ()
    format: str | None = None
    generate: bool = False
    """Have the server analyse what is new or has grown."""
    keep: bool = False
    """Whether what cannot be sent is kept for the next push."""


class PushSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a push."""

    sessions: tuple[Pushed, ...]
    rejected: tuple[Refused, ...]
    """Files that are no transcripts, and those that the server refuses."""
    kept: int
    """Uploads that wait for the next push."""
    dropped: int
    """Older uploads that had to make room for them."""
    failure: str | None
    """Why the server did not get everything; None where it did."""


def push(
    paths: Iterable[Path],
    target: Target,
    options: Options,
    spool: Spool,
    *,
    now: float,
    client: Client | None = None,
    on_item: Callable[[str], None] | None = None,
) -> PushSummary:
    """Sends what waits in the spool, then what lies at the paths; `on_item` is told each name as it is begun. Once the server is found to be
    away, nothing more is tried: the rest is kept, or left where it lies. Raises OSError where the spool cannot be written."""
    work = _Push(target, client or Client(target), options, spool, now)
    work.empty_spool()
    for source in sources(paths):
        if isinstance(source, Rejected):
            work.rejected.append(Refused(name=source.name, reason=source.reason))
            continue
        if source.path is not None and is_own_file(Path(source.path)):
            continue
        if on_item is not None:
            on_item(source.name)
        if work.failure is not None and not options.keep:
            break
        work.send(source)
    return PushSummary(
        sessions=tuple(work.sessions), rejected=tuple(work.rejected), kept=work.kept, dropped=work.dropped, failure=work.failure
    )


class _Push:
    def __init__(self, target: Target, client: Client, options: Options, spool: Spool, now: float) -> None:
        self._target, self._client, self._options, self._spool, self._now = target, client, options, spool, now
        self.sessions: list[Pushed] = []
        self.rejected: list[Refused] = []
        self.kept = 0
        self.dropped = 0
        self.failure: str | None = None

    def empty_spool(self) -> None:
        with self._spool.emptied_by_us() as ours:
            for entry in self._spool.waiting(self._target.url) if ours else ():
                if self.failure is not None:
                    return
                try:
                    with self._spool.body(entry) as body:
                        sent = self._deliver(entry.query.get("name", "upload"), body, entry.query)
                except OSError:
                    sent = True  # its bytes are gone: so should it be
                if sent:
                    self._spool.remove(entry)

    def send(self, source: Source) -> None:
        query = self._query(source)
        try:
            with packed(source) as body:
                sent = self.failure is None and self._deliver(source.name, body, query)
                if not sent and self._options.keep:
                    self.dropped += self._spool.keep(Waiting(server=self._target.url, query=query, since=self._now), body)
                    self.kept += 1
        except UnreadableSource as error:
            self.rejected.append(Refused(name=source.name, reason=error.sentence))

    def _deliver(self, name: str, body: BinaryIO, query: dict[str, str]) -> bool:
        """Whether the server has judged the upload; it is done with then, refused or not."""
        try:
            answer = self._client.send(body, query)
        except NotSent as error:
            self.failure = error.sentence
            return False
        except NotTaken as error:
            self.rejected.append(Refused(name=name, reason=error.sentence))
        else:
            self.sessions.extend(answer.sessions)
            self.rejected.extend(_named(refused, query.get("name", ""), name) for refused in answer.rejected)
        return True

    def _query(self, source: Source) -> dict[str, str]:
        options = self._options
        pairs = {
            "name": sent_name(source),
            "org_id": options.org_id,
            "user_id": options.user_id,
            "tags": ",".join(options.tags),
            "format": options.format,
            "generate": "true" if options.generate else None,
        }
        return {key: value for key, value in pairs.items() if value}


def _named(refused: Refused, sent: str, name: str) -> Refused:
    """By the name the user knows the file by, not the shortened one that was sent."""
    if not sent:
        return refused
    return Refused(name=refused.name.replace(sent, name, 1), reason=refused.reason.replace(sent, name, 1))
