"""The agent did something other than asked, as the person's correction right after shows."""

from collections.abc import Iterable

from hotwash.analysis.detectors.base import Finding
from hotwash.analysis.detectors.corrected import corrections, finding, in_quotes
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import one_line


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
                what=f"The agent did something other than the person wanted, who answered: {in_quotes(quote)}.",
                cause="direction corrected by the person",
            )
