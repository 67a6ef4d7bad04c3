"""Values in Devin's stores: JSON kept as text, and content as text, a block or a list of blocks."""

import msgspec

from hotwash.readers import fields


def decoded(value: object) -> object:
    """The JSON in a text; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def text_of(content: object) -> str:
    """Text, `{type, text}`, `{type: content, content}` (Agent Client Protocol), or a list of those."""
    return _text(content, 4)


def _text(content: object, depth: int) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(text for item in content if (text := _text(item, depth - 1))) if depth else ""
    told = fields.mapping(content)
    return fields.string(told.get("text")) or (_text(told.get("content"), depth - 1) if depth and "content" in told else "")


def images_in(content: object) -> int:
    return sum(fields.string(fields.mapping(block).get("type")).startswith("image") for block in fields.sequence(content))
