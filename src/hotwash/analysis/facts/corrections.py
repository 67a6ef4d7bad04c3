"""Corrections: what a person's objection says about the work before it. A defect, a misunderstanding, or a statement that does not hold."""

import re
from collections.abc import Iterator

from hotwash.analysis.facts.model import Correction, CorrectionKind, Edit, Facts
from hotwash.analysis.facts.order import before, between
from hotwash.analysis.facts.paths import is_prose, is_scratch
from hotwash.transcript import UserMessage

_INSTRUCTED = re.compile(
    r"\b(?:i (?:asked|said|told|meant|wanted|want)|(?:did|do)n['’]?t (?:ask|want|need|say)|not what|instead|rather than|should(?:n['’]?t| not)|why (?:exactly )?(?:did|are|do)(?:n['’]?t)? (?:you|we)|should stay|did (?:we|you) (?:miss|forget|skip)|you (?:should|were supposed|forgot|ignored|skipped|missed|only)"
    r"|no need|not (?:as|in|on|to|for|with|the|a|an|like)\b[^.\n]{0,60}\bbut|(?<!i )(?<!we )don['’]?t|do not|only|please use|use the|wrong (?:file|branch|place|repo|directory|one)|as (?:requested|asked)|already told)\b",
    re.IGNORECASE,
)
_MALFUNCTION = re.compile(
    r"\b(?:error|exception|traceback|fail(?:s|ed|ing|ure)?|crash\w*|broken|breaks?|bug|panic|(?:does|do|did|is|are|was)n['’]?t (?:seem to )?(?:correctly |properly )?(?:work|show|compile|build|appear|update|change|render|run|colou?r)\w*|(?:is|are|looks?) not (?:right|correct)|not (?:working|(?!expected|needed|related|supposed|supported|required|interested)\w+ed\b)|still (?:see|get|ha(?:ve|s)|not|shows?|fails?|lists?|us(?:es|ing))|somehow"
    r"|(?:low|medium|high|critical) severity|no longer|i (?:undid|reverted) your|(?:messed|fucked|screwed)\b[^\n]{0,30}\bup|stopped|wrong (?:output|result|value)|incorrect|missing|ignores|red|undefined|no such|cannot|can['’]?t|regress\w*|only (?:goes|shows))\b",
    re.IGNORECASE,
)
_DISPUTED = re.compile(
    r"\b(?:are you sure|really|actually|not true|isn['’]?t true|wrong|incorrect|that['’]?s not|it['’]?s not|there (?:is|are) (?:no|a|an|already)|does (?:not )?exist|doesn['’]?t exist|i (?:can )?see|no such|never|not the (?:same|case)|is (?:this|that|it) the same)\b",
    re.IGNORECASE,
)
_NO_COMPLAINT = re.compile(
    r"^\W*(?:don['’]?t|do not) (?:worry|bother)|\b(?:sorry|my (?:bad|mistake|fault)|(?:let['’]?s|we can|i['’]?ll) (?:keep|leave) (?:it|that|this)|never ?mind|unrelated to (?:the|your|this|these)|reads? well|looks? good|wonder(?:ing)? if|(?:can|could|should) we (?:simplify|rename|use|also|make))\b",
    re.IGNORECASE,
)
"""The person's own slip, a change of mind, or contentment."""
_WISHES = re.compile(
    r"^\W*question\b|\bcan you help\b|\bi (?:just )?realized\b|\b(?:i think|maybe|what about if|how about) (?:we|it|our|that it|the naming|this) (?:should|could|need|needs|can|might)\b",
    re.IGNORECASE,
)
"""A thought of the person's own: that the agent agrees with it shows nothing of the work before it."""
_DEMANDS = re.compile(r"\b(?:make|keep|use|put|store|just|should|needs? to|must|want)\b", re.IGNORECASE)
"""Says how the thing is to be, not that something is not so."""
_SHOWN = re.compile(r"\b(?:error|exception|traceback|panic|crash\w*|bugs?|broken|fail(?:s|ed|ing)?)\b", re.IGNORECASE)
"""A fault of the thing itself: said of work that lies further back it is a report, where weaker words may be talk."""
_PASTED_FAILURE = re.compile(r"^\W*(?:--- FAIL|FAIL(?:ED)?\b|Traceback)")
"""The person answers a boast with the output that refutes it."""
_FORBIDDEN = re.compile(r"^\W*(?:please )?(?:don['’]?t|do not|no need to|stop)\b", re.IGNORECASE)
_OBSERVED = re.compile(
    r"\b(?:i (?:just |also )?(?:checked|looked|verified|tested)|i (?:was|am) able to|i can (?:see|do)|none of|according to|the docs? says?|are you sure|i (?:did|ran)\b[^\n]{0,120}\bnow it['’]?s work\w*)\b",
    re.IGNORECASE,
)
"""The person looked and saw something else than the agent stated."""
_REPORTED = re.compile(
    r"^\W*(?:(?:also|but|and|now|hmm+|ok|so|still)[, ]+)?(?:(?:i|we)(?:['’]m| am)? (?:still )?(?:get|got|see|getting|seeing)\b|(?:it|this|that) (?:is )?(?:still )?(?:not work\w*|does ?n[o'’]?t work|fails|crashes|breaks|errors)|still\b|(?:lint|tests?|build|ci)\b[^.\n]{0,40}\bfail)|\bi (?:undid|reverted) your\b|\bi (?:did|ran)\b[^\n]{0,120}\bnow it['’]?s work"
    r"|\bi (?:just |also )?(?:tested|tried|checked|looked)\b[^.\n]{0,100}(?:\b(?:not|none|no|still|nothing)\b|n['’]t\b)|\bit(?:['’]s)? (?:still (?!works?\b)|somehow )\w+"
    r"|^\W*(?:but )?shouldn['’]t (?:this|that|it|these|we)\b",
    re.IGNORECASE,
)
"""A report of a fault, however the turn was taken."""
_CONCEDED = re.compile(
    r"\byou(?:['’]re| are| were) (?:absolutely |completely |totally |quite )?right\b|\blooking at (?:it|this|that) more (?:critically|closely|carefully)\b|\bi (?:missed|overlooked|misunderstood|misread|misspoke|was wrong)\b|\breal regression\b|\bmy (?:mistake|bad)\b",
    re.IGNORECASE,
)
"""The agent's first words after it: when it gives in, the person had a point, however the turn was put."""
_ACKNOWLEDGED = re.compile(r"\b(?:good|great|nice) catch\b|\bvalid (?:feedback|point|concern)\b", re.IGNORECASE)
"""Said of a fault as well as of an idea: it counts where the agent then changes its work."""
_RIGHT_AFTER_ALL = re.compile(r"\byou were right\b", re.IGNORECASE)
"""What the agent says at the end, having looked."""
_REVIEWED = re.compile(
    r"\b(?:review|unresolved|new|copilot|pr) (?:comments?|findings?|feedback)\b|\bcomments? (?:on|in) (?:the |this )?pr\b|\bfeedback (?:from|on)\b"
    r"|\b(?:duplicat(?:ed?|ions?)|redundant|unused|not used|dead code|over-?complicated)\b",
    re.IGNORECASE,
)
"""A review, or the person as reviewer, on what was written: a fault where the agent then changes the same files."""
CONCESSION_CHARS = 200
HEAD_CHARS = 300
"""What is wrong stands in the first paragraph of a correction; the rest is often pasted output."""
_OPEN_ROLES = frozenset({"follow_up", "request", "other"})
MIN_HEAD_CHARS = 15
"""A shorter first paragraph is a greeting."""


EDITS_KEPT = 50
"""Of the changes before a correction, as many as one would look at."""


def find_corrections(facts: Facts) -> tuple[Correction, ...]:
    """Every message in which the person objects, in session order. Takes the facts found so far."""
    return tuple(_found(facts))


def _found(facts: Facts) -> Iterator[Correction]:
    spoken = [t.seq for t in facts.turns]
    for index, turn in enumerate(facts.turns):
        message = facts.events[turn.seq]
        if index == 0 or not isinstance(message, UserMessage):
            continue
        since = spoken[index - 1]
        ended = spoken[index + 1] - 1 if index + 1 < len(spoken) else len(facts.events) - 1
        reviewed = _reviewed(facts, message, ended)
        if reviewed is not None:
            yield reviewed
            continue
        conceded = _concedes(facts, turn.seq, ended)
        reported = turn.role in _OPEN_ROLES and _REPORTED.search(_head(message.text)) is not None
        if turn.role == "correction" or conceded or reported:
            found = _read(facts, message, since, ended, conceded=conceded)
            if found is not None:
                yield found


def _reviewed(facts: Facts, message: UserMessage, ended: int) -> Correction | None:
    """A review after which the agent changes the files that it had changed before."""
    words = _REVIEWED.search(_head(message.text))
    earlier = tuple(before(facts.edits, message.seq)[-EDITS_KEPT:])
    if words is None or not earlier:
        return None
    own = {e.path for e in earlier}
    mended = [e for e in between(facts.edits, message.seq, ended + 1) if e.path in own and not is_scratch(e.path)]
    if not mended:
        return None
    said = before(facts.agent_messages, message.seq)
    return Correction(
        message=message, kind="defect", words=words.group(), before=said[-1] if said else None, edits=earlier, ended=mended[-1].call.seq
    )


def _read(facts: Facts, message: UserMessage, since: int, ended: int, *, conceded: bool) -> Correction | None:
    """What the message says of the work since the person spoke last; None where it is no complaint, or nothing was done that it could be about."""
    head = _head(message.text)
    if _NO_COMPLAINT.search(head) is not None:
        return None
    earlier = tuple(before(facts.edits, message.seq)[-EDITS_KEPT:])
    recent = tuple(between(earlier, since, message.seq))
    about_edits = bool(recent) or (bool(earlier) and (conceded or _REPORTED.search(head) is not None or _SHOWN.search(head) is not None))
    told = _kind(head, edited=about_edits or _delegated(facts, message.seq), edited_just_now=bool(recent))
    if told is None and (not conceded or _WISHES.search(head) is not None):
        return None
    kind, words = told or (_conceded_kind(head, recent), "")
    if kind == "defect" and _refutes(facts, head, since, message.seq):
        kind = "unverified_claim"
    if kind == "misunderstanding" and not recent and not (conceded and earlier) and not _acted(facts, since, message.seq):
        return None
    said = between(facts.agent_messages, since, message.seq)
    claims = between(facts.claims, message.seq, ended + 1)
    return Correction(
        message=message,
        kind=kind,
        words=words,
        before=said[-1] if said else None,
        edits=recent or earlier,
        ended=claims[0].message.seq if claims else ended,
    )


def _conceded_kind(head: str, recent: tuple[Edit, ...]) -> CorrectionKind:
    """What the agent gave in about when the person's words do not tell: its change of code, else its direction, else something it had said."""
    if any(not is_prose(e.path) for e in recent):
        return "defect"
    return "misunderstanding" if _DEMANDS.search(head) is not None else "unverified_claim"


def _refutes(facts: Facts, head: str, since: int, seq: int) -> bool:
    """Whether the message is the failing output of what the agent had just said to pass."""
    return _PASTED_FAILURE.search(head) is not None and any(c.kind == "tests_pass" for c in between(facts.claims, since, seq))


def _concedes(facts: Facts, seq: int, ended: int) -> bool:
    answers = between(facts.agent_messages, seq, ended + 1)
    if not answers:
        return False
    head = answers[0].text[:CONCESSION_CHARS]
    if _CONCEDED.search(head) or _RIGHT_AFTER_ALL.search(answers[-1].text[:CONCESSION_CHARS]):
        return True
    return _ACKNOWLEDGED.search(head) is not None and bool(before(facts.edits, seq)) and bool(between(facts.edits, seq, ended + 1))


def _delegated(facts: Facts, seq: int) -> bool:
    """Whether a subagent worked and the agent called something done: its edits are the agent's."""
    return bool(before(facts.claims, seq)) and any(c.child_native_id is not None for c in before(facts.calls, seq))


def _acted(facts: Facts, after: int, until: int) -> bool:
    """Whether the agent did, or tried to do, more than look and talk."""
    return any(
        c.status in ("denied", "interrupted") or c.category in ("mcp", "git", "browser") for c in between(facts.calls, after, until)
    ) or any(e.what == "interruption" for e in between(facts.lifecycle, after, until))


def _head(text: str) -> str:
    text = text.strip()
    end = text.find("\n\n", MIN_HEAD_CHARS)
    return text[: min(HEAD_CHARS, end if end >= 0 else HEAD_CHARS)]


def _kind(head: str, *, edited: bool, edited_just_now: bool) -> tuple[CorrectionKind, str] | None:
    """The kind of the correction and the words that tell it; None where its words tell nothing."""
    if (forbidden := _FORBIDDEN.search(head)) is not None:
        return "misunderstanding", forbidden.group()
    if (observed := _OBSERVED.search(head)) is not None:
        return "unverified_claim", observed.group()
    fault = _MALFUNCTION.search(head)
    if edited and fault is not None:
        return "defect", fault.group()
    if (instructed := _INSTRUCTED.search(head)) is not None:
        return "misunderstanding", instructed.group()
    if (disputed := _DISPUTED.search(head)) is not None:
        return ("defect" if edited_just_now else "unverified_claim"), disputed.group()
    return ("unverified_claim", fault.group()) if fault is not None else None
