"""Facts of a session, computed once: one pass sorts the events, then each kind of fact is read from its own few."""

import msgspec

from hotwash.analysis.facts.checks import find_checks
from hotwash.analysis.facts.claims import find_claims
from hotwash.analysis.facts.corrections import find_corrections
from hotwash.analysis.facts.edits import find_edits
from hotwash.analysis.facts.failures import find_failures
from hotwash.analysis.facts.model import Command, Facts
from hotwash.analysis.facts.phases import find_phases
from hotwash.analysis.facts.shell import parse_command
from hotwash.analysis.facts.turns import turn_roles
from hotwash.transcript import (
    AgentMessage,
    Instruction,
    Lifecycle,
    ToolCall,
    Transcript,
    UsageReport,
    UserMessage,
)


def collect(transcript: Transcript, acus: float | None = None) -> Facts:
    """Everything that detectors and parts may ask about the session. `acus` are those of the whole session, to share out over issues."""
    calls: list[ToolCall] = []
    messages: list[UserMessage] = []
    agent_messages: list[AgentMessage] = []
    instructions: list[Instruction] = []
    lifecycle: list[Lifecycle] = []
    tokens_at: list[int] = []
    tokens = 0
    for event in transcript.events:
        if isinstance(event, ToolCall):
            calls.append(event)
        elif isinstance(event, AgentMessage):
            agent_messages.append(event)
        elif isinstance(event, UserMessage):
            messages.append(event)
        elif isinstance(event, UsageReport):
            tokens += event.usage.total
        elif isinstance(event, Lifecycle):
            lifecycle.append(event)
        elif isinstance(event, Instruction):
            instructions.append(event)
        tokens_at.append(tokens)
    commands = {call.seq: parsed(call) for call in calls if call.command is not None}
    checks = find_checks(commands.values())
    edits = find_edits(calls, commands.values())
    turns = turn_roles(messages, transcript.events)
    facts = Facts(
        transcript=transcript,
        events=transcript.events,
        calls=tuple(calls),
        commands=tuple(commands.values()),
        checks=checks,
        edits=edits,
        failures=find_failures(tuple(calls), commands),
        claims=find_claims(agent_messages),
        messages=tuple(messages),
        agent_messages=tuple(agent_messages),
        turns=turns,
        instructions=tuple(instructions),
        lifecycle=tuple(lifecycle),
        phases=find_phases(transcript.events, turns, tuple(commands.values()), checks, edits),
        tokens_at=tuple(tokens_at) if transcript.coverage.tokens else (),
        acus=acus,
    )
    return msgspec.structs.replace(facts, corrections=find_corrections(facts))


def parsed(call: ToolCall) -> Command:
    """A shell call with its programs. It failed by its exit code where that is told, else by the agent's own status."""
    line = parse_command(call.command or "")
    if call.exit_code is not None:
        failed: bool | None = call.exit_code != 0
    else:
        failed = {"ok": False, "error": True}.get(call.status)
    return Command(call=call, programs=line.programs, failed=failed, piped=line.piped)
