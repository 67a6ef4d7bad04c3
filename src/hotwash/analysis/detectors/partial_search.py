"""Whether what was removed was looked for everywhere: a removal is borne out by a search of the whole project, not by tests."""

from collections.abc import Sequence

from hotwash.analysis.facts.model import Edit, Facts, Program
from hotwash.analysis.facts.order import between
from hotwash.transcript import ToolCall

REMOVED_TO_ADDED = 3
"""Below that a change replaces, which tests can show; above it the question is what still names the thing."""
_SEARCH_TOOLS = frozenset({"grep", "search", "search_files", "grep_search"})
_RECURSIVE = frozenset({"rg", "ag"})
_WHOLE = frozenset({".", "./", "./...", "*"})


def is_removal(edits: Sequence[Edit]) -> bool:
    """Whether the edits take away much more than they write."""
    return sum(len(e.removed) for e in edits) > REMOVED_TO_ADDED * sum(len(e.added) for e in edits)


def searched_everywhere(facts: Facts, after: int, until: int) -> bool:
    """Whether a search of the whole project ran between the two events."""
    return any(searches_everywhere(facts, c) for c in between(facts.calls, after, until))


def searches_everywhere(facts: Facts, call: ToolCall) -> bool:
    """Whether the call looks through the whole project."""
    run = between(facts.commands, call.seq - 1, call.seq + 1)
    return _searches_all(facts, call) or any(_program_searches_all(facts, p) for c in run for p in c.programs)


def _searches_all(facts: Facts, call: ToolCall) -> bool:
    if call.name.lower() not in _SEARCH_TOOLS or call.command is not None:
        return False
    path = call.arguments.get("path")
    return path is None or (isinstance(path, str) and _is_root(facts, path))


def _program_searches_all(facts: Facts, program: Program) -> bool:
    words = [w for w in program.words if not w.startswith("-")]
    if program.name == "git" and program.subcommand == "grep":
        return len(words) <= 1
    if program.name in _RECURSIVE:
        return len(words) <= 1 or _is_root(facts, words[-1])
    recursive = any(w.startswith("-") and not w.startswith("--") and ("r" in w or "R" in w) for w in program.words)
    return program.name == "grep" and recursive and bool(words) and _is_root(facts, words[-1])


def _is_root(facts: Facts, path: str) -> bool:
    cwd = (facts.transcript.cwd or "").replace("\\", "/").rstrip("/")
    return path in _WHOLE or (bool(cwd) and path.replace("\\", "/").rstrip("/") == cwd)
