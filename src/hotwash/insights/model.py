"""What the insights room talks about: requested and stored analyses, and how far analysing has come."""

from typing import Literal

import msgspec

from hotwash.insights.document import AnalysisDocument

AnalysisState = Literal["not_started", "started", "completed", "failed"]
EngineName = Literal["rules", "judge"]
GenerateStatus = Literal["started", "already_exists", "not_eligible"]
"""The first two are the contract's (section 2). `not_eligible`: there is no agent message to analyse, or its content is not kept; wire-legal, because the contract types
the status as free text, and a client that polls finds `analysis` null, as for any session without one."""


class Generated(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to generate."""

    session_id: str
    status: GenerateStatus


class StoredAnalysis(msgspec.Struct, frozen=True, kw_only=True):
    """The newest analysis of a session, or that there is none."""

    session_id: str
    org_id: str
    state: AnalysisState
    engine: str | None = None
    version: str | None = None
    requested_at: float | None = None
    completed_at: float | None = None
    """Of the newest completed analysis, which `document` holds; it stays while another one runs or fails."""
    duration_s: float | None = None
    error: str | None = None
    """Why the last attempt failed, in one sentence."""
    is_stale: bool = False
    """The session has grown, or changed, since it was analysed."""
    document: AnalysisDocument | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions of a scope are analysed, subagents included."""

    seen: int
    eligible: int
    """With at least one agent message, and with their content kept."""
    analysed: int
    in_progress: int
    failed: int
    failed_reasons: dict[str, int]
    stale: int
    """Of those analysed: the session has changed since."""
