"""The events of one agent's side of a file: the main agent's, or a subagent's."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hotwash.kit.clock import parse_time
from hotwash.readers.base import cap_text
from hotwash.readers.claude_code import said
from hotwash.readers.claude_code.calls import close_call, open_call
from hotwash.readers.claude_code.instructions import skill_of_text, source_of_path
from hotwash.readers.claude_code.queued import PromptQueue
from hotwash.readers.claude_code.shapes import Attachment, Block, InstructionFile, Line, Message, Part
from hotwash.readers.claude_code.slots import Slots
from hotwash.readers.claude_code.tokens import UsageDraft, usage_of, written_characters
from hotwash.readers.drafts import CallDraft
from hotwash.readers.oddities import Oddities
from hotwash.transcript import AgentMessage, Event, Instruction, InstructionSource, Lifecycle, LifecycleKind, Reasoning, UserMessage

SYNTHETIC = "<synthetic>"
"""The model name of messages that Claude Code made up itself: no model call, no usage."""
_NO_CONTENT = "(no content)"  # written where the model said nothing
_CONTEXT_LIMIT = ("Prompt is too long", "Conversation too long")
_EXITS = frozenset({"/exit", "/quit"})

ORPHAN_RESULT = "tool result without its call left out"
UNKNOWN_BLOCK = "content block of an unknown type left out"
_SILENT_BLOCKS = frozenset(
    {"image", "document", "redacted_thinking", "fallback", "server_tool_use", "web_search_tool_result", "tool_reference"}
)


@dataclass(slots=True)
class Conversation:
    """Takes records in file order, gives events in session order."""

    oddities: Oddities
    written_characters: int = 0
    models: dict[str, None] = field(default_factory=dict)
    first_at: float | None = None
    last_at: float | None = None
    spoken_records: int = 0
    """User and assistant records."""
    thinking_blocks: int = 0
    readable_thinking_blocks: int = 0
    tells_zeros: bool = False
    """Some model call's tokens are all 0: a proxy did not count them."""
    tells_cache_reads: bool = False
    tells_cache_writes: bool = False
    """Some usage holds the field, 0 or not. Proxies to other providers leave them out."""
    _slots: Slots = field(default_factory=Slots)
    _calls: dict[str, CallDraft] = field(default_factory=dict)
    _open_calls: dict[str, CallDraft] = field(default_factory=dict)
    _queue: PromptQueue = field(default_factory=PromptQueue)
    _commands: dict[str, str] = field(default_factory=dict)
    """Name of the slash command by the uuid of its record: the prompt it expands to follows as its child."""
    _skill_slots: dict[str, int] = field(default_factory=dict)
    _written: set[tuple[str, str]] = field(default_factory=set)
    _refused: set[str | None] = field(default_factory=set)
    _boundary_seen: bool = False
    _model: str | None = None

    def add(self, record: int, line: Line) -> None:
        """One record. Kinds that hold no event are passed over."""
        handle = _HANDLERS.get(line.type)
        if handle is None:
            return
        at = parse_time(line.timestamp)
        if at is not None and line.uuid:
            self.first_at = at if self.first_at is None else min(at, self.first_at)
            self.last_at = at if self.last_at is None else max(at, self.last_at)
        handle(self, record, at, line)

    def events(self) -> tuple[Event, ...]:
        """Everything so far, numbered. Messages still in the queue come last: they were typed, and never delivered."""
        waiting = [
            UserMessage(seq=0, record=entry.record, at=entry.at, text=cap_text(entry.text), queued=True)
            for entry in self._queue.left()
            if entry.text and said.is_said(entry.text)
        ]
        return self._slots.events(waiting)

    def model_calls(self) -> tuple[UsageDraft, ...]:
        """Each model call that told its usage, once."""
        return self._slots.model_calls()

    def link_subagent(self, call_id: str, native_id: str) -> None:
        """The call that started this subagent."""
        if call_id in self._calls:
            self._calls[call_id].child_native_id = native_id

    # What the agent wrote

    def _add_assistant(self, record: int, at: float | None, line: Line) -> None:
        message = line.message
        if message is None:
            return
        self.spoken_records += 1
        if line.is_api_error_message or message.model == SYNTHETIC:
            self._add_synthetic(record, at, line, message)
            return
        if message.model:
            self._note_model(record, at, message.model)
        self.written_characters += written_characters(message)
        for block in message.blocks:
            self._add_agent_block(record, at, line.uuid, message.model, block)
        if message.stop_reason == "refusal" and message.id not in self._refused:
            self._refused.add(message.id)
            self._lifecycle("refusal", record, at, "")
        self._add_usage(record, at, line, message)

    def _add_agent_block(self, record: int, at: float | None, uuid: str | None, model: str | None, block: Block) -> None:
        if block.type == "text":
            if block.text and not block.text.isspace() and block.text != _NO_CONTENT and self._is_new(uuid, block.text):
                self._slots.put(AgentMessage(seq=0, record=record, at=at, native_id=uuid, text=cap_text(block.text), model=model))
        elif block.type == "thinking":
            self.thinking_blocks += 1
            if block.thinking and self._is_new(uuid, block.thinking):
                self.readable_thinking_blocks += 1
                self._slots.put(Reasoning(seq=0, record=record, at=at, native_id=uuid, text=cap_text(block.thinking)))
        elif block.type == "tool_use":
            self._open_call(record, at, block)
        elif block.type not in _SILENT_BLOCKS:
            self.oddities.note(UNKNOWN_BLOCK, record)

    def _is_new(self, uuid: str | None, text: str) -> bool:
        """Whether this record has not said this before: a line may stand in the file twice."""
        if uuid is None:
            return True
        before = len(self._written)
        self._written.add((uuid, text))
        return len(self._written) > before

    def _open_call(self, record: int, at: float | None, block: Block) -> None:
        if block.id is not None and block.id in self._calls:
            return  # a later line of the same message repeats it
        call = open_call(block, record, at)
        self._slots.put(call)
        if block.id is not None:
            self._calls[block.id] = self._open_calls[block.id] = call

    def _add_synthetic(self, record: int, at: float | None, line: Line, message: Message) -> None:
        """A message of Claude Code's own. Only an API error tells something."""
        if not line.is_api_error_message:
            return
        text = next((block.text for block in message.blocks if block.text), "")
        self._lifecycle("context_limit" if text.startswith(_CONTEXT_LIMIT) else "api_error", record, at, text)

    def _note_model(self, record: int, at: float | None, model: str) -> None:
        if self._model is not None and model != self._model:
            self._lifecycle("model_change", record, at, model)
        self._model = model
        self.models[model] = None

    def _add_usage(self, record: int, at: float | None, line: Line, message: Message) -> None:
        if message.usage is None:
            return
        usage = usage_of(message.usage)
        self.tells_cache_reads = self.tells_cache_reads or message.usage.cache_read_input_tokens is not None
        self.tells_cache_writes = self.tells_cache_writes or message.usage.cache_creation_input_tokens is not None
        if usage.total == 0:
            self.tells_zeros = True  # a proxy that does not count
            return
        key = (message.id or line.uuid or str(record), line.request_id or "")
        draft = UsageDraft(
            record=record,
            at=at,
            native_id=message.id,
            model=message.model,
            usage=usage,
            finished=message.stop_reason is not None,
        )
        self._slots.put_usage(key, draft)

    # What stands under the role `user`

    def _add_user(self, record: int, at: float | None, line: Line) -> None:
        message = line.message
        if message is None:
            return
        self.spoken_records += 1
        if line.is_compact_summary:
            self._add_summary(record, at)
            return
        texts: list[str] = []
        images = 0
        for block in message.blocks:
            if block.type == "tool_result":
                self._close_call(record, at, line, block)
            elif block.type == "text" and block.text:
                texts.append(block.text)
            elif block.type == "image":
                images += 1
        if line.is_meta:
            self._add_harness_text(record, at, line, texts)
        elif not line.is_visible_in_transcript_only:
            self._add_said(record, at, line, texts, images)

    def _add_said(self, record: int, at: float | None, line: Line, texts: list[str], images: int) -> None:
        if line.origin is not None and line.origin.kind not in (None, "human"):
            return
        words: list[str] = []
        for text in texts:
            command = said.slash_command(text)
            if command is not None:
                self._note_command(record, at, line, command)
                if command.words:
                    words.append(command.words)
            elif text.startswith(said.INTERRUPTED):
                self._lifecycle("interruption", record, at, text)
            elif said.is_said(text):
                words.append(text)
        if words or images:
            self._confirm_delivered("\n".join(words), record)
            self._user_message(record, at, line.uuid, "\n".join(words), images=images)

    def _note_command(self, record: int, at: float | None, line: Line, command: said.SlashCommand) -> None:
        if command.name in _EXITS:
            self._lifecycle("session_end", record, at, command.name)
        elif line.uuid:
            self._commands[line.uuid] = command.name.lstrip("/")

    def _user_message(self, record: int, at: float | None, uuid: str | None, text: str, *, queued: bool = False, images: int = 0) -> int:
        message = UserMessage(seq=0, record=record, at=at, native_id=uuid, text=cap_text(text), queued=queued, images=images)
        return self._slots.put(message)

    def _add_harness_text(self, record: int, at: float | None, line: Line, texts: list[str]) -> None:
        """A meta record: the text of a skill or command, or something that tells nothing."""
        for text in texts:
            skill = skill_of_text(text)
            slot = self._skill_slots.pop(line.source_tool_use_id or "", None)
            if slot is not None:
                loaded = self._slots.take_out(slot)
                skill = skill or (loaded.name if isinstance(loaded, Instruction) else None)
            elif skill is None and said.is_said(text):
                skill = self._commands.pop(line.parent_uuid or "", None)
            if skill is not None:
                self._instruction(record, at, "skill", skill, text)

    def _add_summary(self, record: int, at: float | None) -> None:
        """A compaction's summary. Its boundary record told of it already, except in versions without one."""
        if not self._boundary_seen:
            self._lifecycle("compaction", record, at, "")
        self._boundary_seen = False

    def _close_call(self, record: int, at: float | None, line: Line, block: Block) -> None:
        call = self._open_calls.pop(block.tool_use_id or "", None)
        if call is None:
            if (block.tool_use_id or "") not in self._calls:
                self.oddities.note(ORPHAN_RESULT, record)
            return
        text = close_call(call, block, line, record, at)
        if call.status == "denied":
            words = said.said_in_denial(text)
            if words:
                self._user_message(record, at, line.uuid, words)
        elif call.status == "ok":
            self._note_instructions(record, at, call, text)

    def _note_instructions(self, record: int, at: float | None, call: CallDraft, text: str) -> None:
        """Reading an instruction file loads it; so does the Skill tool, whose text follows in a meta record."""
        if call.name == "Read" and call.path:
            source = source_of_path(call.path)
            if source is not None:
                self._instruction(record, at, source, call.path, text)
        elif call.name == "Skill":
            name = call.arguments.get("skill") or call.arguments.get("command")
            if isinstance(name, str) and call.native_id:
                self._skill_slots[call.native_id] = self._instruction(record, at, "skill", name, "")

    # What the harness wrote beside the messages

    def _add_attachment(self, record: int, at: float | None, line: Line) -> None:
        attachment = line.attachment
        if attachment is None:
            return
        if attachment.type == "queued_command":
            self._add_queued(record, at, line, attachment)
        elif attachment.type == "nested_memory" and isinstance(attachment.content, InstructionFile):
            self._instruction_file(record, at, attachment.path or attachment.content.path, attachment.content.content)
        elif attachment.type == "instructions":
            for file in attachment.files or ():
                self._instruction_file(record, at, file.path, file.content)

    def _add_queued(self, record: int, at: float | None, line: Line, attachment: Attachment) -> None:
        """A queued message delivered into the running turn."""
        kind = attachment.origin.kind if attachment.origin else None
        if kind not in (None, "human") or attachment.command_mode not in (None, "prompt"):
            return
        parts = [Part(type="text", text=attachment.prompt)] if isinstance(attachment.prompt, str) else attachment.prompt or []
        text = "\n".join(part.text for part in parts if part.text)
        images = sum(part.type == "image" for part in parts)
        self._confirm_delivered(text, record)
        if said.is_said(text) or images:
            self._user_message(record, at, line.uuid, text, queued=True, images=images)

    def _add_queue_operation(self, record: int, at: float | None, line: Line) -> None:
        text = line.content if isinstance(line.content, str) else None
        if line.operation == "enqueue":
            self._queue.enqueue(text, record, at)
        elif line.operation == "dequeue":
            self._queue.take(None)
        elif line.operation == "popAll":
            self._queue.give_back(text)
        elif line.operation == "remove":
            entry = self._queue.take(text)
            text = text or (entry.text if entry else None)
            if text and said.is_said(text):
                slot = self._user_message(entry.record if entry else record, at, None, text, queued=True)
                self._queue.deliver(text, slot, record)

    def _confirm_delivered(self, text: str, record: int) -> None:
        """Another record of a delivered message: that one counts, and the event from the queue does not."""
        slot = self._queue.confirm(text, record)
        if slot is not None:
            self._slots.take_out(slot)

    def _add_system(self, record: int, at: float | None, line: Line) -> None:
        text = line.content if isinstance(line.content, str) else ""
        if line.subtype in ("compact_boundary", "microcompact_boundary"):
            self._boundary_seen = line.subtype == "compact_boundary" or self._boundary_seen
            self._lifecycle("compaction", record, at, text)
        elif line.subtype == "api_error":
            error = line.error
            if isinstance(error, str):
                text = error
            elif error is not None:
                text = error.formatted or error.message or text
            self._lifecycle("api_error", record, at, text)
        elif line.subtype == "model_refusal_fallback":
            self._lifecycle("refusal", record, at, text)
        elif line.subtype == "local_command":
            command = said.slash_command(text)
            if command is not None and command.name in _EXITS:
                self._lifecycle("session_end", record, at, command.name)

    def _lifecycle(self, what: LifecycleKind, record: int, at: float | None, text: str) -> None:
        self._slots.put(Lifecycle(seq=0, record=record, at=at, what=what, text=cap_text(text)))

    def _instruction_file(self, record: int, at: float | None, path: str | None, text: str | None) -> None:
        if path:
            self._instruction(record, at, source_of_path(path) or "rules", path, text or "")

    def _instruction(self, record: int, at: float | None, source: InstructionSource, name: str, text: str) -> int:
        return self._slots.put(Instruction(seq=0, record=record, at=at, source=source, name=name, text=cap_text(text)))


_HANDLERS: dict[str, Callable[[Conversation, int, float | None, Line], None]] = {
    "assistant": Conversation._add_assistant,
    "user": Conversation._add_user,
    "attachment": Conversation._add_attachment,
    "queue-operation": Conversation._add_queue_operation,
    "system": Conversation._add_system,
}
