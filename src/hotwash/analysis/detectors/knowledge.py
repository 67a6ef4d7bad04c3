"""What the project had written down was not followed: a skill was loaded and the files that its steps are written in were never opened.

What a person should have written down, and had not, shows in no record that is right often enough to accuse. Neither does a command that some
instruction forbids: most such rules speak of another case.
"""

import re
from collections.abc import Iterable, Iterator

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.beyond_checks import SUBAGENT_TOOLS
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.deliveries import delivers
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.paths import base_name, is_prose, is_scratch
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import counted, one_line
from hotwash.transcript import Instruction, ToolCall

_STEP = re.compile(r"^[ \t]*\d{1,2}\.[^\n]{0,200}?\(([\w./-]{1,100}\.md)\)", re.MULTILINE)
"""A numbered step that hands its instructions over to a file."""
_BINDING = re.compile(r"\b(?:never skip|always read|must read|read the (?:\w+ )?(?:reference )?files?\b)[^.]{0,200}", re.IGNORECASE)
"""Says that these files are to be read, not that they may be."""
MIN_SKIPPED = 2
"""One file left closed may be a step that this session did not come to."""
READ_CHARS = 40_000
"""Of a skill: longer ones are books."""


class KnowledgeDetector:
    kind: IssueKind = "knowledge"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        told: set[str] = set()
        for instruction in facts.instructions:
            if instruction.source != "skill" or instruction.name in told:
                continue  # a skill loaded again is the same skill
            for finding in _skipped_steps(facts, instruction):
                told.add(instruction.name)
                yield finding


def _skipped_steps(facts: Facts, skill: Instruction) -> Iterator[Finding]:
    """A skill whose steps each have a file to read, where work was done with several of them unread."""
    text = skill.text[:READ_CHARS]
    binding = _BINDING.search(text)
    if binding is None:
        return
    steps = tuple(dict.fromkeys(_STEP.findall(text)))
    skipped = [step for step in steps if not _was_opened(facts, base_name(step))]
    work = _first_work(facts, skill.seq)
    quote = pick_quote(skill.text, binding.group().split("\n", 1)[0])
    if len(skipped) < MIN_SKIPPED or work is None or not quote:
        return
    names = ", ".join(base_name(step) for step in skipped[:4])
    cites = [Cite(first=skill, last=skill, quote=quote)]
    cites += [Cite(first=call, last=call, quote=did) for call in _ends(facts, work) if (did := _quote_of(call))]
    yield Finding(
        kind="knowledge",
        severity="low",
        label=f"steps of the skill {base_name(skill.name)} skipped",
        what=f"The skill {base_name(skill.name)} says “{one_line(binding.group().replace('*', ''), 140)}”; the work was done with {len(skipped)} of its {len(steps)} step files unread ({names}).",
        impact=f"{counted(len(skipped), 'step')} of the project's own procedure went by without its instructions.",
        cites=tuple(cites),
        spent=(work, work),
        cause=f"skill steps skipped: {base_name(skill.name)}",
    )


def _was_opened(facts: Facts, name: str) -> bool:
    return any(name in (c.path or "") or name in (c.command or "") for c in facts.calls) or any(name in i.name for i in facts.instructions)


def _first_work(facts: Facts, after: int) -> ToolCall | None:
    """The first change of code after the event, else the last time that work was given to a subagent after the person had agreed to it."""
    edits = (e.call for e in between(facts.edits, after, len(facts.events)) if not is_prose(e.path) and not is_scratch(e.path))
    edited = next(edits, None)
    if edited is not None:
        return edited
    agreed = [t.seq for t in facts.turns if t.role == "approval" and t.seq > after]
    given = [c for c in facts.calls if c.name in SUBAGENT_TOOLS and agreed and c.seq > agreed[0]]
    return given[0] if given else None


def _ends(facts: Facts, work: ToolCall) -> tuple[ToolCall, ...]:
    """Where the work began and where it was handed over."""
    last = [c.call for c in facts.commands if c.call.seq > work.seq and delivers(c)]
    return (work, last[-1]) if last else (work,)


def _quote_of(call: ToolCall) -> str:
    return pick_quote(call.path or call.command or str(call.arguments.get("description", "")), in_arguments=True)
