"""Query strings as clients write them. Arrays come in three encodings (contract section 1): repeated keys, comma-joined, and inside one `qs`
object; all become plain repeated keys before the routes' own validation, so that validation and OpenAPI have one source."""

import re
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from pydantic import AfterValidator, BeforeValidator, Field
from starlette.types import ASGIApp, Receive, Scope, Send

_BRACKETED = re.compile(r"(?:qs\[(?P<inside>[^\[\]]+)\]|(?P<plain>[^\[\]]+))(?:\[\d*\])?")
"""`qs[tags]`, `qs[tags][]`, `qs[tags][0]`, `tags[]`, `tags[0]`."""
_WHOLE = re.compile(r"-?\d{1,16}")
_LARGEST = 2**53
"""Whole numbers beyond this are not exact in every client, and no time or count is as large."""


class FlatQuery:
    """ASGI layer that rewrites bracketed query keys to plain ones. Keys of another shape stay as they are and are ignored like any unknown one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query: bytes = scope.get("query_string", b"")
        if b"[" in query or b"%5B" in query or b"%5b" in query:
            scope = {**scope, "query_string": flatten(query)}
        await self.app(scope, receive, send)


def flatten(query: bytes) -> bytes:
    """The query string with plain keys. A plain key given besides the same bracketed one comes last, so that it wins where one value counts."""
    pairs = [(_plain_key(key), key, value) for key, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True)]
    pairs.sort(key=lambda pair: pair[0] == pair[1])
    return urlencode([(plain, value) for plain, _, value in pairs]).encode()


def _plain_key(key: str) -> str:
    match = _BRACKETED.fullmatch(key)
    return key if match is None else match["inside"] or match["plain"]


def _split(value: object) -> object:
    """Comma-joined values apart; empty ones dropped, so that an empty list filters nothing."""
    if not isinstance(value, list):
        return value
    return [part for item in value if isinstance(item, str) for part in item.split(",") if part]


def _whole(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, str) and not _WHOLE.fullmatch(value)):
        raise ValueError("must be a whole number")
    return value


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not hold a NUL character")
    return value


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


Whole = Annotated[int, BeforeValidator(_whole), Field(ge=-_LARGEST, le=_LARGEST)]
"""A whole number in digits; `true`, `1.0` and `1e3` are none."""
First = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=200, description="Items on a page.")]
Text = Annotated[str, AfterValidator(_storable)]
OptionalText = Annotated[Text | None, BeforeValidator(_blank_is_none)]
"""Text; empty means not given."""
After = Annotated[OptionalText, Field(description="`end_cursor` of the page before; leave it out for the first page.")]
TextList = Annotated[list[Text], BeforeValidator(_split)]
"""A list; empty filters nothing."""
SPLIT = BeforeValidator(_split)
"""For lists of enumerated words."""
