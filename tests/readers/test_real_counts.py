"""Every transcript of the shared folder gives the counts in `real_counts.tsv`: figures only, no contents. A row that changes is a change of what
Hotwash counts, and must be meant. After one that is: `python -m tests.readers.test_real_counts`."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotwash.insights.metrics import measure
from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.transcript import Transcript

SHARED = Path(__file__).parents[2].parent / "shared" / "transcripts"
TABLE = Path(__file__).with_name("real_counts.tsv")
COLUMNS = (
    "file",
    "format",
    "user_messages",
    "agent_messages",
    "calls",
    "failed",
    "input",
    "cache_read",
    "cache_write",
    "output",
    "partial",
)

Row = tuple[str, ...]


def rows(folder: Path) -> Iterator[Row]:
    """One for each session, or one that says that the file is refused. `-`: the format cannot tell."""
    for path in session_files(folder):
        name = path.relative_to(SHARED).as_posix()
        try:
            yield from (row(name, transcript) for transcript in read_source(open_source(path)))
        except UnreadableSource:
            yield (name, "refused", *("" for _ in COLUMNS[2:]))


def row(name: str, transcript: Transcript) -> Row:
    metrics, usage, coverage = measure(transcript), transcript.usage, transcript.coverage
    counts = (
        metrics.num_user_messages if coverage.user_messages else None,
        metrics.num_agent_messages if coverage.agent_messages else None,
        metrics.tool_calls,
        metrics.failed_tool_calls,
        usage.input if usage and coverage.input_tokens else None,
        usage.cache_read if usage and coverage.cache_read_tokens else None,
        usage.cache_write if usage and coverage.cache_write_tokens else None,
        usage.output if usage else None,
    )
    return (
        name,
        transcript.format,
        *("-" if count is None else str(count) for count in counts),
        "yes" if transcript.usage_partial else "no",
    )


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
