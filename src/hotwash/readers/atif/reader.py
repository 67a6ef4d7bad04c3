"""ATIF, the interchange format of the Harbor framework, versions 1.0 to 1.8: one JSON document a session, its `steps` being the records
(formats section 3). Lenient where the official models are strict: a step that is off costs itself and no other."""

import uuid
from collections.abc import Iterator

import msgspec

from hotwash.kit import ids
from hotwash.readers import fields
from hotwash.readers.atif import carried
from hotwash.readers.atif.steps import Steps
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.chat import digest
from hotwash.readers.jsonl import rescue_objects
from hotwash.readers.oddities import Oddities
from hotwash.readers.remotes import repository_name
from hotwash.readers.streams import read_document
from hotwash.transcript import AgentMessage, Coverage, Event, Lifecycle, PullRequest, Reasoning, ToolCall, Transcript, UsageReport

_PREFIX = "ATIF-v"
_CONTENT_NAMESPACE = uuid.UUID("b9a3a5a4-3b1e-5c62-9f0b-0c4f3f0a7d11")  # ours, fixed for ever: ids of sessions without one depend on it
_MAX_NESTING = 8
"""Subagents of subagents that are followed; agents in the field stop at two."""

_AGENT_NAMES = {
    "claude-code": "Claude Code",
    "codex": "Codex",
    "copilot-cli": "Copilot CLI",
    "gemini-cli": "Gemini CLI",
    "mini-swe-agent": "mini-swe-agent",
    "openhands": "OpenHands",
    "opencode": "OpenCode",
    "swe-agent": "SWE-agent",
    "terminus-2": "Terminus 2",
}
_CWD_KEYS = ("cwd", "working_dir", "working_directory", "workdir", "workspace")
_BRANCH_KEYS = ("branch", "git_branch", "gitBranch")
_REPOSITORY_KEYS = ("repository", "repository_url", "repo", "repo_url")
_PULL_REQUEST_KEYS = ("pull_request", "pull_request_url", "pr_url", "pull_requests")


class Atif:
    """Trajectories of ATIF 1.0 to 1.8, with the subagents' trajectories that are embedded since 1.7."""

    format = "atif"

    def detects(self, head: Head) -> bool:
        return _is_trajectory(head.document) or any(_is_trajectory(record) for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        oddities = Oddities()
        trajectories = [document for document in _documents(source, oddities) if isinstance(document.get("steps"), list)]
        if not trajectories:
            raise UnreadableSource(f"{source.name}: holds no ATIF trajectory with steps; get a complete copy of the file")
        for trajectory in trajectories:
            yield from _sessions(trajectory, oddities, parent=None, position=0, depth=0)
            oddities = Oddities()


def _is_trajectory(document: object) -> bool:
    return fields.string(fields.mapping(document).get("schema_version")).startswith(_PREFIX)


def _documents(source: Source, oddities: Oddities) -> list[dict[str, object]]:
    """The document; or several, where a file holds one a line."""
    data = read_document(source)
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return list(rescue_objects(data, 1, oddities))
    return [document] if isinstance(document, dict) else []


def _sessions(trajectory: dict[str, object], oddities: Oddities, *, parent: str | None, position: int, depth: int) -> Iterator[Transcript]:
    """The trajectory, then its embedded subagents, each naming the one above it."""
    transcript = carried.restore(trajectory) or _transcript(trajectory, oddities, parent, position)
    yield transcript
    embedded = fields.sequence(trajectory.get("subagent_trajectories")) if depth < _MAX_NESTING else []
    for index, subagent in enumerate(embedded, 1):
        if isinstance(subagent, dict) and isinstance(subagent.get("steps"), list):
            yield from _sessions(subagent, Oddities(), parent=transcript.native_id, position=index, depth=depth + 1)


def _transcript(trajectory: dict[str, object], oddities: Oddities, parent: str | None, position: int) -> Transcript:
    agent = fields.mapping(trajectory.get("agent"))
    extras = (fields.mapping(trajectory.get("extra")), fields.mapping(agent.get("extra")))
    steps = Steps(fields.some_string(agent.get("model_name")), oddities)
    listed = fields.sequence(trajectory.get("steps"))
    for record, step in enumerate(listed, 1):
        steps.take(record, step)
    steps.close(trajectory.get("final_metrics"), len(listed), has_subagents=bool(trajectory.get("subagent_trajectories")))
    if trajectory.get("continued_trajectory_ref"):
        oddities.note("continues in another file, which is a session of its own")
    events = steps.timeline.events()
    name = fields.some_string(agent.get("name")) or "unknown agent"
    return Transcript(
        format=Atif.format,
        agent=_AGENT_NAMES.get(name, name),
        native_id=_native_id(trajectory, parent, position),
        format_version=fields.string(trajectory.get("schema_version")).removeprefix(_PREFIX) or None,
        title=_first(extras, ("title", "task_name")),
        cwd=_first(extras, _CWD_KEYS),
        repository=repository_name(_first(extras, _REPOSITORY_KEYS)),
        branch=_first(extras, _BRANCH_KEYS),
        models=tuple(steps.models),
        started_at=steps.started_at,
        ended_at=steps.ended_at,
        parent_native_id=parent or _first(extras, ("parent_session_id", "parent_trajectory_id")),
        pull_requests=_pull_requests(extras),
        usage=steps.usage,
        usage_partial=steps.usage_partial,
        cost_usd=steps.cost_usd,
        events=events,
        coverage=_coverage(steps, events, extras),
        records=len(listed),
        warnings=oddities.warnings(),
    )


def _native_id(trajectory: dict[str, object], parent: str | None, position: int) -> str:
    """`session_id`, else `trajectory_id`, else a UUIDv5 over the document. A `session_id` that is only a name, as harnesses write before 1.7, stands
    in many files: how the run begins tells them apart, and stays the same as it goes on. A subagent may carry the id of the whole run (1.7), so
    there its `trajectory_id` goes first, and its place in the parent's list tells it apart where it has none."""
    session_id, trajectory_id = fields.some_string(trajectory.get("session_id")), fields.some_string(trajectory.get("trajectory_id"))
    if parent is not None:
        own = trajectory_id if trajectory_id != parent else None
        shared = session_id is None or parent == session_id or parent.startswith(f"{session_id}-")
        return own or (session_id if session_id and not shared else f"{parent}/subagent-{position}")
    if session_id and trajectory_id is None and not ids.is_uuid(session_id):
        return f"{session_id}-{_beginning(trajectory)}"
    return session_id or trajectory_id or str(uuid.uuid5(_CONTENT_NAMESPACE, msgspec.json.encode(trajectory, order="deterministic").hex()))


def _beginning(trajectory: dict[str, object]) -> str:
    steps = map(fields.mapping, fields.sequence(trajectory.get("steps")))
    return digest([{"role": step.get("source"), "content": step.get("message")} for step in steps])


def _first(extras: tuple[dict[str, object], ...], keys: tuple[str, ...]) -> str | None:
    return next((value for extra in extras for key in keys if (value := fields.some_string(extra.get(key)))), None)


def _pull_requests(extras: tuple[dict[str, object], ...]) -> tuple[PullRequest, ...]:
    """As text, as `{"url", "state"}`, or a list of either."""
    found: dict[str, PullRequest] = {}
    for extra in extras:
        for key in _PULL_REQUEST_KEYS:
            value = extra.get(key)
            for item in value if isinstance(value, list) else [value]:
                url = fields.some_string(item) or fields.some_string(fields.mapping(item).get("url"))
                if url:
                    found.setdefault(url, PullRequest(url=url, state=fields.some_string(fields.mapping(item).get("state"))))
    return tuple(found.values())


def _coverage(steps: Steps, events: tuple[Event, ...], extras: tuple[dict[str, object], ...]) -> Coverage:
    """Nearly everything is optional in ATIF, and who wrote the document decides: what never occurs cannot be told."""
    calls = [event for event in events if isinstance(event, ToolCall)]
    return Coverage(
        timestamps=steps.nearly_all_timed,
        tokens=steps.usage is not None,
        input_tokens=steps.usage is None or steps.has_prompt_tokens,
        cache_read_tokens=steps.has_cached_tokens,
        cost=steps.cost_usd is not None,
        exit_codes=any(call.exit_code is not None for call in calls),
        tool_status=any(call.status in {"ok", "error", "denied"} for call in calls),
        durations=any(call.duration_s is not None for call in calls),
        models=any(isinstance(event, (AgentMessage, UsageReport)) and event.model for event in events),
        reasoning=any(isinstance(event, Reasoning) for event in events),
        instructions=False,
        branch=_first(extras, _BRANCH_KEYS) is not None,
        subagents=True,
        interruptions=False,
        compactions=any(isinstance(event, Lifecycle) and event.what == "compaction" for event in events),
    )
