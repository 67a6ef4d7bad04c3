"""What a person's correction says about the work before it: what three detectors (defect, misunderstanding, unverified claim) share."""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from hotwash.analysis.cost import in_words, severity_of
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.edits import file_name
from hotwash.analysis.facts.model import Edit, Facts
from hotwash.analysis.model import UserTurn
from hotwash.kit.text import one_line
from hotwash.transcript import AgentMessage, UserMessage

CorrectionKind = Literal["defect", "misunderstanding", "unverified_claim"]

_INSTRUCTED = re.compile(
    r"\b(?:i (?:asked|said|told|meant|wanted|want)|(?:did|do)n['’]?t (?:ask|want|need|say)|not what|instead|rather than|should(?:n['’]?t| not)|why (?:did|are|do) (?:you|we)|you (?:should|were supposed|forgot|ignored|skipped|missed|only)"
    r"|no need|not (?:as|in|on|to|for|with|the|a|an|like)\b[^.\n]{0,60}\bbut|don['’]?t|do not|only|please use|use the|wrong (?:file|branch|place|repo|directory|one)|as (?:requested|asked)|already told)\b",
    re.IGNORECASE,
)
_MALFUNCTION = re.compile(
    r"\b(?:error|exception|traceback|fail(?:s|ed|ing|ure)?|crash\w*|broken|breaks?|bug|panic|(?:does|do|did|is|are|was)n['’]?t (?:seem to )?(?:work|show|compile|build|appear|update|change|render|run)\w*|not (?:working|(?!expected|needed|related|supposed|supported|required|interested)\w+ed\b)|still (?:see|get|have|not|shows?|fails?)"
    r"|no longer|stopped|wrong (?:output|result|value)|incorrect|missing|red|undefined|no such|cannot|can['’]?t|regress\w*|conflict|empty|only (?:goes|shows))\b",
    re.IGNORECASE,
)
_DISPUTED = re.compile(
    r"\b(?:are you sure|really|actually|not true|isn['’]?t true|wrong|incorrect|that['’]?s not|it['’]?s not|there (?:is|are) (?:no|a|an|already)|does (?:not )?exist|doesn['’]?t exist|i (?:can )?see|no such|never|not the (?:same|case)|is (?:this|that|it) the same)\b",
    re.IGNORECASE,
)
_NO_COMPLAINT = re.compile(
    r"^\W*(?:don['’]?t|do not) (?:worry|bother)|\b(?:sorry|my (?:bad|mistake|fault)|(?:let['’]?s|we can|i['’]?ll) (?:keep|leave) (?:it|that|this)|never ?mind|reads? well|looks? good)\b",
    re.IGNORECASE,
)
"""The person's own slip, a change of mind, or contentment."""
_FORBIDDEN = re.compile(r"^\W*(?:please )?(?:don['’]?t|do not|no need to|stop)\b", re.IGNORECASE)
_OBSERVED = re.compile(
    r"\b(?:i (?:just |also )?(?:checked|looked|verified|tested)|i (?:was|am) able to|i can (?:see|do)|none of|according to|the docs? says?|are you sure)\b",
    re.IGNORECASE,
)
"""The person looked and saw something else than the agent stated."""
_REPORTED = re.compile(
    r"^\W*(?:(?:also|but|and|now|hmm+|ok|so|still)[, ]+)?(?:(?:i|we)(?:['’]m| am)? (?:still )?(?:get|got|see|getting|seeing)\b|it (?:still )?(?:fails|crashes|breaks|errors)|still\b|(?:lint|tests?|build|ci)\b[^.\n]{0,40}\bfail)",
    re.IGNORECASE,
)
"""A report of a fault, however the turn was taken."""
HEAD_CHARS = 300
"""What is wrong stands in the first paragraph of a correction; the rest is often pasted output."""
MIN_HEAD_CHARS = 15
"""A shorter first paragraph is a greeting."""


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    kind: CorrectionKind
    message: UserMessage
    before: AgentMessage | None
    """The agent's last words before it."""
    edits: tuple[Edit, ...]
    """Changes since the person spoke last."""
    ended: int
    """Seq of the last event before the person speaks again: the mending."""
    quote: str


def corrections(facts: Facts, kind: CorrectionKind) -> Iterator[Correction]:
    """The corrections that tell of the kind, in session order."""
    for found in _all(facts):
        if found.kind == kind:
            yield found


def _all(facts: Facts) -> Iterator[Correction]:
    spoken = [t.seq for t in facts.turns]
    for index, turn in enumerate(facts.turns):
        message = facts.events[turn.seq]
        if index == 0 or not isinstance(message, UserMessage) or not _corrects(turn, message):
            continue
        since = spoken[index - 1]
        ended = spoken[index + 1] - 1 if index + 1 < len(spoken) else len(facts.events) - 1
        earlier = tuple(e for e in facts.edits if e.call.seq < turn.seq)
        recent = tuple(e for e in earlier if e.call.seq > since)
        before = next((m for m in reversed(facts.agent_messages) if since < m.seq < turn.seq), None)
        delegated = any(c.child_native_id is not None and c.seq < turn.seq for c in facts.calls) and any(
            c.message.seq < turn.seq for c in facts.claims
        )
        told = _kind(_head(message.text), edited=bool(earlier) or delegated, edited_just_now=bool(recent))
        quote = pick_quote(message.text, told[1]) if told is not None else ""
        if told is not None and quote and (told[0] != "misunderstanding" or recent or _acted(facts, since, turn.seq)):
            yield Correction(kind=told[0], message=message, before=before, edits=recent or earlier, ended=ended, quote=quote)


def _acted(facts: Facts, after: int, until: int) -> bool:
    """Whether the agent did, or tried to do, more than look and talk."""
    return any(
        after < c.seq < until and (c.status in ("denied", "interrupted") or c.category in ("mcp", "git", "browser")) for c in facts.calls
    ) or any(after < e.seq < until and e.what == "interruption" for e in facts.lifecycle)


def _head(text: str) -> str:
    text = text.strip()
    end = text.find("\n\n", MIN_HEAD_CHARS)
    return text[: min(HEAD_CHARS, end if end >= 0 else HEAD_CHARS)]


def _corrects(turn: UserTurn, message: UserMessage) -> bool:
    return turn.role == "correction" or (
        turn.role in ("follow_up", "request", "other") and _REPORTED.search(_head(message.text)) is not None
    )


def _kind(head: str, *, edited: bool, edited_just_now: bool) -> tuple[CorrectionKind, re.Pattern[str]] | None:
    """The kind of the correction and the words that tell it; None where its words tell nothing."""
    if _NO_COMPLAINT.search(head):
        return None
    if _FORBIDDEN.search(head):
        return "misunderstanding", _FORBIDDEN
    if _OBSERVED.search(head):
        return "unverified_claim", _OBSERVED
    if edited and _MALFUNCTION.search(head):
        return "defect", _MALFUNCTION
    if _INSTRUCTED.search(head):
        return "misunderstanding", _INSTRUCTED
    if _DISPUTED.search(head):
        return "defect" if edited_just_now else "unverified_claim", _DISPUTED
    return ("unverified_claim", _MALFUNCTION) if _MALFUNCTION.search(head) else None


def finding(facts: Facts, correction: Correction, *, label: str, what: str, cause: str) -> Finding:
    """The issue that a correction shows: cited by the person's words and by the agent's before them."""
    message, before = correction.message, correction.before
    cites = [Cite(first=message, last=message, quote=correction.quote)]
    if before is not None and (said := pick_quote(before.text)):
        cites.insert(0, Cite(first=before, last=before, quote=said))
    return Finding(
        kind=correction.kind,
        severity=severity_of(facts, message.seq, correction.ended),
        label=label,
        what=what,
        impact=f"Putting it right took {in_words(facts, message.seq, correction.ended)} after the person spoke up.",
        cites=tuple(cites),
        cause=cause,
    )


def in_quotes(text: str) -> str:
    return f"“{one_line(text, 140)}”"


def files_of(edits: tuple[Edit, ...]) -> str:
    """Up to three names of the files changed last."""
    names = list(dict.fromkeys(file_name(e.path) for e in reversed(edits)))
    return ", ".join(names[:3])
