"""Reads of Devin's v3 API (contract sections 1 to 3): a page at a time, as slowly as the server asks, the token in no error and no log."""

import http.client
import random
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping

import msgspec

from hotwash.errors import HotwashError
from hotwash.kit import outgoing
from hotwash.readers import fields

PAGE = 200
"""The most that a page may hold (contract section 1)."""
EVENTS_PAGE = 50
"""The most that the details of events come in (contract section 3)."""
MAX_PAGES = 100_000
"""Of one list; a server whose cursor never ends is broken."""
ATTEMPTS = 6
"""With the waits below, about half a minute without a word from the server."""
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 900.0
"""Rate limits are not published; a quarter of an hour is a common window. A server that asks for more has to be asked another day."""
TIMEOUT_S = 60.0

_Object = dict[str, object]


class DevinUnavailable(HotwashError):
    """The server cannot be reached, is busy, or answers nonsense, however often it is asked."""

    code = "devin_unavailable"


class DevinRefused(HotwashError):
    """The server does not let this token in."""

    code = "devin_refused"


class _NotThere(Exception):
    """404: no such thing, or no such route."""


class Client:
    """One server and a token for it. `sleep` and `chance` (0 to 1) are for tests."""

    def __init__(
        self, url: str, token: str, *, sleep: Callable[[float], None] = time.sleep, chance: Callable[[], float] = random.random
    ) -> None:
        self.url = url
        self._token = token
        self._sleep = sleep
        self._chance = chance
        self._opener = outgoing.opener(url)

    def __repr__(self) -> str:
        return f"Client({self.url})"  # a token must not get into a traceback or log

    def get(self, path: str, query: Mapping[str, str] | None = None) -> _Object | None:
        """The object at a path; None for 404. Raises DevinRefused, DevinUnavailable."""
        for attempt in range(1, ATTEMPTS + 1):
            asked: float | None = None
            try:
                return self._attempt(path, query or {})
            except _NotThere:
                return None
            except urllib.error.HTTPError as error:
                with error:
                    failure, asked = self._judge(error, path)
            except (OSError, http.client.HTTPException) as error:
                failure = DevinUnavailable(
                    f"{self.url}: cannot be reached ({outgoing.why(error)}); check the address, and run the same command again"
                )
            except msgspec.DecodeError:
                failure = DevinUnavailable(f"{self.url}: the answer to {path} is cut off or no JSON; run the same command again")
            wait = max(FIRST_WAIT_S * 2 ** (attempt - 1) * (0.5 + self._chance() / 2), asked or 0.0)
            if attempt == ATTEMPTS or wait > LONGEST_WAIT_S:
                raise failure
            self._sleep(wait)
        raise AssertionError("unreachable")  # pragma: no cover

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[list[_Object]] | None:
        """The pages of a list, each fetched as it is asked for; None where there is no such list."""
        first = self.get(path, {**(query or {}), "first": str(PAGE)})
        return None if first is None else self._following(path, query or {}, first)

    def _following(self, path: str, query: Mapping[str, str], page: _Object) -> Iterator[list[_Object]]:
        seen: set[str] = set()
        while True:
            yield [item for item in fields.sequence(page.get("items")) if isinstance(item, dict)]
            cursor = fields.some_string(page.get("end_cursor"))
            if cursor is None or not page.get("has_next_page"):
                return
            if cursor in seen or len(seen) >= MAX_PAGES:
                raise DevinUnavailable(f"{self.url}: the list {path} goes round in circles; tell who runs that server")
            seen.add(cursor)
            following = self.get(path, {**query, "first": str(PAGE), "after": cursor})
            if following is None:
                return
            page = following

    def _attempt(self, path: str, query: Mapping[str, str]) -> _Object:
        request = urllib.request.Request(  # noqa: S310  address.server_url has admitted http and https alone
            f"{self.url}{path}{'?' if query else ''}{urllib.parse.urlencode(query)}",
            headers={"authorization": f"Bearer {self._token}", "accept": "application/json", "user-agent": "hotwash-import"},
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as response:
                body = response.read(outgoing.MAX_ANSWER_BYTES)
                missing = response.length or 0  # a read with a limit does not tell that the rest never came
                if missing and len(body) < outgoing.MAX_ANSWER_BYTES:
                    raise http.client.IncompleteRead(body)
                return msgspec.json.decode(body, type=dict[str, object])
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.NOT_FOUND:
                with error:
                    raise _NotThere from error
            raise

    def _judge(self, error: urllib.error.HTTPError, path: str) -> tuple[DevinUnavailable, float | None]:
        """A failure that may pass, and the seconds the server asks to wait. Raises the others."""
        said = outgoing.detail(error)
        answer = f"{self.url}: answers {error.code} to {path}{f' ({said})' if said else ''}"
        if error.code == http.HTTPStatus.UNAUTHORIZED:
            raise DevinRefused(f"{answer}; the token is unknown or expired: make a new one, and run the same command again") from error
        if error.code == http.HTTPStatus.FORBIDDEN:
            raise DevinRefused(f"{answer}; the token needs ViewAccountSessions, or ViewOrgSessions of its organization") from error
        if 300 <= error.code < 400:
            raise DevinUnavailable(f"{answer}; it leads elsewhere, name the final address") from error
        if error.code not in outgoing.PASSING:
            raise DevinUnavailable(answer) from error
        return DevinUnavailable(f"{answer}; run the same command again later"), outgoing.retry_after(error.headers.get("retry-after"))
