"""What a tool does, told from its name and arguments: for every format in which a tool may be called anything."""

import re
import shlex
from pathlib import PurePosixPath

from hotwash.readers.base import MAX_ARGUMENT_CHARS
from hotwash.readers.fields import mapping, sequence, some_string
from hotwash.transcript import Category

MAX_ARGUMENT_DEPTH = 24
"""Deeper values are left out. Real arguments nest 6 deep at most; a hostile nest must not exhaust the stack further down."""
MAX_NAME_CHARS = 200
"""Longest tool name kept. The longest real ones, of MCP tools, have about 90."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# First row with a word of the name wins, so the narrower meaning comes first: `mark_task_complete` ends the work and plans nothing,
# `web_search` searches, `str_replace_editor` edits, `search_files` searches.
_WORDS: tuple[tuple[Category, frozenset[str]], ...] = (
    ("other", frozenset({"finish", "complete", "submit", "think", "thought", "subagent", "delegate", "spawn"})),
    ("message", frozenset({"message", "ask", "reply", "respond", "question"})),
    ("knowledge", frozenset({"skill", "knowledge", "memory", "note"})),
    ("todo", frozenset({"todo", "todos", "plan", "task", "tasks"})),
    ("search", frozenset({"grep", "glob", "search", "find", "ls", "list", "ripgrep"})),
    ("browser", frozenset({"browser", "browse", "web", "webpage", "url", "fetch", "navigate", "screenshot"})),
    ("git", frozenset({"git", "commit", "pull", "branch"})),
    ("shell", frozenset({"bash", "shell", "sh", "execute", "exec", "terminal", "command", "cmd", "powershell", "zsh", "ipython"})),
    (
        "file",
        frozenset(
            {"read", "write", "edit", "editor", "replace", "create", "view", "file", "files", "patch", "insert", "open", "delete", "diff"}
        ),
    ),
    ("shell", frozenset({"run", "python", "stdin"})),
)
_SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh", "fish"})
_COMMAND_KEYS = ("command", "cmd", "commands", "keystrokes", "script", "code", "input")
_PATH_KEYS = ("path", "file_path", "filePath", "file", "filename", "absolute_path", "target_file", "notebook_path")


def categorise(name: str) -> Category:
    """The category of a tool whose name is all we know."""
    if is_mcp(name):
        return "mcp"
    if name == "Task":
        return "other"  # Claude Code's subagents, in whatever format its sessions come
    words = {word.lower() for word in _WORD.findall(name)}
    return next((category for category, known in _WORDS if words & known), "other")


def tool_name(value: object) -> str:
    """The name under which a tool was called, `unknown` where there is none."""
    return (some_string(value) or "unknown")[:MAX_NAME_CHARS]


def is_mcp(name: str) -> bool:
    """`mcp__server__tool`, `server__tool` and the like: the way agents join a server's name to its tool's."""
    return name.startswith("mcp_") or "__" in name.strip("_") or "mcp" in _WORD.findall(name)


def shell_command(arguments: dict[str, object]) -> str | None:
    """The command line in a shell call's arguments, verbatim. An argument vector gives its script where it is `bash -lc SCRIPT`, else is joined."""
    for key in _COMMAND_KEYS:
        value = arguments.get(key)
        if isinstance(value, str) and value:
            return value
        argv = [part for part in sequence(value) if isinstance(part, str)]
        if argv:
            return command_of_argv(argv)
    return None


def command_of_argv(argv: list[str]) -> str:
    """The script of `bash -lc SCRIPT`, else the words quoted and joined."""
    if len(argv) == 3 and PurePosixPath(argv[0]).name in _SHELLS and re.fullmatch(r"-[a-z]*c", argv[1]):
        return argv[2]
    return shlex.join(argv)


def command_of_text(command: str) -> str:
    """The script of a command line that is `bash -lc 'SCRIPT'`, unquoted; any other command line as it is."""
    if not command.lstrip("/abcdefghijklmnopqrstuvwxyz").startswith(" -"):
        return command
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    return command_of_argv(words) if len(words) == 3 and words[0].rpartition("/")[2] in _SHELLS else command


def file_path(arguments: dict[str, object]) -> str | None:
    """The file in a file call's arguments, as the agent named it."""
    return next((path for key in _PATH_KEYS if (path := some_string(arguments.get(key)))), None)


def cap_arguments(arguments: object) -> dict[str, object]:
    """Arguments with long strings cut to MAX_ARGUMENT_CHARS and values nested too deep left out."""
    return {key: _capped(value, MAX_ARGUMENT_DEPTH) for key, value in mapping(arguments).items()}


def _capped(value: object, depth: int) -> object:
    if isinstance(value, str):
        return value if len(value) <= MAX_ARGUMENT_CHARS else value[:MAX_ARGUMENT_CHARS]
    if isinstance(value, dict):
        return {key: _capped(inner, depth - 1) for key, inner in value.items()} if depth else None
    if isinstance(value, list):
        return [_capped(inner, depth - 1) for inner in value] if depth else None
    return value
