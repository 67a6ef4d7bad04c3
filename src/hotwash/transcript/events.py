"""The events of a session: flat, typed, small, in session order. Foreign shapes become these at once and nothing past `readers` sees them."""

from typing import Literal

import msgspec

from hotwash.transcript.usage import Usage

Category = Literal[
    "shell",
    "file",
    "search",
    "browser",
    "mcp",
    "git",
    "message",
    "status",
    "secret",
    "todo",
    "recording",
    "knowledge",
    "playbook",
    "webhook",
    "lifecycle",
    "other",
]
"""The contract's 16 event categories (contract section 3)."""

ToolStatus = Literal["ok", "error", "denied", "interrupted", "running", "unknown"]
"""ok and error as the agent recorded them (a shell command with a non-zero exit code is an error); denied: a person, sandbox or policy
refused it; interrupted: stopped while running; running: no result was recorded; unknown: there is a result, the format cannot tell which."""

LifecycleKind = Literal[
    "compaction", "interruption", "refusal", "api_error", "model_change", "subagent_start", "subagent_end", "context_limit", "session_end"
]
"""What happened to the session itself. `refusal` is the model declining to answer."""

InstructionSource = Literal["agents_md", "claude_md", "rules", "skill", "note", "memory", "playbook", "system"]
"""Where loaded instructions came from."""


class _Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    seq: int
    """Position in the session: dense, 0-based."""
    record: int
    """1-based ordinal of the source record (a JSONL line, or an index in the document's main array)."""
    at: float | None = None
    """Unix seconds. None: not recorded."""
    native_id: str | None = None


class UserMessage(_Event, frozen=True, kw_only=True, omit_defaults=True, tag="user_message"):
    """What a person (or the automation in a person's place) really said: no harness text, tool result or hook output."""

    text: str
    queued: bool = False
    """Typed while the agent was working."""
    images: int = 0


class AgentMessage(_Event, frozen=True, kw_only=True, omit_defaults=True, tag="agent_message"):
    """Text the agent addressed to the person."""

    text: str
    model: str | None = None


class Reasoning(_Event, frozen=True, kw_only=True, omit_defaults=True, tag="reasoning"):
    """The agent's readable reasoning."""

    text: str


class ToolCall(_Event, frozen=True, kw_only=True, omit_defaults=True, tag="tool_call"):
    """A tool call and, once known, its result: one event. `record` holds the call, `result_record` the result."""

    name: str
    category: Category = "other"
    arguments: dict[str, object] = {}
    """As the agent passed them; values are JSON values. Long strings are capped by the reader."""
    command: str | None = None
    """The command line of a shell call, verbatim. None for every other category."""
    path: str | None = None
    """The file a file call works on, as the agent named it."""
    status: ToolStatus = "unknown"
    exit_code: int | None = None
    """None: not a command, no result, or the format does not say."""
    output: str = ""
    """The result as the model saw it, capped by the reader (head and tail kept)."""
    output_size: int = 0
    """Characters of the result before the cap."""
    result_record: int | None = None
    result_at: float | None = None
    duration_s: float | None = None
    child_native_id: str | None = None
    """The subagent session this call started."""


class Instruction(_Event, frozen=True, kw_only=True, omit_defaults=True, tag="instruction"):
    """Instructions the agent had before it: an instruction file, skill, note or memory that was loaded."""

    source: InstructionSource
    name: str
    """Path of the file, or name of the skill or note."""
    text: str = ""


class Lifecycle(_Event, frozen=True, kw_only=True, omit_defaults=True, tag="lifecycle"):
    """Something that happened to the session itself."""

    what: LifecycleKind
    text: str = ""


class UsageReport(_Event, frozen=True, kw_only=True, omit_defaults=True, tag="usage"):
    """Tokens of one model call, counted once. The sum over a session is `Transcript.usage`."""

    usage: Usage
    model: str | None = None
    cost_usd: float | None = None


Event = UserMessage | AgentMessage | Reasoning | ToolCall | Instruction | Lifecycle | UsageReport
