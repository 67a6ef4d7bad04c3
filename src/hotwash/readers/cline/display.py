"""`ui_messages.json` of Cline and Roo Code: what the editor showed of a task, the only place with its tokens and cost. Drafts are marked `partial`
(formats section 9)."""

import re

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.cline.requests import condensing_cost, request_in, told_in
from hotwash.readers.drafts import CallDraft
from hotwash.readers.recorder import Recorder
from hotwash.transcript import Category

_Object = dict[str, object]

_EXITED = re.compile(r"[Ee]xit code:? (-?\d{1,10})\b")
_ANSWERS = frozenset({"followup", "plan_mode_respond", "act_mode_respond", "make_plan", "qna_respond"})
_CALLS = frozenset({"tool", "command", "use_mcp_server", "browser_action_launch", "browser_action", "use_subagents", "new_task"})
_CATEGORIES: dict[str, Category] = {
    "command": "shell",
    "use_mcp_server": "mcp",
    "browser_action_launch": "browser",
    "browser_action": "browser",
    "use_subagents": "other",
    "new_task": "other",
}
_SILENT = frozenset(
    {
        "api_req_finished",
        "api_req_deleted",
        "api_req_retry_delayed",
        "auto_approval_max_req_reached",
        "checkpoint_created",
        "checkpoint_saved",
        "command_output",
        "codebase_search_result",
        "completion_result",
        "condense_context_error",
        "conditional_rules_applied",
        "generate_explanation",
        "hook_output_stream",
        "hook_status",
        "image",
        "info",
        "load_mcp_documentation",
        "mcp_notification",
        "mcp_server_request_started",
        "resume_completed_task",
        "resume_task",
        "partial_tool_result",
        "shell_integration_warning",
        "shell_integration_warning_with_suggestion",
        "state_snapshot",
        "status_acknowledgment",
        "subagent",
        "subtask_result",
        "task_progress",
        "too_many_tools_warning",
        "user_edit_todos",
    }
)


class Display:
    """Takes one message after the other."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._last: CallDraft | None = None
        self._last_answer = ""

    def take(self, record: int, message: _Object) -> None:
        if message.get("partial") is True:
            return
        recorder = self._recorder
        recorder.begin(record, parse_time(message.get("ts")))
        recorder.use_model(fields.some_string(fields.mapping(message.get("modelInfo")).get("modelId")))
        asked = message.get("type") == "ask"
        kind = fields.string(message.get("ask" if asked else "say"))
        text, images = fields.string(message.get("text")), len(fields.sequence(message.get("images")))
        if kind in {"task", "user_feedback", "user_feedback_diff"} or (record == 1 and kind == "text"):
            recorder.user(text, images=images)
        elif kind == "text" or (kind == "completion_result" and text and text != self._last_answer):
            self._last_answer = text
            recorder.agent(text)
        elif kind in _ANSWERS:
            recorder.agent(_question(text))
        elif kind == "reasoning":
            recorder.reasoning(text)
        elif kind in {"api_req_started", "deleted_api_reqs", "subagent_usage"}:
            self._request(message)
        elif kind in _CALLS:
            self._call(kind, text)
        elif kind in {"command_output", "mcp_server_response", "browser_action_result"}:
            self._output(text)
        else:
            self._other(kind, text)
            recorder.spend(None, cost_usd=condensing_cost(message))

    def _request(self, message: _Object) -> None:
        request, told = request_in(message), told_in(message)
        if request is not None:
            request.spend(self._recorder)
        if told.get("cancelReason") == "user_cancelled":
            self._recorder.lifecycle("interruption", "user_cancelled")
        elif told.get("cancelReason") == "streaming_failed":
            self._recorder.lifecycle("api_error", fields.string(told.get("streamingFailedMessage")))

    def _call(self, kind: str, text: str) -> None:
        """A call that is asked for and then done is shown twice: once with the question, once without."""
        if kind == "command":
            arguments: _Object = {"command": text}
            name = "execute_command"
        else:
            arguments = told_in({"text": text})
            name = fields.string(arguments.get("tool")) or fields.string(arguments.get("toolName")) or kind
        if self._last is not None and self._last.name == name and self._last.arguments == arguments and not self._last.outputs:
            return
        self._last = self._recorder.call(None, name, arguments, _CATEGORIES.get(kind))
        self._last.status = "unknown"

    def _output(self, text: str) -> None:
        if self._last is None or not text:
            return
        self._last.add_output(text, self._recorder.record, self._recorder.at)
        exited = _EXITED.search(text[-400:])
        if exited and self._last.category == "shell":
            self._last.exit_code = fields.exit_code(int(exited[1]))
            self._last.status = "error" if self._last.exit_code else "ok"

    def _other(self, kind: str, text: str) -> None:
        recorder = self._recorder
        if kind in {"api_req_failed", "api_req_retried", "api_req_rate_limit_wait", "error_retry"}:
            recorder.lifecycle("api_error", text)
        elif kind in {"condense_context", "condense", "summarize_task", "sliding_window_truncation"}:
            recorder.lifecycle("compaction", text)
        elif kind == "command_permission_denied" and self._last is not None:
            self._last.add_output(text, recorder.record, recorder.at)
            self._last.status = "denied"
        elif kind in {"error", "diff_error", "rooignore_error", "clineignore_error", "mistake_limit_reached"}:
            if self._last is not None and self._last.result_record is None and kind != "mistake_limit_reached":
                self._last.add_output(text, recorder.record, recorder.at)
                self._last.status = "error"
        elif kind not in _SILENT:
            recorder.oddities.note("message of an unknown type left out", recorder.record)


def _question(text: str) -> str:
    told = told_in({"text": text})
    return fields.string(told.get("question")) or fields.string(told.get("response")) or text
