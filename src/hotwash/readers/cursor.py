"""Cursor: `~/.cursor/projects/<workspace>/agent-transcripts/<id>/<id>.jsonl` (what was said, and calls without their results), and the editor's
`User/globalStorage/state.vscdb` (all conversations, with results). Cursor bills elsewhere: the transcripts have no tokens, and the store has counts of
some answers only. A record is the line, or the bubble's 1-based position in its conversation (formats section 9)."""

import re
import uuid
from collections.abc import Iterator

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import UNKNOWN_TYPE, Identity, Recorder, outcome
from hotwash.readers.sqlite import MAGIC, Store, has_columns, open_store
from hotwash.readers.streams import read_start
from hotwash.transcript import Category, Coverage, ToolStatus, Transcript, Usage

_Object = dict[str, object]

_TRANSCRIPT = Coverage(reasoning=True)
_CONVERSATION = Coverage(timestamps=True, exit_codes=True, tool_status=True, models=True, reasoning=True, tokens=True)
_CONTENT_NAMESPACE = uuid.UUID("0f2a6f8e-51b3-5e0c-9c47-3f8f2f5c6a10")  # ours, fixed for ever: ids of files without a name depend on it

_USER, _ASSISTANT = 1, 2  # types of a bubble
_QUERY = re.compile(r"<user_query>\n?(.*?)\n?</user_query>", re.DOTALL)
CATEGORIES: dict[str, Category] = {
    "run_terminal_cmd": "shell",
    "run_terminal_command": "shell",
    "run_terminal_command_v2": "shell",
    "Shell": "shell",
    "codebase_search": "search",
    "grep_search": "search",
    "file_search": "search",
    "list_dir": "search",
    "read_lints": "search",
    "search_replace": "file",
    "todo_write": "todo",
    "Task": "other",
    "Agent": "other",
    "task_v2": "other",
}
_PATH_KEYS = ("targetFile", "relativeWorkspacePath", "effectiveUri", "targetDirectory")
_STATUSES: dict[str, ToolStatus] = {
    "completed": "ok",
    "success": "ok",
    "error": "error",
    "cancelled": "interrupted",
    "rejected": "denied",
    "loading": "running",
    "pending": "running",
}


class Cursor:
    """Cursor's agent transcripts and its conversation store."""

    format = "cursor"

    def detects(self, head: Head) -> bool:
        said = [record for record in head.records if _is_said(record)]
        is_transcript = bool(said) and all(map(_may_be_line, said))
        return (is_transcript and not head.is_glance) or has_columns(head, "cursorDiskKV", "key", "value")

    def read(self, source: Source) -> Iterator[Transcript]:
        if not read_start(source, len(MAGIC)).startswith(MAGIC):
            yield self._read_file(source)
            return
        found = False
        with open_store(source) as store:
            for row in store.rows("cursorDiskKV", ("key", "value"), Oddities(), prefix=("key", "composerData:"), order=("key",)):
                composer = _object(row["value"])
                transcript = self._read_composer(store, fields.string(row["key"]).partition(":")[2], composer)
                if transcript is not None:
                    found = True
                    yield transcript
        if not found:
            raise UnreadableSource(
                f"{source.name}: is a Cursor store without conversations; name User/globalStorage/state.vscdb, together with its state.vscdb-wal"
            )

    def _read_file(self, source: Source) -> Transcript:
        recorder, records, first = Recorder(Oddities()), 0, None
        for record, line in read_records(source, dict[str, object], recorder.oddities):
            records = record
            first = first or line
            recorder.begin(record, parse_time(line.get("timestamp")))
            _line(recorder, line)
        if first is None:
            raise UnreadableSource(f"{source.name}: holds no line of a Cursor transcript; get a complete copy of the file")
        path = source.path
        session_id = path.stem if path is not None else str(uuid.uuid5(_CONTENT_NAMESPACE, msgspec.json.encode(first).hex()))
        is_subagent = path is not None and path.parent.name == "subagents" and len(path.parts) > 2
        parent = path.parent.parent.name if path is not None and is_subagent else None
        identity = Identity(native_id=session_id, parent_native_id=parent or None)
        return recorder.transcript(self.format, "Cursor", identity, _TRANSCRIPT, records=records)

    def _read_composer(self, store: Store, composer_id: str, composer: _Object) -> Transcript | None:
        """A conversation; None where nothing was said in it."""
        recorder, records = Recorder(Oddities()), 0
        recorder.use_model(_model(composer.get("modelConfig")))
        timed = counted = False
        for bubble in _bubbles(store, composer_id, composer, recorder.oddities):
            records += 1
            at = parse_time(bubble.get("createdAt"))
            timed = timed or at is not None
            recorder.begin(records, at)
            counted = _bubble(recorder, bubble) or counted
        if not records or not composer_id:
            return None
        if not timed:
            recorder.clock(parse_time(composer.get("createdAt")))
        workspace = fields.mapping(fields.mapping(composer.get("workspaceIdentifier")).get("uri"))
        identity = Identity(
            native_id=composer_id,
            title=fields.some_string(composer.get("name")),
            cwd=fields.some_string(workspace.get("fsPath")) or fields.some_string(workspace.get("path")),
            branch=fields.some_string(fields.mapping(composer.get("activeBranch")).get("branchName"))
            or fields.some_string(composer.get("createdOnBranch")),
            origin="desktop",
        )
        coverage = msgspec.structs.replace(
            _CONVERSATION, timestamps=timed, branch=identity.branch is not None, models=bool(recorder.models)
        )
        return recorder.transcript(self.format, "Cursor", identity, coverage, records=records, usage_partial=counted)


# The transcript


def _is_said(record: _Object) -> bool:
    return fields.string(record.get("role")) in {"user", "assistant"} and isinstance(
        fields.mapping(record.get("message")).get("content"), (list, str)
    )


def _may_be_line(record: _Object) -> bool:
    """Claude Code's lines look alike, and all have an id of their session or of themselves."""
    return not {"uuid", "sessionId", "session_id", "id"} & record.keys()


def _line(recorder: Recorder, line: _Object) -> None:
    role = line.get("role")
    content = fields.mapping(line.get("message")).get("content")
    blocks = (
        [{"type": "text", "text": content}] if isinstance(content, str) else [fields.mapping(block) for block in fields.sequence(content)]
    )
    if role == "user":
        texts = [typed(fields.string(block.get("text"))) for block in blocks if block.get("type") == "text"]
        images = sum(block.get("type") == "image" for block in blocks)
        recorder.user("\n".join(text for text in texts if text), images=images)
    elif role == "assistant":
        for block in blocks:
            if block.get("type") == "text":
                recorder.agent(fields.string(block.get("text")))
            elif fields.string(block.get("type")) in {"thinking", "reasoning"}:
                recorder.reasoning(fields.string(block.get("thinking")) or fields.string(block.get("text")))
            elif block.get("type") == "tool_use":
                name = fields.string(block.get("name"))
                draft = recorder.call(fields.some_string(block.get("id")), name, block.get("input"), CATEGORIES.get(name))
                draft.status = "unknown"  # results are not kept
    else:
        recorder.oddities.note(UNKNOWN_TYPE, recorder.record)


def typed(text: str) -> str:
    """A person's words stand inside `<user_query>` where Cursor adds context around them."""
    return "\n".join(_QUERY.findall(text)) if "<user_query>" in text else text


# The conversation store


def _bubbles(store: Store, composer_id: str, composer: _Object, oddities: Oddities) -> Iterator[_Object]:
    """In the conversation's order; older versions keep them inside the conversation itself."""
    inside = fields.sequence(composer.get("conversation")) or list(fields.mapping(composer.get("conversationMap")).values())
    if inside:
        yield from (bubble for bubble in inside if isinstance(bubble, dict))
        return
    start = f"bubbleId:{composer_id}:"
    rows = store.rows("cursorDiskKV", ("key", "value"), oddities, prefix=("key", start), order=("key",))
    found = {fields.string(row["key"]).removeprefix(start): _object(row["value"]) for row in rows}
    listed = [
        fields.string(fields.mapping(header).get("bubbleId")) for header in fields.sequence(composer.get("fullConversationHeadersOnly"))
    ]
    known = [bubble_id for bubble_id in listed if bubble_id in found]
    rest = sorted(found.keys() - set(known), key=lambda bubble_id: (parse_time(found[bubble_id].get("createdAt")) or 0.0, bubble_id))
    yield from (found[bubble_id] for bubble_id in (known or rest) if found[bubble_id])


def _bubble(recorder: Recorder, bubble: _Object) -> bool:
    """Whether its tokens are told."""
    text = fields.string(bubble.get("text"))
    if bubble.get("type") == _USER:
        recorder.user(text, images=len(fields.sequence(bubble.get("images"))), native_id=fields.some_string(bubble.get("bubbleId")))
    elif bubble.get("type") == _ASSISTANT:
        recorder.use_model(_model(bubble.get("modelInfo")))
        recorder.reasoning(fields.string(fields.mapping(bubble.get("thinking")).get("text")))
        recorder.agent(text, native_id=fields.some_string(bubble.get("bubbleId")))
        if tool := fields.mapping(bubble.get("toolFormerData")):
            _tool(recorder, tool)
        usage = _usage(fields.mapping(bubble.get("tokenCount")))
        recorder.spend(usage)
        return usage is not None
    else:
        recorder.oddities.note(UNKNOWN_TYPE, recorder.record)
    return False


def _tool(recorder: Recorder, tool: _Object) -> None:
    """Arguments and result are JSON in texts; a terminal command's result has its exit code."""
    name = fields.string(tool.get("name"))
    if not name:
        return
    passed = _object(tool.get("rawArgs")) or _object(tool.get("params")) or fields.mapping(tool.get("params"))
    draft = recorder.call(fields.some_string(tool.get("toolCallId")), name, passed, CATEGORIES.get(name))
    draft.status = _STATUSES.get(fields.string(tool.get("status")), "unknown")
    if draft.status == "ok" and fields.mapping(tool.get("additionalData")).get("status") == "error":
        draft.status = "error"
    if tool.get("userDecision") == "rejected":
        draft.status = "denied"
    if draft.category == "file" and draft.path is None:
        draft.path = next((path for key in _PATH_KEYS if (path := fields.some_string(passed.get(key)))), None)
    result = tool.get("result")
    told = _object(result) or fields.mapping(result)
    text = fields.string(told.get("output")) or fields.string(told.get("contents")) or fields.string(result)
    if text:
        draft.add_output(text, recorder.record, None)  # when it came is not kept
    code = fields.exit_code(told.get("exitCodeV2") if "exitCodeV2" in told else told.get("exitCode"))
    if draft.category == "shell" and code is not None and draft.status != "denied":
        draft.exit_code = code
        draft.status = outcome(draft.status == "error", code)


def _model(told: object) -> str | None:
    """The model's name; `default` is Cursor's own choice, which it does not tell."""
    name = fields.some_string(fields.mapping(told).get("modelName"))
    return name if name != "default" else None


def _usage(told: _Object) -> Usage | None:
    """Tokens of one answer. Cursor tells no cached ones, and of most answers nothing, which is zeros."""
    total, output = fields.count(told.get("inputTokens")), fields.count(told.get("outputTokens"))
    return Usage(input=total or 0, output=output or 0) if total or output else None


def _object(value: object) -> _Object:
    if not isinstance(value, (str, bytes)):
        return {}
    try:
        return fields.mapping(msgspec.json.decode(value))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
