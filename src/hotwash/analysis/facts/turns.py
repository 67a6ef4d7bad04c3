"""What each message of a person is for: a new task, more of the same, a correction, an answer, a go-ahead, a stop."""

import re
from collections.abc import Iterable

from hotwash.analysis.facts import wording
from hotwash.analysis.model import Role, UserTurn
from hotwash.transcript import AgentMessage, Event, Lifecycle, UserMessage

SHORT_WORDS = 6
"""So short that nothing but the go-ahead fits in."""
OBJECTION_CHARS = 200
"""An objection stands at the start of a sentence; a long sentence that mentions a failure somewhere describes it."""
APPROVAL_WORDS = 14
"""A go-ahead is short; a longer message that begins with "yes" goes on to say something else."""
NEW_SUBJECT_WORDS = 10
NEW_SUBJECT_SHARE = 0.25
"""A message opens another matter when it says much (different words longer than three letters) and little of it was spoken of before."""
ANSWER_WORDS = 60
"""Longer than that, a reply to a question is a task of its own."""
SCANNED_FOR_ERRORS = 2_000
"""Characters. A pasted error stands near the top of the message."""

_INTERRUPTED = re.compile(r"^\[Request interrupted by user")
_HANDS_OVER = re.compile(r"^(?:ok,? |sorry,? )?here(?:'s| is| are|'re|:)", re.IGNORECASE)
_NUMBERED = re.compile(r"^1[.)] ")
_STOP = re.compile(
    r"^(?:(?:no|oh|ok|hey|sorry),? )?(?:stop|wait|hold on|hang on|cancel|abort|pause|never ?mind|i['’]?ll (?:let you know|tell you|do (?:it|that|this) myself))\b",
    re.IGNORECASE,
)
GIVES_UP = re.compile(
    r"^(?:(?:no|oh|ok(?:ay)?|hm+|well|so|alright|then|please|let'?s|just|we(?:'ll| will)|i(?:'ll| will))[,. ]+)*(?:never ?mind|forget (?:it|that|this|about (?:it|that))|(?:leave|drop) (?:it|that|this)(?! (?:as|in|to|on|like)\b)"
    r"|give (?:it )?up|stop (?:here|it|now|trying|there)|abort|cancel (?:it|this|that)|enough)\b",
    re.IGNORECASE,
)
"""Ends the work without its result. Contentment (`leave it as it is`) does not."""
_GO = re.compile(
    r"^(?:(?:sorry|ok(?:ay)?|great|perfect|nice|cool|good|thanks|thank you|awesome|alright|sure|hmm)[,.! ]+)*(?:"
    + "|".join(
        (
            r"y|yes|yep|yeah|yup|ok(?:ay)?|sure|agreed?|approved?|lgtm|correct|exactly|right",
            r"perfect|great|good|nice|fine|thanks|thank you|sounds good|looks? good|works?(?: great| now| well)?",
            r"go(?: ahead| on| for it)?|do (?:it|that|so|this)|continue|proceed|carry on|keep going|resume",
            r"(?:post|send|publish|ship) it|merge(?: it)?|push(?: it| this)?|commit(?: it| this| that| and push| these| all| everything)?",
            r"let'?s (?:do (?:it|that|this)|go|commit|push|merge|ship)\b[^,]{0,30}",
            r"please (?:do|proceed|continue|go ahead|commit|push|implement)|implement (?:it|this|that|the plan|your (?:plan|suggestions?|proposal))",
        )
    )
    + r")(?=$|[\s,.!:;)])",
    re.IGNORECASE,
)
_WRONG = re.compile(
    r"\b(?:"
    + "|".join(
        (
            r"wrong|incorrect|incomplete|broken|breaks?|fails?|failed|failing|regression|is gone|no longer|misunderst\w+",
            r"(?:doesn'?t|does not) (?:work|seem|look|compile|build|match|exist|make sense|help)|didn'?t (?:work|ask|want|say|mean|help|fix|do)",
            r"not (?:right|correct|what i|working|the same|true)|(?:isn'?t|aren'?t) (?:working|right|correct|what|true)|wasn'?t|never (?:worked|asked)",
            r"still (?:fail|fails|failing|get|getting|see|seeing|not|broken|wrong|the same|does|has|have|an? )\w*",
            r"i (?:get|got|see|am getting|'m getting) (?:an?|the|this|these|\.|:)|(?:seems?|appears?) to be (?:gone|missing|ignored)",
            r"you (?:forgot|missed|removed|deleted|broke|changed|didn'?t|did not|should ?n'?t|should not|made|ignored|skipped|keep|misunderst\w+|'ve|have)",
            r"revert|undo|rather than|instead of|instead$|not as an?|, not (?:as )?(?:an?|the|in|on|with)",
            r"don'?t need|(?:i|we) (?:don'?t|do not) want|should(?:n'?t| not) (?:be|have)|already (?:on|have|has|exists?|said|told)",
            r"that'?s not|it'?s not|this is not|there(?:'s| is) no|too (?:slow|big|long|many|much|verbose|small|complicated)",
        )
    )
    + r")\b",
    re.IGNORECASE,
)
_OBJECTS = re.compile(
    r"^(?:no\b(?! (?:problem|worries))|nope|not\b|but\b|hm+\b|wait\b|actually\b|huh\b|nah\b|don'?t\b|do not\b|that'?s (?:not|wrong)"
    r"|it (?:doesn'?t|does not|should)|instead\b|seems? (?:like|to)\b)",
    re.IGNORECASE,
)
_NOT_WORKING = re.compile(
    r"\bstill (?:not|fail\w*|broken|wrong|get\w*|see\w*)|\b(?:not|doesn'?t|does not) work|\b(?:is|be) gone\b|\bbroken\b|\brepeated\b|\bduplicat\w+|!\?$",
    re.IGNORECASE,
)
"""Says that something is wrong, even in a sentence that goes on to ask."""
_BLAMES = re.compile(
    r"\bwhy (?:did|are|have|would|didn'?t|aren'?t) you\b|\b(?:didn'?t|did not|haven'?t) you\b|\bi (?:said|told you|asked (?:you|for)|meant)\b|\bare you sure\b"
    r"|\bis (?:this|that|it) (?:really )?the same\b",
    re.IGNORECASE,
)
"""Objections that have the form of a question."""
_REVIEW_PASTED = re.compile(r"^\W*(?:low|medium|high|critical) severity\W*$", re.IGNORECASE | re.MULTILINE)
"""A line of its own in the findings that review tools write."""
_CHOOSES = re.compile(r"\b(?:\d+|options?|both|first|second|put it|use the)\b", re.IGNORECASE)
"""Takes one of what was offered."""
_CONFIRMS = re.compile(r"\b(?:right|correct|yes|no|ok)\s*\?$", re.IGNORECASE)
"""A statement that asks to be confirmed objects to nothing."""
_ERROR_PASTE = re.compile(
    r"\b(?:error|exception|traceback|panic|fatal|cannot|can'?t|no such file|not found|undefined|denied)\b|--- FAIL:", re.IGNORECASE
)
_QUESTION = re.compile(
    r"^(?:what|why|how|where|when|which|who|is|are|was|were|does|do|did|can|could|should|would|will|has|have|any|isn'?t|doesn'?t)\b",
    re.IGNORECASE,
)
_NEW_TASK = re.compile(
    r"^(?:also\b|next\b|now (?:let'?s|we|i|can|please|the|add|fix|update|do)|another\b|new (?:task|request|issue)|one more\b|separately\b|different\b|switch(?:ing)? to\b)",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"^(?:please |can you |could you |let'?s |we need to |i want (?:you )?to |i need (?:you )?to )?(?:add|create|implement|write|build|make|fix|update|remove|refactor|rename|move|review|investigate|analy[sz]e|check"
    r"|look|find|document|migrate|rework|apply|extract|simplify|split|convert|improve|reduce|upgrade|test|debug|change|delete|set ?up|configure|generate|deploy|release|clean|draft|plan|design|explain|research|explore|merge|rebase|read)\b(?! (?:is|are|was|were|fails?|failed|still|does|doesn'?t|keeps)\b)",
    re.IGNORECASE,
)


def turn_roles(messages: Iterable[UserMessage], events: Iterable[Event]) -> tuple[UserTurn, ...]:
    """One turn for each message, in session order, and one for each interruption that the session records as an event of its own, unless the
    message right after it says why: that is one act of stopping."""
    wanted = {message.seq for message in messages}
    turns: list[UserTurn] = []
    context = _Context()
    for event in events:
        if isinstance(event, UserMessage) and event.seq in wanted:
            role = _role(event.text, context)
            if context.interrupted and role in ("correction", "interruption"):
                turns.pop()
            turns.append(UserTurn(record=event.record, seq=event.seq, role=role))
            context = _Context(started=True, said=context.said | _content_words(event.text))
        elif isinstance(event, Lifecycle) and event.what == "interruption" and context.started:
            if not context.interrupted:
                turns.append(UserTurn(record=event.record, seq=event.seq, role="interruption"))
            context.interrupted = True
        elif isinstance(event, AgentMessage):
            context.last_words = event.text
    return tuple(turns)


class _Context:
    """What happened since the person spoke last."""

    def __init__(self, *, started: bool = False, said: frozenset[str] = frozenset()) -> None:
        self.started = started
        self.said = said
        """What the person has said in the whole session."""
        self.last_words = ""
        self.interrupted = False

    def is_new(self, text: str) -> bool:
        """Whether the text speaks of other things than the person and the agent did so far."""
        content = _content_words(text)
        if len(content) < NEW_SUBJECT_WORDS:
            return False
        known = self.said | _content_words(self.last_words)
        return len(content & known) <= NEW_SUBJECT_SHARE * len(content)


def _content_words(text: str) -> frozenset[str]:
    return frozenset(word for word in wording.words(text[: wording.SCANNED_CHARS]) if len(word) > 3)


def _role(text: str, context: _Context) -> Role:
    if _INTERRUPTED.match(text):
        return "interruption"
    if not context.started:
        return "request"
    said = wording.prose(text)
    lines = wording.sentences(text)
    opening = lines[0] if lines else said[:200]
    size = len(wording.words(said))
    if _STOP.match(opening) or GIVES_UP.match(opening):
        return "interruption"
    asked = _asks(context.last_words)
    if _GO.match(opening) and _only_agrees(lines, size):
        return "answer" if asked and _CHOOSES.search(opening) else "approval"
    if _NEW_TASK.match(opening):
        return "request"
    if _HANDS_OVER.match(opening) or (asked and _NUMBERED.match(said)):
        return "answer"
    if _is_correction(opening, lines, text):
        return "correction"
    if asked and not _puts_work(opening) and size <= ANSWER_WORDS:
        return "answer"
    return "request" if not opening.endswith("?") and context.is_new(said) else "follow_up"


def _puts_work(opening: str) -> bool:
    """A question or an order: not what one says in reply to a question."""
    return opening.endswith("?") or bool(_QUESTION.match(opening) or _IMPERATIVE.match(opening))


def _only_agrees(lines: tuple[str, ...], size: int) -> bool:
    """Whether a message that begins with a go-ahead says little else: no objection and no question of weight."""
    if size <= SHORT_WORDS:
        return True
    return (len(lines) <= 2 and not any("?" in line or _WRONG.search(line) for line in lines)) or (
        size <= APPROVAL_WORDS and "?" not in lines[-1]
    )


def _is_correction(opening: str, lines: tuple[str, ...], text: str) -> bool:
    if _REVIEW_PASTED.search(text[:SCANNED_FOR_ERRORS]):
        return True
    if _BLAMES.search(opening):
        return True
    if _CONFIRMS.search(opening) or _QUESTION.match(opening) or _IMPERATIVE.match(opening):
        return False
    if opening.endswith("?") and not _NOT_WORKING.search(opening):
        return False
    if _OBJECTS.match(opening) or any(_WRONG.search(line[:OBJECTION_CHARS]) for line in lines[:2]):
        return True
    return len(lines) <= 2 and bool(_ERROR_PASTE.search(text[:SCANNED_FOR_ERRORS]))


def _asks(last_words: str) -> bool:
    """Whether the agent's last message ends in a question."""
    tail = last_words[-300:].rstrip(" *_`)\n")
    return tail.endswith("?") or "?" in tail.rsplit("\n", 1)[-1]
