"""Insights on the wire (contract section 2). The documents are sent as they are stored; these shapes describe them in OpenAPI."""

from typing import Literal

from pydantic import BaseModel

from hotwash.analysis.model import ActionType
from hotwash.api.wire.sessions import SessionResponse


class ActionItem(BaseModel):
    action_item: str
    issue_id: str | None = None
    type: ActionType = "other"


class Classification(BaseModel):
    category: str
    confidence: float
    programming_languages: list[str] = []
    tools_and_frameworks: list[str] = []


class Issue(BaseModel):
    id: str
    issue: str
    impact: str
    label: str
    title: str = ""


class NoteUsageItem(BaseModel):
    note_id: str
    message: str
    reason: str


class NoteUsage(BaseModel):
    good_usages: list[NoteUsageItem] = []
    bad_usages: list[NoteUsageItem] = []


class FeedbackItem(BaseModel):
    summary: str
    excerpt: str
    details: str
    issue_id: str | None = None


class SuggestedPrompt(BaseModel):
    original_prompt: str
    suggested_prompt: str
    feedback_items: list[FeedbackItem] = []


class TimelineEvent(BaseModel):
    title: str
    description: str
    color: str = ""
    issue_id: str | None = None


class SessionInsightsAnalysis(BaseModel):
    """The six parts of an analysis."""

    action_items: list[ActionItem] = []
    classification: Classification | None = None
    issues: list[Issue] = []
    note_usage: NoteUsage | None = None
    suggested_prompt: SuggestedPrompt | None = None
    timeline: list[TimelineEvent] = []


class SessionInsightsResponse(SessionResponse):
    """A session with its metrics and, once one has completed, its analysis."""

    num_user_messages: int
    num_devin_messages: int
    session_size: Literal["xs", "s", "m", "l", "xl"]
    analysis: SessionInsightsAnalysis | None
    analysis_status: Literal["not_started", "started", "completed", "failed"] | None = None


class GenerateResponse(BaseModel):
    """`started` puts an analysis under way; `already_exists` says that one is done or in progress; `not_eligible` that the session has no
    message of the agent to analyse. Poll the insights until `analysis` is there."""

    session_id: str
    status: str
