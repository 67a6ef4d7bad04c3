"""Hot GETs of single insights documents, answered before the framework: about four times as many a second (DEPENDENCIES, row HTTP).
It answers 200 only and hands everything else on; both ways ask `identity.authorise`, and a test compares their answers byte for byte."""

import asyncio
import dataclasses
import re
import sqlite3
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from hotwash.api.callers import bearer_token
from hotwash.api.guard import RESPONSE_HEADERS
from hotwash.errors import HotwashError
from hotwash.identity import service as identity
from hotwash.identity.permissions import Permission
from hotwash.insights import service as insights
from hotwash.insights.document import with_base_url
from hotwash.kit import clock
from hotwash.services import Services

_PATH = re.compile(r"/v3/(?:enterprise|organizations/(?P<org_id>org-[0-9a-zA-Z-]+))/sessions/(?P<session_id>[0-9a-zA-Z-]+)/insights")
_TRUSTED_FOR_S = 1.0
"""How long a key is not looked up again while nothing is written. Any commit, by whatever process, ends the trust at once (PRAGMA
data_version), so a revocation works with the next request; an expiry may come this much late."""


@dataclasses.dataclass(frozen=True)
class _Known:
    principal: identity.Principal
    version: int
    until: float


class FastPath:
    """ASGI layer in front of the application. On PostgreSQL it hands everything on: a query across a network has no place in the loop."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self._services = services
        self._known: dict[str, _Known] = {}
        self._db: sqlite3.Connection | None = None
        if services.db.sqlite_path is not None:
            self._db = sqlite3.connect(f"{services.db.sqlite_path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)

    def close(self) -> None:
        """Closes its own connection; every request is handed on from now on."""
        if self._db is not None:
            self._db.close()
            self._db = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (
            await self._document(self._db, scope) if self._db is not None and scope["type"] == "http" and scope["method"] == "GET" else None
        )
        if body is None:
            await self.app(scope, receive, send)
            return
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json"), *RESPONSE_HEADERS]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _document(self, db: sqlite3.Connection, scope: Scope) -> bytes | None:
        """The answer's body; None where this path cannot answer."""
        match = _PATH.fullmatch(scope["path"])
        if match is None or scope["query_string"]:
            return None
        org_id = match["org_id"]
        permission: Permission = "ViewOrgSessions" if org_id else "ViewAccountSessions"
        try:
            principal = await self._principal(db, scope)
            allowed = identity.authorise(principal, permission, org_id)
            document = insights.find_document_raw(db, allowed, match["session_id"])
        except (HotwashError, sqlite3.Error):
            return None
        return None if document is None else with_base_url(document, self._services.base_url)

    async def _principal(self, db: sqlite3.Connection, scope: Scope) -> identity.Principal:
        token = bearer_token(next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), None))
        version: int = db.execute("PRAGMA data_version").fetchone()[0]
        known = self._known.get(token)
        if known is None or known.version != version or known.until < time.monotonic():
            principal = await asyncio.to_thread(self._authenticate, token)
            known = _Known(principal, version, time.monotonic() + _TRUSTED_FOR_S)
            self._known[token] = known
        return known.principal

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
