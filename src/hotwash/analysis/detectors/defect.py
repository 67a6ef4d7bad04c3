"""The agent's change is wrong or breaks something, found later by the person or admitted by the agent."""

import re
from collections.abc import Iterable, Iterator

from hotwash.analysis.cost import in_words, severity_of
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.corrected import corrections, files_of, finding, in_quotes
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Correction, Facts
from hotwash.analysis.facts.order import before
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import one_line
from hotwash.transcript import AgentMessage, Reasoning

_ADMITTED = re.compile(
    r"\b(?:my (?:fault|bad)|my (?:change|edit|fix|refactor\w*) (?:broke|introduced|caused|removed)|i made an? (?:mistake|error)|i (?:broke|introduced (?:a|an|the) (?:bug|error|regression|problem))"
    r"|i (?:accidentally|mistakenly|inadvertently)|(?:that|this|it)(?: was| is|['’]s) my (?:mistake|error|fault))\b",
    re.IGNORECASE,
)
"""An agent's own “I broke this” is accepted as a defect by reviewers; it says so to the person or only to itself."""
READ_CHARS = 4_000
_CONJECTURE = re.compile(r"\b(?:if|whether|unless|maybe|perhaps|might|suggests?|could|did)\b[^.\n]*$", re.IGNORECASE)
"""Before an admission it makes a question of it."""
CONJECTURE_CHARS = 80


class DefectDetector:
    kind: IssueKind = "defect"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        for correction, quote in corrections(facts, "defect"):
            yield finding(
                facts,
                correction,
                quote,
                label=f"person reports: {one_line(quote, 60)}",
                what=_what(correction, quote),
                cause="fault reported by the person",
            )
        yield from _admissions(facts)


def _what(correction: Correction, quote: str) -> str:
    return f"After changes to {files_of(correction.edits) or 'files by a subagent'} the person reported a fault: {in_quotes(quote)}."


def _admissions(facts: Facts) -> Iterator[Finding]:
    for message in _words_after_the_first_edit(facts):
        match = _ADMITTED.search(message.text[:READ_CHARS])
        if match is None or _CONJECTURE.search(message.text[max(0, match.start() - CONJECTURE_CHARS) : match.start()]) is not None:
            continue
        quote = pick_quote(message.text, match.group())
        if not quote:
            continue
        made = before(facts.edits, message.seq)[-1].call
        yield Finding(
            kind="defect",
            severity=severity_of(facts, made.seq, message.seq),
            label="agent admits a fault of its own",
            what=f"The agent found its own change wrong: “{one_line(quote, 140)}”.",
            impact=f"From the last change before it to the admission it took {in_words(facts, made.seq, message.seq)}.",
            cites=(Cite(first=message, last=message, quote=quote),),
            spent=(made, message),
            cause="fault admitted by the agent",
        )


def _words_after_the_first_edit(facts: Facts) -> Iterator[AgentMessage | Reasoning]:
    if facts.edits:
        for event in facts.events[facts.edits[0].call.seq + 1 :]:
            if isinstance(event, (AgentMessage, Reasoning)):
                yield event
