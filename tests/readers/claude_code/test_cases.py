"""Each `<case>.jsonl` in this folder is read into exactly what `<case>.expected.json` beside it says."""

from pathlib import Path

import msgspec
import pytest

from hotwash.readers.detect import open_source, read_source

CASES = sorted(Path(__file__).parent.glob("*.jsonl"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case_is_read_as_expected(case: Path) -> None:
    transcripts = tuple(read_source(open_source(case)))
    expected = case.with_suffix(".expected.json").read_bytes()
    assert msgspec.json.decode(msgspec.json.encode(transcripts)) == msgspec.json.decode(expected)
