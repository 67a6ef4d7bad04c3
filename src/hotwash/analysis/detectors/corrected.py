"""The issue that a person's correction shows: what three detectors (defect, misunderstanding, unverified claim) share."""

import re
from collections.abc import Iterator

from hotwash.analysis.cost import in_words, severity_of
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Correction, CorrectionKind, Edit, Facts
from hotwash.analysis.facts.paths import base_name
from hotwash.kit.text import one_line

GIST_WORDS = 8
_WORD = re.compile(r"(?<![\w/.])[^\W\d_]+(?![\w/])")


def corrections(facts: Facts, kind: CorrectionKind) -> Iterator[tuple[Correction, str]]:
    """The corrections that tell of the kind, each with the words to quote, in session order."""
    for correction in facts.corrections:
        quote = pick_quote(correction.message.text, correction.words or None) if correction.kind == kind else ""
        if quote:
            yield correction, quote


def finding(facts: Facts, correction: Correction, quote: str, *, label: str, what: str, cause: str) -> Finding:
    """The issue of a correction: cited by the person's words and by the agent's before them."""
    message, before = correction.message, correction.before
    cites = [Cite(first=message, last=message, quote=quote)]
    if before is not None and (said := pick_quote(before.text)):
        cites.insert(0, Cite(first=before, last=before, quote=said))
    return Finding(
        kind=correction.kind,
        severity=severity_of(facts, message.seq, correction.ended),
        label=label,
        what=what,
        impact=f"Putting it right took {in_words(facts, message.seq, correction.ended)} after the person spoke up.",
        cites=tuple(cites),
        spent=(message, facts.events[correction.ended]),
        cause=f"{cause}: {_gist(quote)}",
    )


def _gist(quote: str) -> str:
    """The first words without what differs from run to run, so that the same complaint about the same thing is the same cause."""
    return " ".join(_WORD.findall(quote.lower())[:GIST_WORDS])


def in_quotes(text: str) -> str:
    return f"“{one_line(text, 140)}”"


def files_of(edits: tuple[Edit, ...]) -> str:
    """Up to three names of the files changed last; empty where there are none."""
    names = list(dict.fromkeys(base_name(e.path) for e in reversed(edits)))
    return ", ".join(names[:3])
