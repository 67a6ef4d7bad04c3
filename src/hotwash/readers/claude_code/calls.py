"""Claude Code's tools: the category of each, and what became of a call, read from its result."""

import re

from hotwash.readers.claude_code.said import INTERRUPTED
from hotwash.readers.claude_code.shapes import Block, Line, Part
from hotwash.readers.drafts import CallDraft
from hotwash.readers.tools import cap_arguments, categorise
from hotwash.transcript import Category

_CATEGORIES: dict[str, Category] = {
    "Bash": "shell",
    "PowerShell": "shell",
    "BashOutput": "shell",
    "KillShell": "shell",
    "KillBash": "shell",
    "Read": "file",
    "Write": "file",
    "Edit": "file",
    "MultiEdit": "file",
    "NotebookEdit": "file",
    "NotebookRead": "file",
    "Grep": "search",
    "Glob": "search",
    "LS": "search",
    "LSP": "search",
    "WebSearch": "search",
    "ToolSearch": "search",
    "WebFetch": "browser",
    "TodoWrite": "todo",
    "TodoRead": "todo",
    "TaskCreate": "todo",
    "TaskUpdate": "todo",
    "TaskList": "todo",
    "TaskGet": "todo",
    "Skill": "knowledge",
    "AskUserQuestion": "message",
    "EnterPlanMode": "message",
    "ExitPlanMode": "message",
    "ListMcpResourcesTool": "mcp",
    "ReadMcpResourceTool": "mcp",
    "ReadMcpResourceDirTool": "mcp",
    "Task": "other",  # starts a subagent, as Agent does
    "Agent": "other",
    "TaskOutput": "other",
    "TaskStop": "other",
    "SendMessage": "other",  # to another agent
}
_BROWSER_SERVERS = ("browser", "playwright", "puppeteer", "chrome")
_RUNS_COMMAND = frozenset({"Bash", "PowerShell"})
_PATH_KEYS = ("file_path", "notebook_path", "path")
_EXIT_CODE = re.compile(r"(?:Error: )?Exit code (-?\d{1,10})\b")
_DENIED = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action right now",
    "Permission to use ",
    "Permission for this action has been denied",
    "Claude requested permissions to ",
    "This command requires approval",
    "PreToolUse:",
    "Hook PreToolUse:",
)
"""How a result starts that a person, a permission rule or a hook refused before the tool ran."""


def open_call(block: Block, record: int, at: float | None) -> CallDraft:
    """The call in a tool_use block; it is running until its result comes."""
    name = block.name or "unknown"
    arguments = cap_arguments(block.input)
    category = category_of(name)
    command = arguments.get("command") if category == "shell" else None
    path = next((arguments[key] for key in _PATH_KEYS if key in arguments), None) if category == "file" else None
    return CallDraft(
        record=record,
        at=at,
        native_id=block.id,
        name=name,
        category=category,
        arguments=arguments,
        command=command if isinstance(command, str) else None,
        path=path if isinstance(path, str) else None,
    )


def category_of(name: str) -> Category:
    """The contract's category of one of Claude Code's tools, or of a tool that a server or plugin brought."""
    known = _CATEGORIES.get(name)
    if known is not None:
        return known
    if name.startswith("mcp__"):
        server = name.split("__")[1].lower()
        return "browser" if any(word in server for word in _BROWSER_SERVERS) else "mcp"
    return categorise(name)


def close_call(call: CallDraft, block: Block, line: Line, record: int, at: float | None) -> str:
    """Give the call its result; answers the result's text as the model saw it. Exit codes: `Exit code N` opens a failed command's text, a
    good one has none and means 0, except where the code is only interpreted in words or the command went to the background."""
    text = result_text(block.content)
    call.add_output(text, record, at)
    details = line.structured_result
    interrupted = text.startswith(INTERRUPTED) or bool(details and details.interrupted)
    backgrounded = bool(details and details.background_task_id)
    if interrupted:
        call.status = "interrupted"
    elif _was_denied(text, block, line):
        call.status = "denied"
    elif block.is_error:
        call.status = "error"
    else:
        call.status = "unknown" if backgrounded else "ok"
    if call.name in _RUNS_COMMAND and call.status in ("ok", "error", "interrupted"):
        match = _EXIT_CODE.match(text) if block.is_error else None
        if match:
            call.exit_code = int(match[1])
        elif call.status == "ok" and not (details and details.return_code_interpretation):
            call.exit_code = 0
    if details:
        call.duration_s = _duration_s(details.duration_ms, details.total_duration_ms, details.duration_seconds)
        if details.agent_id and line.session:
            call.child_native_id = f"{line.session}/agent-{details.agent_id}"
    return text


def result_text(content: str | list[Part] | None) -> str:
    """A result's text as the model saw it; images and other parts have none."""
    if isinstance(content, str):
        return content
    return "\n".join(part.text or part.tool_name or "" for part in content or () if part.text or part.tool_name)


def _was_denied(text: str, block: Block, line: Line) -> bool:
    if line.tool_denial_kind or (line.permission_decision and line.permission_decision.decision in ("reject", "deny")):
        return True
    return bool(block.is_error) and text.startswith(_DENIED)


def _duration_s(duration_ms: float | None, total_duration_ms: float | None, duration_seconds: float | None) -> float | None:
    milliseconds = duration_ms if duration_ms is not None else total_duration_ms
    seconds = milliseconds / 1000 if milliseconds is not None else duration_seconds
    return round(seconds, 6) if seconds is not None and seconds >= 0 else None
