"""Messages of Gemini CLI as events: what a person typed, what the model said, thought and called, what the program told."""

import re
from itertools import islice

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.drafts import CallDraft
from hotwash.readers.gemini.parts import CATEGORIES, each_part, exit_code, result_text, typed_text, usage
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import UNKNOWN_TYPE, Identity, Recorder, outcome
from hotwash.transcript import Coverage, ToolStatus, Transcript

_Object = dict[str, object]

_WORKSPACE = re.compile(r"^- \*\*Workspace Directories:\*\*\n {2}- ([^\n]{1,1000})$", re.MULTILINE)
_LOADED = re.compile(r"^--- Context from: ([^\n]{1,1000}) ---\n", re.MULTILINE)
_MAX_LOADED = 50
"""Instruction files looked for in a session's context. Real projects have a handful."""
_CONTEXT_CHARS = 200_000
"""Of the context that is searched. The longest real one has 1,000 characters."""

_CANCELLED = re.compile(r"Request cancelled|User cancelled the request", re.IGNORECASE)
_COMPRESSED = re.compile(r"^(?:IMPORTANT: This conversation|Chat history compressed)")
_DECLINED = re.compile(r"did not allow|declined|rejected", re.IGNORECASE)
_RUNNING = frozenset({"validating", "scheduled", "executing", "awaiting_approval"})


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message in its latest form, and the records in which its parts first stood."""

    record: int
    content: _Object
    call_records: dict[str, int]
    """By call id: where the call first stood."""

    @property
    def key(self) -> str:
        return fields.string(self.content.get("id")) or f"record {self.record}"

    @classmethod
    def of(cls, record: int, content: _Object) -> "Message":
        calls = map(fields.mapping, fields.sequence(content.get("toolCalls")))
        return cls(record=record, content=content, call_records={fields.string(call.get("id")): record for call in calls})

    def again(self, later: "Message") -> "Message":
        """The message after it was written once more. Where its text has changed, only the later record holds it."""
        same = self.content.get("content") == later.content.get("content")
        return Message(
            record=self.record if same else later.record,
            content=later.content,
            call_records=later.call_records | self.call_records,
        )


class Session:
    """Takes one message after the other."""

    def __init__(self, oddities: Oddities) -> None:
        self.recorder = Recorder(oddities)
        self.identity = Identity(native_id="")
        self._timed = self._instructed = False

    def take(self, message: Message) -> None:
        content = message.content
        at = parse_time(content.get("timestamp") or content.get("ts"))
        self._timed = self._timed or at is not None
        self.recorder.begin(message.record, at)
        kind = fields.string(content.get("type")) or fields.string(content.get("role"))
        if kind == "user":
            self._user(content)
        elif kind in {"gemini", "model"}:
            self._model(message)
        elif kind == "error":
            self.recorder.lifecycle("api_error", _text(content.get("content")))
        elif kind in {"info", "warning"}:
            self._notice(_text(content.get("content")))
        else:
            self.recorder.oddities.note(UNKNOWN_TYPE, message.record)

    def transcript(self, format: str, coverage: Coverage, *, records: int) -> Transcript:
        covered = msgspec.structs.replace(
            coverage,
            timestamps=self._timed,
            instructions=self._instructed,
            models=bool(self.recorder.models),
        )
        return self.recorder.transcript(format, "Gemini CLI", self.identity, covered, records=records)

    def _user(self, content: _Object) -> None:
        parts = content.get("content") if "content" in content else content.get("parts")
        self._context(_text(parts))
        self._results(parts)
        shown = content.get("displayContent")
        text, images = typed_text(shown if isinstance(shown, (str, list)) and shown else parts)
        self.recorder.user(text, images=images, native_id=fields.some_string(content.get("id")))

    def _context(self, text: str) -> None:
        """What the program tells the model at the start: the folder, and the instruction files it loaded."""
        if not text.lstrip().startswith("<session_context>"):
            return
        self._instructed = True
        context = text[:_CONTEXT_CHARS]
        if folder := _WORKSPACE.search(context):
            self.identity.cwd = folder[1].strip()
        for loaded in islice(_LOADED.finditer(context), _MAX_LOADED):
            end = context.find(f"\n--- End of Context from: {loaded[1]} ---", loaded.end() - 1)
            if end >= 0:
                self.recorder.instruction("rules", loaded[1], context[loaded.end() : end])

    def _model(self, message: Message) -> None:
        recorder, content = self.recorder, message.content
        recorder.use_model(fields.some_string(content.get("model")))
        for thought in map(fields.mapping, fields.sequence(content.get("thoughts"))):
            recorder.reasoning(fields.string(thought.get("description")) or fields.string(thought.get("subject")))
        for part in each_part(content.get("content") if "content" in content else content.get("parts")):
            self._part(part)
        for call in map(fields.mapping, fields.sequence(content.get("toolCalls"))):
            recorder.begin(message.call_records.get(fields.string(call.get("id")), message.record), recorder.at)
            self._call(call)
        tokens = fields.mapping(content.get("tokens"))
        recorder.cached(tokens.get("cached"), None)
        recorder.spend(usage(tokens, prompt="input", output="output", cached="cached", thoughts="thoughts", tool="tool", total="total"))

    def _part(self, part: _Object) -> None:
        text = fields.string(part.get("text"))
        if part.get("thought") is True:
            self.recorder.reasoning(text)
        else:
            self.recorder.agent(text)
        call = fields.mapping(part.get("functionCall"))
        if call:
            self._begin(fields.some_string(call.get("id")), call)

    def _begin(self, call_id: str | None, call: _Object) -> CallDraft:
        name = fields.string(call.get("name"))
        return self.recorder.call(call_id, name, call.get("args"), CATEGORIES.get(name))

    def _call(self, call: _Object) -> None:
        """A call with its result; its own time is that of the result."""
        call_id = fields.some_string(call.get("id"))
        draft = self._begin(call_id, call)
        status = fields.string(call.get("status"))
        if status in _RUNNING:
            return
        text, failed = result_text(call.get("result"))
        if not text:
            text = _text(call.get("resultDisplay"))
        done = parse_time(call.get("timestamp"))
        draft.add_output(text, self.recorder.record, done)
        self.recorder.clock(done)
        self._settle(draft, status, text, failed=failed)

    def _results(self, parts: object) -> None:
        """Results as the model gets them. Where calls hold their results too, these are copies."""
        for part in each_part(parts):
            call_id = fields.some_string(fields.mapping(part.get("functionResponse")).get("id"))
            draft = self.recorder.calls.get(call_id) if call_id else None
            if draft is not None and draft.status == "running":
                text, failed = result_text([part])
                draft.add_output(text, self.recorder.record, self.recorder.at)
                self._settle(draft, "error" if failed else "success", text, failed=failed)

    def _settle(self, draft: CallDraft, status: str, text: str, *, failed: bool) -> None:
        if status == "cancelled":
            draft.status = "denied" if _DECLINED.search(text) else "interrupted"
            return
        if draft.category == "shell":
            draft.exit_code = exit_code(text, succeeded=status == "success" and not failed)
        draft.status = _status(status, failed=failed, code=draft.exit_code)

    def _notice(self, text: str) -> None:
        if _CANCELLED.search(text):
            self.recorder.lifecycle("interruption", text)
            self.recorder.interrupt()
        elif _COMPRESSED.search(text):
            self.recorder.lifecycle("compaction", text)


def _status(told: str, *, failed: bool, code: int | None) -> ToolStatus:
    if told == "error" or failed:
        return "error"
    return outcome(False if told == "success" else None, code)


def _text(content: object) -> str:
    return "\n".join(text for part in each_part(content) if (text := fields.string(part.get("text"))))
