"""What is known of a Copilot session while its events are read: the main agent's conversation and, by the call that started them, its subagents'."""

import re
from collections.abc import Callable

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.copilot.calls import CATEGORIES, Shells, complete
from hotwash.readers.copilot.usage import Tokens
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import UNKNOWN_TYPE, Identity, Recorder
from hotwash.transcript import Reasoning

_Data = dict[str, object]

_CUSTOM_INSTRUCTION = re.compile(r"<custom_instruction>\n?(.*?)\n?</custom_instruction>", re.DOTALL)
_CONTEXT_FULL = re.compile(r"context.?(?:window|length|limit)|too many tokens", re.IGNORECASE)
_SILENT = re.compile(
    r"(?:hook|permission|assistant|session|tool|command|user_input|elicitation|external_tool|exit_plan_mode|mcp|sampling)[._]"
)
"""Families of which we read some; the others are bookkeeping, and new ones keep coming."""


class Session:
    """Takes one event after the other."""

    def __init__(self, oddities: Oddities) -> None:
        self.identity = Identity(native_id="")
        self.oddities = oddities
        self.main = Recorder(oddities)
        self.tokens = Tokens()
        self.subagents: dict[str, Recorder] = {}
        """By the id of the call that started them."""
        self.subagent_names: dict[str, str] = {}
        self._agents: dict[str, str] = {}
        self._shells = Shells()
        self._instructions: set[str] = set()
        self._handlers: dict[str, Callable[[Recorder, _Data], None]] = {
            "session.start": self._started,
            "session.resume": self._started,
            "session.context_changed": lambda _, data: self._context(data),
            "session.title_changed": self._titled,
            "session.model_change": lambda agent, data: agent.use_model(fields.some_string(data.get("newModel"))),
            "session.error": self._error,
            "session.compaction_complete": self._compacted,
            "session.usage_record": lambda agent, data: self.tokens.record(agent, data, self.identity.native_id),
            "session.shutdown": lambda agent, data: self.tokens.shutdown(agent, data, oddities),
            "system.message": self._system_message,
            "system.notification": self._notified,
            "user.message": self._user_message,
            "assistant.message": self._agent_message,
            "assistant.reasoning": lambda agent, data: self._reasoning(agent, 1, fields.string(data.get("content"))),
            "tool.execution_start": self._call_started,
            "tool.execution_complete": lambda agent, data: complete(agent, self._shells, data),
            "permission.completed": self._permission,
            "skill.invoked": self._skill,
            "subagent.started": self._subagent_started,
            "subagent.completed": self._subagent_ended,
            "subagent.failed": self._subagent_ended,
            "abort": self._aborted,
        }

    def take(self, record: int, line: dict[str, object]) -> None:
        kind, data = fields.string(line.get("type")), fields.mapping(line.get("data"))
        at = parse_time(line.get("timestamp"))
        self.main.clock(at)
        handle = self._handlers.get(kind)
        if handle is None:
            if not _SILENT.match(kind):
                self.oddities.note(UNKNOWN_TYPE, record)
            return
        agent = self._agent_of(line, data)
        agent.begin(record, at)
        handle(agent, data)

    def _agent_of(self, line: dict[str, object], data: _Data) -> Recorder:
        """Whose event it is: `parentToolCallId` or, in newer versions, an `agentId` on the event names a subagent."""
        call_id = fields.some_string(data.get("parentToolCallId")) or self._agents.get(fields.string(line.get("agentId")))
        call_id = call_id or fields.some_string(fields.mapping(data.get("usage")).get("parentToolCallId"))
        if call_id is None:
            return self.main
        return self.subagents.setdefault(call_id, Recorder(Oddities()))

    def child_id(self, call_id: str) -> str:
        """A subagent has no id of its own: the session's and that of the call that started it."""
        return f"{self.identity.native_id}/{call_id}"

    def link_subagents(self) -> None:
        """Tells each call that started a subagent the subagent's id, when all is read."""
        for call_id in self.subagents:
            if draft := self.main.calls.get(call_id):
                draft.child_native_id = self.child_id(call_id)

    # The session itself

    def _started(self, agent: Recorder, data: _Data) -> None:
        self.identity.native_id = self.identity.native_id or fields.string(data.get("sessionId"))
        self.identity.format_version = fields.some_string(data.get("copilotVersion")) or self.identity.format_version
        self._context(fields.mapping(data.get("context")))
        agent.use_model(fields.some_string(data.get("selectedModel")))

    def _context(self, context: _Data) -> None:
        self.identity.cwd = self.identity.cwd or fields.some_string(context.get("cwd"))
        self.identity.repository = self.identity.repository or fields.some_string(context.get("repository"))
        self.identity.branch = self.identity.branch or fields.some_string(context.get("branch"))

    def _titled(self, _: Recorder, data: _Data) -> None:
        self.identity.title = fields.some_string(data.get("title")) or self.identity.title

    def _error(self, agent: Recorder, data: _Data) -> None:
        text = fields.string(data.get("message"))
        agent.lifecycle("context_limit" if _CONTEXT_FULL.search(text[:2_000]) else "api_error", text)

    def _compacted(self, agent: Recorder, data: _Data) -> None:
        if data.get("success") is not False:
            agent.lifecycle("compaction", fields.string(data.get("summaryContent")))

    def _aborted(self, agent: Recorder, data: _Data) -> None:
        agent.lifecycle("interruption", fields.string(data.get("reason")))
        agent.interrupt()

    def _system_message(self, agent: Recorder, data: _Data) -> None:
        """The system prompt; of it, the repository's and the user's own instructions."""
        for text in _CUSTOM_INSTRUCTION.findall(fields.string(data.get("content"))):
            if text.strip() and text not in self._instructions:
                self._instructions.add(text)
                agent.instruction("agents_md", "custom instructions", text)

    def _skill(self, agent: Recorder, data: _Data) -> None:
        name = fields.some_string(data.get("path")) or fields.string(data.get("name"))
        agent.instruction("skill", name, fields.string(data.get("content")))

    def _notified(self, _: Recorder, data: _Data) -> None:
        kind = fields.mapping(data.get("kind"))
        if kind.get("type") == "shell_completed":
            self._shells.exited(kind.get("shellId"), fields.exit_code(kind.get("exitCode")))

    # What was said

    def _user_message(self, agent: Recorder, data: _Data) -> None:
        """`content` is what was typed; `transformedContent` adds reminders. A `source` other than the user marks texts of skills, of autopilot
        and of other agents."""
        if fields.some_string(data.get("source")) not in (None, "user") or data.get("isAutopilotContinuation") is True:
            return
        attachments = [fields.mapping(item) for item in fields.sequence(data.get("attachments"))]
        images = sum(item.get("type") == "image" or fields.string(item.get("mimeType")).startswith("image/") for item in attachments)
        queued = fields.string(data.get("delivery")) in {"queued", "steering"}
        text = fields.string(data.get("content"))
        if agent is self.main:
            agent.user(text, images=images, queued=queued, native_id=fields.some_string(data.get("messageId")))

    def _agent_message(self, agent: Recorder, data: _Data) -> None:
        agent.use_model(fields.some_string(data.get("model")), announce=False)
        self._reasoning(agent, 0, fields.string(data.get("reasoningText")))
        agent.agent(fields.string(data.get("content")), native_id=fields.some_string(data.get("messageId")))
        for request in map(fields.mapping, fields.sequence(data.get("toolRequests"))):
            self._call(agent, request.get("toolCallId"), request.get("name"), request.get("arguments"))
        if agent is self.main:  # a subagent's stand in the totals at shutdown, which would count them twice
            self.tokens.message(agent, data)

    def _reasoning(self, agent: Recorder, rank: int, text: str) -> None:
        if text.strip():
            agent.timeline.offer("reasoning", rank, Reasoning(seq=0, record=agent.record, at=agent.at, text=text))

    # What was done

    def _call_started(self, agent: Recorder, data: _Data) -> None:
        """The message before it has announced the call; the start is the record that holds this call alone."""
        call_id = fields.some_string(data.get("toolCallId"))
        name = fields.some_string(data.get("toolName")) or fields.some_string(data.get("mcpToolName"))
        if server := fields.some_string(data.get("mcpServerName")):
            name = f"mcp__{server}__{fields.some_string(data.get('mcpToolName')) or name}"
        self._call(agent, call_id, name, data.get("arguments"))
        if call_id and (draft := agent.calls.get(call_id)):
            draft.record, draft.at = agent.record, agent.at

    def _call(self, agent: Recorder, call_id: object, name: object, arguments: object) -> None:
        draft = agent.call(fields.some_string(call_id), name, arguments, CATEGORIES.get(fields.string(name)))
        if draft.name not in {"bash", "powershell"}:
            draft.command = None

    def _permission(self, agent: Recorder, data: _Data) -> None:
        kind = fields.string(fields.mapping(data.get("result")).get("kind"))
        draft = agent.calls.get(fields.string(data.get("toolCallId")))
        if draft is not None and kind.startswith("denied") and draft.status == "running":
            draft.status = "denied"

    def _subagent_started(self, agent: Recorder, data: _Data) -> None:
        call_id = fields.string(data.get("toolCallId"))
        self.subagent_names[call_id] = fields.string(data.get("agentDisplayName")) or fields.string(data.get("agentName"))
        if agent_id := fields.some_string(data.get("agentId")):
            self._agents[agent_id] = call_id
        agent.lifecycle("subagent_start", self.subagent_names[call_id])

    def _subagent_ended(self, agent: Recorder, data: _Data) -> None:
        agent.lifecycle("subagent_end", self.subagent_names.get(fields.string(data.get("toolCallId")), ""))
