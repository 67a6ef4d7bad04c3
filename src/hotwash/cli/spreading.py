"""Work on many files over several processes, where that pays."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

PARALLEL_FROM = 6
"""Files. Starting worker processes costs about as much as debriefing this many average sessions."""
CHUNK = 2
"""Files handed to a process at a time: sessions differ in size a thousandfold, and a big one should not hold many small ones up."""


def spread(work: Callable[[A], B], items: Sequence[A]) -> Iterator[B]:
    """The work's result for every item, in order. `work` must be a top-level function, or a partial of one."""
    workers = min(os.cpu_count() or 1, len(items) // PARALLEL_FROM + 1)
    if workers == 1:
        yield from map(work, items)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(work, items, chunksize=CHUNK)
