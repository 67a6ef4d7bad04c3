"""Whole files, each named after its case, and the transcript expected of it beside it."""

import json
from pathlib import Path

import msgspec
import pytest

from hotwash.readers.base import Source
from hotwash.readers.codex import Codex, CodexExec

HERE = Path(__file__).parent


@pytest.mark.parametrize("path", sorted(HERE.glob("*.jsonl")), ids=lambda path: path.stem)
def test_a_file_gives_the_transcript_beside_it(path: Path) -> None:
    """Every event, total, coverage flag and warning is as written down."""
    reader = CodexExec() if path.stem.startswith("exec_") else Codex()
    transcripts = list(reader.read(Source(name=path.name, open=lambda: path.open("rb"), path=path)))
    expected = json.loads(path.with_suffix(".expected.json").read_text())
    assert json.loads(msgspec.json.encode(transcripts)) == expected
