"""What the sessions room talks about: stored sessions, what lists can be narrowed to, messages, thin event rows."""

from typing import Literal

import msgspec

from hotwash.transcript import Coverage, PullRequest, Transcript

MessageSource = Literal["devin", "user"]
"""The contract's words for agent and person."""


Content = Literal["full", "metrics"]
"""What is kept of a session: everything, or nothing that anybody said, wrote or named."""


class SessionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to. All given conditions must hold; of the values of one condition any. Empty or None: no condition."""

    session_ids: tuple[str, ...] = ()
    """Bare or in the `devin-` form. Naming subagent sessions is the only way to have them in a list."""
    created_after: int | None = None
    """Unix seconds, inclusive, as observed on the live API (contract section 2)."""
    created_before: int | None = None
    """Exclusive."""
    updated_after: int | None = None
    updated_before: int | None = None
    tags: tuple[str, ...] = ()
    """Sessions with any of these tags; the contract leaves any or all open."""
    playbook_id: str | None = None
    origins: tuple[str, ...] = ()
    """`scheduled` and `automation` are one origin in two vintages of the contract: either finds both."""
    schedule_id: str | None = None
    """No imported session carries a schedule, so any value finds nothing."""
    user_ids: tuple[str, ...] = ()
    service_user_ids: tuple[str, ...] = ()
    category: str | None = None
    is_archived: bool | None = None
    """None: archived ones and others."""
    repo_names: tuple[str, ...] = ()
    """`owner/name`."""
    org_ids: tuple[str, ...] = ()
    """Narrows the scope, never widens it."""
    text: str | None = None
    """Sessions in which all these words stand."""
    has_issues: bool | None = None
    """Analysed sessions with issues (True) or without any (False)."""
    agent: str | None = None
    sizes: tuple[str, ...] = ()
    """xs, s, m, l, xl."""
    outcomes: tuple[str, ...] = ()
    """As the analysis judged them; a session that is not analysed has none."""


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A stored session: all but its content. Times are Unix seconds."""

    pk: int
    """Inside the store only."""
    org_id: str
    session_id: str
    """32 hex digits."""
    parent_session_id: str | None
    format: str
    agent: str
    native_id: str
    title: str | None
    cwd: str | None
    repository: str | None
    branch: str | None
    origin: str | None
    status: str
    status_detail: str | None
    category: str | None
    user_id: str | None
    service_user_id: str | None
    playbook_id: str | None
    is_archived: bool
    created_at: int
    updated_at: int
    imported_at: int
    num_user_messages: int
    num_devin_messages: int
    num_events: int
    own_acus: float
    """Without those of subagents."""
    acus: float
    """With those of subagents."""
    acu_basis: str
    session_size: str
    analysis_state: str
    outcome: str | None
    num_issues: int | None
    """None: not analysed."""
    content_digest: str
    metrics: bytes
    """JSON of insights.metrics.SessionMetrics."""
    lineage: str | None = None
    """Equal in sessions of one format that may be forks of one another; None: they cannot be told."""
    content: Content = "full"
    redactions: dict[str, int] = {}
    """How many secrets each rule took out."""
    tags: tuple[str, ...] = ()
    """Sorted."""
    pull_requests: tuple[PullRequest, ...] = ()
    child_session_ids: tuple[str, ...] = ()
    """Oldest first."""


class SessionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A session as intake hands it over: the redacted transcript and what was measured of it."""

    transcript: Transcript
    org_id: str
    created_at: int
    updated_at: int
    status: str
    status_detail: str | None
    num_user_messages: int
    num_devin_messages: int
    own_acus: float
    acus: float
    acu_basis: str
    session_size: str
    content_digest: str
    metrics: bytes
    lineage: str | None = None
    content: Content = "full"
    redactions: dict[str, int] = {}
    user_id: str | None = None
    """Here and for the next two: None leaves what an earlier import said."""
    service_user_id: str | None = None
    playbook_id: str | None = None
    tags: tuple[str, ...] = ()
    """Added to the tags there are."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted of a session, without its subagents."""

    num_user_messages: int
    num_devin_messages: int
    own_acus: float
    acu_basis: str
    metrics: bytes


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a person or the agent said."""

    event_id: str
    """Unique over all sessions, and the same after every import."""
    source: MessageSource
    message: str
    created_at: int


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """An event in one line."""

    seq: int
    record: int
    at: float | None
    kind: str
    category: str | None
    tool: str | None
    status: str | None
    tokens: int | None
    preview: str


class FormatSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A transcript format of stored sessions."""

    format: str
    sessions: int
    signals: Coverage
    """Which signals the newest session of this format can carry: they change with the agent's version."""


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A session that search found, and the words around the first match."""

    session: SessionRecord
    excerpt: str
