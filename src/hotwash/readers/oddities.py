"""What a reader met that it could not read as it stands: one warning a kind, with the first record and a count. Never fatal."""

from dataclasses import dataclass, field

from hotwash.transcript import ReadWarning


@dataclass(slots=True)
class Oddities:
    """Collects oddities by their reason; a reason is a short sentence of ours and holds no text from the transcript."""

    _first: dict[str, int | None] = field(default_factory=dict)
    _count: dict[str, int] = field(default_factory=dict)

    def note(self, reason: str, record: int | None = None, count: int = 1) -> None:
        """Count one more of this kind, or several; `record` is kept for the first."""
        self._first.setdefault(reason, record)
        self._count[reason] = self._count.get(reason, 0) + count

    def warnings(self) -> tuple[ReadWarning, ...]:
        """In the order in which each kind was first met."""
        return tuple(ReadWarning(reason=reason, record=record, count=self._count[reason]) for reason, record in self._first.items())
