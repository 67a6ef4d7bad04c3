"""The Entire transcript format, version 1 (`transcript.jsonl` of an Entire checkpoint): another agent's session with its reasoning and cached
tokens left out. One message a line, which is the record; results stand inside the calls (formats section 0). `metadata.json` beside it tells the
session's id, model and branch. Its tokens are those of one checkpoint, not of the session, and are not read."""

import re
import uuid
from collections.abc import Iterator

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.documents import decode_document
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import UNKNOWN_TYPE, Identity, Recorder, outcome
from hotwash.transcript import Coverage, Transcript, Usage

_Object = dict[str, object]

_CONTENT_NAMESPACE = uuid.UUID(
    "c8a5d1d2-7f0c-5b0e-9f8e-2f6a0f5b3b52"
)  # ours, fixed for ever: ids of files without a checkpoint depend on it
METADATA = "metadata.json"

_COVERAGE = Coverage(tokens=True, tool_status=True)
_DATED = re.compile(r"\d{4}-\d\d-\d\d-(?=.)")
"""What Entire put before an agent's session id in its first versions."""
_AGENTS = {
    "claude-code": "Claude Code",
    "codex": "Codex",
    "copilot-cli": "Copilot CLI",
    "cursor": "Cursor",
    "factoryai-droid": "Factory Droid",
    "gemini": "Gemini CLI",
    "opencode": "OpenCode",
    "pi": "pi",
}


class Entire:
    """Checkpoint transcripts of any agent that Entire follows."""

    format = "entire"

    def detects(self, head: Head) -> bool:
        return any(_is_line(record) for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        recorder, records = Recorder(Oddities()), 0
        about = _metadata(source)
        recorder.use_model(fields.some_string(about.get("model")))
        first: _Object | None = None
        tells_input = False
        for record, line in read_records(source, dict[str, object], recorder.oddities):
            records = record
            if not _is_line(line):
                recorder.oddities.note(UNKNOWN_TYPE, record)
                continue
            first = first or line
            recorder.begin(record, parse_time(line.get("ts")))
            _take(recorder, line)
            tells_input = tells_input or fields.count(line.get("input_tokens")) is not None
        if first is None:
            raise UnreadableSource(f"{source.name}: holds no line of an Entire transcript; get a complete copy of the file")
        agent = fields.string(first.get("agent"))
        identity = Identity(
            native_id=session_id_in(about) or _native_id(source, first),
            format_version="1",
            branch=fields.some_string(about.get("branch")),
        )
        coverage = msgspec.structs.replace(
            _COVERAGE,
            timestamps=recorder.started_at is not None,
            input_tokens=tells_input,
            models=bool(recorder.models),
            branch=identity.branch is not None,
        )
        yield recorder.transcript(
            self.format,
            _AGENTS.get(agent, agent or fields.string(about.get("agent")) or "unknown agent"),
            identity,
            coverage,
            records=records,
            usage_partial=True,  # cached tokens are not carried over
        )


def session_id_in(metadata: _Object) -> str | None:
    """The agent's own id of the session, in what Entire keeps about it."""
    session_id = fields.some_string(metadata.get("session_id"))
    return _DATED.sub("", session_id, count=1) if session_id is not None else None


def _metadata(source: Source) -> _Object:
    """What stands beside the transcript. A file that cannot be read is as good as none."""
    for other in source.beside:
        if other.name.endswith(METADATA):
            try:
                return fields.mapping(decode_document(other))
            except UnreadableSource:
                return {}
    return {}


def _is_line(record: _Object) -> bool:
    return (
        record.get("v") == 1
        and isinstance(record.get("type"), str)
        and "content" in record
        and ("agent" in record or "cli_version" in record)
    )


def _native_id(source: Source, first: _Object) -> str:
    """The lines have no session id. A checkpoint's folders do: `<aa>/<rest of the id>/<number>/transcript.jsonl`."""
    parts = source.path.parts if source.path is not None else ()
    if len(parts) >= 4 and len(parts[-4]) == 2 and parts[-2].isdigit():
        return f"{parts[-4]}{parts[-3]}/{parts[-2]}"
    return str(uuid.uuid5(_CONTENT_NAMESPACE, msgspec.json.encode(first, order="deterministic").hex()))


def _take(recorder: Recorder, line: _Object) -> None:
    content = line.get("content")
    listed: list[object] = [{"text": content}] if isinstance(content, str) else fields.sequence(content)
    blocks = [fields.mapping(block) for block in listed]
    if line.get("type") == "user":
        texts = [fields.string(block.get("text")) for block in blocks if block.get("type") in (None, "text")]
        recorder.user("\n".join(text for text in texts if text), images=sum(block.get("type") == "image" for block in blocks))
    elif line.get("type") == "assistant":
        for block in blocks:
            if block.get("type") in (None, "text"):
                recorder.agent(fields.string(block.get("text")), native_id=fields.some_string(line.get("id")))
            elif block.get("type") == "tool_use":
                _call(recorder, block)
        recorder.spend(_usage(line))
    else:
        recorder.oddities.note(UNKNOWN_TYPE, recorder.record)


def _call(recorder: Recorder, block: _Object) -> None:
    draft = recorder.call(fields.some_string(block.get("id")), block.get("name"), block.get("input"))
    result = block.get("result")
    if not isinstance(result, dict):
        return
    status = result.get("status")
    draft.add_output(fields.string(result.get("output")), recorder.record, None)  # when it came is not kept
    draft.status = outcome(None if status not in ("success", "error") else status == "error")
    named = fields.some_string(fields.mapping(result.get("file")).get("filePath"))
    if draft.category == "file" and draft.path is None:
        draft.path = named


def _usage(line: _Object) -> Usage | None:
    total, output = fields.count(line.get("input_tokens")), fields.count(line.get("output_tokens"))
    return None if total is None and output is None else Usage(input=total or 0, output=output or 0)
