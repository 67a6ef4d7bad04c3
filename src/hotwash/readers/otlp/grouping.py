"""Which session a record belongs to, and which of its copies counts: the same for any order and any number of copies (formats section 10)."""

from collections.abc import Iterable, Iterator

from hotwash.readers import fields
from hotwash.readers.otlp.essence import essence
from hotwash.readers.otlp.tellers import tells
from hotwash.readers.otlp.values import Object
from hotwash.readers.otlp.wire import Piece, Record, digest, enclose, read_record

SESSION_KEYS = ("session.id", "gen_ai.conversation.id", "conversation.id", "thread.id")
"""In order of preference. Codex's spans have a `thread.id` that is the operating system's, a number."""
MAX_KEY_CHARS = 200
"""Real ones are UUIDs or a few words."""


def session_key(record: Record) -> str | None:
    """The session that the record itself names, or its resource."""
    places: tuple[Object, ...] = (record.attributes, *(event.attributes for event in record.events), record.resource)
    return next((found for place in places if (found := _named(place)) is not None), None)


def group(pieces: Iterable[Piece]) -> Iterator[tuple[str, list[Record]]]:
    """The sessions' keys with those of their records that tell something, by time. Records that name no session belong to the one that others of
    their trace name, else to one of their trace."""
    links: dict[str, str] = {}
    told: dict[str, tuple[Record, str]] = {}
    for piece in map(essence, pieces):
        record = read_record(piece)
        if record is None:
            continue
        key = session_key(record)
        if key is not None and record.trace_id:
            links[record.trace_id] = min(key, links.get(record.trace_id, key))
        if tells(record):
            _keep_best(told, record, digest(enclose(piece)))
    sessions: dict[str, list[Record]] = {}
    for record, _ in sorted(told.values(), key=lambda item: (item[0].start_ns, item[0].kind, item[0].identity)):
        key = session_key(record) or links.get(record.trace_id) or record.trace_id
        if key:
            sessions.setdefault(key, []).append(record)
    yield from sorted(sessions.items(), key=lambda item: (item[1][0].start_ns, item[0]))


def _keep_best(told: dict[str, tuple[Record, str]], record: Record, content: str) -> None:
    """A span may be sent when it starts and again when it ends: the later end counts; between equals any choice will do that is always the same."""
    known = told.get(record.identity)
    if known is None or (record.end_ns, content) > (known[0].end_ns, known[1]):
        told[record.identity] = (record, content)


def _named(attributes: Object) -> str | None:
    return next((key[:MAX_KEY_CHARS] for name in SESSION_KEYS if (key := fields.some_string(attributes.get(name)))), None)
