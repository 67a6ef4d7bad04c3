"""Whole trajectories, each named after its case, and the transcripts expected of it beside it."""

import json
from pathlib import Path

import msgspec
import pytest

from hotwash.readers.detect import open_source, read_source

HERE = Path(__file__).parent


@pytest.mark.parametrize("path", sorted(HERE.glob("*.trajectory.json")), ids=lambda path: path.name.split(".")[0])
def test_a_trajectory_gives_the_transcripts_beside_it(path: Path) -> None:
    """Every event, total, coverage flag and warning is as written down, and the file is known by its content."""
    transcripts = list(read_source(open_source(path)))
    expected = json.loads((HERE / path.name.replace(".trajectory.", ".expected.")).read_text())
    assert json.loads(msgspec.json.encode(transcripts)) == expected
