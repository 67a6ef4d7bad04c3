"""`ui_messages.json` of Cline and Roo Code: what the editor showed of a task. The only place with a task's tokens and cost
(`api_req_started`), which the program fills in as the answer comes; drafts are marked `partial` (formats section 9)."""

import re
from typing import NamedTuple

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.drafts import CallDraft
from hotwash.readers.recorder import Recorder
from hotwash.transcript import Category, Usage

_Object = dict[str, object]

_EXITED = re.compile(r"[Ee]xit code:? (-?\d{1,10})\b")
_CALLS = frozenset({"tool", "command", "use_mcp_server", "browser_action_launch", "browser_action"})
_CATEGORIES: dict[str, Category] = {
    "command": "shell",
    "use_mcp_server": "mcp",
    "browser_action_launch": "browser",
    "browser_action": "browser",
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
        "completion_result",
        "deleted_api_reqs",
        "info",
        "load_mcp_documentation",
        "mcp_server_request_started",
        "resume_completed_task",
        "resume_task",
        "shell_integration_warning",
        "task_progress",
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
        elif kind in {"followup", "plan_mode_respond"}:
            recorder.agent(_question(text))
        elif kind == "reasoning":
            recorder.reasoning(text)
        elif kind == "api_req_started":
            self._request(message, text)
        elif kind in _CALLS:
            self._call(kind, text)
        elif kind in {"command_output", "mcp_server_response", "browser_action_result"}:
            self._output(text)
        else:
            self._other(kind, text)

    def _request(self, message: _Object, text: str) -> None:
        told = _object(text)
        usage = request_usage(told, includes_cached=message.get("apiProtocol") == "openai")
        self._recorder.cached(told.get("cacheReads"), told.get("cacheWrites"))
        self._recorder.spend(usage, cost_usd=fields.number(told.get("cost")))
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
            arguments = _object(text)
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
        if kind in {"api_req_failed", "api_req_retried", "api_req_rate_limit_wait"}:
            recorder.lifecycle("api_error", text)
        elif kind in {"condense_context", "summarize_task", "sliding_window_truncation"}:
            recorder.lifecycle("compaction", text)
        elif kind in {"error", "diff_error", "rooignore_error", "clineignore_error", "mistake_limit_reached"}:
            if self._last is not None and self._last.result_record is None and kind != "mistake_limit_reached":
                self._last.add_output(text, recorder.record, recorder.at)
                self._last.status = "error"
        elif kind not in _SILENT:
            recorder.oddities.note("message of an unknown type left out", recorder.record)


class Request(NamedTuple):
    """One request to the model, as the display tells it."""

    at: float | None
    usage: Usage | None
    cached: tuple[object, object]
    """What was told of tokens read from the cache and written to it."""
    cost_usd: float | None
    model: str | None


def requests_in(listed: list[object]) -> list[Request]:
    """The requests that were answered, in order."""
    found: list[Request] = []
    for message in map(fields.mapping, listed):
        if message.get("say") != "api_req_started" or message.get("partial") is True:
            continue
        told = _object(fields.string(message.get("text")))
        usage = request_usage(told, includes_cached=message.get("apiProtocol") == "openai")
        if usage is not None and usage.output:
            model = fields.some_string(fields.mapping(message.get("modelInfo")).get("modelId"))
            cached = (told.get("cacheReads"), told.get("cacheWrites"))
            found.append(Request(parse_time(message.get("ts")), usage, cached, fields.number(told.get("cost")), model))
    return found


def request_usage(told: _Object, *, includes_cached: bool = False) -> Usage | None:
    """Tokens of one request; `tokensIn` leaves the cached ones out, except where Roo Code speaks OpenAI's protocol."""
    total, output = fields.count(told.get("tokensIn")), fields.count(told.get("tokensOut"))
    if total is None or output is None:
        return None
    cached, written = fields.count(told.get("cacheReads")) or 0, fields.count(told.get("cacheWrites")) or 0
    if includes_cached:
        total = max(0, total - cached - written)
    return Usage(input=total, cache_read=cached, cache_write_5m=written, output=output)


def _object(text: str) -> _Object:
    try:
        return fields.mapping(msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}


def _question(text: str) -> str:
    told = _object(text)
    return fields.string(told.get("question")) or fields.string(told.get("response")) or text
