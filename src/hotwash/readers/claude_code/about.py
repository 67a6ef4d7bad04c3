"""What a file says about its session as a whole: ids, title, place, cost. Mostly bookkeeping records, without time or uuid."""

from collections import Counter
from dataclasses import dataclass, field

from hotwash.readers.claude_code.shapes import Line, TokenUsage
from hotwash.readers.oddities import Oddities
from hotwash.transcript import Origin, PullRequest

UNKNOWN_TYPE = "record of an unknown type passed over"
NO_TYPE = "record without a type passed over"
REPEATED = "record that stands in the file twice, read once"
SUBAGENT_COPY = "progress record that copies a subagent's message left out"

_KNOWN_TYPES = frozenset(
    [
        "assistant",
        "user",
        "attachment",
        "queue-operation",
        "system",
        "progress",
        "summary",
        "custom-title",
        "ai-title",
        "agent-name",
        "agent-color",
        "agent-setting",
        "tag",
        "mode",
        "permission-mode",
        "last-prompt",
        "file-history-snapshot",
        "file-history-delta",
        "pr-link",
        "frame-link",
        "cost-state",
        "tools-used",
        "atis-latch",
        "api-request",
        "api-request-shape",
        "api-request-blob",
        "worktree-state",
        "content-replacement",
        "result",
        "stream_event",
        "rate_limit_event",
        "control_request",
        "control_response",
        "keep_alive",
        "tool_progress",
        "auth_status",
    ]
)
_ORIGINS: dict[str, Origin] = {"cli": "cli", "sdk-cli": "cli", "claude-desktop": "desktop"}


@dataclass(slots=True)
class About:
    """Collects as records go by."""

    oddities: Oddities
    sessions: Counter[str] = field(default_factory=Counter)
    records: int = 0
    cwd: str | None = None
    branch: str | None = None
    version: str | None = None
    cost_usd: float | None = None
    results: list[TokenUsage] = field(default_factory=list)
    """What each closing `result` of a stream tells of tokens."""
    _entrypoint: str | None = None
    _custom_title: str | None = None
    _ai_title: str | None = None
    _summaries: dict[str, str] = field(default_factory=dict)
    _uuids: set[str] = field(default_factory=set)
    _pull_requests: dict[str, str | None] = field(default_factory=dict)

    def note(self, record: int, line: Line) -> bool:
        """Take what the record says about the session. False: it is a copy of an earlier one and tells nothing more."""
        self.records = max(self.records, record)
        if line.uuid:
            if line.uuid in self._uuids and line.type != "assistant":  # stream-json gives a message's blocks one uuid
                self.oddities.note(REPEATED, record)
                return False
            self._uuids.add(line.uuid)
        session = line.session
        if session:
            self.sessions[session] += 1
        self._note_place(line)
        if line.type not in _KNOWN_TYPES:
            self.oddities.note(UNKNOWN_TYPE if line.type else NO_TYPE, record)
        elif line.type == "progress" and line.data is not None and line.data.type == "agent_progress":
            self.oddities.note(SUBAGENT_COPY, record)
        else:
            self._note_bookkeeping(line)
        return True

    @property
    def title(self) -> str | None:
        """As the person named it, else as summarised (by a summary that points into this file; others belong to other sessions), else as
        the agent named it."""
        summary = next((text for leaf, text in reversed(self._summaries.items()) if leaf in self._uuids), None)
        return self._custom_title or summary or self._ai_title

    @property
    def origin(self) -> Origin | None:
        """None: versions before about 2.1.70 do not say."""
        return _ORIGINS.get(self._entrypoint, "other") if self._entrypoint else None

    @property
    def pull_requests(self) -> tuple[PullRequest, ...]:
        return tuple(PullRequest(url=url) for url in self._pull_requests)

    @property
    def repository(self) -> str | None:
        """Known only from the pull requests made, if all are in one repository."""
        repositories = set(self._pull_requests.values())
        return repositories.pop() if len(repositories) == 1 else None

    def _note_place(self, line: Line) -> None:
        """Where and by which program: folder and way of starting as first told, branch and version as last told."""
        self.cwd = self.cwd or line.cwd
        self._entrypoint = self._entrypoint or line.entrypoint
        self.version = line.version or line.stream_version or self.version
        if line.git_branch and line.git_branch != "HEAD":
            self.branch = line.git_branch

    def _note_bookkeeping(self, line: Line) -> None:
        if line.type == "custom-title":
            self._custom_title = line.custom_title or self._custom_title
        elif line.type == "ai-title":
            self._ai_title = line.ai_title or self._ai_title
        elif line.type == "summary" and line.summary and line.leaf_uuid:
            self._summaries[line.leaf_uuid] = line.summary
        elif line.type == "pr-link" and line.pr_url:
            self._pull_requests[line.pr_url] = line.pr_repository
        elif line.type == "cost-state" and line.total_cost_usd is not None:
            self.cost_usd = line.total_cost_usd  # cumulative over the session: the last holds
        elif line.type == "result":
            self.cost_usd = line.stream_cost_usd if line.stream_cost_usd is not None else self.cost_usd
            self.results.append(line.stream_usage or TokenUsage())
