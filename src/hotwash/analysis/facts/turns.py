"""What each message of a person is for: a new task, more of the same, a correction, an answer, a go-ahead, a stop."""

import re
from collections.abc import Iterable

from hotwash.analysis.facts import wording
from hotwash.analysis.model import Role, UserTurn
from hotwash.transcript import AgentMessage, Event, Lifecycle, ToolCall, UserMessage

APPROVAL_WORDS = 14
"""A go-ahead is short; a longer message that begins with "yes" goes on to say something else."""
ANSWER_WORDS = 60
"""Longer than that, a reply to a question is a task of its own."""

_INTERRUPTED = re.compile(r"^\[Request interrupted by user")
_STOP = re.compile(r"^(?:no,? )?(?:stop|wait|hold on|hang on|cancel|abort|pause|never ?mind)\b", re.IGNORECASE)
_GO = re.compile(
    r"^(?:(?:sorry|ok(?:ay)?|great|perfect|nice|cool|good|thanks|thank you|awesome|alright|sure|hmm)[,.! ]+)*"
    r"(?:y|yes|yep|yeah|yup|ok(?:ay)?|sure|go(?: ahead| on| for it)?|do (?:it|that|so|this)|continue|proceed|carry on|keep going|resume|approved?|agreed?|lgtm|sounds good"
    r"|looks? good|works?(?: great| now| well)?|perfect|great|good|nice|correct|exactly|right|thanks|thank you|fine|ship it|merge(?: it)?|push(?: it| this)?"
    r"|commit(?: it| this| that| and push| these| all| everything)?|(?:let'?s|lets) (?:do|go|commit|push|merge|ship|doe)\b[^,]{0,30}|please (?:do|proceed|continue|go ahead|commit|push|implement)"
    r"|implement (?:it|this|that|the plan|your (?:plan|suggestions?|proposal)))(?=$|[\s,.!:;)])",
    re.IGNORECASE,
)
_WRONG = re.compile(
    r"\b(?:wrong|incorrect|not (?:right|correct|what i|working|the same|true)|doesn'?t (?:work|seem|look|compile|build|match|exist|make sense|help)|does not (?:work|seem|exist|match)|didn'?t (?:work|ask|want|say|mean|help|fix|do)"
    r"|isn'?t (?:working|right|correct|what|true)|wasn'?t|aren'?t (?:working|right)|still (?:fail|fails|failing|get|getting|see|seeing|not|broken|wrong|the same|does|has|have|an? )\w*"
    r"|broken|breaks?|fails?|failed|failing|no longer|i (?:get|got|see|am getting|'m getting) (?:an?|the|this|these|\.|:)|you (?:forgot|missed|removed|deleted|broke|changed|didn'?t|did not|should ?n'?t|should not|made|ignored|skipped|keep|misunderst\w+|'ve|have)"
    r"|why (?:did|do|are|have|is|does) (?:you|it|this|that|the)|revert|undo|rather than|instead of|not as an?|should(?:n'?t| not) (?:be|have)|that'?s not|it'?s not|this is not|there(?:'s| is) no\b|never (?:worked|asked)|misunderst\w+|regression|incomplete|missing)\b",
    re.IGNORECASE,
)
_OBJECTS = re.compile(
    r"^(?:no\b(?! (?:problem|worries))|nope|not\b|but\b|hmm+\b|hm\b|wait\b|actually\b|huh\b|nah\b|don'?t\b|do not\b|that'?s (?:not|wrong)|it (?:doesn'?t|does not|should)|you\b|instead\b|seems? (?:like|to)\b)",
    re.IGNORECASE,
)
_ERROR_PASTE = re.compile(
    r"\b(?:error|exception|traceback|panic|fatal|cannot|can'?t|no such file|not found|undefined|denied)\b", re.IGNORECASE
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
    r"|look|find|document|migrate|upgrade|test|debug|change|delete|set ?up|configure|generate|deploy|release|clean|draft|plan|design|explain|research|explore|merge|rebase|read)\b",
    re.IGNORECASE,
)


def turn_roles(messages: Iterable[UserMessage], events: Iterable[Event]) -> tuple[UserTurn, ...]:
    """One turn for each message, and one for each interruption that the session records as an event of its own, in session order."""
    wanted = {message.seq for message in messages}
    turns: list[UserTurn] = []
    context = _Context()
    for event in events:
        if isinstance(event, UserMessage) and event.seq in wanted:
            turns.append(UserTurn(record=event.record, seq=event.seq, role=_role(event.text, context)))
            context = _Context(started=True)
        elif isinstance(event, Lifecycle) and event.what == "interruption":
            if not context.interrupted:
                turns.append(UserTurn(record=event.record, seq=event.seq, role="interruption"))
            context.interrupted = True
        elif isinstance(event, AgentMessage):
            context.last_words = event.text
        elif isinstance(event, ToolCall):
            context.calls += 1
    return tuple(turns)


class _Context:
    """What happened since the person spoke last."""

    def __init__(self, *, started: bool = False) -> None:
        self.started = started
        self.last_words = ""
        self.calls = 0
        self.interrupted = False


def _role(text: str, context: _Context) -> Role:
    if _INTERRUPTED.match(text):
        return "interruption"
    if not context.started:
        return "request"
    said = wording.prose(text)
    lines = wording.sentences(text)
    opening = lines[0] if lines else said[:200]
    size = len(wording.words(said))
    if _STOP.match(opening):
        return "interruption"
    if _GO.match(opening) and (size <= APPROVAL_WORDS or not _carries_more(lines)):
        return "approval"
    if _is_correction(opening, lines, text):
        return "correction"
    if _asks(context.last_words) and not opening.endswith("?") and not _QUESTION.match(opening) and size <= ANSWER_WORDS:
        return "answer"
    if said.startswith("/") or _NEW_TASK.match(opening):
        return "request"
    return "follow_up"


def _carries_more(lines: tuple[str, ...]) -> bool:
    return len(lines) > 2 or any(_WRONG.search(line) for line in lines)


def _is_correction(opening: str, lines: tuple[str, ...], text: str) -> bool:
    body = " ".join(lines[:6])
    if _IMPERATIVE.match(opening) and not _WRONG.search(opening):
        return False
    if _OBJECTS.match(opening):
        return True
    if _WRONG.search(body[:400]):
        return True
    pasted = text[len(body) :]
    return len(lines) <= 2 and bool(_ERROR_PASTE.search(pasted)) and not opening.endswith("?")


def _asks(last_words: str) -> bool:
    """Whether the agent's last message ends in a question."""
    tail = last_words[-300:].rstrip(" *_`)\n")
    return tail.endswith("?") or "?" in tail.rsplit("\n", 1)[-1]
