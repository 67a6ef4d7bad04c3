"""Claude Code transcripts and the output of `claude -p --output-format stream-json`.

Transcripts lie in `~/.claude/projects/<folder>/<sessionId>.jsonl`, a subagent's in `<sessionId>/subagents/agent-<id>.jsonl` beside it. One
file is one session: copies of a subagent's messages inside its parent's file are left out, since the subagent has a file of its own. A
stream alone holds its subagents' messages: they become sessions of their own.
"""

from collections.abc import Iterator

from hotwash.readers.base import Head, Source
from hotwash.readers.claude_code.sessions import read_file, read_stream
from hotwash.transcript import Transcript

_BOOKKEEPING = frozenset(
    {
        "summary",
        "file-history-snapshot",
        "queue-operation",
        "custom-title",
        "ai-title",
        "mode",
        "permission-mode",
        "last-prompt",
        "progress",
        "agent-name",
    }
)
"""Types that only Claude Code writes; any of them may open a file, some without a session id."""


class ClaudeCode:
    """Claude Code's own session files, 2.0 to 2.1.330."""

    format = "claude-code"

    def detects(self, head: Head) -> bool:
        """A record with a session id and a uuid, or a bookkeeping record of Claude Code's. Qwen Code's records look alike but hold
        `message.parts`; Gemini CLI's open with a `projectHash`. At a glance only a message will do, since those of others are known by theirs."""
        if any("projectHash" in record or _has_parts(record) for record in head.records):
            return False
        return any(_is_message(record) if head.is_glance else _is_claude_record(record) for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        yield read_file(source, self.format)


class ClaudeCodeStream:
    """What `claude -p --output-format stream-json` prints: the same messages, opened by a `system/init` record and closed by a `result`."""

    format = "claude-code-stream"

    def detects(self, head: Head) -> bool:
        return any(record.get("type") == "system" and record.get("subtype") == "init" and "session_id" in record for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        yield from read_stream(source, self.format)


def _has_parts(record: dict[str, object]) -> bool:
    message = record.get("message")
    return isinstance(message, dict) and "parts" in message


def _is_message(record: dict[str, object]) -> bool:
    message = record.get("message")
    return "sessionId" in record and "uuid" in record and isinstance(message, dict) and "role" in message and "content" in message


def _is_claude_record(record: dict[str, object]) -> bool:
    kind = record.get("type")
    if "sessionId" in record and isinstance(kind, str):
        return "uuid" in record or kind in _BOOKKEEPING or "message" in record
    return (kind == "summary" and "leafUuid" in record) or (kind == "file-history-snapshot" and "snapshot" in record)
