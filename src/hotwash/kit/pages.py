"""Keyset cursors: opaque strings that hold the sort key of the last row of a page."""

import base64
import binascii
from typing import Generic, TypeVar

import msgspec

from hotwash.errors import InvalidInput

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list. `end_cursor` is None on the last page; `total` is None where it is not counted."""

    items: tuple[T, ...]
    end_cursor: str | None = None
    total: int | None = None

    @property
    def has_next_page(self) -> bool:
        return self.end_cursor is not None


def encode_cursor(*key: int | str) -> str:
    """The cursor for a row with this sort key. URL-safe, without padding, so that it survives any client."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_cursor(cursor: str, *kinds: type[int] | type[str]) -> tuple[int | str, ...]:
    """The sort key in a cursor of ours. Raises InvalidInput for anything else."""
    try:
        key = msgspec.json.decode(base64.urlsafe_b64decode(cursor.rstrip("=") + "=" * (-len(cursor.rstrip("=")) % 4)))
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        key = None
    if not isinstance(key, list) or len(key) != len(kinds) or any(type(v) is not k for v, k in zip(key, kinds, strict=True)):
        raise InvalidInput("after: not a cursor of this list; leave it out to start from the first page")
    return tuple(key)
