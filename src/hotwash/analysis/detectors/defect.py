"""The agent's change is wrong or breaks something, found later by the person or admitted by the agent."""

from collections.abc import Iterable, Iterator

from hotwash.analysis.cost import in_words, severity_of
from hotwash.analysis.detectors.admitted import admissions, is_about_a_call
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.corrected import corrections, files_of, finding, in_quotes
from hotwash.analysis.facts.model import Correction, Facts
from hotwash.analysis.facts.order import before
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import one_line


class DefectDetector:
    kind: IssueKind = "defect"
    version = 3

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
    return f"After changes to {files_of(correction.edits) or 'files by a subagent'} the person came back on them: {in_quotes(quote)}."


def _admissions(facts: Facts) -> Iterator[Finding]:
    for message, quote in admissions(facts):
        edits = before(facts.edits, message.seq)
        if not edits or is_about_a_call(quote):
            continue
        made = edits[-1].call
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
