"""Rollouts as tests write them: a few records, read by the reader under test."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import PurePath

import pytest

from hotwash.readers.base import Source
from hotwash.readers.codex import Codex
from hotwash.transcript import Transcript

META: dict[str, object] = {"id": "019f0000-1111-7222-8333-444455556666", "cli_version": "0.142.0"}


@pytest.fixture
def make_source() -> Callable[..., Source]:
    """A source from bytes, and the name the file would have."""

    def make(data: bytes, name: str = "rollout.jsonl") -> Source:
        return Source(name=name, open=lambda: BytesIO(data), path=PurePath(name))

    return make


@pytest.fixture
def read(make_source: Callable[..., Source]) -> Callable[..., Transcript]:
    """The transcript of records given as `(type, payload)`, one second apart, below the header in `meta` (None: no header)."""

    def read_records(*records: tuple[str, dict[str, object]], meta: dict[str, object] | None = META) -> Transcript:
        with_header = ([] if meta is None else [("session_meta", meta)]) + list(records)
        lines = [
            json.dumps({"timestamp": f"2026-06-17T10:00:{second:02d}Z", "type": kind, "payload": payload})
            for second, (kind, payload) in enumerate(with_header)
        ]
        (transcript,) = Codex().read(make_source("\n".join(lines).encode()))
        return transcript

    return read_records
