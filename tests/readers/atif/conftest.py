"""Trajectories as tests write them: a few steps, read by the reader under test."""

import json
from collections.abc import Callable
from io import BytesIO

import pytest

from hotwash.readers.atif import Atif
from hotwash.readers.base import Source
from hotwash.transcript import Transcript


@pytest.fixture
def make_source() -> Callable[[bytes], Source]:
    def make(data: bytes) -> Source:
        return Source(name="kettle.json", open=lambda: BytesIO(data))

    return make


@pytest.fixture
def read(make_source: Callable[[bytes], Source]) -> Callable[..., Transcript]:
    """The transcript of these steps; keywords are further keys of the document."""

    def read_steps(*steps: dict[str, object], **document: object) -> Transcript:
        whole = {"schema_version": "ATIF-v1.7", "session_id": "run-1", "agent": {"name": "kettle-agent"}, "steps": steps, **document}
        (transcript,) = Atif().read(make_source(json.dumps(whole).encode()))
        return transcript

    return read_steps
