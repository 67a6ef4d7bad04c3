"""From the records of a file or stream to its sessions: which records are whose, and what each session is as a whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import msgspec

from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.claude_code.about import About
from hotwash.readers.claude_code.conversation import Conversation
from hotwash.readers.claude_code.shapes import Line
from hotwash.readers.claude_code.tokens import is_partial, usage_of
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.transcript import Coverage, Event, Instruction, Origin, ToolCall, Transcript, Usage, UsageReport, UserMessage

SIDECHAIN = "record of a subagent inside another session's file left out"
OTHER_SESSION = "record with another session's id, read as this one's"

_AGENT = "Claude Code"
_SUBAGENT, _SUBAGENTS = "agent-", "subagents"
"""How the name of a subagent's file begins, which some such files have for their session's id too; and the folder that holds them."""
_INSTRUCTIONS_SINCE = (2, 1, 200)
"""Loaded CLAUDE.md and rules files are recorded in 2.1.2xx (formats section 1); before, only reads of them and skills."""
_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Traits:
    """What a way of writing records, beyond what its records show."""

    origin: Origin | None
    """Where a session was started, if the records do not say."""
    branch: bool
    interruptions: bool
    files_recorded: bool
    """Loaded instruction files."""
    prompt_recorded: bool
    """The first prompt; a stream leaves it to the command line."""
    output_recorded: bool
    """All of a message's output tokens; a stream writes the message down before they are known."""


_FILE = _Traits(origin=None, branch=True, interruptions=True, files_recorded=True, prompt_recorded=True, output_recorded=True)
_STREAM = _Traits(origin="cli", branch=False, interruptions=False, files_recorded=False, prompt_recorded=False, output_recorded=False)


@dataclass(slots=True)
class _Contents:
    """A file's records, told apart by who wrote them."""

    name: str
    oddities: Oddities
    about: About
    main: Conversation
    subagents: dict[str, Conversation] = field(default_factory=dict)
    """By the subagent's id; in a stream, by the id of the call that started it."""
    subagent_records: dict[str, list[int]] = field(default_factory=dict)


def read_file(source: Source, format_name: str) -> Transcript:
    """The one session of a file: the main agent's, or in a subagent's own file the subagent's. Raises UnreadableSource without one."""
    contents = _read(source)
    session = _session_id(source, contents)
    subagent = (
        None
        if contents.main.spoken_records
        else max(contents.subagents, key=lambda id: contents.subagents[id].spoken_records, default=None)
    )
    for id, records in contents.subagent_records.items():
        if id != subagent:
            contents.oddities.note(SIDECHAIN, records[0], len(records))
    if subagent is not None:
        return _subagent_transcript(format_name, session, subagent, contents, _FILE)
    return _main_transcript(format_name, session, contents, _FILE)


def read_stream(source: Source, format_name: str) -> Iterator[Transcript]:
    """The stream's session, then each of its subagents'. Raises UnreadableSource without one."""
    contents = _read(source)
    session = _session_id(source, contents)
    for id in contents.subagents:
        contents.main.link_subagent(id, _subagent_id(session, id))
    yield _main_transcript(format_name, session, contents, _STREAM)
    for id in contents.subagents:
        yield _subagent_transcript(format_name, session, id, contents, _STREAM)


def _read(source: Source) -> _Contents:
    oddities = Oddities()
    contents = _Contents(source.name, oddities, About(oddities), Conversation(oddities))
    for record, line in read_records(source, Line, oddities):
        if not contents.about.note(record, line):
            continue
        if not line.by_subagent:
            contents.main.add(record, line)
            continue
        id = line.agent_id or line.stream_parent_call or "unknown"
        if id not in contents.subagents:
            contents.subagents[id] = Conversation(oddities)
        contents.subagents[id].add(record, line)
        contents.subagent_records.setdefault(id, []).append(record)
    return contents


def _session_id(source: Source, contents: _Contents) -> str:
    """The id on the records; where they disagree, the one in the file's own name if it is among them, else the most frequent."""
    sessions = contents.about.sessions
    if not sessions:
        raise UnreadableSource(f"{source.name}: holds no Claude Code session; name a file that has records with a session id")
    session = sessions.most_common(1)[0][0]
    if len(sessions) > 1:
        stem = source.path.stem if source.path else ""
        session = stem if stem in sessions else session
        contents.oddities.note(OTHER_SESSION, count=sessions.total() - sessions[session])
    return _parent_in_path(source) or session if session.startswith(_SUBAGENT) else session


def _parent_in_path(source: Source) -> str | None:
    """The session in whose folder a subagent's file lies: `<session>/subagents/…`."""
    parts = source.path.parts if source.path else ()
    place = parts.index(_SUBAGENTS) if _SUBAGENTS in parts else 0
    return parts[place - 1] if place else None


def _subagent_id(session: str, id: str) -> str:
    return f"{session}/{_SUBAGENT}{id}"


def _main_transcript(format_name: str, session: str, contents: _Contents, traits: _Traits) -> Transcript:
    about = contents.about
    transcript = _transcript(format_name, session, contents.main, contents, traits)
    usage, usage_partial = _with_told_output(transcript, contents)
    return msgspec.structs.replace(
        transcript,
        title=about.title,
        repository=about.repository,
        pull_requests=about.pull_requests,
        usage=usage,
        usage_partial=usage_partial,
        cost_usd=about.cost_usd,
        coverage=msgspec.structs.replace(transcript.coverage, cost=about.cost_usd is not None),
    )


def _with_told_output(transcript: Transcript, contents: _Contents) -> tuple[Usage | None, bool]:
    """The usage, and whether it is partial. A stream's messages carry the first tokens only of what they say, and the whole of what they
    read; its closing `result` has the whole output (formats section 1). Several results tell of a turn each, or of all turns so far, and
    they may hold a subagent's tokens: those stand that tell of the same input as this session's messages."""
    usage = transcript.usage
    results = [usage_of(told) for told in contents.about.results]
    total = reduce(add, results, Usage())
    if usage is None or total.output <= usage.output:
        return usage, transcript.usage_partial
    is_alone = len(results) == 1 and not contents.subagents
    for told in (total, results[-1]):
        if is_alone or (_same_input(told, usage) and told.output >= usage.output):
            return msgspec.structs.replace(usage, output=told.output, reasoning=told.reasoning), False
    return usage, True


def _same_input(one: Usage, other: Usage) -> bool:
    return (one.input, one.cache_read, one.cache_write) == (other.input, other.cache_read, other.cache_write)


def _subagent_transcript(format_name: str, session: str, id: str, contents: _Contents, traits: _Traits) -> Transcript:
    transcript = _transcript(format_name, _subagent_id(session, id), contents.subagents[id], contents, traits)
    return msgspec.structs.replace(transcript, parent_native_id=session)


def _transcript(format_name: str, native_id: str, conversation: Conversation, contents: _Contents, traits: _Traits) -> Transcript:
    """What holds for main agent and subagent alike."""
    about = contents.about
    events = conversation.events()
    usage = _total(events) or (Usage() if conversation.tells_zeros else None)
    return Transcript(
        format=format_name,
        agent=_AGENT,
        native_id=native_id,
        events=events,
        coverage=_coverage(about, conversation, events, traits),
        format_version=about.version,
        cwd=about.cwd,
        branch=about.branch,
        models=tuple(conversation.models),
        origin=about.origin or traits.origin,
        started_at=conversation.first_at,
        ended_at=conversation.last_at,
        usage=usage,
        usage_partial=usage is not None and _is_partial(conversation, about, traits),
        records=about.records,
        warnings=contents.oddities.warnings(),
    )


def _is_partial(conversation: Conversation, about: About, traits: _Traits) -> bool:
    calls = conversation.model_calls()
    is_cut = not traits.output_recorded and not all(call.finished for call in calls)
    return is_cut or is_partial(calls, about.version, conversation.written_characters)


def _total(events: tuple[Event, ...]) -> Usage | None:
    reports = [event.usage for event in events if isinstance(event, UsageReport)]
    return reduce(add, reports) if reports else None


def _coverage(about: About, conversation: Conversation, events: tuple[Event, ...], traits: _Traits) -> Coverage:
    """What this version can tell. Thinking may be there but encrypted. Cost is the whole session's, where it is written at all (from
    2.1.3xx on, and in streams)."""
    timed = conversation.first_at is not None
    counted = bool(conversation.model_calls()) or conversation.tells_zeros
    loads_recorded = traits.files_recorded and _is_since(about.version, _INSTRUCTIONS_SINCE)
    return Coverage(
        user_messages=traits.prompt_recorded or any(isinstance(event, UserMessage) for event in events),
        timestamps=timed,
        tokens=counted,
        cache_read_tokens=counted and conversation.tells_cache_reads,
        cache_write_tokens=counted and conversation.tells_cache_writes,
        exit_codes=_tells_exit_codes(events),
        tool_status=True,
        durations=timed,
        models=True,
        reasoning=conversation.readable_thinking_blocks > 0 or conversation.thinking_blocks == 0,
        instructions=loads_recorded or any(isinstance(event, Instruction) for event in events),
        branch=traits.branch,
        subagents=True,
        interruptions=traits.interruptions,
        compactions=True,
    )


def _tells_exit_codes(events: tuple[Event, ...]) -> bool:
    """Whether failed commands name their code. Versions before 2.0.6x do not, though a failure without one may stand in any version."""
    failed = [event for event in events if isinstance(event, ToolCall) and event.command is not None and event.status == "error"]
    return not failed or any(event.exit_code is not None for event in failed)


def _is_since(version: str | None, first: tuple[int, int, int]) -> bool:
    match = _VERSION.match(version or "")
    return match is not None and (int(match[1]), int(match[2]), int(match[3])) >= first
