"""Faults that the agent admits, to the person or only to itself: what two detectors (defect, tool use) share."""

import re
from collections.abc import Iterator

from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Facts
from hotwash.transcript import AgentMessage, Reasoning

_ADMITTED = re.compile(
    r"\b(?:my (?:fault|bad)|my (?:change|edit|fix|refactor\w*) (?:broke|introduced|caused|removed)|i made an? (?:mistake|error)(?= (?:in|with) (?:the |my )?(?:previous |last |\w+ )?(?:response|reply|script|edit|change|fix|code|patch|test|command|replacement)\b| again\b| here\b)|i (?:broke|introduced (?:a|an|the) (?:bug|error|regression|problem))"
    r"|i (?:accidentally|mistakenly|inadvertently)|(?:that|this|it)(?: was| is|['’]s) my (?:mistake|error|fault))\b",
    re.IGNORECASE,
)
"""An agent's own “I broke this” is accepted as a defect by reviewers; it says so to the person or only to itself."""
_HINTS = ("my ", "i made", "i broke", "i introduced", "i accidentally", "i mistakenly", "i inadvertently")
"""Every admission holds one of these; looking for them is much faster."""
READ_CHARS = 4_000
_CONJECTURE = re.compile(r"\b(?:if|whether|unless|maybe|perhaps|might|suggests?|could|did)\b[^.\n]*$", re.IGNORECASE)
"""Before an admission it makes a question of it."""
CONJECTURE_CHARS = 80
_ABOUT_A_CALL = re.compile(
    r"\b(?:responses?|reply|bash blocks?|commands?|tool calls?|syntax|heredoc|quoting|arguments?|parameters?)\b", re.IGNORECASE
)


def admissions(facts: Facts) -> Iterator[tuple[AgentMessage | Reasoning, str]]:
    """What the agent says of a fault of its own, with the words to quote, in session order."""
    for event in facts.events:
        if not isinstance(event, (AgentMessage, Reasoning)):
            continue
        text = event.text[:READ_CHARS]
        lower = text.lower()
        match = _ADMITTED.search(text) if any(hint in lower for hint in _HINTS) else None
        if match is None or is_conjecture(event.text, match):
            continue
        quote = pick_quote(event.text, match.group())
        if quote:
            yield event, quote


def is_conjecture(text: str, match: re.Match[str]) -> bool:
    """Whether the words before the match make a question of it."""
    return _CONJECTURE.search(text[max(0, match.start() - CONJECTURE_CHARS) : match.start()]) is not None


def is_about_a_call(quote: str) -> bool:
    """Whether the fault lay in a call or a reply of the agent, not in what it made."""
    return _ABOUT_A_CALL.search(quote) is not None
