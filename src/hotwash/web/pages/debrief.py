"""A stored analysis as the session page shows it: issues with the places that prove them, advice, the better prompt, the course of the session."""

from collections.abc import Sequence
from typing import Final

import msgspec

from hotwash.analysis.model import SEVERITIES, ActionType, Color, IssueKind, Outcome, Role, Severity
from hotwash.web.pages.comparison import Span, added_words

_KIND_WORDS: Final[dict[IssueKind, str]] = {
    "environment": "Environment",
    "access": "Access",
    "service": "Outside service",
    "tool_use": "Tool use",
    "loop": "Loop",
    "failing_check": "Failing check",
    "defect": "Defect",
    "misunderstanding": "Misunderstanding",
    "underspecified": "Underspecified",
    "unverified_claim": "Unverified claim",
    "interruption": "Interruption",
    "context_loss": "Context loss",
    "inefficiency": "Inefficiency",
    "unsafe_action": "Unsafe action",
    "knowledge": "Missing knowledge",
}
_ACTION_WORDS: Final[dict[ActionType, str]] = {
    "machine_setup": "Machine",
    "repo_config": "Repository",
    "knowledge": "Knowledge",
    "prompt_improvement": "Prompt",
    "other": "Other",
}
OUTCOME_WORDS: Final[dict[Outcome, str]] = {
    "achieved": "Achieved",
    "partly": "Partly achieved",
    "not_achieved": "Not achieved",
    "unclear": "Unclear",
}

STRIP_WIDTH: Final = 1000
"""Units of the strip that shows a session from its first to its last record."""
_LEAST_MARK: Final = 3.0
"""Units. A narrower mark is not seen."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence: where in the source, and the words that stand there."""

    first_record: int
    last_record: int
    quote: str

    @property
    def label(self) -> str:
        return f"record {self.first_record}" if self.first_record == self.last_record else f"records {self.first_record}–{self.last_record}"


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What an issue took; None where the transcript cannot tell."""

    turns: int | None = None
    seconds: float | None = None
    tokens: int | None = None
    acus: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is anything to tell: an issue may cost nothing of its own, such as a person's word."""
        return bool(self.turns or self.seconds or self.tokens)


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: IssueKind
    severity: Severity
    label: str
    what: str
    impact: str
    evidence: tuple[Place, ...]
    cost: Cost
    source: str

    @property
    def kind_words(self) -> str:
        return _KIND_WORDS[self.kind]


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    record: int
    role: Role


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    first: int
    last: int


class InstructionUse(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    record: int
    good: bool
    why: str


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What the page takes from the analysis in its detailed form (insights.document.details)."""

    outcome: Outcome
    issues: tuple[Issue, ...] = ()
    languages: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    user_turns: tuple[Turn, ...] = ()
    phases: tuple[Phase, ...] = ()
    instructions_used: tuple[InstructionUse, ...] = ()


class ActionItem(msgspec.Struct, frozen=True, kw_only=True):
    action_item: str
    type: ActionType
    issue_id: str | None = None

    @property
    def type_words(self) -> str:
        return _ACTION_WORDS[self.type]


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    summary: str
    excerpt: str
    details: str


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    original_prompt: str
    suggested_prompt: str
    feedback_items: tuple[Feedback, ...] = ()


class TimelineItem(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    description: str
    color: Color
    issue_id: str | None = None


class ToldIssue(msgspec.Struct, frozen=True, kw_only=True):
    """An issue in the contract's words alone."""

    label: str
    issue: str
    impact: str


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the page takes from the contract's part of the analysis."""

    issues: tuple[ToldIssue, ...] = ()
    action_items: tuple[ActionItem, ...] = ()
    suggested_prompt: Prompt | None = None
    timeline: tuple[TimelineItem, ...] = ()


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something on the strip, in units of STRIP_WIDTH."""

    x: float
    width: float
    title: str
    record: int
    style: str


class Debrief(msgspec.Struct, frozen=True, kw_only=True):
    """A finished analysis, ready for the template."""

    engine: str
    version: str
    outcome: Outcome
    issues: tuple[Issue, ...]
    """Worst first."""
    told_issues: tuple[ToldIssue, ...]
    """Those of an engine that says neither what kind they are nor where they show."""
    action_items: tuple[ActionItem, ...]
    prompt: Prompt | None
    prompt_spans: tuple[Span, ...]
    timeline: tuple[TimelineItem, ...]
    first_records: dict[str, int]
    """Of issues, by id."""
    instructions: tuple[InstructionUse, ...]
    languages: tuple[str, ...]
    tools: tuple[str, ...]
    phase_marks: tuple[Mark, ...]
    issue_marks: tuple[Mark, ...]
    turn_marks: tuple[Mark, ...]

    @property
    def outcome_words(self) -> str:
        return OUTCOME_WORDS[self.outcome]

    @property
    def severity_counts(self) -> tuple[tuple[Severity, int], ...]:
        """Worst first, those that occur."""
        counts = ((severity, sum(issue.severity == severity for issue in self.issues)) for severity in SEVERITIES)
        return tuple((severity, number) for severity, number in counts if number)


def debrief(engine: str, version: str, parts: bytes, details: bytes) -> Debrief:
    """The view of an analysis from its two stored parts. Raises msgspec.ValidationError for a document that is not ours."""
    contract = msgspec.json.decode(parts, type=Parts)
    detail = msgspec.json.decode(details, type=Details)
    prompt = contract.suggested_prompt
    issues = tuple(sorted(detail.issues, key=lambda issue: (SEVERITIES.index(issue.severity), _first_record(issue))))
    last = max([phase.last for phase in detail.phases] + [turn.record for turn in detail.user_turns] + [1])
    return Debrief(
        engine=engine,
        version=version,
        outcome=detail.outcome,
        issues=issues,
        told_issues=() if issues else contract.issues,
        action_items=contract.action_items,
        prompt=prompt,
        prompt_spans=added_words(prompt.original_prompt, prompt.suggested_prompt) if prompt else (),
        timeline=contract.timeline,
        first_records={issue.id: _first_record(issue) for issue in issues},
        instructions=detail.instructions_used,
        languages=detail.languages,
        tools=detail.tools,
        phase_marks=tuple(
            _mark(phase.first, phase.last, last, f"{phase.title} ({phase.first}–{phase.last})", f"phase-{index % 2}")
            for index, phase in enumerate(detail.phases)
        ),
        issue_marks=_issue_marks(issues, last),
        turn_marks=tuple(
            _mark(turn.record, turn.record, last, f"User: {turn.role.replace('_', ' ')}", f"turn-{turn.role}") for turn in detail.user_turns
        ),
    )


def _first_record(issue: Issue) -> int:
    return min((place.first_record for place in issue.evidence), default=1)


def _issue_marks(issues: Sequence[Issue], last: int) -> tuple[Mark, ...]:
    """One mark an evidence, the least severe first so that the worst is drawn on top."""
    return tuple(
        _mark(place.first_record, place.last_record, last, f"{issue.label} ({place.label})", f"severity-{issue.severity}")
        for issue in reversed(issues)
        for place in issue.evidence
    )


def _mark(first: int, last: int, end: int, title: str, style: str) -> Mark:
    unit = STRIP_WIDTH / max(end, 1)
    x = min((first - 1) * unit, STRIP_WIDTH - _LEAST_MARK)
    return Mark(x=round(x, 1), width=round(max((last - first + 1) * unit, _LEAST_MARK), 1), title=title, record=first, style=style)
