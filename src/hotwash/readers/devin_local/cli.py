"""The Devin CLI's `sessions.db`: messages are nodes of a forest, and the conversation is the chain that ends at the session's `main_chain_id`.
An answer may lie under several nodes: its tokens count once a `request_id` (formats section 9)."""

from collections.abc import Iterator
from dataclasses import dataclass

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import UnreadableSource
from hotwash.readers.devin_local.texts import decoded, images_in, text_of
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import Identity, Recorder, outcome
from hotwash.readers.sqlite import Store
from hotwash.transcript import Category, ToolStatus, Usage

_Object = dict[str, object]

NEWEST_SCHEMA = 17
"""Of September 2026. A newer store may mean other things by the same columns, so it is refused."""

_SESSION_COLUMNS = ("id", "working_directory", "model", "created_at", "last_activity_at", "title", "main_chain_id", "metadata")
_ACP_KINDS: dict[str, Category] = {
    "execute": "shell",
    "edit": "file",
    "read": "file",
    "delete": "file",
    "move": "file",
    "search": "search",
    "fetch": "browser",
    "think": "other",
}
_ACP_STATUSES: dict[str, ToolStatus] = {"completed": "ok", "failed": "error", "in_progress": "running", "pending": "running"}
_EXIT_KEYS = ("exit_code", "exitCode")


@dataclass(slots=True)
class _Node:
    record: int
    """1-based position among the session's nodes."""
    parent: int | None
    message: _Object
    at: float | None


def refuse_newer(store: Store, name: str) -> None:
    """Raises UnreadableSource where the store's schema is one that we do not know."""
    versions = [fields.integer(row["version"]) or 0 for row in store.rows("refinery_schema_history", ("version",), Oddities())]
    newest = max(versions, default=0)
    if newest > NEWEST_SCHEMA:
        raise UnreadableSource(
            f"{name}: is a Devin CLI store of schema {newest}, and {NEWEST_SCHEMA} is the newest that can be read; upgrade hotwash"
        )


def read_sessions(store: Store) -> Iterator[tuple[Recorder, Identity, int]]:
    """Every session, then its subagents; with the number of nodes in the session."""
    for session in store.rows("sessions", _SESSION_COLUMNS, Oddities(), order=("created_at", "id")):
        if fields.some_string(session["id"]):
            yield from _read_session(store, session)


def _read_session(store: Store, session: _Object) -> Iterator[tuple[Recorder, Identity, int]]:
    recorder, session_id = Recorder(Oddities()), fields.string(session["id"])
    nodes = _nodes(store, session_id, recorder.oddities)
    states = _call_states(store, session_id, recorder.oddities)
    chain = _chain(nodes, fields.integer(session["main_chain_id"]))
    recorder.clock(parse_time(session["created_at"]))
    recorder.use_model(fields.some_string(session["model"]))
    acus = fields.number(fields.mapping(decoded(session["metadata"])).get("total_acu_cost"))
    recorder.acus = acus if acus is not None and acus >= 0 else None
    requests: set[str] = set()
    _Conversation(recorder, states, requests).take(nodes[node] for node in chain)
    identity = Identity(
        native_id=session_id, title=fields.some_string(session["title"]), cwd=fields.some_string(session["working_directory"])
    )
    told = set(chain)
    children: list[tuple[Recorder, Identity, int]] = []
    heads = store.rows(
        "subagent_heads", ("agent_id", "chain_node_id"), recorder.oddities, where={"session_id": session_id}, order=("agent_id",)
    )
    for head in heads:
        own = [node for node in _chain(nodes, fields.integer(head["chain_node_id"]), or_all=False) if node not in told]
        if not own:
            continue
        told.update(own)
        child = Recorder(Oddities())
        child.use_model(fields.some_string(session["model"]))
        _Conversation(child, states, requests).take(nodes[node] for node in own)
        child_id = Identity(native_id=f"{session_id}/{head['agent_id']}", parent_native_id=session_id, cwd=identity.cwd)
        children.append((child, child_id, len(nodes)))
    if left := len(nodes) - len(told):
        recorder.oddities.note("message on an abandoned branch left out", count=left)
    yield recorder, identity, len(nodes)
    yield from children


def _nodes(store: Store, session_id: str, oddities: Oddities) -> dict[int, _Node]:
    """By node id. A message that cannot be read keeps its place, so that the chain does not break at it."""
    nodes: dict[int, _Node] = {}
    columns = ("node_id", "parent_node_id", "chat_message", "created_at")
    rows = store.rows("message_nodes", columns, oddities, where={"session_id": session_id}, order=("node_id",))
    for record, row in enumerate(rows, 1):
        node_id, message = fields.integer(row["node_id"]), decoded(row["chat_message"])
        if not isinstance(message, dict):
            oddities.note("message that is no JSON object left out", record)
        if node_id is not None:
            nodes[node_id] = _Node(record, fields.integer(row["parent_node_id"]), fields.mapping(message), parse_time(row["created_at"]))
    return nodes


def _chain(nodes: dict[int, _Node], head: int | None, *, or_all: bool = True) -> list[int]:
    """The nodes from the first message to the head. All in order where there is no such head."""
    if head not in nodes:
        return list(nodes) if or_all else []
    chain: dict[int, None] = {}
    while head is not None and head in nodes and head not in chain:
        chain[head] = None
        head = nodes[head].parent
    return list(reversed(chain))


def _call_states(store: Store, session_id: str, oddities: Oddities) -> dict[str, tuple[_Object, _Object]]:
    """What the client was told of each call: when it was made, and last."""
    columns = ("tool_call_id", "tool_call_json", "tool_call_update_json")
    return {
        fields.string(row["tool_call_id"]): (
            fields.mapping(decoded(row["tool_call_json"])),
            fields.mapping(decoded(row["tool_call_update_json"])),
        )
        for row in store.rows("tool_call_state", columns, oddities, where={"session_id": session_id})
    }


class _Conversation:
    """Nodes of one chain as events."""

    def __init__(self, recorder: Recorder, states: dict[str, tuple[_Object, _Object]], requests: set[str]) -> None:
        self._recorder = recorder
        self._states = states
        self._requests = requests

    def take(self, nodes: Iterator[_Node]) -> None:
        for node in nodes:
            if not node.message:
                continue
            self._recorder.begin(node.record, node.at)
            self._message(node.message)

    def _message(self, message: _Object) -> None:
        recorder, role = self._recorder, fields.string(message.get("role"))
        content = message.get("content") if "content" in message else message.get("text")
        text = text_of(content)
        if role == "user":
            recorder.user(text, images=images_in(content))
        elif role in {"assistant", "agent"}:
            recorder.reasoning(text_of(message.get("thinking")))
            recorder.agent(text)
            for call in map(fields.mapping, fields.sequence(message.get("tool_calls"))):
                self._call(call)
            self._spend(fields.mapping(message.get("metadata")))
        elif role == "tool":
            self._result(fields.some_string(message.get("tool_call_id")), text)
        elif role == "system":
            if text.strip():
                recorder.instruction("system", "system prompt", text)
        else:
            recorder.oddities.note("message of an unknown role left out", recorder.record)

    def _call(self, call: _Object) -> None:
        """`{id, name, arguments}`, or wrapped in `function`; arguments may be JSON in a text."""
        function = fields.mapping(call.get("function"))
        call_id = fields.some_string(call.get("id"))
        raw = call.get("arguments") if "arguments" in call else function.get("arguments")
        made, _ = self._states.get(call_id or "", ({}, {}))
        arguments = decoded(raw)
        self._recorder.call(
            call_id,
            fields.some_string(call.get("name")) or function.get("name"),
            arguments if isinstance(arguments, dict) else raw,
            _ACP_KINDS.get(fields.string(made.get("kind"))),
        )

    def _result(self, call_id: str | None, text: str) -> None:
        _, update = self._states.get(call_id or "", ({}, {}))
        draft = self._recorder.calls.get(call_id or "")
        status = _ACP_STATUSES.get(fields.string(update.get("status")), "unknown")
        raw = fields.mapping(update.get("rawOutput"))
        code = next((code for key in _EXIT_KEYS if (code := fields.exit_code(raw.get(key))) is not None), None)
        if draft is None or draft.category != "shell":
            code = None
        if code is not None:
            status = outcome(status == "error", code)
        self._recorder.finish(call_id, text, "unknown" if status == "running" else status, code)

    def _spend(self, metadata: _Object) -> None:
        request_id = fields.some_string(metadata.get("request_id"))
        metrics = fields.mapping(metadata.get("metrics"))
        total, output = fields.count(metrics.get("input_tokens")), fields.count(metrics.get("output_tokens"))
        if output is None or (request_id and request_id in self._requests):
            return
        self._requests.add(request_id or "")
        usage = Usage(
            input=total or 0,
            cache_read=fields.count(metrics.get("cache_read_tokens")) or 0,
            cache_write_5m=fields.count(metrics.get("cache_creation_tokens")) or 0,
            output=output,
        )
        self._recorder.cached(metrics.get("cache_read_tokens"), metrics.get("cache_creation_tokens"))
        self._recorder.spend(usage, model=fields.some_string(metadata.get("model")))
