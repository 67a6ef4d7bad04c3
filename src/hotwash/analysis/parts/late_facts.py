"""Facts that surfaced after the work had begun and should have stood in the first prompt. Precision comes first: only what a person said."""

import re
from collections.abc import Iterator

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.facts.order import before
from hotwash.analysis.model import LateFact, Role
from hotwash.kit.text import one_line, printable

FACT_CHARS = 240
MAX_FACTS = 4
"""A session with more is one where the person steered all along; the first ones say what the prompt lacked."""
MIN_WORDS = 4
"""Shorter remarks complain or agree; they carry no fact that a prompt could have held."""

MAX_WORDS = 40
"""A longer sentence is a task with its conditions, not a fact about the one at hand."""

_QUESTION_TOOLS = frozenset({"AskUserQuestion", "request_user_input"})
_ANSWERED = re.compile(r'"([^"\n]{8,300})"="([^"\n]{2,200})"')
_ANSWER_CHARS = 2_000
_SPEAKS_OF_NEED: frozenset[Role] = frozenset({"follow_up", "answer", "interruption"})
"""Roles whose messages may carry a constraint on the task at hand; a request brings a task of its own, an approval brings nothing."""
_OBJECTS: frozenset[Role] = frozenset({"correction", "interruption"})
"""Of objections in a row only the first brings the fact; the next ones insist on it."""
_CONSTRAINT = re.compile(
    r"\b(?:must(?:n'?t| not)?|should(?:n'?t| not)? (?:only|never|always|be|not|use|go|stay|have)|have to|has to|needs to be|only (?:in|on|for|use|the)|never|always|(?:don'?t|do not|won'?t|not) (?:want|use|touch|change|push|commit|add|need)"
    r"|instead of|rather than|prefer|make sure|keep in mind|note that|the (?:issue|problem|reason|point|idea) (?:is|was)|because|since|we (?:use|have|don'?t|want|already|explicitly|always|never|store|are storing|need|support)|we (?:do|also|would|currently) (?:have|use|need|want|store)"
    r"|i (?:do )?want (?:this|it|the|that)|i (?:just |already |have )?(?:updated|changed|removed|renamed|moved|merged)|is no longer|(?:has|is) gone(?: away)?|deprecated|other machines)\b",
    re.IGNORECASE,
)
_ASKS_OR_DOUBTS = re.compile(
    r"(?<!right)(?<!correct)\?|^(?:what|why|how|where|when|which|who|is|are|was|were|does|do|did|should|would|has|have|any)\b|^i(?:'d| would)? (?:think|believe|guess|feel|wonder|also understand|prefer|actually prefer)\b"
    r"|\b(?:maybe|perhaps|probably|not sure|i wonder|theoretically)\b",
    re.IGNORECASE,
)
"""Questions and thoughts aloud state no fact."""
_PLAIN_QUESTION = re.compile(r"(?<!!)(?<!right)(?<!correct)\?$", re.IGNORECASE)
_STATES = re.compile(
    r"\b(?:is|are|was|were|has|have|does|do|should|must|not|no|only|never|uses?|needs?|without|instead|because|since|cannot|can'?t|doesn'?t|don'?t|fails?|failed)\b",
    re.IGNORECASE,
)
_ERROR_SHOWN = re.compile(
    r"\b(?:cannot open|no such file|command not found|traceback|exit code|panic:|undefined:|returned error)\b|--- FAIL|\bFAIL\b|\b\w*Error:|\berror = ",
    re.IGNORECASE,
)
"""What went wrong is no fact that a prompt could have held; why may be."""
_HANDED_OVER = re.compile(r"^(?:ok,? |sorry,? |and )?here(?:'s| is| are|'re)\b", re.IGNORECASE)
"""What the first message should have brought is brought now."""
_PERSONAL = re.compile(r"\b(?:i|i'?m|i'?ve|i'?d|we|we'?re|you|your|my|our|us|me)\b", re.IGNORECASE)
"""Whoever writes at length of the work in their own words says so in the first or second person; a pasted review does not."""
_NO_FACT = re.compile(
    r"\b(?:stuff it|don'?t (?:worry|bother)|let'?s (?:keep|leave) it|thinking aloud|i guess|best guess|(?:read|look)s? (?:well|good|fine)|for now|(?:option|direction|proposal|approach|variant) (?-i:[A-Z\d])\b)"
    r"|^(?:\W|hm+|but)*(?:why (?:exactly )?(?:did|do|are|have)(?:n'?t)?|did (?:we|you) (?:miss|forget))\b|\b(?:fail\w*|broken)(?: now)?: https?://",
    re.IGNORECASE,
)
"""Shrugs, contentment, a choice among what the agent offered, a reproach, a bare link to a failed run: no prompt could have said it beforehand."""


def find_late_facts(facts: Facts) -> tuple[LateFact, ...]:
    """What the person corrected or demanded after the first message, in their words, with the record where they said it."""
    text_at = {message.seq: message.text for message in facts.messages}
    worked_before = {call.seq for call in facts.calls}
    first_call = min(worked_before, default=None)
    found: list[LateFact] = []
    last_role: Role = "request"
    edits, said_at = [edit.call.seq for edit in facts.edits], 0
    for turn in facts.turns[1:]:
        insists = last_role in _OBJECTS and turn.role in _OBJECTS and not any(edited < turn.seq for edited in edits if edited > said_at)
        last_role, said_at = turn.role, turn.seq
        text = text_at.get(turn.seq)
        if text is None or first_call is None or turn.seq < first_call or insists:
            continue
        fact: str | None
        if _HANDED_OVER.match(text):
            fact = _line(text)
        elif turn.role == "correction":
            fact = _statement(text)
        elif turn.role in _SPEAKS_OF_NEED:
            fact = _constraint(text)
        else:
            fact = None
        if fact and not _NO_FACT.search(fact) and not _ERROR_SHOWN.search(fact):
            found.append(LateFact(record=turn.record, fact=fact))
    found.extend(_answers(facts))
    found.sort(key=lambda late: late.record)
    return tuple(found[:MAX_FACTS])


def _answers(facts: Facts) -> Iterator[LateFact]:
    """What the person chose when the agent had to ask before it could begin: questions and answers as the harness gives them back."""
    began = facts.edits[0].call.seq if facts.edits else len(facts.events)
    for call in before(facts.calls, began):
        if call.name not in _QUESTION_TOOLS or call.status != "ok":
            continue
        pairs = _ANSWERED.findall(call.output[:_ANSWER_CHARS])
        if pairs:
            fact = _line("; ".join(f"{question} {answer}" for question, answer in pairs))
            yield LateFact(record=call.result_record or call.record, fact=fact)


def _statement(text: str) -> str | None:
    """What a correction says about how things are, from its first sentence that does, as far as it fits: not the sigh before it."""
    if len(wording.words(text)) > MAX_WORDS and not _PERSONAL.search(text):
        return None
    said = [line for line in wording.sentences(text) if len(wording.words(line)) >= MIN_WORDS and not _PLAIN_QUESTION.search(line)]
    start = next((index for index, line in enumerate(said) if _STATES.search(line)), 0)
    return _line(" ".join(said[start:])) if said else None


def _constraint(text: str) -> str | None:
    said = wording.sentences(text)
    for index, line in enumerate(said):
        if MIN_WORDS <= len(wording.words(line)) <= MAX_WORDS and _CONSTRAINT.search(line) and not _ASKS_OR_DOUBTS.search(line):
            return _line(" ".join(said[index:]))
    return None


def _line(text: str) -> str:
    return one_line(printable(text), FACT_CHARS)
