"""Messages typed while the agent works. They wait in a queue that the transcript records by operation; some texts stand nowhere else."""

from collections import deque
from dataclasses import dataclass, field

MAX_WAITING = 1000
"""Entries kept. Nobody types more ahead; without a bound, a hostile file could make every operation search a list of millions."""
DELIVERY_LINES = 4
"""Records within which a delivered message shows up again, as an attachment or a user record; seen: one or two."""


@dataclass(slots=True)
class Waiting:
    """A queued text, and the line that holds it."""

    text: str | None
    record: int
    at: float | None


@dataclass(slots=True)
class _Delivered:
    """A message told of by the queue alone so far."""

    text: str
    slot: int
    record: int


@dataclass(slots=True)
class PromptQueue:
    """The queue as it stands, first in first out.

    `enqueue` adds. `dequeue` hands the head to the next turn, whose user record follows. `remove` delivers into the running turn: old
    versions (2.1.1x to 2.1.3x) write neither the text nor any other record of it, later ones the text and a `queued_command` attachment.
    `popAll` gives texts back to the person for editing: not delivered.
    """

    _waiting: deque[Waiting] = field(default_factory=lambda: deque(maxlen=MAX_WAITING))
    _delivered: deque[_Delivered] = field(default_factory=lambda: deque(maxlen=MAX_WAITING))

    def enqueue(self, text: str | None, record: int, at: float | None) -> None:
        self._waiting.append(Waiting(text, record, at))

    def take(self, text: str | None) -> Waiting | None:
        """Take out the entry with this text, or the head where the operation does not name one."""
        for index, entry in enumerate(self._waiting):
            if text is None or entry.text == text:
                del self._waiting[index]
                return entry
        return None

    def give_back(self, text: str | None) -> None:
        """The person took these back: the one named, or all."""
        if text is None:
            self._waiting.clear()
        else:
            self.take(text)

    def deliver(self, text: str, slot: int, record: int) -> None:
        """Remember that the event in this slot is known from the queue alone."""
        self._delivered.append(_Delivered(text, slot, record))

    def confirm(self, text: str, record: int) -> int | None:
        """Another record of the message came. Answers the slot of the event known from the queue, which it replaces."""
        while self._delivered and record - self._delivered[0].record > DELIVERY_LINES:
            self._delivered.popleft()
        for index, delivered in enumerate(self._delivered):
            if delivered.text == text:
                del self._delivered[index]
                return delivered.slot
        return None

    def left(self) -> tuple[Waiting, ...]:
        """What was never delivered."""
        return tuple(self._waiting)
