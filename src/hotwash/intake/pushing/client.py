"""One upload over HTTP: the body streams from a file, is tried again while the failure may pass, and waits as long as the server asks for."""

import http.client
import io
import random
import select
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import msgspec

from hotwash.errors import HotwashError
from hotwash.kit import outgoing

IMPORTS_PATH = "/hotwash/v1/imports"

ATTEMPTS = 5
"""With the waits below, about 8 s: a server that restarts is back by then; one that is not is away."""
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
"""A server that asks for more is left alone: what is to be sent waits in the spool, or the user tries again."""
TIMEOUT_S = 120.0
"""Without a byte. The server answers once everything is stored; 300 MB take half a minute."""

_AUTHORITY = frozenset({401, 403})


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A server, and a key for it."""

    url: str
    """As `address.server_url` gives it."""
    token: str

    def __repr__(self) -> str:
        return f"Target({self.url})"  # a token must not get into a traceback or log


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """A session that the server took in, or had already."""

    session_id: str
    outcome: str
    format: str
    events: int


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not taken in, and why."""

    name: str
    reason: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says of one upload."""

    sessions: tuple[Pushed, ...] = ()
    rejected: tuple[Refused, ...] = ()


class NotSent(HotwashError):
    """The server is away, busy, or does not let this token in: another time, or another token, may do."""

    code = "not_sent"


class NotTaken(HotwashError):
    """The server will not take this upload, however often it is sent."""

    code = "not_taken"


class _Listens(http.client.HTTPConnection):
    """A server may refuse an upload (wrong key, too large) before it has all of it. Asked to close the connection, as urllib asks, it would
    close at once, and the system would throw away what it said. So that is not asked; we look for an answer before each part, and stop there."""

    _answered = False

    def putheader(self, header: Any, *values: Any) -> None:  # Any: as the base class has it
        if header.lower() != "connection":
            super().putheader(header, *values)

    def send(self, data: Any) -> None:
        if self.sock is not None and not self._answered:
            self._answered = bool(select.select([self.sock], [], [], 0)[0])
        if not self._answered:
            super().send(data)


class _Http(urllib.request.HTTPHandler):
    """For http alone: with TLS there is more to read than answers, and a proxy in front that takes uploads whole."""

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Listens, req)


class Client:
    """Sends uploads to one server. `sleep` and `chance` (0 to 1) are for tests."""

    def __init__(self, target: Target, *, sleep: Callable[[float], None] = time.sleep, chance: Callable[[], float] = random.random) -> None:
        self._target = target
        self._sleep = sleep
        self._chance = chance
        self._opener = outgoing.opener(target.url, _Http())

    def send(self, body: BinaryIO, query: Mapping[str, str]) -> Answer:
        """One upload from the file's start to its end. Raises NotSent once all attempts have failed, NotTaken where another would not help."""
        size = body.seek(0, io.SEEK_END)
        for attempt in range(1, ATTEMPTS + 1):
            body.seek(0)
            asked: float | None = None
            try:
                return self._attempt(body, size, query)
            except urllib.error.HTTPError as error:
                with error:
                    failure, asked = self._judge(error)
            except (OSError, http.client.HTTPException) as error:
                failure = NotSent(f"{self._target.url}: cannot be reached ({outgoing.why(error)}); check that it runs, and the address")
            wait = self._wait(attempt, asked)
            if attempt == ATTEMPTS or wait > LONGEST_WAIT_S:
                raise failure
            self._sleep(wait)
        raise AssertionError("unreachable")  # pragma: no cover

    def _attempt(self, body: BinaryIO, size: int, query: Mapping[str, str]) -> Answer:
        request = urllib.request.Request(  # noqa: S310  address.server_url has admitted http and https alone
            f"{self._target.url}{IMPORTS_PATH}?{urllib.parse.urlencode(query)}",
            data=body,
            method="POST",
            headers={
                "authorization": f"Bearer {self._target.token}",
                "content-type": "application/octet-stream",
                "content-length": str(size),
                "accept": "application/json",
                "user-agent": "hotwash-push",
            },
        )
        with self._opener.open(request, timeout=TIMEOUT_S) as response:
            content = response.read(outgoing.MAX_ANSWER_BYTES)
        try:
            return msgspec.json.decode(content, type=Answer)
        except msgspec.DecodeError as error:
            raise NotTaken(f"{self._target.url}: does not answer as a Hotwash server does; check the address") from error

    def _judge(self, error: urllib.error.HTTPError) -> tuple[NotSent, float | None]:
        """A failure that may pass, and the seconds the server asks to wait. Raises the others."""
        reason = outgoing.detail(error)
        said = f"{self._target.url}: answers {error.code}{f' ({reason})' if reason else ''}"
        if error.code in _AUTHORITY:
            raise NotSent(f"{said}; check the token and its organization") from error
        if 300 <= error.code < 400:
            raise NotTaken(f"{said}; it leads elsewhere, name the final address") from error
        if error.code not in outgoing.PASSING:
            raise NotTaken(said) from error
        return NotSent(f"{said}; try again later"), outgoing.retry_after(error.headers.get("retry-after"))

    def _wait(self, attempt: int, asked: float | None) -> float:
        """Doubles from attempt to attempt, with up to half of it by chance, so that many clients do not come back at once; never less than asked."""
        own = min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S)
        spread: float = own * (0.5 + self._chance() / 2)
        return max(spread, asked or 0.0)
