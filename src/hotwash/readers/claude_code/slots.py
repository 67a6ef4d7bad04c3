"""Events in session order while their file is being read: some are finished later, some move, some are taken out again."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from hotwash.readers.claude_code.tokens import UsageDraft, larger
from hotwash.readers.drafts import CallDraft
from hotwash.transcript import Event


@dataclass(slots=True)
class Slots:
    """A slot is an event's place. It stays valid when others are taken out."""

    _slots: list[Event | CallDraft | UsageDraft | None] = field(default_factory=list)
    _usage_slots: dict[tuple[str, str], int] = field(default_factory=dict)

    def put(self, item: Event | CallDraft) -> int:
        """Append, and answer the slot."""
        self._slots.append(item)
        return len(self._slots) - 1

    def take_out(self, slot: int) -> Event | CallDraft | UsageDraft | None:
        """Empty the slot, and answer what was in it."""
        item, self._slots[slot] = self._slots[slot], None
        return item

    def put_usage(self, key: tuple[str, str], draft: UsageDraft) -> None:
        """Append the usage of a model call. An earlier report of the same call moves here and keeps the larger numbers."""
        if key in self._usage_slots:
            earlier = self.take_out(self._usage_slots[key])
            if isinstance(earlier, UsageDraft):
                draft.usage = larger(earlier.usage, draft.usage)
                draft.finished = earlier.finished or draft.finished
        self._usage_slots[key] = len(self._slots)
        self._slots.append(draft)

    def model_calls(self) -> tuple[UsageDraft, ...]:
        """Each model call that told its usage, once."""
        return tuple(item for item in self._slots if isinstance(item, UsageDraft))

    def events(self, last: Iterable[Event] = ()) -> tuple[Event, ...]:
        """Everything, and after it what comes `last`, numbered densely."""
        events: list[Event] = []
        for item in (*self._slots, *last):
            if isinstance(item, (CallDraft, UsageDraft)):
                events.append(item.event(len(events)))
            elif item is not None:
                events.append(msgspec.structs.replace(item, seq=len(events)))
        return tuple(events)
