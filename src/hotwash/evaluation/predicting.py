"""What an engine says of the labelled sessions: exactly what `hotwash analyze` prints of them."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from hotwash.analysis.model import Analysis
from hotwash.analysis.rules import analyse
from hotwash.evaluation.labels import Label, LabelledSession
from hotwash.insights.document import details
from hotwash.intake.redaction import redact_transcript
from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.transcript import Transcript


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a labelled session lies."""

    path: Path
    session_id: str | None = None
    """Which of the file's sessions. None: the first; its subagents, where they stand in the same file, come after it."""


def predict(place: Place, engine: Callable[[Transcript], Analysis] = analyse) -> Label:
    """The analysis of a session in the form of a label. Raises UnreadableSource, and what the engine raises."""
    for transcript in read_source(open_source(place.path)):
        if place.session_id in (None, transcript.session_id):
            clean, _ = redact_transcript(transcript)
            return msgspec.convert(msgspec.to_builtins(details(engine(clean))), Label)
    raise UnreadableSource(f"{place.path}: holds no such session")


def locate(sessions: Iterable[LabelledSession], transcripts: Path) -> dict[str, Place]:
    """Where the labelled sessions lie, by name; those that are nowhere are left out. The folder is read through only for labels without a path."""
    wanted = list(sessions)
    found = {s.name: Place(path=transcripts / s.name) for s in wanted if s.is_file and _is_inside(s.name, transcripts)}
    pathless = {session.name for session in wanted if not session.is_file}
    for place in _every_session(transcripts) if pathless else ():
        if place.session_id in pathless:
            found.setdefault(place.session_id, place)
    return found


def _is_inside(name: str, transcripts: Path) -> bool:
    """A label leads to a file below the folder and to no other."""
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        return False
    return os.path.exists(transcripts / path)  # noqa: PTH110 (False too for a name that no file can have, where Path.exists raises)


def _every_session(transcripts: Path) -> Iterator[Place]:
    for path in session_files(transcripts):
        try:
            for transcript in read_source(open_source(path)):
                yield Place(path=path, session_id=transcript.session_id)
        except UnreadableSource:
            continue  # it is no labelled session, whatever else it is
