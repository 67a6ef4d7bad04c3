"""Small transcripts for tests: write the events as a story, `session` numbers them as a reader would."""

from typing import TypeVar

import msgspec

from hotwash.analysis.model import Evidence, Issue, IssueCost, IssueKind, Severity
from hotwash.transcript import (
    AgentMessage,
    Category,
    Coverage,
    Event,
    Instruction,
    InstructionSource,
    Lifecycle,
    LifecycleKind,
    Reasoning,
    ToolCall,
    ToolStatus,
    Transcript,
    Usage,
    UsageReport,
    UserMessage,
)

STARTED_AT = 1_700_000_000.0
SECONDS_BETWEEN_RECORDS = 10.0
EVERYTHING = Coverage(
    timestamps=True,
    tokens=True,
    cache_read_tokens=True,
    cache_write_tokens=True,
    cost=True,
    exit_codes=True,
    tool_status=True,
    durations=True,
    models=True,
    reasoning=True,
    instructions=True,
    branch=True,
    subagents=True,
    interruptions=True,
    compactions=True,
)
"""A format that carries every signal."""

E = TypeVar("E", bound=Event)


def user(text: str, *, queued: bool = False) -> UserMessage:
    return UserMessage(seq=0, record=0, text=text, queued=queued)


def agent(text: str) -> AgentMessage:
    return AgentMessage(seq=0, record=0, text=text)


def reasoning(text: str) -> Reasoning:
    return Reasoning(seq=0, record=0, text=text)


def instruction(name: str, text: str = "", *, source: InstructionSource = "agents_md") -> Instruction:
    return Instruction(seq=0, record=0, source=source, name=name, text=text)


def life(what: LifecycleKind, text: str = "") -> Lifecycle:
    return Lifecycle(seq=0, record=0, what=what, text=text)


def usage(*, input_tokens: int = 0, output_tokens: int = 0) -> UsageReport:
    return UsageReport(seq=0, record=0, usage=Usage(input=input_tokens, output=output_tokens))


def call(
    name: str,
    *,
    command: str | None = None,
    output: str = "",
    exit_code: int | None = None,
    status: ToolStatus | None = None,
    category: Category | None = None,
    path: str | None = None,
    arguments: dict[str, object] | None = None,
    duration_s: float | None = None,
) -> ToolCall:
    """A tool call with its result. Without a status, the exit code decides; without either, it went well."""
    if arguments is None:
        arguments = {"command": command} if command is not None else {"file_path": path} if path is not None else {}
    return ToolCall(
        seq=0,
        record=0,
        name=name,
        category=category or ("shell" if command is not None else "file" if path is not None else "other"),
        arguments=arguments,
        command=command,
        path=path,
        status=status or ("error" if exit_code else "ok"),
        exit_code=exit_code,
        output=output,
        output_size=len(output),
        duration_s=duration_s,
    )


def shell(command: str, output: str = "", *, exit_code: int = 0, status: ToolStatus | None = None) -> ToolCall:
    return call("Bash", command=command, output=output, exit_code=exit_code, status=status)


def read(path: str, output: str = "", *, status: ToolStatus = "ok") -> ToolCall:
    return call("Read", path=path, output=output, status=status)


def edit(path: str, old: str, new: str, *, status: ToolStatus = "ok", output: str = "") -> ToolCall:
    arguments: dict[str, object] = {"file_path": path, "old_string": old, "new_string": new}
    return call("Edit", path=path, arguments=arguments, status=status, output=output)


def write(path: str, content: str, *, status: ToolStatus = "ok", output: str = "") -> ToolCall:
    return call("Write", path=path, arguments={"file_path": path, "content": content}, status=status, output=output)


def session(*events: Event, coverage: Coverage = EVERYTHING, title: str | None = None) -> Transcript:
    """The events in this order: dense `seq`, one record an event and one more for a call's result, ten seconds from record to record."""
    numbered: list[Event] = []
    record = 1
    for seq, event in enumerate(events):
        numbered.append(_numbered(event, seq, record))
        record += 2 if isinstance(event, ToolCall) and event.status != "running" else 1
    last = record - 1
    return Transcript(
        format="test",
        agent="Test Agent",
        native_id="story",
        events=tuple(numbered),
        coverage=coverage,
        title=title,
        started_at=STARTED_AT,
        ended_at=_at(last),
        records=last,
        usage=_total_usage(numbered) if coverage.tokens else None,
    )


def issue(
    kind: IssueKind, transcript: Transcript, *seqs: int, severity: Severity = "medium", label: str = "something broke", id: str = "issue-1"
) -> Issue:
    """An issue that cites these events of the transcript, each with its result."""
    cited = [transcript.events[seq] for seq in seqs]
    return Issue(
        id=id,
        kind=kind,
        severity=severity,
        label=label,
        what="It broke.",
        impact="It cost one turn.",
        evidence=tuple(
            Evidence(
                first_record=event.record,
                last_record=(event.result_record or event.record) if isinstance(event, ToolCall) else event.record,
                quote="",
                first_seq=event.seq,
                last_seq=event.seq,
            )
            for event in cited
        ),
        cost=IssueCost(),
        fingerprint="0" * 16,
        source="test/1",
    )


def _numbered(event: E, seq: int, record: int) -> E:
    placed = msgspec.structs.replace(event, seq=seq, record=record, at=_at(record))
    if isinstance(placed, ToolCall) and placed.status != "running":
        return msgspec.structs.replace(placed, result_record=record + 1, result_at=_at(record + 1))
    return placed


def _at(record: int) -> float:
    return STARTED_AT + SECONDS_BETWEEN_RECORDS * (record - 1)


def _total_usage(events: list[Event]) -> Usage:
    total = Usage()
    for event in events:
        if isinstance(event, UsageReport):
            total += event.usage
    return total
