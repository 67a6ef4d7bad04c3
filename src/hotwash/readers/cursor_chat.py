"""Cursor's agent in the terminal: `~/.cursor/chats/<workspace>/<id>/store.db` (SQLite, one conversation). `meta` holds JSON in hexadecimal digits;
`blobs` are named by their hash: messages are JSON, and the newest root, a protocol buffer, lists those of the conversation in its order, which is what
counts. No times but the start, no tokens. A record is the 1-based position of the message."""

import re
from collections.abc import Iterator

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.cursor import CATEGORIES, typed
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import Identity, Recorder, outcome
from hotwash.readers.sqlite import Store, has_columns, open_store
from hotwash.transcript import Coverage, Transcript

_Object = dict[str, object]

_COVERAGE = Coverage(exit_codes=True, tool_status=True, models=True, reasoning=True)
_MAX_MESSAGES = 100_000
"""Messages read of one conversation, which a hostile root could repeat without end. The longest known ones have some thousands."""
_ID_BYTES = 32
_MESSAGES, _WORKSPACE = 1, 9
"""Fields of a root."""
_EXITED = re.compile(r"\s*Exit code: (-?\d{1,10})\b")
_REJECTED = re.compile(r"User (?:chose to skip|rejected)|rejected by the user", re.IGNORECASE)
_CONTEXT = re.compile(r"\s*<(?!user_query>)[a-z_]{1,60}>")
"""What the program says in the person's name opens with a tag of its own."""


class CursorChat:
    """Conversations of Cursor's agent in the terminal."""

    format = "cursor-chat"

    def detects(self, head: Head) -> bool:
        return has_columns(head, "blobs", "id", "data") and has_columns(head, "meta", "key", "value")

    def read(self, source: Source) -> Iterator[Transcript]:
        recorder, records = Recorder(Oddities()), 0
        with open_store(source) as store:
            about = _about(store)
            root = _root(store, fields.string(about.get("latestRootBlobId")), recorder.oddities)
            recorder.use_model(fields.some_string(about.get("lastUsedModel")))
            for message in _messages(store, root, recorder.oddities):
                records += 1
                recorder.begin(records, None)
                _take(recorder, message)
        if not records:
            raise UnreadableSource(f"{source.name}: is a Cursor chat store without messages; copy store.db together with store.db-wal")
        recorder.clock(parse_time(about.get("createdAt")))
        folder = source.path.parent.name if source.path is not None else ""
        identity = Identity(
            native_id=fields.some_string(about.get("agentId")) or folder or source.name,
            title=fields.some_string(about.get("name")),
            cwd=_workspace(root),
            origin="cli",
        )
        coverage = msgspec.structs.replace(_COVERAGE, models=bool(recorder.models))
        yield recorder.transcript(self.format, "Cursor", identity, coverage, records=records)


def _about(store: Store) -> _Object:
    for row in store.rows("meta", ("value",), Oddities(), order=("key",)):
        try:
            return fields.mapping(msgspec.json.decode(bytes.fromhex(fields.string(row["value"]))))
        except (ValueError, RecursionError):  # not hexadecimal, or not JSON
            continue
    return {}


def _root(store: Store, root_id: str, oddities: Oddities) -> list[tuple[int, bytes]]:
    """The fields of the root; none where it is missing or damaged."""
    for row in store.rows("blobs", ("data",), oddities, where={"id": root_id}):
        return list(_wire_fields(_bytes(row["data"])))
    return []


def _messages(store: Store, root: list[tuple[int, bytes]], oddities: Oddities) -> Iterator[_Object]:
    """As the root lists them; all there are, in the order they were written, where it lists none."""
    listed = [value.hex() for field, value in root if field == _MESSAGES and len(value) == _ID_BYTES]
    if not listed:
        found = (_message(row["data"]) for row in store.rows("blobs", ("data",), oddities))
        yield from (message for message in found if message is not None)
        return
    for blob_id in listed[:_MAX_MESSAGES]:
        message = next((_message(row["data"]) for row in store.rows("blobs", ("data",), oddities, where={"id": blob_id})), None)
        if message is None:
            oddities.note("message that is missing or no JSON object left out")
        else:
            yield message


def _message(data: object) -> _Object | None:
    try:
        message = msgspec.json.decode(_bytes(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return message if isinstance(message, dict) and "role" in message else None


def _take(recorder: Recorder, message: _Object) -> None:
    role, content = message.get("role"), message.get("content")
    listed: list[object] = [{"type": "text", "text": content}] if isinstance(content, str) else fields.sequence(content)
    blocks = [fields.mapping(block) for block in listed]
    if role == "user":
        texts = [fields.string(block.get("text")) for block in blocks if block.get("type") == "text"]
        images = sum(block.get("type") in ("image", "file") for block in blocks)
        recorder.user("\n".join(typed(text) for text in texts if not _CONTEXT.match(text) or "<user_query>" in text), images=images)
    elif role in ("assistant", "tool"):
        for block in blocks:
            _block(recorder, block, native_id=fields.some_string(message.get("id")))
    elif role != "system":
        recorder.oddities.note("message of an unknown role left out", recorder.record)


def _block(recorder: Recorder, block: _Object, native_id: str | None) -> None:
    kind = block.get("type")
    if kind == "text":
        recorder.agent(fields.string(block.get("text")), native_id=native_id)
    elif kind == "reasoning":
        recorder.reasoning(fields.string(block.get("text")))
    elif kind == "tool-call":
        name = fields.string(block.get("toolName"))
        recorder.call(fields.some_string(block.get("toolCallId")), name, block.get("args"), CATEGORIES.get(name))
    elif kind == "tool-result":
        _result(recorder, block)


def _result(recorder: Recorder, block: _Object) -> None:
    call_id, result = fields.some_string(block.get("toolCallId")), block.get("result")
    text = result if isinstance(result, str) else msgspec.json.encode(result).decode()
    draft = recorder.calls.get(call_id or "")
    exited = _EXITED.match(text) if draft is not None and draft.category == "shell" else None
    code = fields.exit_code(int(exited[1])) if exited else None
    failed = block.get("isError") is True
    denied = code is None and _REJECTED.match(text) is not None
    recorder.finish(call_id, text, "denied" if denied else outcome(failed, code), code)


def _workspace(root: list[tuple[int, bytes]]) -> str | None:
    named = next((value.decode(errors="replace") for field, value in root if field == _WORKSPACE), "")
    return named.removeprefix("file://") or None


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode(errors="replace")
    return value if isinstance(value, bytes) else b""


def _wire_fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protocol buffer that hold bytes, up to where it is damaged; others are passed over."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        if key & 7 == 0:
            _, position = _varint(data, position)
        elif key & 7 == 2:
            size, position = _varint(data, position)
            if position + size > len(data):
                return
            yield key >> 3, data[position : position + size]
            position += size
        elif key & 7 in (1, 5):
            position += 8 if key & 7 == 1 else 4
        else:
            return


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """A number of seven bits a byte, the low ones first; and where it ends. One that does not end reaches the end of the data."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    return value, len(data)
