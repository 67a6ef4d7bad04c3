"""Sessions of several files: which belong together, told from their names alone, so that folders and archives give the same sessions. OpenHands
keeps a conversation in a folder, an event a file (formats section 4); OpenCode did so in folders side by side (readers.scattered)."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

import msgspec

from hotwash.readers.scattered import scattered

EVENTS_FOLDER = "events"
_EVENT_OF_V0 = re.compile(r"(\d{1,9})\.json")
_EVENT_OF_V1 = re.compile(r"event[-_](\d{5,9})[-_][0-9A-Za-z-]{1,64}\.json")
"""In the store `event-00000-<id>.json`; in a download `event_000000_<id>.json` beside `meta.json`."""

_ABOUT = ("base_state.json", "metadata.json", "meta.json")
"""What OpenHands writes about a conversation as a whole, beside its events."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one session."""

    root: PurePath
    """What the session is called by: its folder, or the file that tells of it as a whole."""
    members: tuple[PurePath, ...]
    """Never empty. By the first the format is known; OpenHands' events come in their order, before what tells of the whole."""


def bundles(names: Iterable[PurePath]) -> tuple[Bundle, ...]:
    """The sessions of several files among these files, by name."""
    listed = tuple(names)
    found = [*_folders(listed), *(Bundle(root=one.session, members=one.members) for one in scattered(listed))]
    return tuple(sorted(found, key=lambda bundle: bundle.root))


def _folders(names: Iterable[PurePath]) -> Iterator[Bundle]:
    events: dict[PurePath, list[tuple[int, PurePath]]] = {}
    about: dict[PurePath, list[PurePath]] = {}
    for name in names:
        position = event_position(name)
        if position is not None:
            events.setdefault(_root(name), []).append((position, name))
        elif name.name in _ABOUT:
            about.setdefault(name.parent, []).append(name)
    for root, found in events.items():
        yield Bundle(root=root, members=(*(name for _, name in sorted(found)), *sorted(about.get(root, ()))))


def event_position(name: PurePath) -> int | None:
    """The number of the event that a file of this name holds; None where it is no event's name."""
    match = _EVENT_OF_V1.fullmatch(name.name)
    if match is None and name.parent.name == EVENTS_FOLDER:
        match = _EVENT_OF_V0.fullmatch(name.name)
    return int(match[1]) if match else None


def possible_root(name: PurePath) -> PurePath | None:
    """The folder of the session that a file of this name may belong to; None where it belongs to none."""
    if event_position(name) is not None:
        return _root(name)
    return name.parent if name.name in _ABOUT else None


def _root(event: PurePath) -> PurePath:
    return event.parent.parent if event.parent.name == EVENTS_FOLDER else event.parent
