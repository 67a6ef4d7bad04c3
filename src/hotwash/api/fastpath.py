"""Hot GETs of single insights documents, answered before the framework. It answers 200 only and hands everything else on; both ways ask
`identity.authorise`, and a test compares their answers byte for byte.

What it remembers of keys and answers is forgotten with any commit, by whatever process: SQLite counts them (PRAGMA data_version). So a
revocation or a change shows with the next request; only a key's expiry may come late, by REMEMBERED_FOR_S."""

import asyncio
import dataclasses
import re
import sqlite3
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hotwash.api.callers import bearer_token
from hotwash.api.guard import RESPONSE_HEADERS
from hotwash.errors import HotwashError
from hotwash.identity import service as identity
from hotwash.identity.permissions import Permission
from hotwash.insights import service as insights
from hotwash.insights.document import with_base_url
from hotwash.kit import clock
from hotwash.services import Services

REMEMBERED_FOR_S = 1.0
"""A key that is used at all is then looked up once a second, which costs nothing."""
MAX_ANSWERS = 256
"""A few megabytes: a document is some 10 KB. What dashboards poll is fewer."""

_PATH = re.compile(r"/v3/(?:enterprise|organizations/(?P<org_id>org-[0-9a-zA-Z-]+))/sessions/(?P<session_id>[0-9a-zA-Z-]+)/insights")


@dataclasses.dataclass(frozen=True, slots=True)
class _Answer:
    until: float
    start: Message
    body: Message


class FastPath:
    """ASGI layer in front of the application. On PostgreSQL it hands everything on: a query across a network has no place in the loop."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self._services = services
        self._version = -1
        self._principals: dict[str, tuple[float, identity.Principal]] = {}
        self._answers: dict[tuple[str, bytes], _Answer] = {}
        self._db: sqlite3.Connection | None = None
        if services.db.sqlite_path is not None:
            self._db = sqlite3.connect(f"{services.db.sqlite_path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)

    def close(self) -> None:
        """Closes its own connection; every request is handed on from now on."""
        if self._db is not None:
            self._db.close()
            self._db = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = None
        if self._db is not None and scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            try:
                answer = await self._find_answer(self._db, scope)
            except (HotwashError, sqlite3.Error):
                answer = None  # the ordinary path says what is wrong
        if answer is None:
            await self.app(scope, receive, send)
        else:
            await send(answer.start)
            await send(answer.body)

    async def _find_answer(self, db: sqlite3.Connection, scope: Scope) -> _Answer | None:
        path: str = scope["path"]
        if not path.endswith("/insights"):
            return None
        authorization = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        version = self._forget_what_changed(db)
        answer = self._answers.get((path, authorization))
        if answer is None or answer.until < time.monotonic():
            answer = await self._make_answer(db, path, bearer_token(authorization.decode("latin-1")))
            if answer is not None and version == self._version:
                if len(self._answers) >= MAX_ANSWERS:
                    self._answers.clear()
                self._answers[path, authorization] = answer
        return answer

    def _forget_what_changed(self, db: sqlite3.Connection) -> int:
        """Forgets everything unless nothing has been committed since the request before; the count it goes by."""
        version: int = db.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._version = version
            self._principals.clear()
            self._answers.clear()
        return version

    async def _make_answer(self, db: sqlite3.Connection, path: str, token: str) -> _Answer | None:
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        org_id = match["org_id"]
        permission: Permission = "ViewOrgSessions" if org_id else "ViewAccountSessions"
        until, principal = await self._find_principal(token)
        document = insights.find_document_raw(db, identity.authorise(principal, permission, org_id), match["session_id"])
        if document is None:
            return None
        body = with_base_url(document, self._services.base_url)
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json"), *RESPONSE_HEADERS]
        return _Answer(
            until=until,
            start={"type": "http.response.start", "status": 200, "headers": headers},
            body={"type": "http.response.body", "body": body},
        )

    async def _find_principal(self, token: str) -> tuple[float, identity.Principal]:
        """Whose key this is, and until when that may be remembered. Raises HotwashError where this path cannot tell."""
        known = self._principals.get(token)
        if known is None or known[0] < time.monotonic():
            version, until = self._version, time.monotonic() + REMEMBERED_FOR_S
            known = until, await asyncio.to_thread(self._authenticate, token)
            if version == self._version:  # else something was committed meanwhile, perhaps the end of this very key
                self._principals[token] = known
        return known

    def _authenticate(self, token: str) -> identity.Principal:
        """Raises Unauthenticated, and also where the key's use must be written down: the ordinary path does that."""
        now = clock.now()
        with self._services.db.read() as conn:
            principal = identity.authenticate(conn, token, now)
        if identity.use_is_due(principal, now):
            raise _Ordinary("the use of this key is due to be written down")
        return principal


class _Ordinary(HotwashError):
    """Not for this path."""
