"""What must hold, taken out of what a person said: without the blame, the history, the question or the shrug around it."""

import re

import msgspec

from hotwash.analysis.facts import wording
from hotwash.kit.text import printable

MIN_WORDS = 3
"""Fewer words carry no rule that could be followed without the session around it."""
MAX_WORDS = 30
"""A longer sentence is a task or a story."""

_END = re.compile(r"(?<=[.!?])\s+")
_PRAISES_FIRST = re.compile(r"^(?:great|nice|perfect|good|cool|thanks|thank you|looks? good)[,.! ]+(?:but |and )?", re.IGNORECASE)
_REASON = re.compile(r",? (?:because|since|so that|otherwise|or else)\b.*$", re.IGNORECASE)
_SAID_BEFORE = re.compile(
    r"[,;:]?\s*(?:–|—|-)?\s*(?:as )?i(?:'ve| have)? (?:already )?(?:said|told you|asked|mentioned|wrote)\b.*$", re.IGNORECASE
)
_INSISTS = re.compile(
    r"^i(?:'ve| have)? (?:already |clearly |explicitly )?(?:said|asked (?:you )?for|asked you to|told you(?: to)?|meant|wanted)[:,]?\s+(?!that\b|this\b|it\b|so\b|you\b)(.+)$",
    re.IGNORECASE,
)
"""“I said pnpm, not npm”: what was said is the requirement."""
_NOT_ASKED_FOR = re.compile(r"^i (?:did ?n['o]t|did not|never) (?:ask|tell|want) (?:you|it) to ([a-z][^,.;:!?]{1,60})", re.IGNORECASE)
_DEMANDS = re.compile(
    r"\b(?:must(?:n'?t)?|shouldn'?t|should (?:not|never|always|only|be|stay|go|live|use|have|contain|return|keep|work|stop|show)|(?:has|have|needs?) to|need(?:s|ed)? to be"
    r"|never|always|only (?:use|in|on|for|the|run|with|if|when|after)|do not|don'?t|cannot|without|instead of|rather than|i want|i don'?t want|prefer|make sure|keep in mind|note that"
    r"|we (?:use|pin|never|always|don'?t|do not|only)|no longer|deprecated|is (?:required|forbidden|not allowed))\b"
    r"|^(?:use|keep|leave|stick|avoid|store|put|run|respect|ignore|skip|write)\b|^no (?!more|problem|idea|worries|rush|wonder|need|luck|way|clue)[a-z]"
    r"|^not\b[^.]*\bbut\b",
    re.IGNORECASE,
)
"""Words by which a person says how things are to be, as against how they went."""
_ASKS = re.compile(
    r"\?|^(?:what|why|how|where|when|which|who|is|are|was|were|does|do (?:we|you|i)|did|should|would|could|can|will|has|have|any|hy|wy)\b|^we (?:also |just |still )?(?:need|have|want) to\b|^i(?:'d| would)? (?:want|need|like) you to\b|\b(?:would|is|does|should)n'?t (?:it|that|this)\b",
    re.IGNORECASE,
)
"""A question, or a task of its own."""
_SHRUGS = re.compile(
    r"\b(?:maybe|perhaps|probably|possibly|(?:i|we) (?:guess|think|thought|believe|wonder|suppose)|not sure|thinking aloud|never ?mind|don'?t (?:worry|bother|care|mind|know|understand)|stuff it|whatever"
    r"|sorry|my bad|my mistake|let'?s (?:keep|leave)|(?:read|look)s? (?:well|good|fine|great)|nice|great|perfect|lol|haha|for now|yet\b|for example|^seems?|^i(?:'ve| have| had)|we should (?!not|never|always|only))\b",
    re.IGNORECASE,
)
"""Doubt, contentment, a thought aloud, leave given for once."""
_BLAMES = re.compile(
    r"\byou(?:'ve| have| had| just| did| didn'?t| were| are| wrote| forgot| broke| removed| deleted| missed| ignored| skipped| keep| changed| made| pushed| should(?:n'?t| not)? have)\b"
    r"|\b(?:i|we) (?:just )?(?:already|said|told|asked)\b|\bagain\b[.!]*$",
    re.IGNORECASE,
)
_TELLS_A_FAULT = re.compile(
    r"\b(?:fail(?:s|ed|ing)?|broken|breaks|crash(?:es|ed)?|(?:doesn'?t|does not|didn'?t|isn'?t|is not|aren'?t) (?:work|show|chang|updat|seem)\w*|(?:an?|the|this) error|is gone|(?:i|we) (?:just |still )?(?:get|got|see|saw|tried|tested|checked|installed|ran))\b"
    r"|error:|\bsomehow\b|\bstill (?!visible)\w+s\b",
    re.IGNORECASE,
)
"""What was wrong with the work is for the agent to mend, not for the next prompt to demand."""
_POINTS_BACK = re.compile(
    r"(?i:^(?:that|this|those|these)\b|^it'?s\b|^(?:keep|leave|put|use|run|skip) (?:it|this|that|them)\b(?! (?:in|on|under|out|below|as) ))"
    r"|\b(?i:option|direction|proposal|approach|variant|choice|number|step|item) [A-Z\d]\b"
)
"""Means something only beside what was said just before, or chooses among what the agent had offered."""
_PASTED = re.compile(r"\]\(#|^`[^`]+`:")
"""Documents with footnotes and definitions; a person who demands something does not write so."""
_SWEARS = re.compile(r"\b(?:fuck\w*|shit\w*|stupid|damn|wtf|hell|crap|bullshit|dude)\b", re.IGNORECASE)


class Requirement(msgspec.Struct, frozen=True):
    text: str
    """What must hold, as one sentence without its closing point."""
    excerpt: str
    """The person's sentence, verbatim."""


def requirements(message: str) -> tuple[Requirement, ...]:
    """The sentences of the message that demand something, in order."""
    found = []
    for line in wording.sentences(message):
        for sentence in _END.split(line):
            text = _demand(sentence)
            if text:
                found.append(Requirement(text, sentence))
    return tuple(found)


def _demand(sentence: str) -> str:
    bare = wording.without_interjection(_PRAISES_FIRST.sub("", printable(sentence).replace("’", "'").strip()))
    if (unasked := _NOT_ASKED_FOR.match(bare)) is not None:
        return f"Do not {unasked[1].strip()} unless asked"
    if (insisted := _INSISTS.match(bare)) is not None:
        bare = insisted[1][:1].upper() + insisted[1][1:]
        if not _mere_words(bare):
            return bare.rstrip(" .!,;")
    bare = _REASON.sub("", _SAID_BEFORE.sub("", bare)).rstrip(" .!,;")
    if _mere_words(bare) or not _DEMANDS.search(bare):
        return ""
    return bare


def _mere_words(bare: str) -> bool:
    """Whether the sentence is anything but a statement of how things are to be."""
    size = len(wording.words(bare))
    return (
        not MIN_WORDS <= size <= MAX_WORDS
        or "…" in bare
        or _PASTED.search(bare) is not None
        or any(pattern.search(bare) for pattern in (_ASKS, _SHRUGS, _BLAMES, _TELLS_A_FAULT, _POINTS_BACK, _SWEARS))
    )
