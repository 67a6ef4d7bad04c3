"""What a session found out by work that a better prompt would have told it: the checks that count, the command that worked after another failed,
the files that the work was really about."""

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from hotwash.analysis.facts.model import CheckRun, Command, Facts
from hotwash.analysis.facts.paths import base_name, is_absolute, relative

MAX_COMMAND_CHARS = 120
"""A longer command is a one-off script, not something to put into a prompt."""
SCANNED_COMMAND_CHARS = 600
"""What stands around a short command (a change of folder, shaping of the output) is no longer than that."""
SEARCH_BEFORE_EDIT = 6
"""Looks before the first change; fewer mean that the agent knew where to go and naming the file would have saved nothing."""
RETRY_WITHIN = 4
"""Commands after a failure among which the one that works in its stead is looked for."""
_OUTPUT_SHAPING = re.compile(
    r"\s*(?:2>&1|\|\s*(?:head|tail|grep|cat|less|wc|tee|sort|sed|awk)\b.*|>\s*/dev/null|2>\s*/dev/null|;?\s*echo\b.*)$", re.DOTALL
)
_MOVES = re.compile(r"^(?:cd|export|source)\s+[^&;|\n]+(?:&&|;)\s*")


_FILTERED = re.compile(r"\s(?:-run|--run|-k|-t|--grep|--filter|--testNamePattern|--test|-Dtest)[ =]|::|\.(?:py|go|ts|tsx|js|rb|rs)\b")
"""A check of a chosen part: right while working on that part, wrong as the check that counts."""


_THROWAWAY = re.compile(r"/tmp/|/dev/null|\d>&?\d?|\$\(|\bmktemp\b", re.IGNORECASE)  # noqa: S108 (a pattern to refuse such paths)
"""Parts of a command that only this one run had a use for."""
_LOOKS_UP = re.compile(r"\s(?:--help|-h|--version|help|list|which|status)\b")


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


def check_commands(facts: Facts) -> tuple[Discovery, ...]:
    """Per kind of check the command that passed last, one for everything rather than one for a chosen part."""
    by_kind: dict[str, list[CheckRun]] = {}
    for check in facts.checks:
        by_kind.setdefault(check.kind, []).append(check)
    found: dict[str, Discovery] = {}
    for kind, runs in by_kind.items():
        passed = _best(runs)
        name = bare_command(passed.call.command or "") if passed else ""
        if passed is None or not name:
            continue
        failed = [run for run in runs if run.passed is False and run.call.seq < passed.call.seq]
        if is_filtered(name) and not failed:
            continue
        why = f"The {kind.replace('_', ' ')} passed with it at record {passed.call.record}"
        why += f", after {len(failed)} failing run{'' if len(failed) == 1 else 's'}." if failed else "."
        records = (passed.call.record, *(run.call.record for run in failed))
        found.setdefault(name, Discovery(name=name, excerpt=name, why=why, record=passed.call.record, records=records))
    return tuple(discovery for name, discovery in found.items() if not any(name != other and name in other for other in found))


def _best(runs: Sequence[CheckRun]) -> CheckRun | None:
    """The last passing run of a command that fits into a prompt, one without a filter before one with."""
    passed = [run for run in runs if run.passed and (bare := bare_command(run.call.command or "")) and not _THROWAWAY.search(bare)]
    broad = [run for run in passed if not is_filtered(run.call.command or "")]
    return (broad or passed)[-1] if passed else None


def is_filtered(command: str) -> bool:
    """Whether a check command names a chosen part: a test, a file, a pattern."""
    return bool(_FILTERED.search(command))


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
    """The next command that does the same thing with another program: `pnpm install` after `npm install`."""
    wanted = failed.programs[-1]
    for candidate in later:
        if candidate.failed is not False or not candidate.programs or candidate.piped or _LOOKS_UP.search(candidate.call.command or ""):
            continue
        program = candidate.programs[-1]
        if program.name != wanted.name and program.subcommand is not None and program.subcommand == wanted.subcommand:
            return candidate
    return None


def files_that_mattered(facts: Facts) -> tuple[Discovery, ...]:
    """Files of the project that were changed after the agent had to look for them, most changed first."""
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
        if is_absolute(name):
            continue
        why = f"Changed {times} time{'' if times == 1 else 's'}, first at record {edit.call.record}, after {looks} look{'' if looks == 1 else 's'} around."
        found.append(Discovery(name=name, excerpt=path, why=why, record=edit.call.record, records=(edit.call.record,)))
    return tuple(found)


def bare_command(command: str) -> str:
    """The command without changes of directory before it and shaping of its output after it; empty where it is no single short line."""
    bare = command.strip()
    if len(bare) > SCANNED_COMMAND_CHARS:
        return ""
    while (shorter := _MOVES.sub("", bare)) != bare:
        bare = shorter
    while (shorter := _OUTPUT_SHAPING.sub("", bare)) != bare:
        bare = shorter
    bare = bare.strip()
    return "" if "\n" in bare or "`" in bare or len(bare) > MAX_COMMAND_CHARS or "<<" in bare else bare
