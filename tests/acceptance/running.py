"""A Hotwash that runs as its users run it: a process of its own, on a data folder and a free port."""

import os
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from hotwash.identity import service as identity
from hotwash.kit import clock
from hotwash.store.engine import open_database, sqlite_url
from hotwash.store.migrate import migrate

START_TIMEOUT_S = 60
"""A start takes about a second; the rest is for a machine that does other things."""

_NOT_HANDED_ON = ("HOTWASH_", "PYTHONDONTWRITEBYTECODE")
"""Settings of whoever runs the tests, and what makes every start twice as slow."""

_ADDRESS = re.compile(r"Hotwash is up at (http://\S+)")
_LOGIN = re.compile(r"(http://\S+/login\?token=\S+)")


class Server:
    """A running server."""

    def __init__(self, data_dir: Path, *arguments: str, **settings: str) -> None:
        """`settings`: environment variables."""
        self.data_dir = data_dir
        self._process = hotwash("up", "--data", str(data_dir), "--port", "0", *arguments, **settings)
        self._output = Lines(self._process.stdout)
        self.errors = Lines(self._process.stderr)
        self.base_url = self._output.await_match(_ADDRESS, self.errors)
        self.login_url = self._output.await_match(_LOGIN, self.errors)

    def kill(self) -> None:
        """As `kill -9` does: no goodbye."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Asks it to stop, as Ctrl-C and service managers do; its exit code."""
        self._process.terminate()
        return self._process.wait(START_TIMEOUT_S)

    def token(self, role: str, org: str | None = None) -> str:
        """A fresh key with a role, in an organisation for an organisation's role."""
        return token(self.data_dir, role, org)

    def org_id(self, name: str) -> str:
        """The id of an organisation, made where it is new."""
        return org_id(self.data_dir, name)


def hotwash(*arguments: str, **settings: str) -> subprocess.Popen[str]:
    """The command line in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_HANDED_ON)}
    return subprocess.Popen(
        [sys.executable, "-m", "hotwash.cli.main", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | settings,
    )


def token(data_dir: Path, role: str, org: str | None = None) -> str:
    """A fresh key in the store of a data folder."""
    db = open_database(sqlite_url(data_dir))
    migrate(db)
    try:
        with db.write() as conn:
            now = clock.now()
            org_id = None if org is None else identity.ensure_organization(conn, org, now)
            return identity.create_service_user(conn, name=f"test {role}", role_id=role, org_id=org_id, now=now).token
    finally:
        db.close()


def org_id(data_dir: Path, name: str) -> str:
    """An organisation's id in the store of a data folder; the organisation is made where it is new."""
    db = open_database(sqlite_url(data_dir))
    migrate(db)
    try:
        with db.write() as conn:
            return identity.ensure_organization(conn, name, clock.now())
    finally:
        db.close()


class Lines:
    """What a process prints, read as it comes."""

    def __init__(self, stream: IO[str] | None) -> None:
        self.seen: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: IO[str] | None) -> None:
        for line in stream or ():
            self.seen.append(line)
            self._lines.put(line)
        self._lines.put(None)

    def await_match(self, pattern: re.Pattern[str], errors: "Lines") -> str:
        """The first group of the pattern in the next line that has it."""
        while (line := self._lines.get(timeout=START_TIMEOUT_S)) is not None:
            if match := pattern.search(line):
                return match[1]
        raise AssertionError(f"the server ended without saying {pattern.pattern!r}: {''.join(errors.seen)}")
