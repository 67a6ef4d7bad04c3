"""Files that are known and hold no session that can be read: a sentence each, that names what it is and what to read instead."""

import re
from collections.abc import Callable

from hotwash.readers.base import Head
from hotwash.readers.fields import mapping
from hotwash.readers.sqlite import has_columns

_AIDER_LOG = re.compile(rb"\s*(?:TO LLM|LLM RESPONSE) \d{4}-\d\d-\d\d")

_Rule = tuple[Callable[[Head], bool], str]


def _document_has(head: Head, *keys: str) -> bool:
    return set(keys) <= mapping(head.document).keys()


_STORES: tuple[_Rule, ...] = (
    (
        lambda head: has_columns(head, "threads", "rollout_path"),
        "is Codex's index, which holds no messages; name the rollout files below ~/.codex/sessions",
    ),
    (
        lambda head: has_columns(head, "thread_items", "rollout_ordinal", "item_json"),
        "is Codex's index of what its sessions hold; name the rollout files below ~/.codex/sessions",
    ),
    (
        lambda head: has_columns(head, "turns", "session_id", "user_message", "assistant_response"),
        "is Copilot CLI's index, which holds no whole session; name the events.jsonl files below ~/.copilot/session-state",
    ),
    (
        lambda head: has_columns(head, "sessions", "messages_path", "hook_path"),
        "is Cline's index, which holds no messages; name the .messages.json files below ~/.cline/data/sessions",
    ),
    (
        lambda head: "ItemTable" in head.tables,
        "is an editor's settings store without conversations; name Cursor's User/globalStorage/state.vscdb, or Devin's User/acp-messages",
    ),
    (lambda head: bool(head.tables), "is an SQLite database of an unknown kind; export the session as a file"),
)
_DOCUMENTS: tuple[_Rule, ...] = (
    (
        lambda head: _document_has(head, "id", "sessionID", "messageID", "type"),
        "is one part of an OpenCode message; name OpenCode's whole storage folder",
    ),
    (
        lambda head: _document_has(head, "id", "sessionID", "role", "time"),
        "is one OpenCode message without its session; name OpenCode's whole storage folder",
    ),
    (
        lambda head: (
            _document_has(head, "id", "type") and mapping(head.document).get("type") in ("text", "tool") and len(mapping(head.document)) > 2
        ),
        "is one part of a message, not a session; export the session",
    ),
    (
        lambda head: _document_has(head, "id", "directory", "title", "time", "version"),
        "is what OpenCode keeps about a session, without its messages; name OpenCode's whole storage folder",
    ),
    (
        lambda head: _document_has(head, "session_id", "messages_path") or _document_has(head, "session_id", "enable_tools"),
        "is what Cline keeps about a session; name the .messages.json file beside it",
    ),
    (
        lambda head: _document_has(head, "files_in_context") or _document_has(head, "id", "ts", "task", "tokensIn"),
        "is what Cline or Roo Code keeps about a task; name the task's api_conversation_history.json or ui_messages.json",
    ),
    (
        lambda head: _document_has(head, "agent", "execution_status") or _document_has(head, "agent", "agent_status"),
        "is the state of an OpenHands conversation without its events; name the conversation's folder, or send an archive of it",
    ),
    (
        lambda head: _document_has(head, "id", "timestamp", "source", "kind") or _document_has(head, "id", "timestamp", "source", "action"),
        "is one event of an OpenHands conversation; name the conversation's folder, or send an archive of it",
    ),
    (
        lambda head: _document_has(head, "tokenUsage"),
        "is what Factory Droid keeps about a session; name the .jsonl file beside it",
    ),
    (
        lambda head: _document_has(head, "projects") and len(mapping(head.document)) == 1,
        "is Gemini CLI's list of projects; name the files in a project's chats folder below ~/.gemini/tmp",
    ),
    (
        lambda head: _document_has(head, "agents", "workDir", "lastPrompt"),
        "is what Kimi Code keeps about a session; name the wire.jsonl in its agents folder",
    ),
)
_LINES: tuple[_Rule, ...] = (
    (
        lambda head: _AIDER_LOG.match(head.first_bytes) is not None,
        "is Aider's log of what was sent to models, which tells no sessions apart; name .aider.chat.history.md",
    ),
    (
        lambda head: any({"sessionId", "project", "models", "tools"} <= record.keys() for record in head.records),
        "is Qwen Code's record of usage, which holds no messages; name the files in a project's chats folder below ~/.qwen/projects",
    ),
    (
        lambda head: all({"role", "content"} <= record.keys() for record in head.records[:1]) and bool(head.records),
        "is a bare list of chat messages, which names no agent and no session; export the session from the agent",
    ),
)


def what_it_is(head: Head) -> str | None:
    """What a source is that no reader takes, and what to do; None where that is not known either."""
    return next((sentence for holds, sentence in (*_STORES, *_DOCUMENTS, *_LINES) if holds(head)), None)
