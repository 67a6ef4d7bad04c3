"""How large a request's body may be. A declared length is refused before a byte is read; a body without one is counted as it comes."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hotwash.api.problems import problem

DEFAULT_LIMIT_BYTES = 1024 * 1024
"""Forms and JSON of ours are a few kilobytes."""

_TOO_LARGE = 413


class BodyLimit:
    """ASGI layer that refuses larger bodies with 413. `limits`: bytes for single paths; elsewhere DEFAULT_LIMIT_BYTES."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        self.app = app
        self.limits = dict(limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limits.get(scope["path"], DEFAULT_LIMIT_BYTES)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            await problem(_TOO_LARGE, "", path=scope["path"])(scope, receive, send)
        else:
            await self.app(scope, _counted(receive, limit), send)


def _counted(receive: Receive, limit: int) -> Receive:
    """Raises HTTPException, which the application's routes turn into a problem, once more than `limit` bytes have come."""
    came = 0

    async def receive_counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            raise HTTPException(_TOO_LARGE)
        return message

    return receive_counted
