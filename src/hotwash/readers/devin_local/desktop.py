"""The desktop app's `acp-messages/*.db`: one session a store, its messages being updates of the Agent Client Protocol."""

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.devin_local.texts import decoded, images_in, text_of
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import Recorder
from hotwash.readers.sqlite import Store
from hotwash.transcript import Category, ToolStatus

_Object = dict[str, object]

_KINDS: dict[str, Category] = {
    "execute": "shell",
    "edit": "file",
    "read": "file",
    "delete": "file",
    "move": "file",
    "search": "search",
    "fetch": "browser",
    "think": "other",
}
_STATUSES: dict[str, ToolStatus] = {"completed": "ok", "failed": "error", "cancelled": "interrupted"}
_TIME_KEYS = ("timestamp", "createdAt", "created_at", "ts")


def read_meta(store: Store) -> tuple[dict[str, str], str | None]:
    """The `meta` table, and the title in its `info`."""
    rows = store.rows("meta", ("key", "value"), Oddities())
    meta = {fields.string(row["key"]): fields.string(row["value"]) for row in rows}
    return meta, fields.some_string(fields.mapping(decoded(meta.get("info"))).get("title"))


def session_id_in(meta: dict[str, str]) -> str | None:
    """The session's id, under whatever prefix the version gives the key."""
    return next((value for key, value in sorted(meta.items()) if value and key.rpartition(".")[2] in {"session_id", "sessionId"}), None)


def read_messages(store: Store, recorder: Recorder) -> int:
    """All messages in order of their position. The number of rows."""
    records = 0
    for row in store.rows("messages", ("kind", "payload"), recorder.oddities, order=("position",)):
        records += 1
        payload = decoded(row["payload"])
        if not isinstance(payload, dict):
            recorder.oddities.note("message that is no JSON object left out", records)
            continue
        recorder.begin(records, next((at for key in _TIME_KEYS if (at := parse_time(payload.get(key))) is not None), None))
        _message(recorder, fields.string(row["kind"]), payload)
    return records


def _message(recorder: Recorder, kind: str, payload: _Object) -> None:
    content = payload.get("content") if "content" in payload else payload.get("text")
    text = text_of(content)
    if kind in {"tool_call", "tool_call_update"}:
        _tool_call(recorder, payload)
    elif kind not in {"user_message", "agent_message", "agent_thought", "plan"}:
        recorder.oddities.note("message of an unknown kind left out", recorder.record)
    elif not text.strip() and not images_in(content):
        recorder.oddities.note("message without content left out", recorder.record)
    elif kind == "user_message":
        recorder.user(text, images=images_in(content))
    elif kind == "agent_message":
        recorder.agent(text)
    elif kind == "agent_thought":
        recorder.reasoning(text)


def _tool_call(recorder: Recorder, payload: _Object) -> None:
    """The call as it stood last; an update of a call that is known adds what is new."""
    call_id = fields.some_string(payload.get("toolCallId")) or fields.some_string(payload.get("tool_call_id"))
    kind = fields.string(payload.get("kind"))
    name = fields.some_string(payload.get("name")) or fields.some_string(payload.get("title")) or kind
    if not name and call_id is None:
        recorder.oddities.note("message without content left out", recorder.record)
        return
    draft = recorder.call(call_id, name, payload.get("rawInput"), _KINDS.get(kind))
    status = _STATUSES.get(fields.string(payload.get("status")))
    if status is None:
        return
    draft.status = status
    draft.add_output(text_of(payload.get("content")), recorder.record, None if draft.record == recorder.record else recorder.at)
    raw = fields.mapping(payload.get("rawOutput"))
    code = fields.exit_code(raw.get("exit_code") if "exit_code" in raw else raw.get("exitCode"))
    if draft.category == "shell" and code is not None:
        draft.exit_code = code
        draft.status = "error" if code else draft.status
