"""How sessions get in: from files, folders, archives, uploads, or transcripts that are read already. One bad item never stops the rest."""

import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath
from typing import Required, TypedDict, Unpack

import msgspec
from sqlalchemy import Connection

from hotwash.errors import HotwashError
from hotwash.intake.archives import Rejected as Rejected
from hotwash.intake.archives import unpack
from hotwash.intake.files import sources
from hotwash.intake.keeping import Import, keep
from hotwash.intake.keeping import Imported as Imported
from hotwash.intake.keeping import ImportSettings as ImportSettings
from hotwash.intake.keeping import Outcome as Outcome
from hotwash.intake.otlp.inbox import gather
from hotwash.intake.own_sessions import is_own
from hotwash.kit import faults
from hotwash.readers.base import Source
from hotwash.readers.detect import detect
from hotwash.readers.otlp import FORMAT as OTLP
from hotwash.sessions.model import SessionRecord
from hotwash.store.blobs import BlobStore
from hotwash.store.engine import Database, StoreUnavailable
from hotwash.transcript import Transcript

log = logging.getLogger(__name__)


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an import."""

    sessions: tuple[Imported, ...]
    rejected: tuple[Rejected, ...]
    left_out: int = 0
    """Sessions of Hotwash's own judge, which are nobody's work."""


class ImportOptions(TypedDict, total=False):
    """What is the same for all sessions of one import."""

    org_id: Required[str]
    now: Required[float]
    """Unix seconds; the time of a session whose transcript has none."""
    settings: Required[ImportSettings]
    user_id: str | None
    service_user_id: str | None
    tags: tuple[str, ...]
    format: str | None
    """Read as this format instead of detecting it."""


def import_source(db: Database, blobs: BlobStore, source: Source, **options: Unpack[ImportOptions]) -> tuple[Imported, ...]:
    """Takes in the sessions of one transcript, which is not packed. Each is durable once this returns. Raises UnreadableSource where there is none."""
    return tuple(one for one in _import_each(Import(db=db, blobs=blobs, **options), source) if one is not None)


def import_transcript(
    db: Database,
    blobs: BlobStore,
    transcript: Transcript,
    *,
    then: Callable[[Connection, SessionRecord], None] | None = None,
    **options: Unpack[ImportOptions],
) -> Imported:
    """Takes in a session that is read already; durable once this returns. `then` writes more about it in the same transaction, whether or not
    the session itself brings anything new."""
    return keep(Import(db=db, blobs=blobs, **options), transcript, then)


def import_paths(
    db: Database,
    blobs: BlobStore,
    paths: Iterable[Path],
    *,
    on_item: Callable[[str], None] | None = None,
    **options: Unpack[ImportOptions],
) -> ImportSummary:
    """Takes in transcript files, archives of them, and folders of transcript files. A bad one is reported and the rest goes on. `on_item` is told each
    name as it is begun. Raises StoreUnavailable where the store is lost."""
    return _import_all(Import(db=db, blobs=blobs, **options), sources(paths), on_item)


def import_upload(db: Database, blobs: BlobStore, path: Path, *, name: str, **options: Unpack[ImportOptions]) -> ImportSummary:
    """Takes in what somebody sent, which waits in the file `path`: one transcript or an archive. `name` is what it is called in what is reported."""
    source = Source(name=name, open=lambda: path.open("rb"), path=PurePath(name))
    return _import_all(Import(db=db, blobs=blobs, **options), [source], None)


def _import_all(task: Import, sources: Iterable[Source | Rejected], on_item: Callable[[str], None] | None) -> ImportSummary:
    imported: list[Imported | None] = []
    rejected: list[Rejected] = []
    for source in sources:
        for item in [source] if isinstance(source, Rejected) else unpack(source):
            if isinstance(item, Rejected):
                rejected.append(item)
                continue
            if on_item is not None:
                on_item(item.name)
            reason = _import_item(task, item, imported)
            if reason is not None:
                rejected.append(Rejected(name=item.name, reason=reason))
    return ImportSummary(
        sessions=tuple(one for one in imported if one is not None), rejected=tuple(rejected), left_out=imported.count(None)
    )


def _import_item(task: Import, source: Source, imported: list[Imported | None]) -> str | None:
    """Takes in what one file holds, session by session; why it, or the rest of it, could not be."""
    try:
        imported.extend(_import_each(task, source))  # one by one: what came before a failure is in the store and counts
    except StoreUnavailable:
        raise
    except HotwashError as error:
        return error.sentence
    except OSError as error:
        return f"cannot be read ({(error.strerror or 'unknown error').lower()}); check the file"
    except Exception as error:  # noqa: BLE001 the item boundary of intake: whatever a hostile file sets off, the other files go on
        log.error("A file could not be taken in: %s", faults.describe(error))
        return f"could not be taken in ({type(error).__name__}); please report this with the log"
    return None


def _import_each(task: Import, source: Source) -> Iterator[Imported | None]:
    """What came of each session; None for one that is left out."""
    reader = detect(source, task.format)
    for whole in (
        gather(task.db, task.org_id, source, task.settings.content, redact_emails=task.settings.redact_emails)
        if reader.format == OTLP
        else (source,)
    ):
        for transcript in reader.read(whole):
            yield None if is_own(transcript) else keep(task, transcript)
