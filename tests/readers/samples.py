"""One session for every format and shape of file, from the inputs beside the expected transcripts, so that a new reader's inputs are taken by themselves.
Where the folder with collected transcripts lies beside the repository, real files besides."""

import functools
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

from hotwash.readers import READERS
from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.detect import detect
from tests.readers.otlp.test_agents import CLAUDE_SESSION

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared" / "transcripts"
LARGEST_REAL_BYTES = 400_000
"""Of a real file that is taken: each is read some hundred times."""

Shape = Literal["lines", "document", "store", "text"]
_SHAPES: dict[str, Shape] = {".jsonl": "lines", ".json": "document", ".traj": "document", ".sql": "store", ".md": "text"}


class Sample(NamedTuple):
    """A session as bytes."""

    format: str
    shape: Shape
    name: str
    data: bytes

    @property
    def id(self) -> str:
        return f"{self.format}-{self.name}"


def source_of(data: bytes, name: str = "session.file") -> Source:
    """The bytes, as if they lay at a place that tells nothing."""
    return Source(name=name, open=lambda: io.BytesIO(data), path=PurePath("some/folder/session.file"))


@functools.cache
def own_samples() -> tuple[Sample, ...]:
    """The largest input of each format and shape."""
    telemetry = "\n".join(map(json.dumps, CLAUDE_SESSION)).encode()
    found = [Sample("otlp", "lines", "built", telemetry)]
    for file in sorted(HERE.glob("*/*")):
        shape = _SHAPES.get(file.suffix)
        if shape is not None and ".expected." not in file.name and _expectation(file).exists():
            data = _database(file) if shape == "store" else file.read_bytes()
            found += _detected(shape, file, data)
    return _largest(found)


@functools.cache
def real_samples() -> tuple[Sample, ...]:
    """The largest real file of each format and shape, up to LARGEST_REAL_BYTES; none where the folder is not there."""
    found: list[Sample] = []
    for file in sorted(SHARED.rglob("*")):
        shape = _SHAPES.get(file.suffix)
        if shape in ("lines", "document") and file.stat().st_size <= LARGEST_REAL_BYTES:
            found += _detected(shape, file, file.read_bytes())
    return _largest(found)


def samples(*shapes: Shape) -> list[Sample]:
    """All of these shapes."""
    return [sample for sample in (*own_samples(), *real_samples()) if sample.shape in shapes]


def formats() -> set[str]:
    """Every format there is."""
    return {reader.format for reader in READERS}


def _detected(shape: Shape, file: Path, data: bytes) -> list[Sample]:
    """The file as a sample; none where it only tells more of a file beside it."""
    try:
        return [Sample(detect(source_of(data)).format, shape, file.name.split(".")[0], data)]
    except UnreadableSource:
        return []


def _largest(found: list[Sample]) -> tuple[Sample, ...]:
    by_kind = {(sample.format, sample.shape): sample for sample in sorted(found, key=lambda sample: len(sample.data))}
    return tuple(by_kind[kind] for kind in sorted(by_kind))


def _expectation(file: Path) -> Path:
    return file.with_name(f"{file.name.split('.')[0]}.expected.json")


def _database(statements: Path) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(statements.read_text())
        return connection.serialize()
