"""The agents that call a program when a session ends: where it is entered, and which files a call is about.

Sources: Claude Code's hooks reference (settings.json, `SessionEnd` and `Stop`, fields on standard input), Codex's docs/config.md (`notify`,
one JSON argument, after every turn), Gemini CLI's docs/hooks/reference.md (settings.json, `SessionEnd`), GitHub's hooks reference for
Copilot CLI (any file in the user's hooks folder, `sessionEnd`)."""

import json
import re
import shlex
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from hotwash.intake.hooks import tomltext
from hotwash.intake.hooks.jsontext import JsonText, Malformed
from hotwash.intake.stores import User

CHAINED = "--then"
"""Option with the program that the agent called before, as a JSON list: it goes on being called."""

_ID = re.compile(r"[0-9A-Za-z_-]{1,128}")
"""A session's id as it stands in a file name: no path can be made of it."""
_TRANSCRIPT_SUFFIXES = (".jsonl", ".json")
_TIMEOUT_S = 10
"""The command returns within half a second; a machine under load may take longer."""


class HookAgent(Protocol):
    """An agent that can be told to call Hotwash."""

    name: str
    takes_argument: bool
    """Whether the call's details come as the last argument instead of on standard input."""

    def settings(self, user: User) -> Path:
        """The file that the hook is entered in."""
        ...

    def added(self, text: str, command: tuple[str, ...]) -> str:
        """The file's text with the hook; `text` has none of ours. Raises Malformed."""
        ...

    def removed(self, text: str) -> str:
        """The file's text without our hook. Raises Malformed."""
        ...

    def installed(self, text: str) -> tuple[str, ...] | None:
        """Our command as it stands in the file, without what it calls besides; None where there is none. Raises Malformed."""
        ...

    def sessions(self, call: Mapping[str, object], user: User) -> tuple[Path, ...]:
        """The files of the session that a call is about; none where the call does not say."""
        ...


class _JsonHooks(ABC):
    """Entries `hooks.<event>` in a JSON file, a list each."""

    name: str
    takes_argument = False
    events: tuple[str, ...]
    comments = False
    start = "{}\n"
    """Of a file that is not there yet."""

    @abstractmethod
    def entry(self, command: str) -> dict[str, object]:
        """The entry that has the agent call a command."""

    @abstractmethod
    def commands(self, entry: object) -> list[str]:
        """The commands in an entry, whoever made it."""

    def added(self, text: str, command: tuple[str, ...]) -> str:
        text = text if text.strip() else self.start
        for event in self.events:
            text = JsonText(text, comments=self.comments).appended(("hooks", event), self.entry(_joined(command)))
        return text

    def removed(self, text: str) -> str:
        for event in self.events:
            if text.strip():
                text = JsonText(text, comments=self.comments).without(("hooks", event), lambda entry: self._ours(entry) is not None)
        return text

    def installed(self, text: str) -> tuple[str, ...] | None:
        if not text.strip():
            return None
        parsed = JsonText(text, comments=self.comments)
        for event in self.events:
            for entry in parsed.items("hooks", event):
                ours = self._ours(entry)
                if ours is not None:
                    return ours
        return None

    def _ours(self, entry: object) -> tuple[str, ...] | None:
        """Our command, where an entry holds it and nothing else."""
        commands = self.commands(entry)
        if len(commands) != 1:
            return None
        command = _split(commands[0])
        return command if is_ours(command, self.name) else None


class _Matchers(_JsonHooks):
    """The shape of Claude Code and Gemini CLI: a list of matchers, each with a list of hooks."""

    timeout: int

    def entry(self, command: str) -> dict[str, object]:
        return {"hooks": [{"type": "command", "command": command, "timeout": self.timeout}]}

    def commands(self, entry: object) -> list[str]:
        hooks = entry.get("hooks") if isinstance(entry, dict) else None
        found = [hook.get("command") for hook in hooks if isinstance(hook, dict)] if isinstance(hooks, list) else []
        return [command for command in found if isinstance(command, str)]


class ClaudeCode(_Matchers):
    """`Stop` as well as `SessionEnd`: a terminal that is closed ends no session. What has not changed costs one question to the server."""

    name = "claude-code"
    events = ("SessionEnd", "Stop")
    timeout = _TIMEOUT_S

    def settings(self, user: User) -> Path:
        return user.moved("CLAUDE_CONFIG_DIR", ".claude") / "settings.json"

    def sessions(self, call: Mapping[str, object], user: User) -> tuple[Path, ...]:  # noqa: ARG002 the call itself names the file
        main = _named_file(call, "transcript_path")
        if main is None:
            return ()
        return (main, *sorted(main.with_suffix("").glob("subagents/**/agent-*.jsonl")))


class Gemini(_Matchers):
    """Timeouts are in milliseconds there, and settings may have comments."""

    name = "gemini"
    events = ("SessionEnd",)
    timeout = _TIMEOUT_S * 1000
    comments = True

    def settings(self, user: User) -> Path:
        return user.moved("GEMINI_CLI_HOME") / ".gemini" / "settings.json"

    def sessions(self, call: Mapping[str, object], user: User) -> tuple[Path, ...]:  # noqa: ARG002 the call itself names the file
        main = _named_file(call, "transcript_path")
        return () if main is None else (main,)


class Copilot(_JsonHooks):
    """A file of our own in the hooks folder."""

    name = "copilot"
    events = ("sessionEnd",)
    _EVENTS = "events.jsonl"
    start = '{\n  "version": 1\n}\n'

    def settings(self, user: User) -> Path:
        return self._home(user) / "hooks" / "hotwash.json"

    def entry(self, command: str) -> dict[str, object]:
        return {"type": "command", "bash": command, "powershell": f"& {command}", "timeoutSec": _TIMEOUT_S}

    def commands(self, entry: object) -> list[str]:
        command = entry.get("bash") if isinstance(entry, dict) else None
        return [command] if isinstance(command, str) else []

    def sessions(self, call: Mapping[str, object], user: User) -> tuple[Path, ...]:
        """Older versions do not say which session ended: it is the one that was written last."""
        states, session = self._home(user) / "session-state", call.get("sessionId")
        if session is None:
            return tuple(sorted(states.glob(f"*/{self._EVENTS}"), key=_changed_at)[-1:]) if call else ()
        if not isinstance(session, str) or not _ID.fullmatch(session):
            return ()
        events = states / session / self._EVENTS
        return (events,) if events.is_file() else ()

    def _home(self, user: User) -> Path:
        return user.moved("COPILOT_HOME", ".copilot")


class Codex:
    """`notify` names one program, so the one that stood there is called by ours. Codex's newer `[hooks]` run only once somebody has looked through
    them and trusts them."""

    name = "codex"
    takes_argument = True
    _KEY = "notify"

    def settings(self, user: User) -> Path:
        return user.moved("CODEX_HOME", ".codex") / "config.toml"

    def added(self, text: str, command: tuple[str, ...]) -> str:
        present = tomltext.strings(text, self._KEY)
        chained = (CHAINED, json.dumps(present)) if present else ()
        return tomltext.with_strings(text, self._KEY, (*command, *chained))

    def removed(self, text: str) -> str:
        present = tomltext.strings(text, self._KEY)
        if present is None or not is_ours(present, self.name):
            return text
        return tomltext.with_strings(text, self._KEY, chained_program(present))

    def installed(self, text: str) -> tuple[str, ...] | None:
        present = tomltext.strings(text, self._KEY)
        if present is None or not is_ours(present, self.name):
            return None
        return present[: present.index(CHAINED)] if CHAINED in present else present

    def sessions(self, call: Mapping[str, object], user: User) -> tuple[Path, ...]:
        thread = call.get("thread-id")
        if not isinstance(thread, str) or not _ID.fullmatch(thread):
            return ()
        folder = user.moved("CODEX_HOME", ".codex") / "sessions"
        return tuple(sorted(folder.glob(f"*/*/*/rollout-*-{thread}.jsonl")))


HOOK_AGENTS: tuple[HookAgent, ...] = (ClaudeCode(), Codex(), Gemini(), Copilot())


def hook_agent(name: str) -> HookAgent | None:
    """The agent of this name."""
    return next((agent for agent in HOOK_AGENTS if agent.name == name), None)


def is_ours(command: tuple[str, ...], agent: str) -> bool:
    """Whether a command is a hook of Hotwash for this agent, wherever it is installed."""
    for at in range(1, len(command) - 2):
        if command[at : at + 3] == ("hook", "run", agent):
            return "hotwash" in command[at - 1]
    return False


def chained_program(command: tuple[str, ...]) -> tuple[str, ...] | None:
    """The program that a hook of ours calls besides; None where there is none. Raises Malformed where the option is broken."""
    if CHAINED not in command[:-1]:
        return None
    try:
        return msgspec.json.decode(command[command.index(CHAINED) + 1], type=tuple[str, ...]) or None
    except msgspec.DecodeError as error:
        raise Malformed(f"{CHAINED} is no list of strings") from error


def _named_file(call: Mapping[str, object], key: str) -> Path | None:
    """The transcript that the call names; nothing else is sent anywhere, whatever it names."""
    value = call.get(key)
    if not isinstance(value, str) or "\0" in value:
        return None
    path = Path(value).expanduser()
    return path if path.is_absolute() and path.suffix in _TRANSCRIPT_SUFFIXES and path.is_file() else None


def _changed_at(path: Path) -> float:
    """0 for a file that has just vanished."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _joined(command: tuple[str, ...]) -> str:
    """As one line for the agent's shell."""
    return subprocess.list2cmdline(command) if sys.platform == "win32" else shlex.join(command)


def _split(command: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(command, posix=sys.platform != "win32"))
    except ValueError:
        return ()
