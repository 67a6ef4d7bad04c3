"""Sessions whose files lie in sibling folders of one store: which belong together, told from their names alone. OpenCode before 1.2 kept them so,
`storage/session/<project>/<session>.json`, `message/<session>/<message>.json` and `part/<message>/<part>.json` (formats section 8), and before July
2025 with all three below `session`, the project's name being `info`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Final, Literal, NamedTuple

Kind = Literal["session", "message", "part"]

SESSION: Final = "session"
MESSAGE: Final = "message"
PART: Final = "part"

BESIDE_SESSIONS = frozenset({MESSAGE, PART, "project", "permission", "session_diff", "session_share", "todo"})
"""Folders of such a store that hold no session: what is in the first two comes with theirs."""

MAX_LOOSE_FOLDERS = 500
"""Folders of parts that no message's file is named after. Where a store names files otherwise than by their ids, only the parts themselves tell
which message they belong to: a session that has messages and no parts of their names is given all of these."""


class Piece(NamedTuple):
    """What a file of such a store holds, by its name."""

    store: PurePath
    kind: Kind
    owner: str
    """The session's id for a session or a message, the message's for a part."""


class Scattered(NamedTuple):
    """The files of one session."""

    session: PurePath
    messages: tuple[PurePath, ...]
    parts: tuple[PurePath, ...]

    @property
    def members(self) -> tuple[PurePath, ...]:
        """The first tells of the session as a whole."""
        return (self.session, *self.messages, *self.parts)


def piece(name: PurePath) -> Piece | None:
    """What a file of this name holds; None where it is in no such store."""
    parts = name.parts
    if name.suffix != ".json":
        return None
    if len(parts) >= 5 and parts[-5:-3] == (SESSION, PART):
        return Piece(name.parents[4], PART, parts[-2])
    if len(parts) >= 4 and parts[-4:-2] == (SESSION, MESSAGE):
        return Piece(name.parents[3], MESSAGE, parts[-2])
    if len(parts) < 3:
        return None
    store = name.parents[2]
    if parts[-3] == SESSION and parts[-2] not in (MESSAGE, PART):
        return Piece(store, SESSION, name.stem)
    if parts[-3] == MESSAGE:
        return Piece(store, MESSAGE, parts[-2])
    return Piece(store, PART, parts[-2]) if parts[-3] == PART else None


def scattered(names: Iterable[PurePath]) -> Iterator[Scattered]:
    """The sessions among these files, by name. One without any message is a session only where others in its store have some: elsewhere its file was
    taken out of the store."""
    sessions: dict[PurePath, list[PurePath]] = defaultdict(list)
    messages: dict[PurePath, dict[str, list[PurePath]]] = defaultdict(lambda: defaultdict(list))
    parts: dict[PurePath, dict[str, list[PurePath]]] = defaultdict(lambda: defaultdict(list))
    for name in sorted(names):
        match piece(name):
            case Piece(store, "session", _):
                sessions[store].append(name)
            case Piece(store, "message", owner):
                messages[store][owner].append(name)
            case Piece(store, "part", owner):
                parts[store][owner].append(name)
    for store in messages.keys() & sessions.keys():
        named = {message.stem for found in messages[store].values() for message in found}
        loose = [part for owner in sorted(parts[store].keys() - named)[:MAX_LOOSE_FOLDERS] for part in parts[store][owner]]
        for session in sessions[store]:
            said = [message for owner in owners(session) for message in messages[store].get(owner, ())]
            held = [part for message in said for part in parts[store].get(message.stem, ())]
            yield Scattered(session, tuple(said), tuple(held or (loose if said else ())))


def owners(session: PurePath) -> tuple[str, ...]:
    """The names that a session's folder of messages can have: OpenCode's ids begin with `ses_`, and some stores leave that out."""
    short = session.stem.removeprefix("ses_")
    return (session.stem,) if short == session.stem else (session.stem, short)
