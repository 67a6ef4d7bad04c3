"""A progress bar on standard error while it is a terminal; elsewhere nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SHOWN_CHARS = 60
"""Of the name of what is being worked on."""


@contextmanager
def shown(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """To be called with each item's name as it is begun. `total`: items expected; archives may turn out to hold more."""
    if not sys.stderr.isatty() or total == 0:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from hotwash.kit.text import one_line, printable

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[item]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total, item="")
        begun = 0

        def begin(name: str) -> None:
            nonlocal begun
            begun += 1
            label = escape(one_line(printable(name.rpartition("/")[2]), SHOWN_CHARS))
            progress.update(task, completed=begun - 1, total=max(total, begun), item=label)

        yield begin
        progress.update(task, completed=max(total, begun))
