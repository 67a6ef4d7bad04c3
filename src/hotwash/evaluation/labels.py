"""What a label is: what a careful reader says of one session, in the vocabulary of the analysis. One JSON object a line."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from hotwash.analysis.model import IssueKind, Outcome, Role, SessionCategory, Severity
from hotwash.errors import InvalidInput

Ranges = tuple[tuple[int, int], ...]
"""First and last record of each place, both counted in."""


class LabelledIssue(msgspec.Struct, frozen=True, kw_only=True):
    kind: IssueKind
    records: Ranges
    severity: Severity | None = None
    label: str = ""
    what: str = ""
    impact: str = ""


class LabelledTurn(msgspec.Struct, frozen=True, kw_only=True):
    record: int
    role: Role


class LabelledFact(msgspec.Struct, frozen=True, kw_only=True):
    record: int
    fact: str


class LabelledPhase(msgspec.Struct, frozen=True, kw_only=True):
    first: int
    last: int
    title: str = ""


class Label(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One reader's word on one session. A part that is None was not looked at and is not measured; an empty one says that there is nothing."""

    file: str | None = None
    """Path of the transcript below the folder of transcripts."""
    session_id: str | None = None
    """Names the session where there is no path: a session that was taken into a store keeps its id, not its file."""
    reader: str = "a"
    outcome: Outcome | None = None
    category: SessionCategory | None = None
    issues: tuple[LabelledIssue, ...] | None = None
    user_turns: tuple[LabelledTurn, ...] | None = None
    late_facts: tuple[LabelledFact, ...] | None = None
    phases: tuple[LabelledPhase, ...] | None = None
    confirmed: tuple[LabelledIssue, ...] | None = None
    """Issues that a person called right, where only some of a session's were judged (`hotwash feedback`)."""
    rejected: tuple[LabelledIssue, ...] | None = None
    """Issues that a person called wrong."""


class LabelledSession(msgspec.Struct, frozen=True, kw_only=True):
    """All that was said of one session, by reader."""

    name: str
    """The path below the folder of transcripts, or the session id."""
    is_file: bool
    labels: tuple[Label, ...]


def parse_labels(data: bytes, source: str) -> tuple[LabelledSession, ...]:
    """The labelled sessions in order of name. Of two labels by one reader the later stands. Raises InvalidInput naming `source` and the line."""
    by_name: dict[tuple[str, bool], dict[str, Label]] = defaultdict(dict)
    decoder = msgspec.json.Decoder(Label)
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            label = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidInput(f"{source}, line {number}: not a label ({error}); docs/evaluation.md shows one") from error
        name = label.file or label.session_id
        if name is None:
            raise InvalidInput(f"{source}, line {number}: the label names no session; give it a `file` or a `session_id`")
        by_name[name, label.file is not None][label.reader] = label
    if not by_name:
        raise InvalidInput(f"{source}: holds no labels; docs/evaluation.md shows what a label looks like")
    return tuple(
        LabelledSession(name=name, is_file=is_file, labels=_by_reader(labels.values()))
        for (name, is_file), labels in sorted(by_name.items())
    )


def encode_labels(labels: Iterable[Label]) -> bytes:
    """One JSON object a line, as `parse_labels` reads it."""
    return b"".join(msgspec.json.encode(label) + b"\n" for label in labels)


def _by_reader(labels: Iterable[Label]) -> tuple[Label, ...]:
    return tuple(sorted(labels, key=lambda label: label.reader))
