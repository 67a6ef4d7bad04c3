"""A source that is one JSON document, decoded with the tolerance of the JSONL readers: NULs and broken UTF-8 cost what they touch."""

import msgspec

from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.jsonl import rescue_objects
from hotwash.readers.oddities import Oddities
from hotwash.readers.streams import read_document

_PADDING = b"\xef\xbb\xbf\0 \t\r\n"


def decode_document(source: Source) -> object:
    """The JSON value, or None where the source is not exactly one. Raises UnreadableSource where its bytes cannot be read."""
    data = read_document(source).strip(_PADDING)
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def load_document(source: Source, oddities: Oddities) -> object:
    """The JSON value. Raises UnreadableSource where it is cut off or malformed."""
    document = decode_document(source)
    if document is None:
        wrapped = b'{"":%b}' % read_document(source).strip(_PADDING)  # the rescue is of objects; the document may be an array
        document = next(rescue_objects(wrapped, 1, oddities), {}).get("")
    if document is None:
        raise UnreadableSource(f"{source.name}: the JSON is cut off or malformed; get a complete copy of the file")
    return document
