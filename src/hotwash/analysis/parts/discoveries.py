"""What a session found out by work that a better prompt would have told it: the checks that count, the command that worked after another failed,
the files that the work was really about."""

import re
from collections import Counter
from collections.abc import Sequence, Set

import msgspec

from hotwash.analysis.facts import check_tools
from hotwash.analysis.facts.model import CheckKind, CheckRun, Command, Facts, Program
from hotwash.analysis.facts.paths import base_name, is_absolute, is_scratch, relative
from hotwash.analysis.model import Role
from hotwash.analysis.parts.commands import is_destructive, only_looks, plain_command

SEARCH_BEFORE_EDIT = 6
"""Looks before the first change; fewer mean that the agent knew where to go and naming the file would have saved nothing."""
RETRY_WITHIN = 4
"""Commands after a failure among which the one that works in its stead is looked for."""
_BY_NAME = re.compile(
    r"\s(?:-run|--run|-k|-t|-g|--grep|--filter|--testNamePattern|--test|--lf|--last-failed|-Dtest)(?:[ =]|$)|::|\s\S*\.(?:py|go|tsx?|jsx?|mjs|rb|rs|php|java|kt|cs|exs|bats|c|cc|cpp|md)\b"
)
"""A check of chosen tests or files: right while working on them, none of the project's checks."""
_CHECK_ORDER: tuple[CheckKind, ...] = ("test", "lint", "type_check", "build", "format")
_CHECK_NOUNS: dict[CheckKind, str] = {
    "test": "tests",
    "lint": "linter",
    "type_check": "type check",
    "build": "build",
    "format": "format check",
}

_NEXT_TASK: frozenset[Role] = frozenset({"request", "follow_up"})
"""Roles of messages with which work begins that the first prompt did not ask for."""
_FILE_NAME = re.compile(r"[\w@+.-][\w@+ ./\\()\[\]-]*")
"""A path that was parsed from a script may be an expression of it."""


class Discovery(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found out, and where."""

    name: str
    """The command or path, as it goes into a prompt; occurs verbatim in the session."""
    note: str = ""
    excerpt: str
    """Verbatim words of the session."""
    why: str
    record: int
    records: tuple[int, ...]
    """Records that an issue about the same thing would cite."""

    @property
    def known_by(self) -> str:
        """What stands in a prompt that names this already: the command, or the file's name without its folder."""
        return self.name if " " in self.name else base_name(self.name)


def check_commands(facts: Facts, kinds: Sequence[CheckKind] | None = None) -> tuple[Discovery, ...]:
    """Per kind of check the project's command in its plainest form that passed last: one for everything, else one for a part that had failed before.
    All kinds, tests first, unless some are named."""
    found: dict[str, Discovery] = {}
    created = {base_name(edit.path) for edit in facts.edits if edit.kind == "create"}
    for kind in _CHECK_ORDER if kinds is None else kinds:
        runs = [run for run in facts.checks if run.kind == kind]
        if (chosen := _best(runs, created)) is None:
            continue
        passed, name = chosen
        failed = [run for run in runs if run.passed is False and run.call.seq < passed.call.seq]
        why = f"The {_CHECK_NOUNS[kind]} passed with it at record {passed.call.record}"
        why += f", after {len(failed)} failing run{'' if len(failed) == 1 else 's'}." if failed else "."
        records = (passed.call.record, *(run.call.record for run in failed))
        found.setdefault(name, Discovery(name=name, excerpt=name, why=why, record=passed.call.record, records=records))
    return tuple(found.values())


def _best(runs: Sequence[CheckRun], created: Set[str]) -> tuple[CheckRun, str] | None:
    """The last passing run of the command with the fewest words, as the project's own rather than the day's; one of a part only where it had failed.
    Scripts created in the session are the agent's, not the project's."""
    part: tuple[CheckRun, str] | None = None
    whole: tuple[CheckRun, str] | None = None
    for run in reversed(runs):
        if not run.passed or not (name := check_command(run)) or is_filtered(name) or created & {base_name(word) for word in name.split()}:
            continue
        if run.narrow:
            part = part or (run, name)
        elif whole is None or len(name.split()) < len(whole[1].split()):
            whole = run, name
    return whole or (part if any(run.passed is False for run in runs) else None)


def check_command(run: CheckRun) -> str:
    """The run's own command in its plainest form; empty where that is none one could ask for, such as the installation of a tool."""

    def is_the_check(program: Program) -> bool:
        known = check_tools.recognise(program)
        return known == (run.kind, run.tool) and check_tools.target(program) == run.target and "install" not in (program.subcommand or "")

    return plain_command(run.call.command or "", is_the_check)


def is_filtered(command: str) -> bool:
    """Whether a check command names chosen tests or files."""
    return bool(_BY_NAME.search(command))


def working_commands(facts: Facts) -> tuple[Discovery, ...]:
    """Commands that worked where another spelling of the same thing had just failed. Nothing that destroys, rewrites history or only looks."""
    checks = {check.call.seq for check in facts.checks}
    found: dict[str, Discovery] = {}
    for index, command in enumerate(facts.commands):
        if command.failed is not True or command.call.seq in checks or not command.programs:
            continue
        mended = _mended_by(command, facts.commands[index + 1 : index + 1 + RETRY_WITHIN])
        if mended is None or mended.call.seq in checks:
            continue
        name = plain_command(mended.call.command or "", mended.programs[-1].__eq__)
        if not name:
            continue
        before = plain_command(command.call.command or "", command.programs[-1].__eq__)
        found.setdefault(
            name,
            Discovery(
                name=name,
                note=f" (`{before}` fails here)" if before and before != name else "",
                excerpt=name,
                why=f"`{before or command.programs[-1].name}` failed at record {command.call.record}; this worked at record {mended.call.record}.",
                record=mended.call.record,
                records=(command.call.record, mended.call.record),
            ),
        )
    return tuple(found.values())


def _mended_by(failed: Command, later: Sequence[Command]) -> Command | None:
    """The next command that does the same thing with another program: `pnpm install` after `npm install`."""
    wanted = failed.programs[-1]
    for candidate in later:
        if candidate.failed is not False or not candidate.programs or candidate.piped:
            continue
        if any(map(is_destructive, candidate.programs)) or only_looks(candidate.programs, candidate.call.command or ""):
            continue
        program = candidate.programs[-1]
        if program.name != wanted.name and program.subcommand is not None and program.subcommand == wanted.subcommand:
            return candidate
    return None


def files_that_mattered(facts: Facts) -> tuple[Discovery, ...]:
    """Files of the project that the first task changed after the agent had to look for them, most changed first."""
    end = next((turn.seq for turn in facts.turns[1:] if turn.role in _NEXT_TASK), len(facts.events))
    edits = [edit for edit in facts.edits if edit.call.seq < end]
    if not edits:
        return ()
    looks = sum(call.category in ("search", "file", "shell") for call in facts.calls if call.seq < edits[0].call.seq)
    if looks < SEARCH_BEFORE_EDIT:
        return ()
    created = {edit.path for edit in edits if edit.kind == "create"}
    count = Counter(edit.path for edit in edits if edit.path not in created)
    found = []
    for path, times in count.most_common():
        edit = next(edit for edit in edits if edit.path == path)
        name = relative(path, facts.transcript.cwd)
        if is_absolute(name) or is_scratch(name) or not _FILE_NAME.fullmatch(name):
            continue
        why = f"Changed {times} time{'' if times == 1 else 's'}, first at record {edit.call.record}, after {looks} look{'' if looks == 1 else 's'} around."
        found.append(Discovery(name=name, excerpt=path, why=why, record=edit.call.record, records=(edit.call.record,)))
    return tuple(found)
