"""Claude Code transcripts and the output of `claude -p --output-format stream-json`.

Transcripts lie in `~/.claude/projects/<folder>/<sessionId>.jsonl`, a subagent's in `<sessionId>/subagents/agent-<id>.jsonl` beside it. One
file is one session: copies of a subagent's messages inside its parent's file are left out, since the subagent has a file of its own.
"""

import re
from collections.abc import Iterator
from functools import reduce
from operator import add

from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.claude_code.about import About
from hotwash.readers.claude_code.conversation import Conversation
from hotwash.readers.claude_code.shapes import Line
from hotwash.readers.claude_code.tokens import is_partial
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.transcript import Coverage, Event, Instruction, Transcript, Usage, UsageReport

SIDECHAIN = "record of a subagent inside its parent's file left out"
OTHER_SESSIONS = "record of another session in the same file, read as this one's"

_BOOKKEEPING = frozenset(
    {
        "summary",
        "file-history-snapshot",
        "queue-operation",
        "custom-title",
        "ai-title",
        "mode",
        "permission-mode",
        "last-prompt",
        "progress",
        "agent-name",
    }
)
"""Types that only Claude Code writes; any of them may open a file, some without a session id."""
_INSTRUCTIONS_SINCE = (2, 1, 200)
"""Loaded CLAUDE.md and rules files are recorded in 2.1.2xx (formats section 1); before, only reads of them and skills."""


class ClaudeCode:
    """Claude Code's own session files, 2.0 to 2.1.330."""

    format = "claude-code"

    def detects(self, head: Head) -> bool:
        """A record with a session id and a uuid, or a bookkeeping record of Claude Code's. Qwen Code's records look alike but hold
        `message.parts`; Gemini CLI's open with a `projectHash`."""
        if any("projectHash" in record or _has_parts(record) for record in head.records):
            return False
        return any(_is_claude_record(record) for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        yield _read(source, self.format)


class ClaudeCodeStream:
    """What `claude -p --output-format stream-json` prints: the same messages, opened by a `system/init` record and closed by a `result`."""

    format = "claude-code-stream"

    def detects(self, head: Head) -> bool:
        return any(record.get("type") == "system" and record.get("subtype") == "init" and "session_id" in record for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        yield _read(source, self.format)


def _has_parts(record: dict[str, object]) -> bool:
    message = record.get("message")
    return isinstance(message, dict) and "parts" in message


def _is_claude_record(record: dict[str, object]) -> bool:
    kind = record.get("type")
    if "sessionId" in record and isinstance(kind, str):
        return "uuid" in record or kind in _BOOKKEEPING or "message" in record
    return (kind == "summary" and "leafUuid" in record) or (kind == "file-history-snapshot" and "snapshot" in record)


def _read(source: Source, format_name: str) -> Transcript:
    oddities = Oddities()
    about = About(oddities)
    main, side = Conversation(oddities), Conversation(oddities)
    sidechain_records: list[int] = []
    for record, line in read_records(source, Line, oddities):
        if not about.note(record, line):
            continue
        if line.by_subagent:
            sidechain_records.append(record)
            side.add(record, line)
        else:
            main.add(record, line)
    if about.session is None:
        raise UnreadableSource(f"{source.name}: holds no Claude Code session; name a file that has records with a session id")
    is_subagent = main.spoken_records == 0 and side.spoken_records > 0
    if not is_subagent:
        for record in sidechain_records:
            oddities.note(SIDECHAIN, record)
    return _transcript(source, format_name, about, side if is_subagent else main, is_subagent=is_subagent)


def _transcript(source: Source, format_name: str, about: About, conversation: Conversation, *, is_subagent: bool) -> Transcript:
    session = _session_id(source, about)
    events = conversation.events()
    reports = [event.usage for event in events if isinstance(event, UsageReport)]
    usage = reduce(add, reports) if reports else None
    return Transcript(
        format=format_name,
        agent="Claude Code",
        native_id=f"{session}/agent-{about.agent_id or 'unknown'}" if is_subagent else session,
        parent_native_id=session if is_subagent else None,
        events=events,
        coverage=_coverage(format_name, about, conversation, events, has_tokens=usage is not None),
        format_version=about.version,
        title=None if is_subagent else about.title,
        cwd=about.cwd,
        repository=about.repository,
        branch=about.branch,
        models=tuple(conversation.models),
        origin=about.origin or ("cli" if format_name == ClaudeCodeStream.format else None),
        started_at=conversation.first_at,
        ended_at=conversation.last_at,
        pull_requests=about.pull_requests,
        usage=usage,
        usage_partial=usage is not None and _is_partial(about, conversation, usage),
        cost_usd=None if is_subagent else about.cost_usd,
        records=about.records,
        warnings=about.oddities.warnings(),
    )


def _session_id(source: Source, about: About) -> str:
    """The id on the records; where they disagree, the one in the file's own name if it is among them, else the most frequent."""
    session = about.session or ""
    if len(about.sessions) > 1:
        others = about.sessions.total() - about.sessions[session]
        about.oddities.note(f"{OTHER_SESSIONS} ({others})")
        stem = source.path.stem if source.path else ""
        if stem in about.sessions:
            return stem
    return session


def _is_partial(about: About, conversation: Conversation, usage: Usage) -> bool:
    """Also where a stream's closing record tells of more output than its messages did."""
    told = about.stream_usage.output_tokens if about.stream_usage else None
    return is_partial(conversation.model_calls(), about.version, conversation.written_characters) or (
        told is not None and told > usage.output
    )


def _coverage(format_name: str, about: About, conversation: Conversation, events: tuple[Event, ...], *, has_tokens: bool) -> Coverage:
    """What this version can tell. Thinking may be there but encrypted; cost is written from 2.1.3xx on and by stream-json."""
    is_file = format_name == ClaudeCode.format
    timed = conversation.first_at is not None
    return Coverage(
        timestamps=timed,
        tokens=has_tokens,
        cache_tokens=has_tokens,
        cost=about.cost_usd is not None,
        exit_codes=True,
        tool_status=True,
        durations=timed,
        models=True,
        reasoning=conversation.readable_thinking_blocks > 0 or conversation.thinking_blocks == 0,
        instructions=is_file and (_is_since(about.version, _INSTRUCTIONS_SINCE) or any(isinstance(event, Instruction) for event in events)),
        branch=is_file,
        subagents=True,
        interruptions=is_file,
        compactions=True,
    )


def _is_since(version: str | None, first: tuple[int, int, int]) -> bool:
    match = re.match(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})", version or "")
    return match is not None and (int(match[1]), int(match[2]), int(match[3])) >= first
