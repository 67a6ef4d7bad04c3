"""Labels with only the facts that matter to a test."""

from hotwash.evaluation.labels import Label, LabelledIssue, LabelledPhase, LabelledTurn


def issue(kind: str, first: int, last: int | None = None, severity: str | None = None) -> LabelledIssue:
    """An issue at one range of records."""
    return LabelledIssue(kind=kind, records=((first, first if last is None else last),), severity=severity)  # type: ignore[arg-type]  # tests write the words out


def phases(*starts: int, last: int) -> tuple[LabelledPhase, ...]:
    """Consecutive phases that begin at these records."""
    ends = [*(start - 1 for start in starts[1:]), last]
    return tuple(LabelledPhase(first=first, last=end) for first, end in zip(starts, ends, strict=True))


def turns(**roles: int) -> tuple[LabelledTurn, ...]:
    """`turns(request=1, correction=9)`."""
    return tuple(LabelledTurn(record=record, role=role) for role, record in roles.items())  # type: ignore[arg-type]  # as above


def nothing_found() -> Label:
    """What the analyser says of a session in which it sees nothing."""
    return Label(issues=(), user_turns=(), late_facts=(), phases=())
