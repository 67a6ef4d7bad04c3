"""Sessions that lie in a folder, an event a file: which files belong together, told from their names alone, so that folders and archives give
the same sessions. OpenHands keeps its conversations so (formats section 4)."""

import re
from collections.abc import Iterable
from pathlib import PurePath

import msgspec

EVENTS_FOLDER = "events"
_EVENT_OF_V0 = re.compile(r"(\d{1,9})\.json")
_EVENT_OF_V1 = re.compile(r"event[-_](\d{5,9})[-_][0-9A-Za-z-]{1,64}\.json")
"""In the store `event-00000-<id>.json`; in a download `event_000000_<id>.json` beside `meta.json`."""

_ABOUT = ("base_state.json", "metadata.json", "meta.json")
"""What OpenHands writes about a conversation as a whole, beside its events."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one session."""

    root: PurePath
    """The session's folder."""
    events: tuple[PurePath, ...]
    """In order of the session; never empty."""
    about: tuple[PurePath, ...] = ()

    @property
    def members(self) -> tuple[PurePath, ...]:
        """The first is an event, by which the format is known."""
        return (*self.events, *self.about)


def bundles(names: Iterable[PurePath]) -> tuple[Bundle, ...]:
    """The folders among these files that are one session each, by name."""
    events: dict[PurePath, list[tuple[int, PurePath]]] = {}
    about: dict[PurePath, list[PurePath]] = {}
    for name in names:
        position = event_position(name)
        if position is not None:
            events.setdefault(_root(name), []).append((position, name))
        elif name.name in _ABOUT:
            about.setdefault(name.parent, []).append(name)
    return tuple(
        Bundle(root=root, events=tuple(name for _, name in sorted(found)), about=tuple(sorted(about.get(root, ()))))
        for root, found in sorted(events.items())
    )


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
