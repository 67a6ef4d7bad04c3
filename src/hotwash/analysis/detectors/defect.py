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

_ADMITTED = re.compile(
    r"\b(?:my (?:fault|bad)|my (?:change|edit|fix|refactor\w*) (?:broke|introduced|caused|removed)|i made an? (?:mistake|error)|i (?:broke|introduced (?:a|an|the) (?:bug|error|regression|problem))"
    r"|i (?:accidentally|mistakenly|inadvertently)|(?:that|this|it)(?: was| is|['’]s) my (?:mistake|error|fault))\b",
    re.IGNORECASE,
)
"""An agent's own “I broke this” is accepted as a defect by reviewers."""


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
    return f"After the agent had changed {files_of(correction.edits) or 'files through a subagent'}, the person found it wrong: {in_quotes(quote)}."


def _admissions(facts: Facts) -> Iterator[Finding]:
    if not facts.edits:
        return
    for message in facts.agent_messages:
        match = _ADMITTED.search(message.text[:4000])
        if match is None or message.seq < facts.edits[0].call.seq:
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
