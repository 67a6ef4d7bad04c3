"""Messages in the shape of Anthropic's API, as Cline's CLI and the VS Code extensions' `api_conversation_history.json` keep them."""

import re

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.cline.requests import Request
from hotwash.readers.cline.texts import own_words, split_answer, typed, working_directory
from hotwash.readers.drafts import CallDraft
from hotwash.readers.recorder import Recorder, outcome
from hotwash.transcript import Category, ToolStatus, Usage

_Object = dict[str, object]

CATEGORIES: dict[str, Category] = {
    "run_commands": "shell",
    "execute_command": "shell",
    "editor": "file",
    "read_files": "file",
    "apply_diff": "file",
    "insert_content": "file",
    "search_and_replace": "file",
    "search_codebase": "search",
    "list_code_definition_names": "search",
    "use_mcp_tool": "mcp",
    "access_mcp_resource": "mcp",
    "browser_action": "browser",
    "fetch_web_content": "browser",
    "attempt_completion": "message",
    "submit_and_exit": "message",
    "ask_question": "message",
    "plan_mode_respond": "message",
    "use_skill": "knowledge",
    "skills": "knowledge",
    "new_task": "other",
    "spawn_agent": "other",
    "switch_mode": "other",
}
_ANSWER_KEYS = {
    "attempt_completion": "result",
    "plan_mode_respond": "response",
    "ask_followup_question": "question",
    "submit_and_exit": "summary",
}
"""Tools that speak to the person, and the argument that holds what they say."""

_EXITED = re.compile(r"(?:Command exited with code |[Ee]xit code:? )(-?\d{1,10})\b")
_RESULT = re.compile(r"^\[([a-z_]{1,60})[^\n]{0,2000}?\] Result:\n?")
_DENIED = re.compile(r"The user denied this operation|user rejected|Tool execution was denied", re.IGNORECASE)
_FAILED = re.compile(r"^(?:The tool execution failed|<error>|Error:|\[ERROR\])")
_SEARCH_CHARS = 2_000
"""From the start of a result: all programs report there how a command ended."""


class Messages:
    """Takes one message after the other."""

    def __init__(self, recorder: Recorder, requests: list[Request] | None = None, sums: list[Request] | None = None) -> None:
        """`requests`: one for each answer, in order; `sums`: what was spent besides."""
        self._recorder = recorder
        self._requests = list(reversed(requests or []))
        self._sums = list(sums or [])
        self.cwd: str | None = None
        self._unanswered: list[CallDraft] = []

    def take(self, record: int, message: _Object) -> None:
        recorder = self._recorder
        recorder.begin(record, parse_time(message.get("ts")))
        blocks = _blocks(message.get("content"))
        role = message.get("role")
        if role == "user":
            self._user(blocks)
        elif role == "assistant":
            model = fields.mapping(message.get("modelInfo"))
            recorder.use_model(fields.some_string(model.get("id")) or fields.some_string(model.get("modelId")))
            request = self._requests.pop() if self._requests else None
            if request is not None:
                self._asked(record, request)
            self._assistant(blocks)
            if request is not None:
                request.spend(recorder)
            metrics = fields.mapping(message.get("metrics"))
            recorder.cached(metrics.get("cacheReadTokens"), metrics.get("cacheWriteTokens"))
            recorder.spend(usage_with_cached(metrics), cost_usd=fields.number(metrics.get("cost")))
        else:
            recorder.oddities.note("message of an unknown role left out", record)

    def finish(self) -> None:
        """Requests beyond the answers that were kept (a retried or cut conversation) cost tokens all the same."""
        for request in (*reversed(self._requests), *self._sums):
            self._recorder.clock(request.at)
            request.spend(self._recorder)

    def _asked(self, record: int, request: Request) -> None:
        """The history has neither times nor models of its own in most versions."""
        self._recorder.begin(record, self._recorder.at if self._recorder.at is not None else request.at)
        self._recorder.use_model(request.model)

    def _user(self, blocks: list[_Object]) -> None:
        images = 0
        said: list[str] = []
        for block in blocks:
            kind, text = fields.string(block.get("type")), fields.string(block.get("text"))
            if kind == "tool_result":
                said += self._tool_result(block)
            elif kind == "text":
                self.cwd = self.cwd or working_directory(text)
                self._xml_result(text)
                said.append(own_words(text))
            elif kind == "image":
                images += 1
        self._recorder.user("\n".join(text for text in said if text), images=images)

    def _tool_result(self, block: _Object) -> list[str]:
        """The result of a call; a person's answer to a question comes as one too."""
        text, failed, code = read_result(block.get("content"))
        if block.get("is_error") is True:
            failed = True
        call_id = fields.some_string(block.get("tool_use_id"))
        draft = self._recorder.calls.get(call_id or "")
        is_command = draft is not None and draft.category == "shell"
        code = code if is_command else None
        if is_command and code is None and failed is False:
            code = 0
        status: ToolStatus = "denied" if _DENIED.search(text[:_SEARCH_CHARS]) else outcome(failed, code)
        self._recorder.finish(call_id, text, status, code if status != "denied" else None)
        return [typed(text)]

    def _assistant(self, blocks: list[_Object]) -> None:
        recorder = self._recorder
        self._unanswered = []
        for block in blocks:
            kind = fields.string(block.get("type"))
            if kind == "text":
                told, thinking, calls = split_answer(fields.string(block.get("text")))
                recorder.reasoning(thinking)
                recorder.agent(told)
                self._unanswered += [self._call(None, call.name, call.arguments) for call in calls]
            elif kind in {"thinking", "reasoning"}:
                recorder.reasoning(fields.string(block.get("thinking")) or fields.string(block.get("text")))
            elif kind == "tool_use":
                self._call(fields.some_string(block.get("id")), fields.string(block.get("name")), block.get("input"))

    def _call(self, call_id: str | None, name: str, arguments: object) -> CallDraft:
        recorder, passed = self._recorder, fields.mapping(arguments)
        if key := _ANSWER_KEYS.get(name):
            recorder.agent(fields.string(passed.get(key)))
        draft = recorder.call(call_id, name, arguments, CATEGORIES.get(name))
        if name == "run_commands":
            draft.command = _commands(passed) or None
        return draft

    def _xml_result(self, text: str) -> None:
        """`[execute_command for 'make'] Result:` answers the call that was written into the last answer."""
        match = _RESULT.match(text)
        if match is None:
            return
        draft = next((call for call in self._unanswered if call.name == match[1]), None)
        if draft is None:
            return
        self._unanswered.remove(draft)
        result = text[match.end() :]
        draft.add_output(result, self._recorder.record, self._recorder.at)
        exited = _EXITED.search(result[:_SEARCH_CHARS]) if draft.category == "shell" else None
        draft.exit_code = fields.exit_code(int(exited[1])) if exited else None
        if _DENIED.search(result[:_SEARCH_CHARS]):
            draft.status = "denied"
        else:
            draft.status = outcome(True if _FAILED.match(result) else None, draft.exit_code)


def _blocks(content: object) -> list[_Object]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in fields.sequence(content) if isinstance(block, dict)]


def read_result(content: object) -> tuple[str, bool | None, int | None]:
    """Text, whether it failed, and the exit code of a result: text, blocks of text, or a list with a result for each command or file."""
    if isinstance(content, str):
        exited = _EXITED.search(content[:_SEARCH_CHARS])
        return content, None, fields.exit_code(int(exited[1])) if exited else None
    texts: list[str] = []
    failed: bool | None = None
    code: int | None = None
    for item in map(fields.mapping, fields.sequence(content)):
        text = fields.string(item.get("result")) or fields.string(item.get("text")) or fields.string(item.get("error"))
        texts.append(text)
        if isinstance(success := item.get("success"), bool):
            failed = bool(failed) or not success
        exited = _EXITED.search(text[:_SEARCH_CHARS]) or _EXITED.search(fields.string(item.get("error")))
        if exited and not code:
            code = fields.exit_code(int(exited[1]))
    return "\n".join(text for text in texts if text), failed, code


def usage_with_cached(metrics: _Object) -> Usage | None:
    """The CLI's metrics: `inputTokens` holds the cached and the written ones too."""
    total, output = fields.count(metrics.get("inputTokens")), fields.count(metrics.get("outputTokens"))
    if total is None or output is None:
        return None
    cached, written = fields.count(metrics.get("cacheReadTokens")) or 0, fields.count(metrics.get("cacheWriteTokens")) or 0
    return Usage(input=max(0, total - cached - written), cache_read=cached, cache_write_5m=written, output=output)


def _commands(arguments: _Object) -> str:
    """The commands of one call, a line each, verbatim."""
    listed = [
        item if isinstance(item, str) else fields.string(fields.mapping(item).get("command"))
        for item in fields.sequence(arguments.get("commands"))
    ]
    return "\n".join(command for command in listed if command) or fields.string(arguments.get("command"))
