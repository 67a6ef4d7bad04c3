"""What an analysis says. The six parts of the contract (section 2) and, beyond them, kinds, severities, evidence and costs."""

from typing import Literal

import msgspec

from hotwash.transcript import Coverage

IssueKind = Literal[
    "environment",
    "access",
    "service",
    "tool_use",
    "loop",
    "failing_check",
    "defect",
    "misunderstanding",
    "underspecified",
    "unverified_claim",
    "interruption",
    "context_loss",
    "inefficiency",
    "unsafe_action",
    "knowledge",
]
Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
"""Worst first."""
Outcome = Literal["achieved", "partly", "not_achieved", "unclear"]
SessionCategory = Literal[
    "bug_fixing",
    "ci_cd_and_devops",
    "code_quality_and_security",
    "code_review_and_analysis",
    "data_and_automation",
    "documentation_and_content",
    "feature_development",
    "migrations_and_upgrades",
    "other",
    "refactoring_and_optimization",
    "research_and_exploration",
    "unit_test_generation",
]
Role = Literal["request", "follow_up", "correction", "answer", "approval", "interruption", "other"]
ActionType = Literal["machine_setup", "repo_config", "knowledge", "prompt_improvement", "other"]
Color = Literal["red", "orange", "yellow", "green", "blue", "purple", "gray"]
"""Timeline colours: the contract fixes none; these are the words a known client maps (contract section 2)."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Where a thing shows: a range of source records and of events, with words that stand verbatim in one of them."""

    first_record: int
    last_record: int
    quote: str
    first_seq: int
    last_seq: int


class IssueCost(msgspec.Struct, frozen=True, kw_only=True):
    """What an issue took. None: the transcript cannot tell."""

    turns: int | None = None
    """Tool calls and agent messages spent on it."""
    seconds: float | None = None
    tokens: int | None = None
    acus: float | None = None


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """One cause of lost time, money or quality, with where it shows."""

    id: str
    """Unique within the analysis: `issue-1`, `issue-2`, … in order of first record."""
    kind: IssueKind
    severity: Severity
    label: str
    """A few words, specific: `go: command not found`, `lint fails four times`."""
    what: str
    """One sentence: the cause and what happened."""
    impact: str
    """One sentence: what it cost, with the numbers."""
    evidence: tuple[Evidence, ...]
    cost: IssueCost
    fingerprint: str
    """16 hex digits, equal for the same cause in another session."""
    source: str
    """The detector and its version (`environment/1`), or the model."""
    cause: str = ""
    """The normalised cause that the fingerprint is made of. Empty: not told."""


class ActionItem(msgspec.Struct, frozen=True, kw_only=True):
    type: ActionType
    text: str
    issue_id: str | None = None


class Classification(msgspec.Struct, frozen=True, kw_only=True):
    category: SessionCategory
    confidence: float
    """0 to 1."""
    languages: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


class InstructionUse(msgspec.Struct, frozen=True, kw_only=True):
    """A note, skill or instruction file that visibly helped (`good`) or misled."""

    name: str
    record: int
    good: bool
    message: str
    """What the session did with it."""
    why: str


class FeedbackItem(msgspec.Struct, frozen=True, kw_only=True):
    """One addition to the prompt and the place in the session it comes from."""

    summary: str
    excerpt: str
    """Verbatim words of the session."""
    details: str
    record: int
    issue_id: str | None = None


class SuggestedPrompt(msgspec.Struct, frozen=True, kw_only=True):
    original: str
    suggested: str
    feedback: tuple[FeedbackItem, ...] = ()


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    description: str
    color: Color
    first_record: int
    last_record: int
    issue_id: str | None = None


class UserTurn(msgspec.Struct, frozen=True, kw_only=True):
    record: int
    seq: int
    role: Role


class LateFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that should have stood in the first prompt, and the record where it surfaced."""

    record: int
    fact: str


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the session. `first` and `last` are records."""

    title: str
    first: int
    last: int
    first_seq: int
    last_seq: int


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """What the evidence check refused, by reason."""

    quotes: int = 0
    ranges: int = 0
    issues: int = 0


class JudgeRun(msgspec.Struct, frozen=True, kw_only=True):
    """What it took to have a language model judge the session."""

    model: str
    """As it was named in the settings (`openai:…`, `command:…`)."""
    prompt_version: str
    requests: int
    """Of both passes, those answered from the cache included."""
    unanswered: int = 0
    """Requests without a usable answer: what they would have found is missing."""
    proposed: int = 0
    """Issues that the first pass named and whose evidence stands."""
    refuted: int = 0
    """Those of them that the second pass threw out."""
    unverified_issues: int = 0
    """Issues that the first pass named and whose evidence does not stand in the session: left out."""
    unverified_quotes: int = 0
    """Places of issues, kept or not, whose quote or range does not stand: left out."""
    input_tokens: int = 0
    """Cached ones included, where the provider had read them before."""
    output_tokens: int = 0
    tokens_estimated: bool = False
    """The program that answered does not tell its tokens: they are estimated from the length of what was said."""
    usd: float | None = None
    """USD. None: the model has no known price, or another program paid."""
    from_cache: int = 0
    """Requests whose answer was kept from an earlier run and cost nothing now."""


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    engine: str
    """`rules`, or `judge`."""
    version: str
    """Changes whenever the same transcript may give another analysis."""
    coverage: Coverage
    outcome: Outcome
    issues: tuple[Issue, ...] = ()
    action_items: tuple[ActionItem, ...] = ()
    classification: Classification | None = None
    instructions_used: tuple[InstructionUse, ...] = ()
    suggested_prompt: SuggestedPrompt | None = None
    timeline: tuple[TimelineEntry, ...] = ()
    user_turns: tuple[UserTurn, ...] = ()
    late_facts: tuple[LateFact, ...] = ()
    phases: tuple[Phase, ...] = ()
    dropped: Dropped = Dropped()
    failed_detectors: tuple[str, ...] = ()
    """Detectors that broke on this session, by name and version (`loop/1`); their findings are missing."""
    judge: JudgeRun | None = None
    """Of the judge engine alone."""
