"""Whole files, each named after its case, and the transcript expected of it beside it."""

import json
from pathlib import Path

import msgspec
import pytest

from hotwash.readers.detect import open_source, read_source

HERE = Path(__file__).parent


@pytest.mark.parametrize("path", sorted(HERE.glob("*.jsonl")), ids=lambda path: path.stem)
def test_a_file_gives_the_transcript_beside_it(path: Path) -> None:
    """Every event, total, coverage flag and warning is as written down, and the file is known by its content."""
    transcripts = list(read_source(open_source(path)))
    expected = json.loads(path.with_suffix(".expected.json").read_text())
    assert json.loads(msgspec.json.encode(transcripts)) == expected
