"""What is known of a Codex session while its records are read: identity, events so far, and the state that later records need."""

import re
from collections import deque
from collections.abc import Callable

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import cap_text
from hotwash.readers.codex import texts
from hotwash.readers.codex.calls import Calls, instruction_file
from hotwash.readers.codex.forks import CopiedHistory
from hotwash.readers.codex.identity import Identity
from hotwash.readers.codex.usage import TokenCounter
from hotwash.readers.drafts import Timeline
from hotwash.readers.oddities import Oddities
from hotwash.transcript import (
    AgentMessage,
    Instruction,
    Lifecycle,
    LifecycleKind,
    Reasoning,
    Usage,
    UsageReport,
    UserMessage,
)

_Payload = dict[str, object]

_INSTRUCTIONS_COMPARED = 64
"""Newest instructions that a new one is compared with: more than any session loads, and a bound for hostile input."""

_CALL_ITEMS = frozenset(
    {"function_call", "custom_tool_call", "local_shell_call", "web_search_call", "tool_search_call", "image_generation_call"}
)
_OUTPUT_ITEMS = frozenset({"function_call_output", "custom_tool_call_output", "tool_search_output", "local_shell_call_output"})
BARE_ITEMS = _CALL_ITEMS | _OUTPUT_ITEMS | {"message", "reasoning"}
_SILENT_ITEMS = frozenset({"ghost_snapshot", "compaction", "context_compaction", "other"})
"""Known, and nothing an analysis asks about."""
_UNKNOWN_TYPE = "record of an unknown type left out"
_SILENT_RECORDS = frozenset({"inter_agent_communication_metadata"})
_ITEMS_OF_CALLS = frozenset({"CommandExecution", "FileChange", "McpToolCall", "CollabAgentToolCall", "DynamicToolCall"})
_CONTEXT_FULL = re.compile(r"context.?window|context_length", re.IGNORECASE)


class Session:
    """Takes one record after the other. Records it does not know are counted, never fatal."""

    def __init__(self, oddities: Oddities) -> None:
        self._oddities = oddities
        self.identity = Identity()
        self.timeline = Timeline()
        self.calls = Calls()
        self.tokens = TokenCounter(oddities)
        self.models: dict[str, None] = {}
        """In order of first use."""
        self.bare_shape = False
        """Items stand bare in the lines, without timestamps: the shape of 2025."""
        self.started_at: float | None = None
        self.ended_at: float | None = None
        self._copied = CopiedHistory()
        self._record = 0
        self._at: float | None = None
        self._model: str | None = None
        self._instructions: deque[str] = deque(maxlen=_INSTRUCTIONS_COMPARED)
        self._turn_prompts: set[str] = set()
        self._in_turn = False
        self._records: dict[str, Callable[[_Payload], None]] = {
            "turn_context": self._turn_context,
            "response_item": self._response_item,
            "event_msg": self._event_msg,
            "compacted": self._compacted,
            "world_state": self._world_state,
            "token_usage_record": lambda payload: self._usage(self.tokens.response(payload, self._record)),
        }
        self._messages: dict[str, Callable[[_Payload], None]] = {
            "user_message": self._user_message,
            "agent_message": lambda payload: self._agent_text(1, fields.string(payload.get("message"))),
            "agent_reasoning": lambda payload: self._reasoning(1, [fields.string(payload.get("text"))]),
            "token_count": lambda payload: self._usage(self.tokens.total(payload.get("info"), self._record)),
            "task_started": self._turn_started,
            "task_complete": self._turn_ended,
            "turn_aborted": self._turn_aborted,
            "context_compacted": lambda _: self._offer_lifecycle("compaction", 1, ""),
            "error": self._error,
            "stream_error": self._error,
            "item_completed": self._item_completed,
            "web_search_end": lambda payload: self.calls.web_search_ended(payload.get("call_id")),
            "exec_command_end": self._call_ended,
            "patch_apply_end": self._call_ended,
            "mcp_tool_call_end": self._call_ended,
            "dynamic_tool_call_response": self._call_ended,
            "collab_agent_spawn_end": self._subagent_started,
            "collab_close_end": self._subagent_ended,
            "thread_name_updated": self._named,
        }

    def take(self, record: int, line: _Payload) -> bool:
        """One record. False: it is not one of Codex's."""
        self._record = record
        kind, payload = line.get("type"), line.get("payload")
        self._at = parse_time(line.get("timestamp"))
        if isinstance(payload, dict) and isinstance(kind, str):
            self._take_wrapped(kind, payload)
            return True
        return self._take_bare(line)

    def _take_wrapped(self, kind: str, payload: _Payload) -> None:
        if kind == "session_meta":
            self._session_meta(payload)
            return
        if not self._copied.admits(kind, payload, self._at):
            self._pass_over(payload)
            return
        self._clock()
        handle = self._records.get(kind)
        if handle is not None:
            handle(payload)
        elif kind not in _SILENT_RECORDS:
            self._oddities.note(_UNKNOWN_TYPE, self._record)

    def _take_bare(self, line: _Payload) -> bool:
        """A record of the old shape: a header without type, bare items, and state markers."""
        kind = line.get("type")
        if "record_type" in line:
            return True
        if not isinstance(kind, str):
            is_header = isinstance(line.get("id"), str) and "timestamp" in line
            if is_header:
                self.identity.read_header(line)
                self.bare_shape = True
                self._at = None
                self._load_agents_md(_text(line, "instructions"))
            return is_header
        if kind not in BARE_ITEMS:
            return False
        self.bare_shape = True
        self._at = None
        self._response_item(line)
        return True

    def _clock(self) -> None:
        if self._at is not None:
            self.started_at = self._at if self.started_at is None else min(self.started_at, self._at)
            self.ended_at = self._at if self.ended_at is None else max(self.ended_at, self._at)

    # Identity and context

    def _session_meta(self, payload: _Payload) -> None:
        self.identity.read_meta(payload)
        if self.identity.may_hold_copies:
            self._copied.expect(self.identity.started_at or self._at)

    def _pass_over(self, payload: _Payload) -> None:
        """A record copied from another session. Its tokens were counted there; only where the counter stood matters here."""
        self._oddities.note("record copied from another session left out", self._record)
        if payload.get("type") == "token_count":
            self.tokens.inherit(payload.get("info"), self._record)

    def _turn_context(self, payload: _Payload) -> None:
        if model := fields.some_string(payload.get("model")):
            if self._model is not None and model != self._model:
                self.timeline.add(self._lifecycle("model_change", f"{self._model} → {model}"))
            self._model = model
            self.models[model] = None
        self.identity.cwd = self.identity.cwd or fields.some_string(payload.get("cwd"))
        self._load_agents_md(_text(payload, "user_instructions"))

    def _world_state(self, payload: _Payload) -> None:
        agents_md = fields.mapping(fields.mapping(payload.get("state")).get("agents_md"))
        self._load_agents_md(_text(agents_md, "text"), folder=_text(agents_md, "directory").rstrip("/"))

    def _load_agents_md(self, text: str, folder: str = "") -> None:
        name = f"{folder}/AGENTS.md" if folder else "AGENTS.md"
        self._load(Instruction(seq=0, record=self._record, at=self._at, source="agents_md", name=name, text=cap_text(text)))

    def _load(self, loaded: Instruction) -> None:
        """Adds instructions unless they are empty or stand in ones already loaded."""
        core = loaded.text.strip()
        if core and not any(core in known for known in self._instructions):
            self._instructions.append(loaded.text)
            self.timeline.add(loaded)

    def _named(self, payload: _Payload) -> None:
        self.identity.title = fields.some_string(payload.get("thread_name")) or self.identity.title

    # Items: what the model said, did and was told

    def _response_item(self, payload: _Payload) -> None:
        kind = fields.string(payload.get("type"))
        if kind in _CALL_ITEMS:
            draft = self.calls.start(payload, self._record, self._at)
            if draft is not None:
                self.timeline.add(draft)
        elif kind in _OUTPUT_ITEMS:
            self._result(payload)
        elif kind == "message":
            self._message(payload)
        elif kind == "reasoning":
            self._reasoning(0, texts.blocks(payload.get("summary")) + texts.blocks(payload.get("content")))
        elif kind not in _SILENT_ITEMS:
            self._oddities.note(_UNKNOWN_TYPE, self._record)

    def _message(self, payload: _Payload) -> None:
        role = payload.get("role")
        if role == "assistant":
            self._agent_text(0, texts.joined(payload.get("content")), fields.some_string(payload.get("id")))
        elif role == "user":
            self._role_user(payload)

    def _role_user(self, payload: _Payload) -> None:
        """A person's words where no other record has them, and what Codex adds to them."""
        content = payload.get("content")
        own: list[str] = []
        for text in texts.blocks(content):
            if loaded := texts.instruction(text, self._record, self._at):
                self._load(loaded)
            elif text.lstrip().startswith("<turn_aborted>"):
                self._offer_lifecycle("interruption", 1, cap_text(text))
            elif not texts.is_harness(text):
                own.append(text)
        if own:
            text = cap_text("\n".join(own))
            self.timeline.offer("user", 1, UserMessage(seq=0, record=self._record, at=self._at, text=text, images=texts.images(content)))

    def _agent_text(self, rank: int, text: str, native_id: str | None = None) -> None:
        if text.strip():
            event = AgentMessage(seq=0, record=self._record, at=self._at, native_id=native_id, text=cap_text(text), model=self._model)
            self.timeline.offer("agent", rank, event)

    def _reasoning(self, rank: int, parts: list[str]) -> None:
        text = cap_text("\n".join(part for part in parts if part))
        if text.strip():
            self.timeline.offer("reasoning", rank, Reasoning(seq=0, record=self._record, at=self._at, text=text))

    def _result(self, payload: _Payload) -> None:
        draft = self.calls.finish(payload, self._record, self._at)
        if draft is None:
            self._oddities.note("tool result without its call left out", self._record)
            return
        if draft.command and draft.status == "ok" and (path := instruction_file(draft.command)):
            self._load(
                Instruction(
                    seq=0,
                    record=self._record,
                    at=self._at,
                    source="skill" if path.endswith("SKILL.md") else "claude_md" if path.endswith("CLAUDE.md") else "agents_md",
                    name=path,
                    text=cap_text(draft.outputs[-1]) if draft.outputs else "",
                )
            )

    # Events: what the program noticed

    def _event_msg(self, payload: _Payload) -> None:
        kind = fields.string(payload.get("type"))
        handle = self._messages.get(kind)
        if handle is not None:
            handle(payload)

    def _user_message(self, payload: _Payload) -> None:
        images = len(fields.sequence(payload.get("images"))) + len(fields.sequence(payload.get("local_images")))
        self._prompt(_text(payload, "message"), images, None)

    def _prompt(self, text: str, images: int, native_id: str | None) -> None:
        """What a person said, as `user_message` or as the item that took its place in 0.169; a version that writes both says it once."""
        if text in self._turn_prompts or not (text.strip() or images) or texts.is_harness(text):
            return
        queued = self._in_turn and bool(self._turn_prompts)
        self._turn_prompts.add(text)
        self.timeline.offer(
            "user",
            0,
            UserMessage(seq=0, record=self._record, at=self._at, native_id=native_id, text=cap_text(text), queued=queued, images=images),
        )

    def _turn_started(self, _: _Payload) -> None:
        self._in_turn = True
        self._turn_prompts = set()

    def _turn_ended(self, _: _Payload) -> None:
        self._in_turn = False
        self._turn_prompts = set()

    def _turn_aborted(self, payload: _Payload) -> None:
        self._turn_ended(payload)
        reason = fields.string(payload.get("reason"))
        if reason != "review_ended":
            self._offer_lifecycle("interruption", 0, reason)
            self.calls.interrupt()

    def _compacted(self, payload: _Payload) -> None:
        """The summary alone: `replacement_history` repeats what was said before."""
        self._offer_lifecycle("compaction", 0, cap_text(_text(payload, "message")))

    def _error(self, payload: _Payload) -> None:
        text = cap_text(_text(payload, "message"))
        info = payload.get("codex_error_info")
        full = _CONTEXT_FULL.search(text) or (isinstance(info, str) and _CONTEXT_FULL.search(info))
        self.timeline.add(self._lifecycle("context_limit" if full else "api_error", text))

    def _item_completed(self, payload: _Payload) -> None:
        item = fields.mapping(payload.get("item"))
        kind, item_id = fields.string(item.get("type")), fields.some_string(item.get("id"))
        if kind == "UserMessage":
            self._prompt("\n".join(texts.blocks(item.get("content"))), texts.images(item.get("content")), item_id)
        elif kind == "AgentMessage":
            self._agent_text(2, texts.joined(item.get("content")), item_id)
        elif kind == "Reasoning":
            self._reasoning(2, [fields.string(part) for part in fields.sequence(item.get("summary_text"))])
        elif kind in _ITEMS_OF_CALLS:
            self.calls.settle(item_id, item, self._record, self._at)

    def _call_ended(self, payload: _Payload) -> None:
        self.calls.settle(payload.get("call_id"), payload, self._record, self._at)

    def _subagent_started(self, payload: _Payload) -> None:
        child = fields.some_string(payload.get("new_thread_id"))
        draft = self.calls.find(payload.get("call_id"))
        if draft is not None:
            draft.child_native_id = child
        self.timeline.add(self._lifecycle("subagent_start", child or ""))

    def _subagent_ended(self, payload: _Payload) -> None:
        self.timeline.add(self._lifecycle("subagent_end", fields.string(payload.get("receiver_thread_id"))))

    # Shared

    def _usage(self, usage: Usage | None) -> None:
        if usage is not None:
            self.timeline.add(UsageReport(seq=0, record=self._record, at=self._at, usage=usage, model=self._model))

    def _lifecycle(self, what: LifecycleKind, text: str) -> Lifecycle:
        return Lifecycle(seq=0, record=self._record, at=self._at, what=what, text=text)

    def _offer_lifecycle(self, what: LifecycleKind, rank: int, text: str) -> None:
        self.timeline.offer(what, rank, self._lifecycle(what, text))


def _text(payload: _Payload, key: str) -> str:
    return fields.string(payload.get(key))
