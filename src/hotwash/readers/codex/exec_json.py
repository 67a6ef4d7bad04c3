"""The stream that `codex exec --json` prints: `thread.started`, `turn.*`, `item.*`. It names what the agent did and holds neither times, the
request, nor the model; `item.completed` is authoritative (formats section 2)."""

from collections.abc import Iterator

from hotwash.readers import fields, tools
from hotwash.readers.base import Head, Source, UnreadableSource, cap_text
from hotwash.readers.codex.calls import settle_from_details
from hotwash.readers.codex.usage import read_counts, tells_cache_writes, usage_of
from hotwash.readers.drafts import CallDraft, Timeline
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.transcript import AgentMessage, Category, Coverage, Lifecycle, Reasoning, Transcript, Usage, UsageReport

_CALLS: dict[str, tuple[str, Category]] = {
    "command_execution": ("command_execution", "shell"),
    "file_change": ("file_change", "file"),
    "mcp_tool_call": ("mcp_tool_call", "mcp"),
    "web_search": ("web_search", "search"),
    "todo_list": ("todo_list", "todo"),
    "collab_tool_call": ("collab_tool_call", "other"),
}
_RECORD_TYPES = frozenset(
    {"thread.started", "turn.started", "turn.completed", "turn.failed", "item.started", "item.updated", "item.completed", "error"}
)


class CodexExec:
    """The JSON stream of `codex exec`."""

    format = "codex-exec"

    def detects(self, head: Head) -> bool:
        return any(record.get("type") == "thread.started" and "thread_id" in record for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        stream, oddities, records = _Stream(), Oddities(), 0
        for record, line in read_records(source, dict[str, object], oddities):
            records = record
            if line.get("type") not in _RECORD_TYPES:
                oddities.note("record of an unknown type left out", record)
            stream.take(record, line)
        if stream.thread_id is None:
            raise UnreadableSource(f"{source.name}: names no thread; keep the whole output of codex exec --json")
        yield Transcript(
            format=self.format,
            agent="Codex",
            native_id=stream.thread_id,
            origin="cli",
            events=stream.timeline.events(),
            coverage=Coverage(
                user_messages=False,
                tokens=stream.usage is not None,
                cache_read_tokens=stream.usage is not None,
                cache_write_tokens=stream.tells_cache_writes,
                exit_codes=True,
                tool_status=True,
                reasoning=True,
            ),
            usage=stream.usage,
            records=records,
            warnings=oddities.warnings(),
        )


class _Stream:
    """What is known while the lines come."""

    def __init__(self) -> None:
        self.thread_id: str | None = None
        self.timeline = Timeline()
        self.usage: Usage | None = None
        self.tells_cache_writes = False
        self._calls: dict[str, CallDraft] = {}

    def take(self, record: int, line: dict[str, object]) -> None:
        kind = fields.string(line.get("type"))
        if kind == "thread.started":
            self.thread_id = self.thread_id or fields.some_string(line.get("thread_id"))
        elif kind == "turn.completed":
            self._turn_usage(record, line.get("usage"))
        elif kind in {"turn.failed", "error"}:
            text = fields.string(fields.mapping(line.get("error")).get("message")) or fields.string(line.get("message"))
            self.timeline.add(Lifecycle(seq=0, record=record, what="api_error", text=cap_text(text)))
        elif kind in {"item.started", "item.updated", "item.completed"}:
            self._item(record, fields.mapping(line.get("item")), completed=kind == "item.completed")

    def _turn_usage(self, record: int, value: object) -> None:
        counts = read_counts(value)
        usage = usage_of(counts) if counts else None
        if usage is not None:
            self.usage = (self.usage or Usage()) + usage
            self.tells_cache_writes = self.tells_cache_writes or tells_cache_writes(value)
            self.timeline.add(UsageReport(seq=0, record=record, usage=usage))

    def _item(self, record: int, item: dict[str, object], *, completed: bool) -> None:
        kind, text = fields.string(item.get("type")), cap_text(fields.string(item.get("text")))
        native_id = fields.some_string(item.get("id"))
        if kind in _CALLS:
            self._call(record, item, completed=completed)
        elif completed and kind == "agent_message" and text:
            self.timeline.add(AgentMessage(seq=0, record=record, native_id=native_id, text=text))
        elif completed and kind == "reasoning" and text:
            self.timeline.add(Reasoning(seq=0, record=record, native_id=native_id, text=text))

    def _call(self, record: int, item: dict[str, object], *, completed: bool) -> None:
        key = fields.string(item.get("id"))
        draft = self._calls.get(key)
        if draft is None:
            draft = self._calls[key] = _draft(record, item)
            self.timeline.add(draft)
        if completed:
            settle_from_details(draft, item)
            draft.status = "unknown" if draft.status == "running" else draft.status
            draft.add_output(_result_text(item), record, None)


def _draft(record: int, item: dict[str, object]) -> CallDraft:
    name, category = _CALLS[fields.string(item.get("type"))]
    command = fields.some_string(item.get("command"))
    change = fields.mapping(next(iter(fields.sequence(item.get("changes"))), None))
    if category == "mcp":
        name = f"mcp__{fields.string(item.get('server'))}__{fields.string(item.get('tool'))}"
    told = {"id", "type", "status", "aggregated_output", "exit_code", "result", "error"}
    return CallDraft(
        record=record,
        native_id=fields.some_string(item.get("id")),
        name=name,
        category=category,
        arguments=tools.cap_arguments({key: value for key, value in item.items() if key not in told}),
        command=_script(command) if command else None,
        path=fields.some_string(change.get("path")),
    )


def _script(command: str) -> str:
    """The script of `bash -lc 'SCRIPT'` where it stands in the text as it is, else the whole text: a command is kept verbatim."""
    script = tools.command_of_text(command)
    return script if script in command else command


def _result_text(item: dict[str, object]) -> str:
    blocks = fields.sequence(fields.mapping(item.get("result")).get("content"))
    texts = [fields.string(fields.mapping(block).get("text")) for block in blocks]
    error = fields.string(fields.mapping(item.get("error")).get("message"))
    return "\n".join(text for text in (fields.string(item.get("aggregated_output")), *texts, error) if text)
