"""Which signals a transcript's format and version can carry at all. What it cannot carry is unknown, never zero."""

import msgspec


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """True: the format records it. False: it cannot, so a missing value means unknown."""

    user_messages: bool = True
    """What a person said, or at least that they did. Some formats, and some agents as they are set up, leave it out."""
    agent_messages: bool = True
    """What the agent said."""
    timestamps: bool = False
    """Every event, or nearly every one, has a time of its own."""
    tokens: bool = False
    """Token usage is recorded for every model call."""
    cache_tokens: bool = False
    """Cache reads and writes are told apart from other input tokens."""
    cost: bool = False
    """The agent wrote what the session cost in USD."""
    exit_codes: bool = False
    """A shell command's exit code can be told."""
    tool_status: bool = False
    """A failed tool call can be told from a good one."""
    durations: bool = False
    """How long a tool call ran is recorded, or follows from timestamps."""
    models: bool = False
    reasoning: bool = False
    """The agent's reasoning is readable (not encrypted, not left out)."""
    instructions: bool = False
    """Loaded instruction files, skills or notes are recorded."""
    branch: bool = False
    subagents: bool = False
    interruptions: bool = False
    compactions: bool = False
