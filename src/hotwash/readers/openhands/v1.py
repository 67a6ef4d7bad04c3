"""Events of OpenHands' software agent SDK (version 1). What the model calls cost stands in the conversation's state only, by response; in a
stream of events without it, in the running totals."""

import re

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.chat import decoded
from hotwash.readers.drafts import CallDraft
from hotwash.readers.oddities import Oddities
from hotwash.readers.openhands.totals import Bill, bills, remainder, totals
from hotwash.readers.recorder import NO_CALL, UNKNOWN_TYPE, Identity, Recorder, outcome
from hotwash.transcript import Category, Coverage, ToolStatus, Transcript, Usage

_Object = dict[str, object]

_COVERAGE = Coverage(
    timestamps=True,
    tokens=True,
    cache_read_tokens=True,
    cache_write_tokens=True,
    cost=True,
    exit_codes=True,
    tool_status=True,
    durations=True,
    models=True,
    reasoning=True,
    instructions=True,
    interruptions=True,
    compactions=True,
)
CATEGORIES: dict[str, Category] = {
    "terminal": "shell",
    "execute_bash": "shell",
    "file_editor": "file",
    "str_replace_editor": "file",
    "task_tracker": "todo",
    "invoke_skill": "knowledge",
}
_THINKING = re.compile(r"\s*<think>(.*?)</think>\s*", re.DOTALL)
"""How some models write reasoning into their text; where the event has it apart, this is a copy."""


class SessionV1:
    """Takes one event after the other."""

    OTHER_KINDS = frozenset({"UserRejectObservation", "Condensation", "CondensationRequest"})
    """Kinds of events whose names do not end in `Event`."""
    _SILENT = frozenset({"SystemPromptEvent", "SystemPromptUpdateEvent", "CondensationRequest", "CondensationSummaryEvent", "TokenEvent"})

    def __init__(self, oddities: Oddities, about: _Object) -> None:
        agent = fields.mapping(fields.mapping(about.get("agent")).get("llm"))
        workspace = fields.mapping(about.get("workspace"))
        self.recorder = Recorder(oddities)
        self.identity = Identity(
            native_id=fields.string(about.get("id")),
            cwd=fields.some_string(workspace.get("working_dir")) or fields.some_string(about.get("working_dir")),
            title=fields.some_string(about.get("title")),
        )
        self.recorder.use_model(fields.some_string(agent.get("model")), announce=False)
        self._stats = fields.mapping(about.get("stats"))
        self._actions: dict[str, CallDraft] = {}
        self._listed = tuple(bills(self._stats))
        self._bills = {bill.response_id or f"bill {index}": bill for index, bill in enumerate(self._listed)}
        """What is not paid yet, by response id: each is paid once, at the first event that came of it."""

    def take(self, record: int, event: _Object) -> None:
        self.recorder.begin(record, parse_time(event.get("timestamp")))
        self._event(record, event)
        bill = self._bills.pop(fields.string(event.get("llm_response_id")), None)
        if bill is not None:
            self._pay(bill, bill.usage, bill.cost_usd)

    def _event(self, record: int, event: _Object) -> None:
        kind = fields.string(event.get("kind"))
        if kind == "MessageEvent":
            self._message(event)
        elif kind == "ActionEvent":
            self._action(event)
        elif kind in {"ObservationEvent", "AgentErrorEvent", "UserRejectObservation"}:
            self._result(event)
        elif kind in {"PauseEvent", "InterruptEvent"}:
            self.recorder.lifecycle("interruption")
            self.recorder.interrupt()
        elif kind == "Condensation":
            self.recorder.lifecycle("compaction", fields.string(event.get("summary")))
        elif kind == "ConversationErrorEvent":
            self.recorder.lifecycle("api_error", fields.string(event.get("detail")) or fields.string(event.get("code")))
        elif kind == "ConversationStateUpdateEvent":
            self._state(event)
        elif kind not in self._SILENT:
            self.recorder.oddities.note(UNKNOWN_TYPE, record)

    def transcript(self, format: str, *, records: int) -> Transcript:
        self._settle()
        covered = msgspec.structs.replace(_COVERAGE, models=bool(self.recorder.models))
        return self.recorder.transcript(format, "OpenHands", self.identity, covered, records=records)

    def _message(self, event: _Object) -> None:
        message = fields.mapping(event.get("llm_message"))
        text, images = _content(message.get("content"))
        native_id = fields.some_string(event.get("id"))
        if message.get("role") == "assistant":
            self._reasoning(event, message)
            self.recorder.agent(_told(text), native_id=native_id)
        elif message.get("role") == "user" and event.get("source") == "user" and not event.get("sender"):
            self.recorder.user(text, images=images, native_id=native_id)
            added, _ = _content(event.get("extended_content"))
            for name in fields.sequence(event.get("activated_skills")) or fields.sequence(event.get("activated_microagents")):
                self.recorder.instruction("skill", fields.string(name), added)

    def _reasoning(self, *holders: _Object) -> None:
        """The reasoning in an event, which may stand in several ways; the first is taken."""
        for holder in holders:
            blocks = [fields.string(fields.mapping(block).get("thinking")) for block in fields.sequence(holder.get("thinking_blocks"))]
            text = fields.string(holder.get("reasoning_content")) or "\n".join(block for block in blocks if block)
            if text.strip():
                self.recorder.reasoning(text)
                return
        thought, _ = _content(holders[0].get("thought"))
        if inside := _THINKING.match(thought):
            self.recorder.reasoning(inside[1])

    def _action(self, event: _Object) -> None:
        self._reasoning(event)
        thought, _ = _content(event.get("thought"))
        self.recorder.agent(_told(thought))
        action = {key: value for key, value in fields.mapping(event.get("action")).items() if key != "kind" and value is not None}
        arguments = action or decoded(fields.mapping(event.get("tool_call")).get("arguments"))
        name = fields.string(event.get("tool_name"))
        if name == "finish":
            self.recorder.agent(fields.string(action.get("message")))
        draft = self.recorder.call(fields.some_string(event.get("tool_call_id")), name, arguments, CATEGORIES.get(name))
        self._actions[fields.string(event.get("id"))] = draft

    def _result(self, event: _Object) -> None:
        draft = self._actions.get(fields.string(event.get("action_id"))) or self.recorder.calls.get(
            fields.string(event.get("tool_call_id"))
        )
        if draft is None:
            self.recorder.oddities.note(NO_CALL, self.recorder.record)
            return
        if event.get("kind") == "UserRejectObservation":
            self._finish(draft, fields.string(event.get("rejection_reason")), "denied")
        elif event.get("kind") == "AgentErrorEvent":
            self._finish(draft, fields.string(event.get("error")), "error")
        else:
            self._observed(draft, fields.mapping(event.get("observation")))

    def _observed(self, draft: CallDraft, observation: _Object) -> None:
        text, _ = _content(observation.get("content", observation.get("output")))
        metadata = fields.mapping(observation.get("metadata"))
        code = fields.exit_code(observation.get("exit_code", metadata.get("exit_code")))
        draft.exit_code = code if code != -1 else None  # -1: the command had not ended
        failed = observation.get("is_error")
        unfinished = draft.category == "shell" and draft.exit_code is None and failed is False
        status = "unknown" if unfinished else outcome(failed if isinstance(failed, bool) else None, draft.exit_code)
        self._finish(draft, text, status)
        self.identity.cwd = self.identity.cwd or fields.some_string(metadata.get("working_dir"))

    def _finish(self, draft: CallDraft, text: str, status: ToolStatus) -> None:
        draft.add_output(text, self.recorder.record, self.recorder.at)
        draft.status = status

    def _state(self, event: _Object) -> None:
        """What changed in the conversation's state, as it was told while it ran."""
        value = fields.mapping(event.get("value"))
        if event.get("key") == "stats":
            self._stats = value
        elif event.get("key") == "full_state":
            self.identity.native_id = self.identity.native_id or fields.string(value.get("id"))
            self._stats = fields.mapping(value.get("stats")) or self._stats

    def _pay(self, bill: Bill, usage: Usage | None, cost_usd: float | None) -> None:
        self.recorder.use_model(bill.model, announce=False)
        self.recorder.cached(*bill.cached)
        self.recorder.spend(usage, model=bill.model, cost_usd=cost_usd)

    def _settle(self) -> None:
        """What came of no event, such as condensing, and what only the totals tell."""
        for bill in self._bills.values():
            self._pay(bill, bill.usage, bill.cost_usd)
        for total in totals(self._stats):
            told = [bill for bill in self._listed if bill.service == total.service]
            left = remainder(total.usage, sum((bill.usage for bill in told), Usage()))
            self._pay(total, left, _rest(total.cost_usd, told))


def _rest(total: float | None, told: list[Bill]) -> float | None:
    """What a total cost holds beyond the bills; None where it holds nothing more."""
    paid = sum(bill.cost_usd or 0.0 for bill in told)
    return None if total is None or (told and total <= paid) else total - paid


def _content(content: object) -> tuple[str, int]:
    """Text and number of images in a message's content."""
    if isinstance(content, str):
        return content, 0
    blocks = [fields.mapping(block) for block in fields.sequence(content)]
    images = sum(max(1, len(fields.sequence(block.get("image_urls")))) for block in blocks if block.get("type") == "image")
    return "\n".join(text for block in blocks if (text := fields.string(block.get("text")))), images


def _told(text: str) -> str:
    """The text without the reasoning in front."""
    inside = _THINKING.match(text)
    return text[inside.end() :] if inside else text
