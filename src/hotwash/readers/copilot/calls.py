"""How a Copilot tool call ended. Copilot calls a command that ran a success whatever its exit code (formats section 0.7)."""

import re

from hotwash.readers import fields
from hotwash.readers.drafts import CallDraft
from hotwash.readers.recorder import Recorder, outcome
from hotwash.transcript import Category, ToolStatus

CATEGORIES: dict[str, Category] = {
    "bash": "shell",
    "powershell": "shell",
    "read_bash": "shell",
    "write_bash": "shell",
    "stop_bash": "shell",
    "read_powershell": "shell",
    "write_powershell": "shell",
    "stop_powershell": "shell",
    "view": "file",
    "edit": "file",
    "create": "file",
    "report_intent": "other",
    "update_todo": "todo",
    "sql": "todo",
    "task": "other",
    "ask_user": "message",
    "store_memory": "knowledge",
    "skill": "knowledge",
}
"""`sql` works on the todo tables of the session; `task` starts a subagent."""

_POLLING = frozenset({"read_bash", "stop_bash", "write_bash", "read_powershell", "stop_powershell", "write_powershell"})
# The last line of a shell result. Until 1.0.64 it is the only place with the exit code.
_EXITED = re.compile(r"<(?:shellId: (?P<shell>\S+) completed|exited) with exit code (?P<code>-?\d{1,10})>\s*$")
_STILL_RUNNING = re.compile(
    r"<command (?:with shellId: (?P<shell>\S+) is still running|started in (?:detached )?background with shellId: (?P<started>[^>\s]+))"
)
_TAIL_CHARS = 400
_DENIED_CODES = frozenset({"denied", "rejected", "permission_denied"})
_DENIED = re.compile(r"^(?:Denied by |Permission denied by |The user rejected |The tool call (?:required approval|was rejected))")


class Shells:
    """Commands that outlive their call: their exit code comes with a later poll, or with a notification."""

    def __init__(self) -> None:
        self._running: dict[str, CallDraft] = {}

    def remember(self, shell: str, draft: CallDraft) -> None:
        self._running[shell] = draft

    def exited(self, shell: object, code: int | None) -> None:
        """The command in this shell has ended."""
        draft = self._running.pop(str(shell), None)
        if draft is not None and code is not None:
            draft.exit_code = code
            draft.status = outcome(None, code)

    def stopped(self, shell: object) -> None:
        """The agent stopped the command."""
        if draft := self._running.pop(str(shell), None):
            draft.status = "interrupted"


def complete(recorder: Recorder, shells: Shells, data: dict[str, object]) -> None:
    """A `tool.execution_complete`."""
    call_id = fields.some_string(data.get("toolCallId"))
    draft = recorder.calls.get(call_id or "")
    denied = draft is not None and draft.status == "denied"
    error = fields.mapping(data.get("error"))
    message = fields.string(error.get("message"))
    text = result_text(data.get("result")) or message
    code = fields.exit_code(fields.mapping(data.get("shellExecution")).get("exitCode"))
    exited = _EXITED.search(text, max(0, len(text) - _TAIL_CHARS))
    if code is None and exited:
        code = fields.exit_code(int(exited["code"]))
    polling = draft is not None and draft.name in _POLLING
    success = data.get("success")
    failed = not success if isinstance(success, bool) else None
    status: ToolStatus = outcome(failed, None if polling else code)
    if denied or (failed and (fields.string(error.get("code")) in _DENIED_CODES or _DENIED.match(message))):
        status = "denied"
    finished = recorder.finish(call_id, text, status, None if polling or status == "denied" else code)
    if finished is None or finished.category != "shell":
        return
    if polling:
        if exited and exited["shell"]:
            shells.exited(exited["shell"], code)
        elif exited:
            shells.exited(finished.arguments.get("shellId"), code)
        elif finished.name.startswith("stop_") and status == "ok":
            shells.stopped(finished.arguments.get("shellId"))
    elif running := _STILL_RUNNING.search(text, max(0, len(text) - _TAIL_CHARS)):
        finished.status = "unknown" if status == "ok" else status
        shells.remember(running["shell"] or running["started"], finished)


def result_text(result: object) -> str:
    """The result as the model saw it; `detailedContent` is what the person was shown."""
    if isinstance(result, str):
        return result
    told = fields.mapping(result)
    content = told.get("content")
    if isinstance(content, str) and content:
        return content
    blocks = [fields.string(fields.mapping(block).get("text")) for block in fields.sequence(told.get("contents") or content)]
    return "\n".join(text for text in blocks if text) or fields.string(told.get("detailedContent"))
