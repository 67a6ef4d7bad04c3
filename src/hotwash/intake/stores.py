"""Where each agent keeps its sessions on a developer's machine (formats sections 1 to 9), with the environment variables that move them. Only
places and names; nothing here touches a file."""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

Places = Callable[["User"], tuple[Path, ...]]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Whose machine it is."""

    home: Path
    env: Mapping[str, str]
    platform: str = sys.platform

    def moved(self, variable: str, *default: str) -> Path:
        """The folder that an environment variable names, else one below the home folder."""
        named = self.env.get(variable, "").strip()
        return Path(named).expanduser() if named else self.home.joinpath(*default)

    @property
    def data(self) -> Path:
        """Where programs that follow XDG keep their data; several agents do so on every system."""
        return self.moved("XDG_DATA_HOME", ".local", "share")

    @property
    def config(self) -> Path:
        """Where desktop programs built on Electron keep theirs."""
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        if self.platform == "win32":
            return self.moved("APPDATA", "AppData", "Roaming")
        return self.moved("XDG_CONFIG_HOME", ".config")


class KnownStore(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of store."""

    agent: str
    format: str
    """Of the reader that takes it."""
    places: Places
    sessions: re.Pattern[str]
    """Matches the path, below the place and with slashes, of a file that is one session each; or of a database that holds several."""
    parts: re.Pattern[str] | None = None
    """Further files to read that are no session of a person's: subagents."""
    rest: re.Pattern[str] | None = None
    """Further files of a session that lies in a folder: they count for its size, and come with it."""
    table: str | None = None
    """In a database, the table with a row a session."""


_EDITORS = ("Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf")


def _tasks(extension: str) -> Places:
    return lambda user: tuple(user.config / editor / "User" / "globalStorage" / extension / "tasks" for editor in _EDITORS)


KNOWN_STORES: tuple[KnownStore, ...] = (
    KnownStore(
        agent="Claude Code",
        format="claude-code",
        places=lambda user: (user.moved("CLAUDE_CONFIG_DIR", ".claude") / "projects",),
        sessions=re.compile(r"[^/]+/[^/]+\.jsonl"),
        parts=re.compile(r"[^/]+/[^/]+/subagents/(?:.+/)?agent-[^/]+\.jsonl"),
    ),
    KnownStore(
        agent="Codex",
        format="codex",
        places=lambda user: (user.moved("CODEX_HOME", ".codex") / "sessions", user.moved("CODEX_HOME", ".codex") / "archived_sessions"),
        sessions=re.compile(r"(?:.+/)?rollout-[^/]+\.jsonl"),
    ),
    KnownStore(
        agent="GitHub Copilot CLI",
        format="copilot-cli",
        places=lambda user: (user.moved("COPILOT_HOME", ".copilot") / "session-state",),
        sessions=re.compile(r"[^/]+/events\.jsonl"),
    ),
    KnownStore(
        agent="Gemini CLI",
        format="gemini-cli",
        places=lambda user: (user.moved("GEMINI_CLI_HOME") / ".gemini" / "tmp",),
        sessions=re.compile(r"[^/]+/chats/session-[^/]+\.jsonl?"),
        parts=re.compile(r"[^/]+/chats/[^/]+/[^/]+\.jsonl?"),
    ),
    KnownStore(
        agent="Qwen Code",
        format="qwen-code",
        places=lambda user: (user.home / ".qwen" / "projects",),
        sessions=re.compile(r"[^/]+/chats/[^/]+\.jsonl"),
    ),
    KnownStore(
        agent="OpenCode",
        format="opencode",
        places=lambda user: (user.data / "opencode",),
        sessions=re.compile(r"opencode[^/]*\.db"),
        table="session",
    ),
    KnownStore(
        agent="OpenCode before 1.2",
        format="opencode",
        places=lambda user: (user.data / "opencode",),
        sessions=re.compile(r"(?:project/[^/]+/)?storage/session/(?!message/|part/)[^/]+/[^/]+\.json"),
        rest=re.compile(r"(?:project/[^/]+/)?storage/(?:session/)?(?:message|part)/.+\.json"),
    ),
    KnownStore(
        agent="OpenHands",
        format="openhands",
        places=lambda user: (user.home / ".openhands" / "conversations",),
        sessions=re.compile(r"[^/]+/base_state\.json"),
        rest=re.compile(r"[^/]+/events/[^/]+\.json"),
    ),
    KnownStore(
        agent="pi",
        format="pi",
        places=lambda user: (user.moved("PI_CODING_AGENT_DIR", ".pi", "agent") / "sessions",),
        sessions=re.compile(r"(?:[^/]+/)?[^/]+\.jsonl"),
    ),
    KnownStore(
        agent="Cline CLI",
        format="cline",
        places=lambda user: (user.home / ".cline" / "data" / "sessions",),
        sessions=re.compile(r"[^/]+/[^/]+\.messages\.json"),
    ),
    KnownStore(
        agent="Cline (editor)",
        format="cline",
        places=_tasks("saoudrizwan.claude-dev"),
        sessions=re.compile(r"[^/]+/api_conversation_history\.json"),
        parts=re.compile(r"[^/]+/ui_messages\.json"),
    ),
    KnownStore(
        agent="Roo Code",
        format="cline",
        places=_tasks("rooveterinaryinc.roo-cline"),
        sessions=re.compile(r"[^/]+/api_conversation_history\.json"),
        parts=re.compile(r"[^/]+/ui_messages\.json"),
    ),
    KnownStore(
        agent="Cursor (agent)",
        format="cursor",
        places=lambda user: (user.home / ".cursor" / "projects",),
        sessions=re.compile(r"[^/]+/agent-transcripts/(?:[^/]+/)?[^/]+\.jsonl"),
        parts=re.compile(r"[^/]+/agent-transcripts/[^/]+/subagents/[^/]+\.jsonl"),
    ),
    KnownStore(
        agent="Cursor (terminal)",
        format="cursor-chat",
        places=lambda user: (user.home / ".cursor" / "chats",),
        sessions=re.compile(r"[^/]+/[^/]+/store\.db"),
    ),
    KnownStore(
        agent="Cursor (editor)",
        format="cursor",
        places=lambda user: (user.config / "Cursor" / "User" / "globalStorage",),
        sessions=re.compile(r"state\.vscdb"),
    ),
    KnownStore(
        agent="Goose",
        format="goose",
        places=lambda user: (user.data / "goose" / "sessions",),
        sessions=re.compile(r"sessions\.db"),
        table="sessions",
    ),
    KnownStore(
        agent="Goose before 1.10",
        format="goose",
        places=lambda user: (user.data / "goose" / "sessions",),
        sessions=re.compile(r"[^/]+\.jsonl"),
    ),
    KnownStore(
        agent="Devin CLI",
        format="devin-local",
        places=lambda user: (user.data / "devin" / "cli",),
        sessions=re.compile(r"sessions\.db"),
        table="sessions",
    ),
    KnownStore(
        agent="Devin desktop",
        format="devin-local",
        places=lambda user: (user.config / "Devin" / "User" / "acp-messages",),
        sessions=re.compile(r"[^/]+\.db"),
    ),
    KnownStore(
        agent="Kimi Code",
        format="kimi-code",
        places=lambda user: (user.moved("KIMI_CODE_HOME", ".kimi-code") / "sessions",),
        sessions=re.compile(r"[^/]+/[^/]+/agents/main/wire\.jsonl"),
        parts=re.compile(r"[^/]+/[^/]+/agents/[^/]+/wire\.jsonl"),
    ),
    KnownStore(
        agent="Factory Droid",
        format="factory-droid",
        places=lambda user: (user.home / ".factory" / "sessions",),
        sessions=re.compile(r"(?:[^/]+/)?[^/]+\.jsonl"),
    ),
)
"""Aider is not here: it keeps its history in each repository, and a home folder is not searched for it."""
