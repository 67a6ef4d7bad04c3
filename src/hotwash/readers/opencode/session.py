"""OpenCode messages and their parts as events. A message's own tokens and cost count; its `step-finish` parts repeat them, and count where the message
has none."""

import re

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.drafts import CallDraft
from hotwash.readers.recorder import NOT_AN_OBJECT, Recorder, outcome
from hotwash.transcript import Category, Lifecycle, ToolStatus, Usage

_Object = dict[str, object]

_CATEGORIES: dict[str, Category] = {
    "bash": "shell",
    "task": "other",
    "todowrite": "todo",
    "todoread": "todo",
    "webfetch": "browser",
    "websearch": "search",
    "codesearch": "search",
    "multiedit": "file",
    "apply_patch": "file",
    "lsp": "search",
    "question": "message",
    "skill": "knowledge",
    "invalid": "other",
}
_SILENT_PARTS = frozenset({"step-start", "step-finish", "snapshot", "patch", "agent", "file"})
_DENIED = re.compile(r"reject(?:ed|s) permission|user has specified a rule which prevents|dismissed this question", re.IGNORECASE)
_ABORTED = re.compile(r"^(?:Tool execution )?aborted", re.IGNORECASE)


class Conversation:
    """Takes one message after the other; its position is the record."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def take(self, record: int, info: _Object, parts: list[_Object]) -> None:
        time = fields.mapping(info.get("time"))
        self._recorder.begin(record, parse_time(time.get("created")))
        self._recorder.clock(parse_time(time.get("completed")))
        role = fields.string(info.get("role"))
        if role == "user":
            self._user(info, parts)
        elif role == "assistant":
            self._assistant(info, parts)
        else:
            self._recorder.oddities.note("message of an unknown role left out", record)

    def _user(self, info: _Object, parts: list[_Object]) -> None:
        """What was typed; `synthetic` and `ignored` texts are the program's. A command that starts a subagent has its prompt alone."""
        told = [fields.string(part.get("text")) for part in parts if part.get("type") == "text" and _is_own(part)]
        if not any(told):
            told = [fields.string(part.get("prompt")) for part in parts if part.get("type") == "subtask"]
        if not parts:
            told = [_summary(info)]
        images = sum(part.get("type") == "file" and fields.string(part.get("mime")).startswith("image/") for part in parts)
        self._recorder.user("\n".join(text for text in told if text), images=images, native_id=fields.some_string(info.get("id")))
        if any(part.get("type") == "compaction" for part in parts):
            self._compaction(fields.string(info.get("id")), 1, "")

    def _assistant(self, info: _Object, parts: list[_Object]) -> None:
        recorder = self._recorder
        model = fields.mapping(info.get("model"))
        recorder.use_model(fields.some_string(info.get("modelID")) or fields.some_string(model.get("modelID")))
        for part in parts:
            self._part(info, part)
        if not parts:
            recorder.agent(_summary(info), native_id=fields.some_string(info.get("id")))
        for told in [info] if _usage(info) is not None else [part for part in parts if part.get("type") == "step-finish"]:
            cache = fields.mapping(fields.mapping(told.get("tokens")).get("cache"))
            recorder.cached(cache.get("read"), cache.get("write"))
            recorder.spend(_usage(told), cost_usd=_cost(told.get("cost")))
        if error := fields.mapping(info.get("error")):
            self._error(error)

    def _part(self, info: _Object, part: _Object) -> None:
        recorder, kind, text = self._recorder, fields.string(part.get("type")), fields.string(part.get("text"))
        if kind == "text" and info.get("summary") is True:
            self._compaction(fields.string(info.get("parentID")), 0, text)
        elif kind == "text" and _is_own(part):
            recorder.agent(text, native_id=fields.some_string(part.get("id")))
        elif kind == "reasoning":
            recorder.reasoning(text)
        elif kind == "tool":
            self._tool(part)
        elif kind == "retry":
            recorder.lifecycle("api_error", _message(fields.mapping(part.get("error"))))
        elif kind == "compaction":
            self._compaction(fields.string(info.get("id")), 1, "")
        elif kind not in _SILENT_PARTS and kind != "text":
            recorder.oddities.note("message part of an unknown type left out", recorder.record)

    def _tool(self, part: _Object) -> None:
        recorder, state = self._recorder, fields.mapping(part.get("state"))
        name = fields.string(part.get("tool"))
        call_id = fields.some_string(part.get("callID")) or fields.some_string(part.get("id"))
        draft = recorder.call(call_id, name, fields.mapping(state.get("input")), _CATEGORIES.get(name))
        time, metadata = fields.mapping(state.get("time")), fields.mapping(state.get("metadata"))
        started, ended = parse_time(time.get("start")), parse_time(time.get("end"))
        recorder.clock(ended)
        draft.at = started or draft.at
        draft.child_native_id = fields.some_string(metadata.get("sessionId")) if name == "task" else None
        if fields.string(state.get("status")) in {"completed", "error"}:
            code = fields.exit_code(metadata.get("exit")) if draft.category == "shell" else None
            _settle(draft, state, code)
            draft.result_record, draft.result_at = recorder.record, ended
        if name == "skill" and draft.status == "ok":
            recorder.instruction("skill", fields.string(fields.mapping(state.get("input")).get("name")), fields.string(state.get("output")))

    def _compaction(self, request_id: str, rank: int, text: str) -> None:
        """The request to compact and the summary that answers it are one compaction."""
        event = Lifecycle(seq=0, record=self._recorder.record, at=self._recorder.at, what="compaction", text=text)
        self._recorder.timeline.offer(f"compaction {request_id}", rank, event)

    def _error(self, error: _Object) -> None:
        name = fields.string(error.get("name"))
        if name == "MessageAbortedError":
            self._recorder.lifecycle("interruption", _message(error))
            self._recorder.interrupt()
        elif "ContextOverflow" in name or name == "MessageOutputLengthError":
            self._recorder.lifecycle("context_limit", _message(error))
        else:
            self._recorder.lifecycle("api_error", _message(error))


def parts_of(value: object, recorder: Recorder, record: int) -> list[_Object]:
    """The parts that are objects; others are noted."""
    listed = fields.sequence(value)
    parts = [part for part in listed if isinstance(part, dict)]
    if len(parts) < len(listed):
        recorder.oddities.note(NOT_AN_OBJECT, record, len(listed) - len(parts))
    return parts


def _is_own(part: _Object) -> bool:
    return part.get("synthetic") is not True and part.get("ignored") is not True


def _message(error: _Object) -> str:
    return fields.string(fields.mapping(error.get("data")).get("message")) or fields.string(error.get("message"))


def _settle(draft: CallDraft, state: _Object, code: int | None) -> None:
    failed = state.get("status") == "error"
    text = fields.string(state.get("error")) if failed else fields.string(state.get("output"))
    status: ToolStatus = outcome(failed, code)
    if failed and _DENIED.search(text):
        status = "denied"
    elif failed and _ABORTED.match(text):
        status = "interrupted"
    draft.outputs = [text] if text else []
    draft.status, draft.exit_code = status, code


def _summary(info: _Object) -> str:
    """What stands in a message itself, for one whose parts are missing."""
    summary = fields.mapping(info.get("summary"))
    return fields.string(summary.get("body")) or fields.string(summary.get("title"))


def _cost(value: object) -> float | None:
    """Dollars, plain or by currency."""
    return fields.number(fields.mapping(value).get("usd") if isinstance(value, dict) else value)


def _usage(told: _Object) -> Usage | None:
    """Tokens of a message, or of one of its steps. `input` leaves the cached ones out, `output` the reasoning."""
    tokens = fields.mapping(told.get("tokens"))
    total, output = fields.count(tokens.get("input")), fields.count(tokens.get("output"))
    if total is None or output is None:
        return None
    cache = fields.mapping(tokens.get("cache"))
    reasoning = fields.count(tokens.get("reasoning")) or 0
    return Usage(
        input=total,
        cache_read=fields.count(cache.get("read")) or 0,
        cache_write_5m=fields.count(cache.get("write")) or 0,
        output=output + reasoning,
        reasoning=reasoning,
    )
