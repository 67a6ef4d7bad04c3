"""OpenHands (formats section 4). Version 0: `~/.openhands/sessions/<id>/events/<n>.json`, an exported array, or `history` in the lines of an
evaluation's `output.jsonl`. Version 1: `~/.openhands/conversations/<id>/base_state.json` with `events/event-<n>-<id>.json`, events as JSON
lines, or a page of them. A record is the 1-based position of the event; in JSON lines the line."""

import re
import uuid
from collections.abc import Iterable, Iterator

import msgspec

from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.bundles import event_position
from hotwash.readers.documents import load_document
from hotwash.readers.jsonl import MALFORMED, read_records
from hotwash.readers.oddities import Oddities
from hotwash.readers.openhands.v0 import SessionV0
from hotwash.readers.openhands.v1 import SessionV1
from hotwash.readers.recorder import NOT_AN_OBJECT
from hotwash.readers.streams import read_start
from hotwash.transcript import Transcript

_Object = dict[str, object]
_Events = Iterable[tuple[int, _Object]]

_CONTENT_NAMESPACE = uuid.UUID("9e1a54b0-64b5-5c3f-8a53-2f0a0f6b7d90")  # ours, fixed for ever: ids of exports without one depend on it
_START_BYTES = 64
_PADDING = b"\xef\xbb\xbf\0 \t\r\n"
_SAVED_BELOW = re.compile(r"conversations/([0-9a-f]{32})/")
"""A terminal's result names the folder in which its whole output is kept, and so the conversation."""


class OpenHands:
    """Conversations of OpenHands, whichever version, and however exported."""

    format = "openhands"

    def detects(self, head: Head) -> bool:
        if head.members:
            return any(_is_v0(record) or _is_v1(record) for record in head.records)
        listed = _listed(head.document)
        if listed:
            return _is_v0(listed[0]) or _is_v1(listed[0])
        lines = [record for record in head.records if _is_v1(record)]
        return len(lines) > 1 or any(_is_evaluation(record) for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        oddities = Oddities()
        if source.members:
            yield self._folder(source, oddities)
            return
        document = _document(source)
        if document is not None:
            yield self._listed(source, document)
            return
        lines = [(record, line) for record, line in read_records(source, dict[str, object], oddities)]
        evaluations = [line for _, line in lines if _is_evaluation(line)]
        if evaluations:
            yield from (self._evaluation(line) for line in evaluations)
        else:
            yield self._read(source, lines, {}, oddities)

    def _folder(self, source: Source, oddities: Oddities) -> Transcript:
        events: list[tuple[int, _Object]] = []
        about: _Object = {}
        position = 0
        for member in source.members:
            is_event = member.path is not None and event_position(member.path) is not None
            position += is_event
            found = _member(member, oddities, position)
            if is_event and found:
                events.append((position, found))
            elif not is_event:
                about |= found
        return self._read(source, events, about, oddities)

    def _listed(self, source: Source, document: object) -> Transcript:
        oddities = Oddities()
        events = [(record, event) for record, event in _objects(_listed(document), oddities)]
        return self._read(source, events, fields.mapping(document), oddities)

    def _evaluation(self, line: _Object) -> Transcript:
        """A line of `output.jsonl`: an instance of a benchmark with its events."""
        oddities = Oddities()
        session = SessionV0(oddities)
        events = list(_objects(fields.sequence(line.get("history")), oddities))
        for record, event in events:
            session.take(record, event)
        session.identity.native_id = f"{fields.string(line.get('instance_id'))}-{_content_id(events)}"
        return session.transcript(self.format, records=max((record for record, _ in events), default=0))

    def _read(self, source: Source, events: list[tuple[int, _Object]], about: _Object, oddities: Oddities) -> Transcript:
        if any(_is_v1(event) for _, event in events):
            session: SessionV0 | SessionV1 = SessionV1(oddities, about)
        elif any(_is_v0(event) for _, event in events):
            session = SessionV0(oddities, about)
        else:
            raise UnreadableSource(f"{source.name}: holds no events of OpenHands; name the conversation's folder")
        for record, event in events:
            session.take(record, event)
        session.identity.native_id = session.identity.native_id or _folder_name(source) or _saved_below(events) or _content_id(events)
        return session.transcript(self.format, records=max(record for record, _ in events))


def _is_v0(event: object) -> bool:
    told = fields.mapping(event)
    return "source" in told and "timestamp" in told and ("action" in told or "observation" in told) and "kind" not in told


def _is_v1(event: object) -> bool:
    told = fields.mapping(event)
    kind = told.get("kind")
    return "source" in told and "timestamp" in told and isinstance(kind, str) and (kind.endswith("Event") or kind in SessionV1.OTHER_KINDS)


def _is_evaluation(record: _Object) -> bool:
    history = fields.sequence(record.get("history"))
    return isinstance(record.get("instance_id"), str) and any(_is_v0(event) for event in history)


def _listed(document: object) -> list[object]:
    """The events in an export: an array, or a page of them."""
    if isinstance(document, list):
        return document
    about = fields.mapping(document)
    return next((listed for key in ("events", "items", "trajectory") if (listed := fields.sequence(about.get(key)))), [])


def _document(source: Source) -> object:
    """The export, None where the source is JSON lines."""
    oddities = Oddities()
    if not read_start(source, _START_BYTES).lstrip(_PADDING).startswith(b"["):
        first = next(read_records(source, dict[str, object], oddities), None)
        if first is not None and (_is_v1(first[1]) or _is_evaluation(first[1])):
            return None
    document = load_document(source, oddities)
    return document if _listed(document) else None


def _objects(listed: list[object], oddities: Oddities) -> Iterator[tuple[int, _Object]]:
    for record, item in enumerate(listed, 1):
        if isinstance(item, dict):
            yield record, item
        else:
            oddities.note(NOT_AN_OBJECT, record)


def _member(member: Source, oddities: Oddities, position: int) -> _Object:
    """The object in a file of the folder; nothing where it is damaged, which costs no other file."""
    inside = Oddities()
    try:
        found = fields.mapping(load_document(member, inside))
    except UnreadableSource:
        oddities.note(MALFORMED, position)
        return {}
    for warning in inside.warnings():
        oddities.note(warning.reason, position, warning.count)
    return found


def _folder_name(source: Source) -> str:
    return source.path.name if source.members and source.path is not None else ""


def _saved_below(events: _Events) -> str:
    for _, event in events:
        saved = _SAVED_BELOW.search(fields.string(fields.mapping(event.get("observation")).get("full_output_save_dir")))
        if saved:
            return saved[1]
    return ""


def _content_id(events: _Events) -> str:
    """An id for events that bear none: the same for every later copy."""
    first = next((event for _, event in events), None)
    return str(uuid.uuid5(_CONTENT_NAMESPACE, msgspec.json.encode(first, order="deterministic").hex()))
