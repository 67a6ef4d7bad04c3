"""One line of the table that `make bench` prints."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """A figure and its budget."""

    work: str
    figure: float
    unit: str
    budget: float | None = None
    at_least: bool = True
    """False: the budget is a ceiling."""
    note: str = ""

    @property
    def missed(self) -> bool:
        if self.budget is None:
            return False
        return self.figure < self.budget if self.at_least else self.figure > self.budget

    def line(self) -> str:
        """`reader, Claude Code          212.4 MB/s   budget at least 150   kept`."""
        head = f"{self.work:<52} {self.figure:>9,.2f} {self.unit:<14}"
        if self.budget is not None:
            head += f" budget {'at least' if self.at_least else 'at most'} {self.budget:g}: {'MISSED' if self.missed else 'kept'}"
        return f"{head}  {self.note}".rstrip()
