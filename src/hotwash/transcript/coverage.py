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
    input_tokens: bool = True
    """Where tokens are recorded, those of the input are: some records hold the output's only."""
    cache_read_tokens: bool = False
    """Tokens read from the cache are told apart from other input tokens."""
    cache_write_tokens: bool = False
    """So are those written to it. Providers that do not bill them do not tell them."""
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
