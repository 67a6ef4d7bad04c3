"""Sessions and messages on the wire: exactly the contract's keys (sections 2 and 3). Keys that Hotwash has no value for are null."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from hotwash.api import query
from hotwash.transcript import Origin

Status = Literal["new", "claimed", "running", "exit", "error", "suspended", "resuming"]
Category = Literal[
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
    "code_review",
    "security",
]
"""The union of the contract's vintages."""

NARROWING = "Only if the session is in this organization."

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list (contract section 1, pagination)."""

    items: list[T]
    end_cursor: str | None = Field(description="Send it as `after` for the next page; null on the last page.")
    has_next_page: bool
    total: int | None = Field(description="Null where it is not counted.")


class PullRequest(BaseModel):
    pr_url: str
    pr_state: str | None


class SessionResponse(BaseModel):
    """A session without its insights."""

    url: str
    session_id: str = Field(description="32 hex digits, without `devin-`.")
    org_id: str
    status: Status
    status_detail: str | None
    tags: list[str]
    pull_requests: list[PullRequest]
    acus_consumed: float
    created_at: int = Field(description="Unix seconds.")
    updated_at: int = Field(description="Unix seconds.")
    title: str | None
    user_id: str | None
    service_user_id: str | None
    playbook_id: str | None
    parent_session_id: str | None
    child_session_ids: list[str] | None
    is_advanced: bool = False
    is_archived: bool
    structured_output: dict[str, object] | None = None
    category: Category | None
    subcategory: str | None = None
    origin: Origin | None
    devin_mode: str | None = None
    automation_id: str | None = None


class SessionMessage(BaseModel):
    event_id: str
    source: Literal["devin", "user"]
    message: str
    created_at: int = Field(description="Unix seconds.")
    origin: str | None = None
    user_id: str | None = None
    username: str | None = None


class PageQuery(BaseModel):
    """Which page of a list."""

    first: query.First = 100
    after: query.After = None


class NarrowedPageQuery(PageQuery):
    """Which page of a list that belongs to one session of the enterprise."""

    org_id: query.OptionalText = Field(default=None, description=NARROWING)


class OrganizationSessionsQuery(PageQuery):
    """Filters of the session and insights lists. All that are given must hold; of a list's values one must."""

    session_ids: query.TextList = Field(default=[], description="Bare or with `devin-`.")
    created_after: query.Whole | None = Field(default=None, description="Unix seconds, inclusive.")
    created_before: query.Whole | None = Field(default=None, description="Unix seconds, exclusive.")
    updated_after: query.Whole | None = Field(default=None, description="Unix seconds, inclusive.")
    updated_before: query.Whole | None = Field(default=None, description="Unix seconds, exclusive.")
    tags: query.TextList = Field(default=[], description="Sessions with any of these tags.")
    playbook_id: query.OptionalText = None
    origins: Annotated[list[Origin], query.SPLIT] = []
    schedule_id: query.OptionalText = None
    user_ids: query.TextList = []
    service_user_ids: query.TextList = []
    category: Category | None = None
    is_archived: bool | None = None
    repo_names: query.TextList = Field(default=[], description="`owner/repo`.")


class EnterpriseSessionsQuery(OrganizationSessionsQuery):
    """The same over all organizations."""

    org_ids: query.TextList = []
    include_deleted_orgs: bool = Field(default=False, description="Accepted and without effect: a deleted organization keeps no sessions.")
