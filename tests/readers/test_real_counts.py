"""Every transcript of the shared folder gives the counts in `real_counts.tsv`, as `hotwash inspect --json` prints them: figures only, no
contents. A row that changes is a change of what Hotwash counts, and must be meant. After one that is: `python -m tests.readers.test_real_counts`."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotwash.cli.debriefing import inspect_json
from hotwash.readers.detect import session_files

SHARED = Path(__file__).parents[2].parent / "shared" / "transcripts"
TABLE = Path(__file__).with_name("real_counts.tsv")
COUNTS = (
    "user_messages",
    "agent_messages",
    "tool_calls",
    "failed_tool_calls",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "usage_partial",
    "cost_usd",
    "started_at",
    "ended_at",
    "models",
)
COLUMNS = ("file", "format", *COUNTS)

Row = tuple[str, ...]


def rows(folder: Path) -> Iterator[Row]:
    """One for each session, or one that says that the file is refused. `-`: the format cannot tell."""
    for path in session_files(folder):
        name = path.relative_to(SHARED).as_posix()
        item = inspect_json(str(path), None)
        for output in item.outputs:
            told = json.loads(output)
            yield (name, told["format"], *(cell(told[count]) for count in COUNTS))
        if item.failures:
            yield (name, "refused", *("" for _ in COUNTS))


def cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "-" if value is None else json.dumps(value)


def expected() -> dict[str, list[Row]]:
    """The table's rows by the first folder of the file."""
    found: dict[str, list[Row]] = {}
    with TABLE.open(encoding="utf-8", newline="") as table:
        for line in list(csv.reader(table, delimiter="\t"))[1:]:
            found.setdefault(line[0].split("/")[0], []).append(tuple(line))
    return found


@pytest.mark.parametrize("folder", sorted(expected()))
def test_every_file_gives_the_counts_in_the_table(folder: str) -> None:
    if not (SHARED / folder).is_dir():
        pytest.skip(f"{folder} is not beside the repository")
    assert list(rows(SHARED / folder)) == expected()[folder]


def _write() -> None:
    with TABLE.open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for folder in sorted(path for path in SHARED.iterdir() if path.is_dir()):
            writer.writerows(rows(folder))


if __name__ == "__main__":
    _write()
