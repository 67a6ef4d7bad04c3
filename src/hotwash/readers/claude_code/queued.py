"""Messages typed while the agent works. They wait in a queue that the transcript records by operation; some texts stand nowhere else."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Waiting:
    """A queued text, and the line that holds it."""

    text: str | None
    record: int
    at: float | None


@dataclass(slots=True)
class PromptQueue:
    """The queue as it stands, first in first out.

    `enqueue` adds. `dequeue` hands the head to the next turn, whose user record follows. `remove` delivers into the running turn: old
    versions (2.1.1x to 2.1.3x) write neither the text nor any other record of it, later ones the text and a `queued_command` attachment.
    `popAll` gives texts back to the person for editing: not delivered.
    """

    _waiting: list[Waiting] = field(default_factory=list)

    def enqueue(self, text: str | None, record: int, at: float | None) -> None:
        self._waiting.append(Waiting(text, record, at))

    def take(self, text: str | None) -> Waiting | None:
        """Take out the entry with this text, or the head where the operation does not name one."""
        for index, entry in enumerate(self._waiting):
            if text is None or entry.text == text:
                return self._waiting.pop(index)
        return None

    def give_back(self, text: str | None) -> None:
        """The person took these back: the one named, or all."""
        if text is None:
            self._waiting.clear()
        else:
            self.take(text)

    def left(self) -> tuple[Waiting, ...]:
        """What was never delivered."""
        return tuple(self._waiting)
