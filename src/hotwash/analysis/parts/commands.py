"""Commands as one would write them into a prompt: one simple command in its plainest form, repeatable, and harmless to run again."""

import re
from collections.abc import Callable, Sequence

from hotwash.analysis.facts.everyday import PLUMBING
from hotwash.analysis.facts.model import Program
from hotwash.analysis.facts.shell import parse_command

MAX_COMMAND_CHARS = 120
"""A longer command is a one-off script, not something to put into a prompt."""
SCANNED_COMMAND_CHARS = 2_000
"""Of a script, the part in which its checks are looked for."""

_TOKEN = re.compile(
    r"'[^']*+'|\"(?:[^\"\\]|\\.)*+\"|\\.|(?P<pipe>\|&?(?!\|))|(?P<list>&&|\|\||;|\n|(?<!>)&(?![&>\d]))|[^'\"\\|&;\n]+|.", re.DOTALL
)
_REDIRECTIONS = re.compile(r"(?:\s+(?:[12&]?>{1,2}\s*(?:&[12]|/dev/null|[\w./~-]+)|<\s*/dev/null))+$")
_WRAPPER = re.compile(r"^(?:(?:time|command|exec|nohup)\s+|(?:g?timeout)\s+(?:-\S+\s+)*\d+[smh]?\s+)+")
_NO_SIMPLE_COMMAND = re.compile(r"[`\n(){}]|\$\(|<<|[<>]|\$\{?[A-Za-z_]")
"""Substitutions, here-documents, redirections, variables: what only the one run had a use for."""
_THROWAWAY = re.compile(r"/tmp/|/private/var/|/dev/null|\bmktemp\b", re.IGNORECASE)  # noqa: S108 (a pattern to refuse such paths)

_REWRITES = frozenset({"reset", "rebase", "clean", "restore", "stash", "filter-branch", "filter-repo", "reflog", "gc", "prune"})
"""Git subcommands that throw work away or rewrite history, or hide it."""
_FORCED = re.compile(
    r"^(?:-f|--force(?:-with-lease|-if-includes)?(?:=.*)?|--delete|-d|-D|--mirror|--prune|--amend|--no-verify|--hard|\+\S+|:\S+)$"
)
_DESTROYERS = frozenset("rm rmdir shred dd mkfs truncate unlink kill pkill killall dropdb reboot shutdown".split())  # noqa: SIM905 - words in a line read better than a quoted word a line
_DESTROYING_WORDS = frozenset("delete destroy drop purge prune uninstall unpublish remove rm rmi teardown nuke wipe down".split())  # noqa: SIM905 - words in a line read better than a quoted word a line
_LOOKING_GIT = frozenset("status log diff show branch remote fetch rev-parse ls-files blame describe config tag shortlog".split())  # noqa: SIM905 - words in a line read better than a quoted word a line
_LOOKING_WORDS = frozenset("list ls view status show get describe info help which version why outdated".split())  # noqa: SIM905 - words in a line read better than a quoted word a line
_LOOKS = re.compile(r"\s(?:--help|-h|--version|-V)\b")


def simple_commands(command: str) -> tuple[str, ...]:
    """The simple commands of a line in their plainest form, those that stand in a pipe after another left out.

    Changes of folder stay out of the way because they are commands of their own; redirections at the end and wrappers such as `timeout 60` are left
    out. What remains stands verbatim in the line; what is no plain command (substitutions, here-documents, variables) is left out.
    """
    found: list[str] = []
    start, piped = 0, False
    text = command[:SCANNED_COMMAND_CHARS]
    for token in _TOKEN.finditer(text):
        operator = token.lastgroup
        if operator is None:
            continue
        if not piped:
            found.append(text[start : token.start()])
        start, piped = token.end(), operator == "pipe"
    if not piped and len(command) <= SCANNED_COMMAND_CHARS:
        found.append(text[start:])
    return tuple(plain for part in found if (plain := _plain(part)))


def _plain(part: str) -> str:
    plain = _WRAPPER.sub("", _REDIRECTIONS.sub("", part.strip())).strip()
    if len(plain) > MAX_COMMAND_CHARS or _NO_SIMPLE_COMMAND.search(plain) or _THROWAWAY.search(plain):
        return ""
    return plain


def plain_command(command: str, wanted: Callable[[Program], bool] = lambda program: program.name not in PLUMBING) -> str:
    """The first simple command of the line that runs a wanted program (by default: any that is not plumbing); empty where there is none."""
    for simple in simple_commands(command):
        programs = parse_command(simple).programs
        if len(programs) == 1 and wanted(programs[0]):
            return simple
    return ""


def is_destructive(program: Program) -> bool:
    """Whether running it again could destroy work, rewrite history or take something away: never to be suggested."""
    if program.name == "git":
        if program.subcommand in _REWRITES or (program.subcommand == "checkout" and "--" in program.words):
            return True
        return any(_FORCED.match(word) for word in program.words)
    if program.name in _DESTROYERS:
        return True
    return bool(_DESTROYING_WORDS & {program.subcommand or "", *program.words[:1]}) or "--force" in program.words


def only_looks(programs: Sequence[Program], command: str = "") -> bool:
    """Whether the command only inspects: nothing would be gained by telling an agent to run it."""
    if _LOOKS.search(command):
        return True
    return all(
        program.name in PLUMBING
        or (program.name == "git" and program.subcommand in _LOOKING_GIT)
        or bool(_LOOKING_WORDS & {program.subcommand or "", *program.words[:1]})
        for program in programs
    )
