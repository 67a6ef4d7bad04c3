"""Events of OpenHands before its SDK (version 0, to 0.6x). An action and its observation are two events; both repeat the model's response, which
counts once, by its id. The running totals tell what no action accounts for."""

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.chat import cached_in, response_usage
from hotwash.readers.drafts import CallDraft
from hotwash.readers.oddities import Oddities
from hotwash.readers.openhands.totals import read_usage, remainder
from hotwash.readers.recorder import NO_CALL, Identity, Recorder, outcome
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
    instructions=True,
    interruptions=True,
    compactions=True,
)
CATEGORIES: dict[str, Category] = {
    "run": "shell",
    "run_ipython": "shell",
    "read": "file",
    "write": "file",
    "edit": "file",
    "browse": "browser",
    "browse_interactive": "browser",
    "call_tool_mcp": "mcp",
    "task_tracking": "todo",
    "think": "other",
    "finish": "other",
    "delegate": "other",
    "reject": "other",
}
"""Actions that are steps of the agent."""
_INTERNAL_ARGUMENTS = frozenset(
    {"thought", "blocking", "is_static", "hidden", "confirmation_state", "security_risk", "is_input", "impl_source", "kernel_init_code"}
)
"""What OpenHands adds to the arguments of the model's call."""
_NOT_ENDED = -1
"""As an exit code: the command had not ended."""


class SessionV0:
    """Takes one event after the other."""

    def __init__(self, oddities: Oddities, about: _Object | None = None) -> None:
        told = about or {}
        self.recorder = Recorder(oddities)
        self.identity = Identity(
            native_id=fields.string(told.get("conversation_id")),
            title=fields.some_string(told.get("title")),
            repository=fields.some_string(told.get("selected_repository")),
            branch=fields.some_string(told.get("selected_branch")),
        )
        self._calls: dict[int, CallDraft] = {}
        self._not_calls: set[int] = set()
        """Ids of actions that are no steps of the agent, and of commands that the person ran."""
        self._responses: set[str] = set()
        self._told = Usage()
        self._total: Usage | None = None
        self._cost_told: float | None = None

    def take(self, record: int, event: _Object) -> None:
        self.recorder.begin(record, parse_time(event.get("timestamp")))
        if isinstance(event.get("action"), str):
            self._action(event)
        elif isinstance(event.get("observation"), str):
            self._observation(event)
        self._measure(event)

    def transcript(self, format: str, *, records: int) -> Transcript:
        self.recorder.spend(remainder(self._total, self._told))
        covered = msgspec.structs.replace(_COVERAGE, models=bool(self.recorder.models), branch=self.identity.branch is not None)
        return self.recorder.transcript(format, "OpenHands", self.identity, covered, records=records)

    def _action(self, event: _Object) -> None:
        action, arguments = fields.string(event.get("action")), fields.mapping(event.get("args"))
        is_agents = event.get("source") == "agent"
        if action == "message":
            self._message(event, arguments, is_agents=is_agents)
        elif action == "system":
            self.identity.format_version = fields.some_string(arguments.get("openhands_version"))
        elif action == "condensation":
            self.recorder.lifecycle("compaction", fields.string(arguments.get("summary")))
        elif action in CATEGORIES and is_agents:
            self._call(event, action, arguments)
            return
        event_id = fields.integer(event.get("id"))
        if event_id is not None:
            self._not_calls.add(event_id)

    def _message(self, event: _Object, arguments: _Object, *, is_agents: bool) -> None:
        text = fields.string(arguments.get("content")) or fields.string(event.get("message"))
        if is_agents:
            self._responded(event)
            self.recorder.agent(text)
        elif event.get("source") == "user":
            self.recorder.user(text, images=len(fields.sequence(arguments.get("image_urls"))))

    def _call(self, event: _Object, action: str, arguments: _Object) -> None:
        made = self._responded(event)
        thought = fields.string(arguments.get("thought"))
        if action != "think":
            self.recorder.agent(thought)
        if action == "finish":
            self.recorder.agent(fields.string(arguments.get("final_thought")))
        passed = {
            key: value for key, value in arguments.items() if value is not None and (key not in _INTERNAL_ARGUMENTS or action == "think")
        }
        name = fields.string(made.get("function_name")) or action
        draft = self.recorder.call(fields.some_string(made.get("tool_call_id")), name, passed, CATEGORIES[action])
        if action == "finish":
            draft.status = "ok"  # nothing answers it
        event_id = fields.integer(event.get("id"))
        if event_id is not None:
            self._calls[event_id] = draft

    def _responded(self, event: _Object) -> _Object:
        """The model's response behind an action, counted once; what is said of the call."""
        made = fields.mapping(event.get("tool_call_metadata"))
        response = fields.mapping(made.get("model_response"))
        self.recorder.use_model(fields.some_string(response.get("model")))
        response_id = fields.some_string(response.get("id"))
        told = fields.mapping(response.get("usage"))
        usage = response_usage(told)
        if response_id and response_id not in self._responses and usage is not None:
            self._responses.add(response_id)
            self._told += usage
            self.recorder.cached(*cached_in(told))
            self.recorder.spend(usage, cost_usd=self._cost_of(event))
        return made

    def _measure(self, event: _Object) -> None:
        """The running totals."""
        counts = fields.mapping(fields.mapping(event.get("llm_metrics")).get("accumulated_token_usage"))
        self._total = read_usage(counts) or self._total
        self.recorder.cached(counts.get("cache_read_tokens"), counts.get("cache_write_tokens"))

    def _cost_of(self, event: _Object) -> float | None:
        """What was spent since the last response."""
        total = fields.number(fields.mapping(event.get("llm_metrics")).get("accumulated_cost"))
        if total is None or (self._cost_told is not None and total <= self._cost_told):
            return None
        spent, self._cost_told = total - (self._cost_told or 0.0), total
        return spent

    def _observation(self, event: _Object) -> None:
        kind, extras = fields.string(event.get("observation")), fields.mapping(event.get("extras"))
        if kind == "agent_state_changed":
            self._state(extras)
        elif kind == "recall":
            self._recalled(extras)
        else:
            self._result(event, kind, extras)

    def _result(self, event: _Object, kind: str, extras: _Object) -> None:
        cause = fields.integer(event.get("cause"))
        draft = self._calls.get(cause) if cause is not None else None
        if draft is None:
            if cause is not None and cause not in self._not_calls:
                self.recorder.oddities.note(NO_CALL, self.recorder.record)
            return
        text = fields.string(event.get("content")) or fields.string(event.get("message"))
        draft.add_output(text, self.recorder.record, self.recorder.at)
        metadata = fields.mapping(extras.get("metadata"))
        code = fields.exit_code(metadata.get("exit_code", extras.get("exit_code")))
        draft.exit_code = code if code != _NOT_ENDED and draft.category == "shell" else None
        draft.status = _status(event, kind, draft, unfinished=code == _NOT_ENDED)
        self.identity.cwd = self.identity.cwd or fields.some_string(metadata.get("working_dir"))

    def _state(self, extras: _Object) -> None:
        state, reason = fields.string(extras.get("agent_state")), fields.string(extras.get("reason"))
        if state == "error":
            self.recorder.lifecycle("api_error", reason)
        elif state in {"stopped", "paused"}:
            self.recorder.lifecycle("interruption", reason)
            self.recorder.interrupt()

    def _recalled(self, extras: _Object) -> None:
        """What OpenHands put before the agent: about the workspace, and microagents whose words were said."""
        identity = self.identity
        identity.cwd = identity.cwd or fields.some_string(extras.get("working_dir"))
        identity.repository = identity.repository or fields.some_string(extras.get("repo_name"))
        identity.branch = identity.branch or fields.some_string(extras.get("repo_branch"))
        if instructions := fields.string(extras.get("repo_instructions")):
            self.recorder.instruction("rules", "repo.md", instructions)
        for agent in map(fields.mapping, fields.sequence(extras.get("microagent_knowledge"))):
            self.recorder.instruction("skill", fields.string(agent.get("name")), fields.string(agent.get("content")))


def _status(event: _Object, kind: str, draft: CallDraft, *, unfinished: bool) -> ToolStatus:
    if kind == "user_rejected":
        return "denied"
    if kind == "error":
        return "error"
    if unfinished:
        return "unknown"
    success = event.get("success")
    return outcome(not success if isinstance(success, bool) else (False if draft.category != "shell" else None), draft.exit_code)
