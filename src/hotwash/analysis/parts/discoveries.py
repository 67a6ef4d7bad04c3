"""What a session found out by work that a better prompt would have told it: the checks that count, the command that worked after another failed,
the files that the work was really about."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

import msgspec

from hotwash.analysis.facts.model import CheckRun, Command, Facts

MAX_COMMAND_CHARS = 120
"""A longer command is a one-off script, not something to put into a prompt."""
SEARCH_BEFORE_EDIT = 6
"""Looks before the first change; fewer mean that the agent knew where to go and naming the file would have saved nothing."""
RETRY_WITHIN = 4
"""Commands after a failure among which the one that works in its stead is looked for."""
_OUTPUT_SHAPING = re.compile(
    r"\s*(?:2>&1|\|\s*(?:head|tail|grep|cat|less|wc|tee|sort|sed|awk)\b.*|>\s*/dev/null|2>\s*/dev/null|;?\s*echo\b.*)$", re.DOTALL
)
_MOVES = re.compile(r"^(?:cd|export|source)\s+[^&;|\n]+(?:&&|;)\s*")


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


def check_commands(facts: Facts) -> tuple[Discovery, ...]:
    """Per kind of check the command that last passed, where the same kind of check had failed before it or no other was needed."""
    by_kind: dict[str, list[CheckRun]] = {}
    for check in facts.checks:
        by_kind.setdefault(check.kind, []).append(check)
    found = []
    for kind, runs in by_kind.items():
        passed = next((run for run in reversed(runs) if run.passed), None)
        name = bare_command(passed.call.command or "") if passed else ""
        if passed is None or not name:
            continue
        failed = [run for run in runs if run.passed is False and run.call.seq < passed.call.seq]
        why = f"The {kind.replace('_', ' ')} passed with it at record {passed.call.record}"
        why += f", after {len(failed)} failing run{'' if len(failed) == 1 else 's'}." if failed else "."
        records = (passed.call.record, *(run.call.record for run in failed))
        found.append(Discovery(name=name, excerpt=name, why=why, record=passed.call.record, records=records))
    return tuple(found)


def working_commands(facts: Facts) -> tuple[Discovery, ...]:
    """Commands that worked where another spelling of the same thing had just failed."""
    checks = {check.call.seq for check in facts.checks}
    found: dict[str, Discovery] = {}
    for index, command in enumerate(facts.commands):
        if command.failed is not True or command.call.seq in checks or not command.programs:
            continue
        mended = _mended_by(command, facts.commands[index + 1 : index + 1 + RETRY_WITHIN])
        name = bare_command(mended.call.command or "") if mended else ""
        if mended is None or not name or mended.call.seq in checks:
            continue
        before = bare_command(command.call.command or "")
        found.setdefault(
            name,
            Discovery(
                name=name,
                note=f" (`{before}` fails here)" if before and before != name else "",
                excerpt=name,
                why=f"`{before or command.programs[0].name}` failed at record {command.call.record}; this worked at record {mended.call.record}.",
                record=mended.call.record,
                records=(command.call.record, mended.call.record),
            ),
        )
    return tuple(found.values())


def _mended_by(failed: Command, later: Sequence[Command]) -> Command | None:
    """The next command that does the same thing in another way: same subcommand of another program, or the same program and subcommand with other words."""
    wanted = failed.programs[-1]
    for candidate in later:
        if candidate.failed is not False or not candidate.programs or candidate.piped:
            continue
        program = candidate.programs[-1]
        same_thing = program.subcommand is not None and program.subcommand == wanted.subcommand
        if same_thing and candidate.call.command != failed.call.command:
            return candidate
    return None


def files_that_mattered(facts: Facts) -> tuple[Discovery, ...]:
    """Files that were changed after the agent had to look for them, most changed first."""
    if not facts.edits:
        return ()
    first_edit = facts.edits[0].call.seq
    looks = sum(call.category in ("search", "file", "shell") for call in facts.calls if call.seq < first_edit)
    if looks < SEARCH_BEFORE_EDIT:
        return ()
    created = {edit.path for edit in facts.edits if edit.kind == "create"}
    count = Counter(edit.path for edit in facts.edits if edit.path not in created)
    found = []
    for path, times in count.most_common():
        edit = next(edit for edit in facts.edits if edit.path == path)
        name = relative(path, facts.transcript.cwd)
        why = f"Changed {times} time{'' if times == 1 else 's'}, first at record {edit.call.record}, after {looks} look{'' if looks == 1 else 's'} around."
        found.append(Discovery(name=name, excerpt=path, why=why, record=edit.call.record, records=(edit.call.record,)))
    return tuple(found)


def bare_command(command: str) -> str:
    """The command without changes of directory before it and shaping of its output after it; empty where it is no single short line."""
    bare = command.strip()
    while (shorter := _MOVES.sub("", bare)) != bare:
        bare = shorter
    while (shorter := _OUTPUT_SHAPING.sub("", bare)) != bare:
        bare = shorter
    bare = bare.strip()
    return "" if "\n" in bare or "`" in bare or len(bare) > MAX_COMMAND_CHARS or "<<" in bare else bare


def relative(path: str, cwd: str | None) -> str:
    """The path as seen from the working directory, where it lies below it."""
    if cwd and PurePosixPath(path).is_absolute() and PurePosixPath(path).is_relative_to(cwd):
        return str(PurePosixPath(path).relative_to(cwd))
    return path
