"""Codex tool calls and their results: one event a call, however many records tell of it."""

import re
import shlex

import msgspec

from hotwash.readers import fields, tools
from hotwash.readers.codex.outcomes import Outcome, read_outcome
from hotwash.readers.drafts import CallDraft
from hotwash.transcript import Category, ToolStatus

_CATEGORIES: dict[str, Category] = {
    "exec_command": "shell",
    "write_stdin": "shell",
    "shell": "shell",
    "shell_command": "shell",
    "local_shell": "shell",
    "container.exec": "shell",
    "unified_exec": "shell",
    "apply_patch": "file",
    "read_file": "file",
    "view_image": "file",
    "list_dir": "search",
    "grep_files": "search",
    "tool_search": "search",
    "web_search": "search",
    "update_plan": "todo",
    "request_user_input": "message",
    "spawn_agent": "other",
    "send_input": "other",
    "send_message": "other",
    "wait": "other",
    "wait_agent": "other",
    "close_agent": "other",
    "resume_agent": "other",
    "list_agents": "other",
}
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$", re.MULTILINE)
_TYPED_PATCH = re.compile(r"\s*(?:applypatch|apply_patch)\b")
_STATUSES: dict[str, ToolStatus] = {
    "completed": "ok",
    "failed": "error",
    "declined": "denied",
    "rejected": "denied",
    "interrupted": "interrupted",
}


class Calls:
    """The calls of a session, by call id, and the processes that outlive the call that started them."""

    def __init__(self) -> None:
        self._by_id: dict[str, CallDraft] = {}
        self._processes: dict[str, CallDraft] = {}
        self._last_web_search: str | None = None
        self._of_this_turn: list[CallDraft] = []

    def find(self, call_id: object) -> CallDraft | None:
        return self._by_id.get(call_id) if isinstance(call_id, str) else None

    def start(self, payload: dict[str, object], record: int, at: float | None) -> CallDraft | None:
        """The call in a `response_item`. None: this call is known already (a fork or a resumed session wrote it again)."""
        call_id = fields.some_string(payload.get("call_id")) or fields.some_string(payload.get("id"))
        if call_id is not None and call_id in self._by_id:
            return None
        draft = _draft(payload, record, at)
        if payload.get("type") == "web_search_call":
            # It has no call id of its own; the `web_search_end` just before it has.
            call_id, self._last_web_search = call_id or self._last_web_search, None
            draft.result_record, draft.result_at = record, at
        draft.native_id = call_id
        if call_id is not None:
            self._by_id[call_id] = draft
        self._of_this_turn.append(draft)
        return draft

    def web_search_ended(self, call_id: object) -> None:
        self._last_web_search = fields.some_string(call_id)

    def finish(self, payload: dict[str, object], record: int, at: float | None) -> CallDraft | None:
        """Adds the result in a `…_output` item to its call. None: there is no such call."""
        draft = self.find(payload.get("call_id"))
        if draft is None:
            return None
        if payload.get("type") == "tool_search_output":
            draft.add_output(_tool_names(payload.get("tools")), record, at)
            draft.status = _STATUSES.get(fields.string(payload.get("status")), "unknown")
            return draft
        outcome = read_outcome(payload.get("output"))
        draft.add_output(outcome.text, record, at)
        if draft.name == "write_stdin":
            self._feed_process(draft, outcome, record, at)
        else:
            _settle(draft, outcome)
        if outcome.process is not None and draft.name != "write_stdin":
            self._processes[outcome.process] = draft
        if draft.name == "spawn_agent":
            draft.child_native_id = draft.child_native_id or _agent_id(outcome.text)
            draft.status = "ok" if draft.child_native_id and draft.status == "unknown" else draft.status
        return draft

    def _feed_process(self, stdin: CallDraft, outcome: Outcome, record: int, at: float | None) -> None:
        """A `write_stdin` result: what it brings, and the exit code, are the process's. The call itself worked once it brought anything."""
        process = self._processes.get(str(stdin.arguments.get("session_id")))
        if process is None:
            _settle(stdin, outcome)
            return
        if outcome.exit_code is None and outcome.process is None:
            _settle(stdin, outcome)
            return
        stdin.status = "ok"
        process.add_output(outcome.text, record, at)
        if outcome.exit_code is not None:
            process.exit_code, process.status = outcome.exit_code, outcome.status
            # Its own wall time covers this poll only.
            process.duration_s = process.elapsed()

    def settle(self, call_id: object, details: dict[str, object], record: int, at: float | None) -> CallDraft | None:
        """What `exec_command_end`, `patch_apply_end`, `mcp_tool_call_end` and the items of 0.169 know better than the text of the result."""
        draft = self.find(call_id)
        if draft is None:
            return None
        told = settle_from_details(draft, details)
        if draft.result_record is None and told:
            draft.result_record, draft.result_at = record, at
        return draft

    def interrupt(self) -> None:
        """Calls without any result when the turn was stopped were stopped with it."""
        for draft in self._of_this_turn:
            if draft.status == "running" and draft.result_record is None:
                draft.status = "interrupted"
        self._of_this_turn = []


def _draft(payload: dict[str, object], record: int, at: float | None) -> CallDraft:
    kind = fields.string(payload.get("type"))
    if kind in {"function_call", "custom_tool_call"}:
        return _named_call(payload, record, at)
    if kind == "local_shell_call":
        action = fields.mapping(payload.get("action"))
        arguments = tools.cap_arguments(action)
        return CallDraft(
            record=record, at=at, name="local_shell", category="shell", arguments=arguments, command=tools.shell_command(action)
        )
    name = kind.removesuffix("_call")
    details = payload.get("action") if kind == "web_search_call" else payload.get("arguments")
    status = _STATUSES.get(fields.string(payload.get("status")), "unknown") if kind != "tool_search_call" else "running"
    return CallDraft(
        record=record,
        at=at,
        name=name,
        category=_CATEGORIES.get(name) or tools.categorise(name),
        arguments=tools.cap_arguments(details),
        status=status,
    )


def _named_call(payload: dict[str, object], record: int, at: float | None) -> CallDraft:
    arguments = _arguments(payload)
    namespace = fields.string(payload.get("namespace"))
    name = tools.tool_name(payload.get("name"))
    if namespace and namespace != "functions":
        name = tools.tool_name(f"{namespace.rstrip('_')}__{name.lstrip('_')}")
    category = _CATEGORIES.get(name) or tools.categorise(name)
    command = tools.shell_command(arguments) if category == "shell" and name != "write_stdin" else None
    if command is not None and _TYPED_PATCH.match(command):
        # Codex carries a patch out itself, also where it was typed into the shell.
        name, category, arguments, command = "apply_patch", "file", {"input": _typed_patch(arguments, command)}, None
    path = None
    if name == "apply_patch":
        match = _PATCHED.search(fields.string(arguments.get("input")) or fields.string(arguments.get("patch")))
        path = match[1].strip() if match else None
    elif category == "file":
        path = tools.file_path(arguments)
    return CallDraft(
        record=record, at=at, name=name, category=category, arguments=tools.cap_arguments(arguments), command=command, path=path
    )


def _typed_patch(arguments: dict[str, object], command: str) -> str:
    """The patch itself where it is a word of its own, else the command line around it."""
    argv = fields.sequence(arguments.get("command"))
    return fields.string(argv[1]) if len(argv) == 2 else command


def _arguments(payload: dict[str, object]) -> dict[str, object]:
    """`arguments` is JSON in a string, `input` of a custom tool is text. Text that is no JSON object is kept whole under its own key."""
    key = "arguments" if "arguments" in payload else "input"
    raw = payload.get(key)
    if isinstance(raw, dict):
        return raw
    if not isinstance(raw, str):
        return {}
    if key == "arguments" or raw.startswith("{"):
        try:
            decoded = msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            decoded = None
        if isinstance(decoded, dict):
            return decoded
    return {key: raw} if raw else {}


def _settle(draft: CallDraft, outcome: Outcome) -> None:
    """What the text tells never overrides what an item of 0.169 has told, which may come first."""
    if draft.status in {"running", "unknown"}:
        draft.status = outcome.status
    if draft.exit_code is None:
        draft.exit_code = outcome.exit_code
    if draft.duration_s is None and outcome.process is None:
        draft.duration_s = outcome.duration_s


def settle_from_details(draft: CallDraft, details: dict[str, object]) -> bool:
    """Exit code, status and duration as an item tells them. False: it does not tell how the call went."""
    code = fields.exit_code(details.get("exit_code"))
    status = _told_status(details, code)
    duration_s = _duration(details.get("duration"))
    if status is not None:
        draft.status = status
    if code is not None and status != "denied":
        draft.exit_code = code
    if duration_s is not None:
        draft.duration_s = duration_s
    return status is not None


def _told_status(details: dict[str, object], code: int | None) -> ToolStatus | None:
    if (status := _STATUSES.get(fields.string(details.get("status")))) in {"denied", "interrupted"}:
        return status
    if code is not None:
        return "error" if code else "ok"
    if isinstance(success := details.get("success"), bool):
        return "ok" if success else "error"
    result = fields.mapping(details.get("result"))
    inner = fields.mapping(result.get("Ok")) or result
    if "Err" in result or inner.get("isError") is True:
        return "error"
    return "ok" if "Ok" in result else status


def _duration(value: object) -> float | None:
    """Seconds from `{"secs", "nanos"}`."""
    parts = fields.mapping(value)
    seconds, nanos = fields.count(parts.get("secs")), fields.count(parts.get("nanos"))
    return None if seconds is None else round(seconds + (nanos or 0) / 1e9, 6)


def _tool_names(found: object) -> str:
    """A tool search answers with whole tool definitions; their names are what matters."""
    return "\n".join(name for tool in fields.sequence(found) if (name := fields.string(fields.mapping(tool).get("name"))))


def _agent_id(text: str) -> str | None:
    try:
        answer = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return fields.some_string(fields.mapping(answer).get("agent_id"))


_INSTRUCTION_FILE = re.compile(r"(?:^|/)(SKILL|AGENTS|CLAUDE)\.md$")
_MENTIONS_INSTRUCTION_FILE = re.compile(r"(?:SKILL|AGENTS|CLAUDE)\.md")
_LONGEST_READING_COMMAND = 500
"""A longer command does more than print a file."""
_READERS = frozenset({"cat", "sed", "head", "nl", "bat"})


def instruction_file(command: str) -> str | None:
    """The instruction file that a command prints. Codex has no tool for skills: it reads them with `cat` or `sed`."""
    if len(command) > _LONGEST_READING_COMMAND or not _MENTIONS_INSTRUCTION_FILE.search(command):
        return None
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    if not words or words[0] not in _READERS or any(word in {"|", "&&", ";", ">", ">>"} for word in words):
        return None
    named = [word for word in words[1:] if _INSTRUCTION_FILE.search(word)]
    return named[0] if len(named) == 1 else None
