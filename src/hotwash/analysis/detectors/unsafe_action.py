"""A destructive or risky act that nobody asked for: forced push, remote branch deleted, others' changes thrown away, a check bypassed."""

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from hotwash.analysis.cost import in_words
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.pushed_along import find_pushed_along
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.check_tools import target
from hotwash.analysis.facts.model import Command, Facts, Program
from hotwash.analysis.facts.order import before
from hotwash.analysis.facts.paths import base_name
from hotwash.analysis.model import IssueKind, Severity
from hotwash.kit.text import one_line

_THROWAWAY = re.compile(
    r"^(?:/tmp/|/private/tmp/|.*/\.cache/|/var/tmp/|\$|\./?tmp|.*(?:node_modules|/?dist|/?build|/?target|__pycache__|\.pytest_cache|coverage|\.next|\.cache|\.venv|venv|\.tox|\.egg-info|/tmp|\.log|\.tmp|\.o|\.pyc)/?\*?$)"
)
"""What is made anew by the next build, or was meant for the moment."""
_REQUESTED: dict[str, re.Pattern[str]] = {
    "delete": re.compile(
        r"\b(?:delete|remove|clean|wipe|purge|drop|get rid|rm|start (?:over|fresh)|reset|redo|move|rename|migrat\w+|consolidate|replace)\b",
        re.IGNORECASE,
    ),
    "discard": re.compile(r"\b(?:revert|discard|undo|restore|reset|roll ?back|throw away|drop|clean|start over)\b", re.IGNORECASE),
    "force": re.compile(r"\b(?:force|rebase|squash|amend|rewrite)\b|--force|-f\b", re.IGNORECASE),
    "bypass": re.compile(r"no-verify|\b(?:skip|bypass|ignore|disable)\b", re.IGNORECASE),
}


_RULES_BYPASSED = re.compile(r"\bbypassed rule violations\b", re.IGNORECASE)
"""What GitHub answers to a push that its branch rules forbid and the pusher's rights allow."""
_TOLD = re.compile(r"\b(?:bypass\w*|rule violations?|branch protection|protected branch)\b", re.IGNORECASE)
COMMAND_CHARS = 4_000
_LOOKING = frozenset({"git", "cat", "ls", "head", "tail", "less", "wc", "grep", "rg", "find", "cd", "diff", "stat", "echo", "nl"})
_SUFFIX = re.compile(r"\.\w{1,6}$")
Words = tuple[str, ...]


class _Act(msgspec.Struct, frozen=True, kw_only=True):
    asked_by: str
    """Which words of the person would have asked for it: a key of `_REQUESTED`."""
    label: str
    what: str
    severity: Severity
    about: str
    """Words of the command to quote."""


def _forces(words: Words) -> bool:
    return any(w in ("--force", "-f") or w.startswith("+") for w in words)


def _deletes_remote(words: Words) -> bool:
    return "--delete" in words or "-d" in words or any(w.startswith(":") for w in words)


def _cleans(words: Words) -> bool:
    options = "".join(w for w in words if w.startswith("-"))
    return "f" in options and "n" not in options


_BYPASS = _Act(
    asked_by="bypass", label="hooks bypassed", what="The agent bypassed the repository's hooks", severity="low", about="--no-verify"
)
_GIT_ACTS: tuple[tuple[str, Callable[[Words], bool], _Act], ...] = (
    ("push", _forces, _Act(asked_by="force", label="forced push", what="The agent pushed by force", severity="medium", about="push")),
    (
        "push",
        _deletes_remote,
        _Act(
            asked_by="delete",
            label="remote branch deleted",
            what="The agent deleted a branch on the remote",
            severity="medium",
            about="push",
        ),
    ),
    ("push", lambda words: "--no-verify" in words, _BYPASS),
    ("commit", lambda words: "--no-verify" in words or "-n" in words, _BYPASS),
    (
        "reset",
        lambda words: words == ("--hard",),
        _Act(
            asked_by="discard", label="uncommitted changes reset", what="The agent reset the working tree", severity="medium", about="reset"
        ),
    ),
    (
        "clean",
        _cleans,
        _Act(
            asked_by="delete",
            label="untracked files cleaned away",
            what="The agent deleted untracked files",
            severity="medium",
            about="clean",
        ),
    ),
)
"""Subcommand of git, what its words must say, and the act."""


class UnsafeActionDetector:
    kind: IssueKind = "unsafe_action"
    version = 3

    def detect(self, facts: Facts) -> Iterable[Finding]:
        yield from find_pushed_along(facts)
        yield from _rules_bypassed(facts)
        seen: set[str] = set()
        for command in facts.commands:
            if command.call.status == "denied" or command.failed:
                continue
            for program, act in _acts(facts, command):
                if act.label in seen or _asked(facts, command, act.asked_by):
                    continue
                seen.add(act.label)
                quote = pick_quote(command.call.command or "", act.about, in_arguments=True)
                if quote:
                    yield _finding(facts, command, program, act, quote)


def _rules_bypassed(facts: Facts) -> Iterator[Finding]:
    """The first push that went past the rules of its branch, where neither the person nor the agent's reports speak of it."""
    pushed = next((c for c in facts.commands if _RULES_BYPASSED.search(c.call.output[:COMMAND_CHARS])), None)
    quote = pick_quote(pushed.call.output, _RULES_BYPASSED) if pushed is not None else ""
    said = [m.text for m in facts.messages] + [m.text for m in facts.agent_messages]
    if pushed is None or not quote or any(map(_TOLD.search, said)):
        return
    yield Finding(
        kind="unsafe_action",
        severity="low",
        label="branch rules bypassed and not reported",
        what=f"The push went past the branch's rules, and the agent's report does not say so: “{one_line(quote, 120)}”.",
        impact="What the rules were to make sure of, such as a review or status checks, did not happen.",
        cites=(Cite(first=pushed.call, last=pushed.call, quote=quote),),
        cause="branch rules bypassed",
    )


def _finding(facts: Facts, command: Command, program: Program, act: _Act, quote: str) -> Finding:
    return Finding(
        kind="unsafe_action",
        severity=act.severity,
        label=act.label,
        what=f"{act.what}, which nobody had asked for: `{one_line(target(program), 120)}`.",
        impact=f"It happened {in_words(facts, 0, command.call.seq)} into the session.",
        cites=(Cite(first=command.call, last=command.call, quote=quote),),
        cause=act.label,
    )


def _asked(facts: Facts, command: Command, kind: str) -> bool:
    pattern = _REQUESTED[kind]
    return any(pattern.search(m.text) for m in before(facts.messages, command.call.seq))


def _acts(facts: Facts, command: Command) -> Iterator[tuple[Program, _Act]]:
    in_throwaway = False
    for program in command.programs:
        act = None
        if program.name == "cd" and program.words:
            in_throwaway = bool(_THROWAWAY.match(program.words[0] + "/"))
        elif program.name == "git":
            yield from ((program, act) for sub, says, act in _GIT_ACTS if sub == program.subcommand and says(program.words))
            act = _discard(facts, command, program)
        elif program.name == "rm" and not in_throwaway:
            act = _deletion(facts, command, program)
        if act is not None:
            yield program, act


def _deletion(facts: Facts, command: Command, program: Program) -> _Act | None:
    """A folder outside the project, not made in this session and not made to be thrown away."""
    if not any(w.startswith("-") and "r" in w.lower() for w in program.words):
        return None
    targets = [w for w in program.words if not w.startswith("-") and _is_outside(facts, w)]
    foreign = [t for t in targets if not _THROWAWAY.match(t) and not _made_here(facts, command, t)]
    if not foreign:
        return None
    return _Act(
        asked_by="delete",
        label="folder outside the project deleted unasked",
        what=f"The agent deleted {one_line(foreign[0], 80)}",
        severity="low",
        about=foreign[0],
    )


def _discard(facts: Facts, command: Command, program: Program) -> _Act | None:
    """Uncommitted changes of files that the agent had not changed itself."""
    targets = [w for w in program.words if not w.startswith("-")]
    checkout = program.subcommand == "checkout" and ("--" in program.words or _looks_like_files(targets))
    if not checkout and not (program.subcommand == "restore" and "--staged" not in program.words):
        return None
    foreign = [t for t in targets if _is_file(t) and not _edited(facts, command, t) and _was_seen_changed(facts, command, t)]
    if not foreign:
        return None
    return _Act(
        asked_by="discard",
        label="others' uncommitted changes discarded",
        what=f"The agent discarded uncommitted changes of {one_line(', '.join(foreign[:3]), 80)}, which it had not made",
        severity="medium",
        about=foreign[0],
    )


def _looks_like_files(targets: list[str]) -> bool:
    return len(targets) >= 2 and all(_is_file(t) for t in targets)


def _is_file(word: str) -> bool:
    return bool(_SUFFIX.search(word)) and not word.startswith("origin/")


def _edited(facts: Facts, command: Command, path: str) -> bool:
    """Whether the agent may have changed the file: by an edit, or by a program that names it and does more than look."""
    name = base_name(path)
    return any(base_name(e.path) == name for e in before(facts.edits, command.call.seq + 1)) or any(
        name in (c.call.command or "")[:COMMAND_CHARS] and any(p.name not in _LOOKING for p in c.programs)
        for c in before(facts.commands, command.call.seq)
    )


def _was_seen_changed(facts: Facts, command: Command, path: str) -> bool:
    """Whether git had shown the file as changed: only then were there changes to lose, and the agent knew."""
    name = base_name(path)
    return any(
        name in c.call.output
        for c in before(facts.commands, command.call.seq)
        if any(p.name == "git" and p.subcommand in ("status", "diff") for p in c.programs)
    )


def _is_outside(facts: Facts, path: str) -> bool:
    """Outside the working directory, where no repository can bring it back. A relative path is taken to be inside."""
    if path.startswith("~"):
        return True
    cwd = facts.transcript.cwd
    return path.startswith("/") and cwd is not None and not path.startswith(cwd)


def _made_here(facts: Facts, command: Command, path: str) -> bool:
    """Whether the session itself made what it deletes: an edit below it, or an earlier command that names it."""
    key = path.rstrip("/*").rpartition("/")[2] or path
    return any(key in e.path for e in before(facts.edits, command.call.seq)) or any(
        key in (c.call.command or "")[:COMMAND_CHARS] and _makes(c) for c in before(facts.commands, command.call.seq + 1)
    )


def _makes(command: Command) -> bool:
    return any(
        p.name in ("mkdir", "cp", "mktemp", "touch", "tar", "unzip") or (p.name == "git" and p.subcommand in ("clone", "worktree"))
        for p in command.programs
    )
