"""Events while a source is being read: calls that still wait for their results, and records that tell the same thing twice."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from hotwash.readers.base import cap_output
from hotwash.transcript import Category, Event, ToolCall, ToolStatus


@dataclass(slots=True, kw_only=True)
class CallDraft:
    """A tool call that becomes one event when everything is known about it."""

    record: int
    name: str
    at: float | None = None
    native_id: str | None = None
    category: Category = "other"
    arguments: dict[str, object] = field(default_factory=dict)
    command: str | None = None
    path: str | None = None
    status: ToolStatus = "running"
    exit_code: int | None = None
    result_record: int | None = None
    result_at: float | None = None
    duration_s: float | None = None
    child_native_id: str | None = None
    outputs: list[str] = field(default_factory=list)

    def add_output(self, text: str, record: int, at: float | None) -> None:
        """A piece of the result. A long-running command has several."""
        if text:
            self.outputs.append(text)
        self.result_record, self.result_at = record, at

    def elapsed(self) -> float | None:
        """Seconds from call to last result, by their timestamps."""
        if self.at is None or self.result_at is None or self.result_at < self.at:
            return None
        return round(self.result_at - self.at, 6)

    def event(self, seq: int) -> ToolCall:
        output = "\n".join(self.outputs)
        return ToolCall(
            seq=seq,
            record=self.record,
            at=self.at,
            native_id=self.native_id,
            name=self.name,
            category=self.category,
            arguments=self.arguments,
            command=self.command,
            path=self.path,
            status=self.status,
            exit_code=self.exit_code,
            output=cap_output(output),
            output_size=len(output),
            result_record=self.result_record,
            result_at=self.result_at,
            duration_s=self.duration_s if self.duration_s is not None or self.result_record is None else self.elapsed(),
            child_native_id=self.child_native_id,
        )


class Timeline:
    """What happened, in order of the source. Where a format writes one thing in several ways, `offer` each with its rank: of every topic only the
    lowest rank that occurs at all is kept."""

    def __init__(self) -> None:
        self._entries: list[tuple[Event | CallDraft, str | None, int]] = []
        self._best: dict[str, int] = {}

    def add(self, item: Event | CallDraft) -> None:
        self._entries.append((item, None, 0))

    def offer(self, topic: str, rank: int, event: Event) -> None:
        self._entries.append((event, topic, rank))
        self._best[topic] = min(rank, self._best.get(topic, rank))

    def kept(self) -> Iterable[Event | CallDraft]:
        return (item for item, topic, rank in self._entries if topic is None or rank == self._best[topic])

    def events(self) -> tuple[Event, ...]:
        """The kept entries with dense `seq`."""
        return tuple(
            item.event(seq) if isinstance(item, CallDraft) else msgspec.structs.replace(item, seq=seq)
            for seq, item in enumerate(self.kept())
        )
