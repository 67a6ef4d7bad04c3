"""Cursors of strangers."""

import base64

import pytest

from hotwash.errors import InvalidInput
from hotwash.kit.pages import decode_cursor, encode_cursor


def test_a_cursor_gives_its_key_back() -> None:
    assert decode_cursor(encode_cursor(7, "é"), int, str) == (7, "é")


@pytest.mark.parametrize("content", [b"[" * 10_000, b"[1.5]", b"[true]", b'["1"]', b"[1, 2]", b"{}", b"\xff", b""], ids=repr)
def test_what_is_no_cursor_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(base64.urlsafe_b64encode(content).decode(), int)
