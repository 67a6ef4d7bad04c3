"""A session as it is written down while a source is read: what was said and done, the clock, the models and what it cost. Formats that tell a
session as a row of messages build on it and keep only what is their own."""

from dataclasses import dataclass

import msgspec

from hotwash.readers import fields, tools
from hotwash.readers.base import cap_text
from hotwash.readers.drafts import CallDraft, Timeline
from hotwash.readers.oddities import Oddities
from hotwash.transcript import (
    AgentMessage,
    Category,
    Coverage,
    Instruction,
    InstructionSource,
    Lifecycle,
    LifecycleKind,
    Origin,
    Reasoning,
    ToolCall,
    ToolStatus,
    Transcript,
    Usage,
    UsageReport,
    UserMessage,
)

UNKNOWN_TYPE = "record of an unknown type left out"
NO_CALL = "tool result without its call left out"
NOT_AN_OBJECT = "record that is not an object left out"


@dataclass(slots=True, kw_only=True)
class Identity:
    """What a source says about the session as a whole."""

    native_id: str
    format_version: str | None = None
    title: str | None = None
    cwd: str | None = None
    repository: str | None = None
    branch: str | None = None
    origin: Origin | None = None
    parent_native_id: str | None = None


class Recorder:
    """Takes what a reader found, in order of the source. `begin` says which record and time the following calls belong to."""

    def __init__(self, oddities: Oddities) -> None:
        self.oddities = oddities
        self.timeline = Timeline()
        self.models: dict[str, None] = {}
        """In order of first use."""
        self.started_at: float | None = None
        self.ended_at: float | None = None
        self.acus: float | None = None
        """As the agent was billed."""
        self.tells_cache_reads = self.tells_cache_writes = False
        self.tells_zeros = False
        """Some tokens are recorded as 0 throughout."""
        self._other_costs: list[float] = []
        """What calls cost that tell no tokens."""
        self.record = 1
        self.at: float | None = None
        self.calls: dict[str, CallDraft] = {}
        """By call id."""
        self._model: str | None = None

    def begin(self, record: int, at: float | None) -> None:
        """The next record; its time counts for when the session began and ended."""
        self.record, self.at = record, at
        self.clock(at)

    def clock(self, at: float | None) -> None:
        """A moment at which the session was running."""
        if at is not None:
            self.started_at = at if self.started_at is None else min(self.started_at, at)
            self.ended_at = at if self.ended_at is None else max(self.ended_at, at)

    def use_model(self, name: str | None, *, announce: bool = True) -> None:
        """The model that answers from here on; a change is an event unless it is the agent's own doing (`announce`)."""
        if not name:
            return
        if announce and self._model is not None and name != self._model:
            self.lifecycle("model_change", f"{self._model} → {name}")
        self._model = name
        self.models[name] = None

    def user(self, text: str, *, images: int = 0, queued: bool = False, native_id: str | None = None) -> None:
        if text.strip() or images:
            self.timeline.add(
                UserMessage(seq=0, record=self.record, at=self.at, native_id=native_id, text=cap_text(text), images=images, queued=queued)
            )

    def agent(self, text: str, *, native_id: str | None = None) -> None:
        if text.strip():
            self.timeline.add(
                AgentMessage(seq=0, record=self.record, at=self.at, native_id=native_id, text=cap_text(text), model=self._model)
            )

    def reasoning(self, text: str) -> None:
        if text.strip():
            self.timeline.add(Reasoning(seq=0, record=self.record, at=self.at, text=cap_text(text)))

    def lifecycle(self, what: LifecycleKind, text: str = "") -> None:
        self.timeline.add(Lifecycle(seq=0, record=self.record, at=self.at, what=what, text=cap_text(text)))

    def instruction(self, source: InstructionSource, name: str, text: str) -> None:
        self.timeline.add(Instruction(seq=0, record=self.record, at=self.at, source=source, name=name, text=cap_text(text)))

    def spend(self, usage: Usage | None, *, model: str | None = None, cost_usd: float | None = None) -> None:
        """Tokens and cost of one model call; None: not told. A call of nothing but zeros is one that the provider did not count."""
        if usage is not None and usage.total:
            self.timeline.add(self.usage_report(usage, model=model, cost_usd=cost_usd))
            return
        self.tells_zeros = self.tells_zeros or usage is not None
        if cost_usd is not None:
            self._other_costs.append(cost_usd)

    def cached(self, read: object, written: object) -> None:
        """What a record holds for tokens read from the cache and written to it; None for what it leaves out. A format that can tell them may
        leave them out all the same, as the version or the provider behind it does; then they are unknown, not 0."""
        self.tells_cache_reads = self.tells_cache_reads or fields.count(read) is not None
        self.tells_cache_writes = self.tells_cache_writes or fields.count(written) is not None

    def usage_report(self, usage: Usage, *, model: str | None = None, cost_usd: float | None = None) -> UsageReport:
        return UsageReport(seq=0, record=self.record, at=self.at, usage=usage, model=model or self._model, cost_usd=cost_usd)

    def call(self, call_id: str | None, name: object, arguments: object, category: Category | None = None) -> CallDraft:
        """A tool call begins. A call id that was seen before gives the call of then: the record repeats it."""
        known = self.calls.get(call_id) if call_id else None
        if known is not None:
            return known
        named = tools.tool_name(name)
        kind = category or tools.categorise(named)
        passed = arguments if isinstance(arguments, dict) else {"input": arguments} if arguments not in (None, "") else {}
        draft = CallDraft(
            record=self.record,
            at=self.at,
            native_id=call_id,
            name=named,
            category=kind,
            arguments=tools.cap_arguments(passed),
            command=tools.shell_command(passed) if kind == "shell" else None,
            path=tools.file_path(passed) if kind == "file" else None,
        )
        if call_id:
            self.calls[call_id] = draft
        self.timeline.add(draft)
        return draft

    def finish(self, call_id: str | None, text: str, status: ToolStatus, exit_code: int | None = None) -> CallDraft | None:
        """The result of a call. None: no such call, which is noted."""
        draft = self.calls.get(call_id) if call_id else None
        if draft is None:
            self.oddities.note(NO_CALL, self.record)
            return None
        draft.add_output(text, self.record, self.at)
        draft.status = status
        draft.exit_code = exit_code
        return draft

    def interrupt(self) -> None:
        """Calls that still run were stopped."""
        for draft in self.calls.values():
            if draft.status == "running":
                draft.status = "interrupted"

    def transcript(
        self, format: str, agent: str, identity: Identity, coverage: Coverage, *, records: int, usage_partial: bool = False
    ) -> Transcript:
        """The session. Tokens and cost are the sums of what `spend` was told, also where that is 0: such tokens of a
        session in which the agent answered are partial."""
        events = self.timeline.events()
        reports = [event for event in events if isinstance(event, UsageReport)]
        costs = [*self._other_costs, *(report.cost_usd for report in reports if report.cost_usd is not None)]
        is_counted = bool(reports) or self.tells_zeros
        is_answered = any(isinstance(event, (AgentMessage, ToolCall)) for event in events)
        return Transcript(
            format=format,
            agent=agent,
            native_id=identity.native_id,
            format_version=identity.format_version,
            title=identity.title,
            cwd=identity.cwd,
            repository=identity.repository,
            branch=identity.branch,
            models=tuple(self.models),
            origin=identity.origin,
            started_at=self.started_at,
            ended_at=self.ended_at,
            parent_native_id=identity.parent_native_id,
            usage=sum((report.usage for report in reports), Usage()) if is_counted else None,
            usage_partial=usage_partial or (is_counted and not reports and is_answered),
            cost_usd=round(sum(costs), 9) if costs else None,
            acus=msgspec.UNSET if self.acus is None else self.acus,
            events=events,
            coverage=msgspec.structs.replace(
                coverage,
                tokens=coverage.tokens and is_counted,
                cache_read_tokens=coverage.cache_read_tokens and self.tells_cache_reads and is_counted,
                cache_write_tokens=coverage.cache_write_tokens and self.tells_cache_writes and is_counted,
                cost=coverage.cost and bool(costs),
                durations=coverage.durations or any(isinstance(event, ToolCall) and event.duration_s is not None for event in events),
            ),
            records=records,
            warnings=self.oddities.warnings(),
        )


def outcome(failed: bool | None, exit_code: int | None = None) -> ToolStatus:
    """The status of a finished call: an exit code other than 0 is an error whatever the agent says of the call (formats section 0.7)."""
    if failed or exit_code:
        return "error"
    return "ok" if failed is False or exit_code == 0 else "unknown"
