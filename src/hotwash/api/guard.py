"""The outermost layer of the HTTP face: which hosts and origins are answered, and the headers every response carries.

A page of a stranger can make a browser send requests to a server on loopback (DNS rebinding, cross-site forms). The Host check stops the
first, the Origin check the second. The fast path stands before this layer: it answers only to a bearer token, which no such page has."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hotwash.api.problems import problem

Header = tuple[bytes, bytes]

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

RESPONSE_HEADERS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
)
"""Sent with every response that does not set them itself. The policy covers what older headers said singly; pages bring their own."""


def answered_hosts(bound_host: str, public_url: str | None) -> frozenset[str] | None:
    """Names that a Host header may carry. None: any, because an address bound beyond loopback is reached by names that only its users know."""
    if not _is_loopback(bound_host):
        return None
    public = _hostname(public_url) if public_url else None
    return _LOOPBACK_NAMES | {bound_host} | ({public} if public else frozenset())


class Guard:
    """ASGI layer: refuses strange hosts (421) and cross-site changes (403), and completes the response headers."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str] | None, public_url: str | None = None) -> None:
        self.app = app
        self.hosts = hosts
        self.public_origin = _origin(public_url) if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": completed(message.get("headers", ()))}
            await send(message)

        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self.hosts is not None and _hostname(f"//{host}") not in self.hosts:
            refusal = problem(
                421, "This server does not answer to that Host; use the address that `hotwash up` printed", path=scope["path"]
            )
            await refusal(scope, receive, send_completed)
        elif scope["method"] not in _SAFE_METHODS and not self._same_site(headers.get("origin"), host):
            refusal = problem(403, "Another site's page may not change anything here", path=scope["path"])
            await refusal(scope, receive, send_completed)
        else:
            await self.app(scope, receive, send_completed)

    def _same_site(self, origin: str | None, host: str) -> bool:
        """Programs send no Origin; browsers always do, with a request that changes something."""
        return origin is None or origin == self.public_origin or origin.lower().partition("://")[2] == host.lower()


def completed(headers: Iterable[Header]) -> list[Header]:
    """A response's headers with those of RESPONSE_HEADERS it lacks."""
    present = list(headers)
    names = {name.lower() for name, _ in present}
    return present + [header for header in RESPONSE_HEADERS if header[0] not in names]


def _is_loopback(host: str) -> bool:
    if host in _LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # brackets that hold no IPv6 address
        return None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
