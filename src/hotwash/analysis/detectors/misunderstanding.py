"""The agent did something other than asked: the person's correction right after shows it, or edits where only an answer was asked for."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from hotwash.analysis.cost import counted
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.corrected import corrections, finding, in_quotes
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Edit, Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.paths import base_name
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import one_line
from hotwash.transcript import UserMessage

_ONLY_ANSWER = re.compile(
    r"\b(?:what do you think|what(?:['’]s| is| are) your (?:thoughts?|opinion|take)|wdyt|any thoughts)\s*+\?*+\W*+\Z"
    r"|(?:^|[.!?\n])[ \t]*(?:please )?(?:just )?investigate(?: this| it)?[ \t]*(?:[.!?\n]|\Z)"
    r"|\b(?:plan only|only (?:a |the )?plan\b|do(?: not|n['’]t) (?:implement|change|edit|write) (?:anything|any code|it yet|code)|no (?:code|changes|edits) yet)",
    re.IGNORECASE,
)
"""An opinion, an investigation or a plan was asked for, and nothing else, in so many words."""
_READ_CHARS = 4_000
_PROSE = (".md", ".mdx", ".txt")
_ASKING_TOOLS = frozenset({"AskUserQuestion", "ExitPlanMode", "request_user_input"})
"""A person who answered one of these agreed to go on."""


class MisunderstandingDetector:
    kind: IssueKind = "misunderstanding"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        for correction, quote in corrections(facts, "misunderstanding"):
            yield finding(
                facts,
                correction,
                quote,
                label=f"person corrects: {one_line(quote, 60)}",
                what=f"The work went another way than the person wanted, who answered: {in_quotes(quote)}.",
                cause="direction corrected by the person",
            )
        yield from _edits_for_an_answer(facts)


def _edits_for_an_answer(facts: Facts) -> Iterator[Finding]:
    spoken = [*facts.messages, None]
    for message, following in pairwise(spoken):
        asked = _ONLY_ANSWER.search(message.text[-_READ_CHARS:]) if message is not None else None
        if message is None or asked is None:
            continue
        until = following.seq if following is not None else len(facts.events)
        edits = [e for e in between(facts.edits, message.seq, until) if not e.path.endswith(_PROSE)]
        if edits and not any(c.name in _ASKING_TOOLS for c in between(facts.calls, message.seq, edits[0].call.seq)):
            yield from _overstepped(message, asked.group().strip(" \t\n.!?"), edits)


def _overstepped(message: UserMessage, asked: str, edits: list[Edit]) -> Iterator[Finding]:
    quote, first = pick_quote(message.text, asked), edits[0]
    changed = pick_quote(first.call.path or first.call.command or "", in_arguments=True)
    if not quote:
        return
    cites = [Cite(first=message, last=message, quote=quote)]
    if changed:
        cites.append(Cite(first=first.call, last=first.call, quote=changed))
    yield Finding(
        kind="misunderstanding",
        severity="low",
        label="an answer was asked for, files were changed",
        what=f"The person asked {in_quotes(quote)}; the agent changed {base_name(first.path)} before anything was agreed.",
        impact=f"{counted(len(edits), 'edit')} went ahead without the person's word.",
        cites=tuple(cites),
        cause="edits where an answer was asked for",
    )
