"""The records of a Claude Code transcript, as far as they are read (formats section 1). Every field has a default: versions differ, and
redactors remove. `stream-json` writes the same records with some names in snake case; those are read beside the others."""

import msgspec


class CacheCreation(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class OutputDetails(msgspec.Struct, gc=False):
    thinking_tokens: int | None = None


class TokenUsage(msgspec.Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None
    output_tokens_details: OutputDetails | None = None


class Part(msgspec.Struct, gc=False):
    """A part of a tool result or of a queued prompt."""

    type: str = ""
    text: str | None = None
    tool_name: str | None = None


class Block(msgspec.Struct):
    """A content block of a message: text, thinking, tool_use, tool_result, image and others."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: dict[str, object] | None = None
    tool_use_id: str | None = None
    content: str | list[Part] | None = None
    is_error: bool | None = None


class Message(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    content: str | list[Block] | None = None
    stop_reason: str | None = None
    usage: TokenUsage | None = None

    @property
    def blocks(self) -> list[Block]:
        """The content as blocks; a plain string is one text block."""
        if isinstance(self.content, str):
            return [Block(type="text", text=self.content)]
        return self.content or []


class ToolResult(msgspec.Struct, gc=False, rename="camel"):
    """The structured half of a tool result; which fields there are depends on the tool."""

    interrupted: bool | None = None
    background_task_id: str | None = None
    return_code_interpretation: str | None = None
    agent_id: str | None = None
    duration_ms: float | None = None
    total_duration_ms: float | None = None
    duration_seconds: float | None = None


class Kind(msgspec.Struct, gc=False):
    """Where a message came from: `human`, `task-notification`, …"""

    kind: str | None = None


class PermissionDecision(msgspec.Struct, gc=False):
    decision: str | None = None


class InstructionFile(msgspec.Struct, gc=False):
    path: str | None = None
    content: str | None = None


class Attachment(msgspec.Struct, rename="camel"):
    type: str = ""
    prompt: str | list[Part] | None = None
    command_mode: str | None = None
    origin: Kind | None = None
    path: str | None = None
    content: InstructionFile | str | list[object] | None = None
    files: list[InstructionFile] | None = None


class ApiErrorDetail(msgspec.Struct, gc=False):
    message: str | None = None
    formatted: str | None = None


class Progress(msgspec.Struct, gc=False):
    type: str | None = None


class Line(msgspec.Struct, rename="camel"):
    """One record. `type` says which of the fields are meant."""

    type: str = ""
    subtype: str | None = None
    uuid: str | None = None
    parent_uuid: str | None = None
    session_id: str | None = None
    timestamp: str | float | None = None
    cwd: str | None = None
    git_branch: str | None = None
    version: str | None = None
    entrypoint: str | None = None
    is_sidechain: bool | None = None
    agent_id: str | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_visible_in_transcript_only: bool | None = None
    is_api_error_message: bool | None = None
    message: Message | None = None
    request_id: str | None = None
    tool_use_result: ToolResult | str | list[object] | None = None
    tool_denial_kind: str | None = None
    permission_decision: PermissionDecision | None = None
    source_tool_use_id: str | None = msgspec.field(default=None, name="sourceToolUseID")
    origin: Kind | None = None
    attachment: Attachment | None = None
    data: Progress | None = None
    operation: str | None = None
    content: str | list[object] | None = None
    error: ApiErrorDetail | str | None = None
    summary: str | None = None
    leaf_uuid: str | None = None
    custom_title: str | None = None
    ai_title: str | None = None
    pr_url: str | None = None
    pr_repository: str | None = None
    total_cost_usd: float | None = msgspec.field(default=None, name="totalCostUSD")
    # stream-json
    stream_session_id: str | None = msgspec.field(default=None, name="session_id")
    stream_version: str | None = msgspec.field(default=None, name="claude_code_version")
    stream_parent_call: str | None = msgspec.field(default=None, name="parent_tool_use_id")
    stream_tool_use_result: ToolResult | str | list[object] | None = msgspec.field(default=None, name="tool_use_result")
    stream_cost_usd: float | None = msgspec.field(default=None, name="total_cost_usd")
    stream_usage: TokenUsage | None = msgspec.field(default=None, name="usage")

    @property
    def session(self) -> str | None:
        return self.session_id or self.stream_session_id

    @property
    def by_subagent(self) -> bool:
        """Written by a subagent, not by the session's main agent."""
        return bool(self.is_sidechain) or self.stream_parent_call is not None

    @property
    def structured_result(self) -> ToolResult | None:
        result = self.tool_use_result or self.stream_tool_use_result
        return result if isinstance(result, ToolResult) else None
