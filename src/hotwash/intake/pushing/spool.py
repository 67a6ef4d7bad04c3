"""Uploads that could not be sent, kept in a folder until the next push. Bounded: the oldest make room, and none stays for ever. No token is ever kept here."""

import contextlib
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from hotwash.kit import lockfile, private

MAX_BYTES = 256 * 1024 * 1024
"""Compressed; about 2 GB of transcripts, months of a developer's work. More would fill a laptop behind its owner's back."""
MAX_UPLOADS = 1_000
MAX_AGE_S = 90 * 24 * 3600
"""A server that has been away for a quarter does not come back, and copies of transcripts should not lie about for ever. The agent's own files stay."""

_BODY, _ABOUT = ".body", ".json"
_CHUNK_BYTES = 1 << 20


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that waits."""

    server: str
    query: dict[str, str]
    """As the request's."""
    since: float
    """Unix seconds."""

    @property
    def key(self) -> str:
        """The same for the same file, server and organisation: a newer copy takes the older one's place, so that a session that grew while
        the server was away waits once."""
        which = (self.server, self.query.get("org_id", ""), self.query.get("name", ""))
        return hashlib.sha256(msgspec.json.encode(which)).hexdigest()[:32]


class Spool:
    """The folder. Only its owner may look into it: transcripts are confidential."""

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES, max_uploads: int = MAX_UPLOADS) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_uploads = max_uploads

    def keep(self, waiting: Waiting, body: BinaryIO) -> int:
        """Keeps an upload, durable once this returns; how many older ones had to go (or this one, where it is larger than the spool). Raises
        OSError where the folder cannot be written."""
        private.make_folder(self._folder.parent)  # the data folder, where this is the first to need it
        private.make_folder(self._folder)
        body.seek(0)
        self._write(waiting.key + _BODY, body)
        self._write(waiting.key + _ABOUT, io.BytesIO(msgspec.json.encode(waiting)))
        return self._make_room(waiting.since)

    def waiting(self, server: str) -> tuple[Waiting, ...]:
        """What waits for this server, oldest first."""
        return tuple(entry for entry, _ in self._entries() if entry.server == server)

    @contextlib.contextmanager
    def body(self, entry: Waiting) -> Iterator[BinaryIO]:
        """The upload's bytes. Raises OSError where they are gone."""
        with (self._folder / f"{entry.key}{_BODY}").open("rb") as stream:
            yield stream

    def remove(self, entry: Waiting) -> None:
        """Forgets an upload that arrived, unless a newer copy has taken its place meanwhile."""
        if self._read(self._folder / f"{entry.key}{_ABOUT}") == entry:
            self._unlink(entry.key)

    @contextlib.contextmanager
    def emptied_by_us(self) -> Iterator[bool]:
        """Holds the spool for sending it. False where another process is sending it already, or nothing was ever kept."""
        if not self._folder.is_dir():
            yield False
            return
        with lockfile.held(self._folder / "lock") as ours:
            yield ours

    def _entries(self) -> list[tuple[Waiting, int]]:
        """What waits and its size in bytes, oldest first. Half an entry, which a crash may leave, is not one."""
        found: list[tuple[Waiting, int]] = []
        for path in self._folder.glob(f"*{_ABOUT}"):
            entry = self._read(path)
            try:
                size = path.with_suffix(_BODY).stat().st_size
            except OSError:
                continue
            if entry is not None and entry.key == path.stem:
                found.append((entry, size))
        return sorted(found, key=lambda item: (item[0].since, item[0].key))

    def _make_room(self, now: float) -> int:
        entries = self._entries()
        total = sum(size for _, size in entries)
        dropped = 0
        while entries and (total > self._max_bytes or len(entries) > self._max_uploads or entries[0][0].since < now - MAX_AGE_S):
            entry, size = entries.pop(0)
            self._unlink(entry.key)
            total -= size
            dropped += 1
        return dropped

    def _read(self, path: Path) -> Waiting | None:
        try:
            return msgspec.json.decode(path.read_bytes(), type=Waiting)
        except (OSError, msgspec.DecodeError):
            return None

    def _write(self, name: str, content: BinaryIO) -> None:
        """Whole or not at all; readable by its owner alone, as NamedTemporaryFile makes it."""
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as file:
            try:
                shutil.copyfileobj(content, file, _CHUNK_BYTES)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(self._folder / name)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
                raise

    def _unlink(self, key: str) -> None:
        (self._folder / f"{key}{_ABOUT}").unlink(missing_ok=True)
        (self._folder / f"{key}{_BODY}").unlink(missing_ok=True)
