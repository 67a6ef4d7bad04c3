"""`make bench`: the rows of the budget table that exist, measured in one run on generated sessions.

Ratios to a peer are measured side by side; plain figures depend on the machine and are printed for comparison between runs on one machine.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import engine, serving
from bench.row import Row

RACES: tuple[tuple[str, Callable[[Path], Iterator[Row]]], ...] = (
    ("reader", engine.reader),
    ("formats", engine.formats),
    ("rules", engine.rules),
    ("import", engine.importing),
    ("memory", engine.memory),
    ("start", serving.start),
    ("get", serving.hot_get),
)


def main() -> None:
    """Run all races, or those named."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("races", nargs="*", metavar="RACE", help=", ".join(name for name, _ in RACES))
    wanted = parser.parse_args().races
    if unknown := set(wanted) - {name for name, _ in RACES}:
        parser.error(f"no such race: {', '.join(sorted(unknown))}")
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    missed = 0
    for name, race in RACES:
        if wanted and name not in wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="hotwash-bench-") as folder:
            for row in race(Path(folder)):
                print(row.line(), flush=True)
                missed += row.missed
    print(f"{missed} of the budgets missed" if missed else "all budgets kept")


if __name__ == "__main__":
    main()
