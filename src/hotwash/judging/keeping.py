"""What the command line keeps between runs without a store: answers that were paid for, and what was spent today. Files in the data folder,
their owner's alone. Whatever cannot be read there counts as absent."""

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hotwash.judging.model import CannotKeepAccount, Spending
from hotwash.kit import private

MAX_ANSWER_BYTES = 8 * 1024 * 1024
"""Larger files in the folder are not ours."""
_LEDGER_START = "spent-"


class FolderAnswers:
    """Answers of one model, a file each. Not to be kept at all is no failure: the next run asks again."""

    def __init__(self, folder: Path, model: str) -> None:
        self._folder = folder / hashlib.sha256(model.encode("utf-8", "replace")).hexdigest()[:16]

    def find(self, request_id: str) -> str | None:
        path = self._folder / f"{request_id}.txt"
        try:
            if path.stat().st_size > MAX_ANSWER_BYTES:
                return None
            return path.read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            return None

    def put(self, request_id: str, text: str) -> None:
        with contextlib.suppress(OSError):
            private.make_folder(self._folder.parent)
            private.make_folder(self._folder)
            path = self._folder / f"{request_id}.txt"
            private.make_file(path)
            path.write_bytes(text.encode("utf-8", "replace"))


class FolderLedger:
    """A file a day, a line for each time that something was spent: appending needs no lock between processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def spent(self, day: str) -> Spending:
        try:
            lines = self._path(day).read_bytes().splitlines()
        except OSError:
            return Spending()
        return sum((_read(line) for line in lines), Spending())

    def open(self) -> None:
        """To be called before anything is spent. Raises CannotKeepAccount where that could not be written down."""
        with self._explained():
            private.make_folder(self._folder)
            if not os.access(self._folder, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def add(self, day: str, spending: Spending) -> None:
        """Raises CannotKeepAccount."""
        with self._explained():
            private.make_folder(self._folder)
            path = self._path(day)
            if not path.exists():
                self._forget_others(day)
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "ab", buffering=0) as file:
                file.write(msgspec.json.encode(spending) + b"\n")

    def _path(self, day: str) -> Path:
        return self._folder / f"{_LEDGER_START}{day}.jsonl"

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = (error.strerror or "unknown error").lower()
            raise CannotKeepAccount(
                f"{self._folder}: what judging costs cannot be written there ({why}); name another folder with --data"
            ) from error

    def _forget_others(self, day: str) -> None:
        """Yesterday's spending limits nothing any more."""
        for path in self._folder.glob(f"{_LEDGER_START}*.jsonl"):
            if path != self._path(day):
                path.unlink(missing_ok=True)


def _read(line: bytes) -> Spending:
    try:
        return msgspec.json.decode(line, type=Spending)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Spending()  # the end of a line that a crash cut short
