"""One session as a whole."""

from typing import Literal

import msgspec

from hotwash.kit import ids
from hotwash.transcript.coverage import Coverage
from hotwash.transcript.events import Event
from hotwash.transcript.usage import Usage

Origin = Literal["webapp", "slack", "teams", "api", "linear", "jira", "scheduled", "automation", "cli", "desktop", "code_scan", "other"]
"""Where a session was started (union of the contract's vintages, section 2)."""


class PullRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    url: str
    state: str | None = None


class ReadWarning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something in the source that could not be read as it stands. Never fatal."""

    reason: str
    """One short sentence, without text from the transcript."""
    record: int | None = None
    """First record concerned."""
    count: int = 1


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """A session, neutral of format. `events` are in session order with dense `seq`."""

    format: str
    """The reader's format name, such as `claude-code`."""
    agent: str
    """The agent's name as people say it, such as `Claude Code`."""
    native_id: str
    events: tuple[Event, ...]
    coverage: Coverage
    format_version: str | None = None
    """Version of the agent, or of the format, that wrote the transcript."""
    title: str | None = None
    cwd: str | None = None
    repository: str | None = None
    """`owner/name` where it is known, else the remote's URL."""
    branch: str | None = None
    models: tuple[str, ...] = ()
    """In order of first use."""
    origin: Origin | None = None
    started_at: float | None = None
    ended_at: float | None = None
    parent_native_id: str | None = None
    """Of the session that started this one as a subagent."""
    pull_requests: tuple[PullRequest, ...] = ()
    usage: Usage | None = None
    """Totals, each token once. None: the format does not record tokens."""
    usage_partial: bool = False
    """The agent wrote incomplete token numbers, or nothing but zeros for calls that were answered: the true figure is higher."""
    cost_usd: float | None = None
    """As the agent recorded it; many record 0 where they know no price. None: not recorded."""
    acus: float | msgspec.UnsetType = msgspec.UNSET
    """As billed, by the one agent that is billed so. Unset and not None elsewhere: then it is not written out, and the digests of all other
    transcripts stay what they were."""
    records: int = 0
    """Records in the source."""
    warnings: tuple[ReadWarning, ...] = ()

    @property
    def session_id(self) -> str:
        """32 hex digits, the same by every route."""
        return ids.session_id(self.format, self.native_id)

    @property
    def parent_session_id(self) -> str | None:
        return ids.session_id(self.format, self.parent_native_id) if self.parent_native_id else None
