"""Instruction files, skills and notes that visibly helped or misled: a command they name was run and worked, or was run and could not work."""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from hotwash.analysis.facts.everyday import PLUMBING
from hotwash.analysis.facts.model import Command, Facts
from hotwash.analysis.model import InstructionUse
from hotwash.analysis.parts.commands import simple_commands
from hotwash.kit.text import one_line, printable

INSTRUCTION_FILES = re.compile(
    r"(?:^|/)(?:CLAUDE(?:\.local)?\.md|AGENTS\.md|GEMINI\.md|SKILL\.md|CONTRIBUTING\.md|\.cursorrules|copilot-instructions\.md)$",
    re.IGNORECASE,
)
MAX_SPANS = 200
"""Code spans looked at in one file; a longer file is a manual."""
EVERYDAY = PLUMBING | {"git", "gh", "npm", "pip"}
"""Programs that an agent runs without being told; that a file names them too shows nothing."""
_SPAN = re.compile(r"`([^`\n]{4,120})`")
_FENCE = re.compile(r"```[\w-]*\n(.*?)```", re.DOTALL)
_NUMBERED = re.compile(r"^\s*\d+(?:→|\t)", re.MULTILINE)
_STALE = re.compile(
    r"not found|no such file|unknown (?:command|task|option|flag|subcommand)|no rule to make target|missing script|does not exist|no tasks? (?:named|found)|unrecognized|is not a \w+ command|cannot find",
    re.IGNORECASE,
)


class _Source(msgspec.Struct, frozen=True):
    """An instruction text the agent had before it."""

    name: str
    seq: int
    record: int
    text: str


def instructions_used(facts: Facts) -> tuple[InstructionUse, ...]:
    """At most one use that helped and one that misled for each file, the first of each, in session order."""
    sources = [(source, spans) for source in _sources(facts) if (spans := _commands_in(source.text))]
    if not sources:
        return ()
    failure_line = {failure.call.seq: failure.line for failure in facts.failures}
    ran = [(command, simple) for command in facts.commands for simple in _judged(command)]
    uses: dict[tuple[str, bool], InstructionUse] = {}
    for source, spans in sources:
        for command, simple in ran:
            if command.call.seq > source.seq and (span := _followed(simple, spans)):
                use = _use(source, span, command, failure_line.get(command.call.seq, ""))
                if use:
                    uses.setdefault((use.name, use.good), use)
    return tuple(sorted(uses.values(), key=lambda use: (use.record, use.name)))


def _sources(facts: Facts) -> Iterator[_Source]:
    for instruction in facts.instructions:
        if instruction.text:
            yield _Source(_short(instruction.name), instruction.seq, instruction.record, instruction.text)
    for call in facts.calls:
        if call.path and call.output and call.status != "error" and INSTRUCTION_FILES.search(call.path):
            yield _Source(_short(call.path), call.seq, call.record, _NUMBERED.sub("", call.output))


def _short(path: str) -> str:
    """The file's name, and with the folder for a skill, whose files are all named alike."""
    parts = path.replace("\\", "/").rsplit("/", 2)
    return "/".join(parts[-2:]) if parts[-1] == "SKILL.md" else parts[-1]


def _commands_in(text: str) -> dict[str, list[str]]:
    """Code spans and fenced lines that are commands of more than one word, by their first word, the longest first."""
    spans = [line.strip().removeprefix("$ ") for block in _FENCE.findall(text) for line in block.split("\n")]
    spans += [span.strip() for span in _SPAN.findall(_FENCE.sub("", text))]
    commands: dict[str, list[str]] = {}
    for span in dict.fromkeys(spans[:MAX_SPANS]):
        bare = span.split(" #", 1)[0].strip()
        program, _, rest = bare.partition(" ")
        if rest and program[0].isalpha() and program not in EVERYDAY:
            commands.setdefault(program, []).append(bare)
    return {program: sorted(found, key=lambda command: (-len(command), command)) for program, found in commands.items()}


def _judged(command: Command) -> Sequence[str]:
    """The simple commands that the line's exit code speaks of: all where it went well, the last where it failed."""
    simple = simple_commands(command.call.command or "")
    return simple[-1:] if command.failed else simple


def _followed(ran: str, commands: Mapping[str, Sequence[str]]) -> str | None:
    """The longest of the instructed commands that this command runs."""
    return next((span for span in commands.get(ran.partition(" ")[0], ()) if ran == span or ran.startswith(span + " ")), None)


def _use(source: _Source, span: str, command: Command, failed_with: str) -> InstructionUse | None:
    record = command.call.record
    if command.failed is False:
        return InstructionUse(
            name=source.name,
            record=record,
            good=True,
            message=f"Ran `{span}`, which {source.name} names.",
            why=f"It worked as written, at record {record}.",
        )
    if command.failed and _STALE.search(failed_with):
        line = one_line(printable(failed_with), 160)
        return InstructionUse(
            name=source.name,
            record=record,
            good=False,
            message=f"Ran `{span}`, which {source.name} names.",
            why=f"It cannot run here: {line}",
        )
    return None
