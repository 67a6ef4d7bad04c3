"""Changes of files that took effect: the edit tools of the known agents, patches, and shell commands that write files."""

import re
from collections.abc import Iterable, Iterator

from hotwash.analysis.facts.model import Command, Edit, EditKind
from hotwash.transcript import ToolCall

_EDIT_TOOLS = frozenset(
    """edit write multiedit notebookedit str_replace_editor str_replace_based_edit_tool str_replace create create_file edit_file write_file
    write_to_file replace replace_in_file insert search_replace apply_diff""".split()  # noqa: SIM905 - words in a line read better than a quoted word a line
)
_READING_COMMANDS = frozenset({"view", "undo_edit"})
_OLD_KEYS = ("old_string", "old_str", "old_text", "oldText", "search")
_NEW_KEYS = ("new_string", "new_str", "content", "file_text", "new_text", "newText", "new_source", "insert_text", "replace")
_PATH_KEYS = ("file_path", "path", "filePath", "notebook_path", "target_file", "filename")
_CREATING = frozenset({"write", "create", "create_file", "write_file", "write_to_file"})
_PATCH_KEYS = ("input", "patch", "patchText", "diff")
_PATCH_FILE = re.compile(r"^\*\*\* (Add|Update|Delete) File: (.+?)\s*$")
_PATCH_KINDS: dict[str, EditKind] = {"Add": "create", "Update": "edit", "Delete": "delete"}
MAX_EDIT_LINES = 2_000
"""Lines kept of one edit: enough for every edit a person would read, and a bound for hostile input."""
_WRITE_REDIRECT = re.compile(r"(?<![\d>&-])(?:>>?)[ \t]*+([\w./~@+-]++)")
_DISCARDED = ("/dev/", "/tmp/", "/var/tmp/")  # noqa: S108 - compared with, never opened


def find_edits(calls: Iterable[ToolCall], commands: Iterable[Command]) -> tuple[Edit, ...]:
    """Every change that took effect, in session order."""
    found: list[Edit] = []
    for call in calls:
        if call.status in ("ok", "unknown") and call.category != "shell":
            found.extend(_tool_edits(call))
    for command in commands:
        if command.call.status in ("ok", "unknown", "error"):
            found.extend(_shell_edits(command))
    found.sort(key=lambda e: e.call.seq)
    return tuple(found)


def _tool_edits(call: ToolCall) -> Iterator[Edit]:
    name = call.name.rpartition("__")[2].lower()
    arguments = call.arguments
    if name == "apply_patch":
        yield from patch_edits(call, _first_string(arguments, _PATCH_KEYS))
        return
    if name not in _EDIT_TOOLS or arguments.get("command") in _READING_COMMANDS:
        return
    path = call.path or _first_string(arguments, _PATH_KEYS)
    if not path:
        return
    kind: EditKind = "create" if name in _CREATING or arguments.get("command") == "create" else "edit"
    several = arguments.get("edits")
    changes = [c for c in several if isinstance(c, dict)] if isinstance(several, list) else [arguments]
    for change in changes:
        old, new = _first_string(change, _OLD_KEYS), _first_string(change, _NEW_KEYS)
        yield Edit(call=call, path=path, kind=kind, added=_lines(new, minus=old), removed=_lines(old, minus=new))


def patch_edits(call: ToolCall, patch: str) -> Iterator[Edit]:
    """The files of an `apply_patch` body (`*** Update File: …`, lines with `+` and `-`)."""
    path, kind = "", "edit"
    added: list[str] = []
    removed: list[str] = []
    for line in patch.splitlines()[: MAX_EDIT_LINES * 4]:
        header = _PATCH_FILE.match(line)
        if header is not None:
            if path:
                yield Edit(call=call, path=path, kind=_PATCH_KINDS[kind], added=tuple(added), removed=tuple(removed))
            kind, path = header.group(1), header.group(2)
            added, removed = [], []
        elif line.startswith("+"):
            added.append(line[1:].strip())
        elif line.startswith("-"):
            removed.append(line[1:].strip())
    if path:
        yield Edit(call=call, path=path, kind=_PATCH_KINDS[kind], added=tuple(added), removed=tuple(removed))


def _shell_edits(command: Command) -> Iterator[Edit]:
    call, text = command.call, command.call.command or ""
    if "*** Begin Patch" in text:
        if call.status != "error":
            yield from patch_edits(call, text)
        return
    for program in command.programs:
        if program.name in ("sed", "perl") and any(w.startswith(("-i", "-pi", "--in-place")) for w in program.words):
            files = [w for w in program.words if not w.startswith("-")]
            if files:
                yield Edit(call=call, path=files[-1], kind="edit")
    if call.status != "error" and ("cat" in text or "tee" in text or "echo" in text or "printf" in text):
        first_line_end = text.find("\n")
        head = text if first_line_end < 0 else text[:first_line_end]
        for match in _WRITE_REDIRECT.finditer(head[:2000]):
            path = match.group(1)
            if not path.startswith(_DISCARDED):
                yield Edit(call=call, path=path, kind="edit" if ">>" in match.group() else "create")


def _first_string(values: dict[str, object], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = values.get(key)
        if isinstance(value, str):
            return value
    return ""


def _lines(text: str, *, minus: str) -> tuple[str, ...]:
    """The lines of `text` that are not in `minus`, stripped, without empty ones."""
    if not text:
        return ()
    other = {line.strip() for line in minus.splitlines()} if minus else frozenset()
    return tuple(s for line in text.splitlines()[:MAX_EDIT_LINES] if (s := line.strip()) and s not in other)
