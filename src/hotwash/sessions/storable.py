"""Makes hostile transcripts storable: what no database or encoding can hold is replaced, everything else stays as it is."""

import msgspec

from hotwash.transcript import Transcript

_MAX_DEPTH = 64
"""Arguments nested deeper come from no real tool; encoders refuse them at a few hundred."""
_TOO_DEEP = "…"
_INT_RANGE = range(-(2**63), 2**64)
"""What MessagePack can hold."""
_REPLACEMENT = "\ufffd"


def storable(transcript: Transcript) -> Transcript:
    """The transcript itself where it can be encoded, as nearly all can. Otherwise a copy: lone surrogates become U+FFFD, whole numbers beyond 64
    bits become floats, values nested too deep become an ellipsis."""
    try:
        msgspec.msgpack.encode(transcript)
    except (UnicodeEncodeError, OverflowError, RecursionError):
        cleaned = _clean(transcript, _MAX_DEPTH)
        if not isinstance(cleaned, Transcript):
            raise
        return cleaned
    return transcript


def encodable(text: str) -> str:
    """The text with U+FFFD for lone surrogates. It goes by way of UTF-16, so that a pair which was split is joined."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def column_text(text: str, limit: int | None = None) -> str:
    """Text for a column: without NUL, which PostgreSQL cannot hold, and at most `limit` characters."""
    cut = text if limit is None else text[:limit]
    return cut.replace("\0", _REPLACEMENT) if "\0" in cut else cut


def can_be_stored(text: str) -> bool:
    """Whether any column could hold this text. A filter value that could not matches nothing and must not reach the database."""
    return "\0" not in text and text == encodable(text)


def _clean(value: object, depth: int) -> object:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, int):
        return value if value in _INT_RANGE else _as_float(value)
    if depth == 0:
        return _TOO_DEEP if isinstance(value, (dict, list, tuple)) else value
    if isinstance(value, dict):
        return {_clean(key, depth): _clean(item, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_clean(item, depth - 1) for item in value)
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **{name: _clean(getattr(value, name), depth - 1) for name in value.__struct_fields__})
    return value


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
