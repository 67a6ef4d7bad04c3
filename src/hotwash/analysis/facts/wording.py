"""Reading what a person wrote: sentences, the words that carry meaning, and the line a task is named by. Plain string work, linear in the text."""

import re
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache

from hotwash.kit.text import one_line, printable

SCANNED_CHARS = 4_000
"""Of a message, enough to see what it is; pasted logs and specifications follow after that."""
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][\w:-]{0,40}(?: [^<>\n]{0,120})?>")
_ISSUE_URL = re.compile(r"https?://github\.com/([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d+)[^\s,)]*")
_REPOSITORY_URL = re.compile(r"https?://github\.com/([\w.-]+/[\w.-]+)[^\s,)]*")
_URL = re.compile(r"https?://(?:www\.)?([^\s/,)]+)[^\s,)]*")
PLAN_INTRODUCED = re.compile(r"\s*implement the (?:following |attached )?plan\b[:.]?", re.IGNORECASE)
"""Says that there is a plan, not what is in it."""
_HEADING = re.compile(r"^#{1,3} +(.{4,200})$", re.MULTILINE)
_ROLE_GIVEN = re.compile(r"\W*you (?:are (?:now )?(?:a|an|the|my)|will be given)\b", re.IGNORECASE)
"""Who the agent is to be says nothing of what it is to do."""
_TASK_MARK = re.compile(r"(?:task(?: description)?|your task|instructions?|problem statement): +(.{8,})", re.IGNORECASE)
"""Where a harness wraps a task in its own rules, the task stands under a heading."""
_ASKED_POLITELY = re.compile(
    r"\W*(?:(?:hi|hey|hello|ok(?:ay)?|so|now|please|also|and|then)[,:]?\s+)*(?:can|could|would|will) (?:you|we)\b", re.IGNORECASE
)
"""An order in the form of a question."""
_ORDER = re.compile(
    r"(?:add|build|change|check|clean|commit|compare|convert|create|debug|delete|deploy|document|drop|explain|extend|extract|find|fix|generate|give|implement|improve|investigate|let|limit|list"
    r"|make|merge|migrate|move|open|port|put|refactor|release|remove|rename|replace|review|rewrite|run|set|show|simplify|split|squash|switch|test|turn|update|upgrade|use|write)\b",
    re.IGNORECASE,
)
ORDER_WITHIN = 3
"""Sentences: an order further down is a detail."""
MIN_TELLING_WORDS = 4
"""Of more than three letters: “Find out why and fix it” names the task less than the statement before it."""
MIN_CLAUSE_WORDS = 5
CLAUSE_CHARS = 64
MIN_CLAUSE_CHARS = 24
_OPENING_CLAUSE = re.compile(
    r"^(?:while|when|since|because|as|although|if|after|before|once|given|right now)\b[^,.]{8,90}, ", re.IGNORECASE
)
_HANGING = re.compile(r"\b(?:is|are|was|and|or|but|to|of|with|for|the|a|an|state|states|say|says|sure|it|if|also|like)$", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"[,;:] |[.?!] (?=[a-z])| [-–—] | \(| (?:so that|so|because|since|which|that|where|whereas|and then|but|instead of|rather than|in order to)(?= )"
)
_SLASH_COMMAND = re.compile(r"^(/[\w:-]+)\n")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z@`\"'(/~\d])|\n+")
_LIST_MARK = re.compile(r"^(?:[-*•>]+|\d{1,2}[.)]|#+)\s+")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_'’-]*")
_PASTE = re.compile(
    r"^(?:[$➜❯#>|]|\S+@\S+[ :%$]|\s*at \S+\(|Traceback|\d{4}-\d\d-\d\d|\s*\d+[:|]|\[[\d: ]+\]|\+{1,3}\s|-{3}\s|={3}\s|\[[\w:.-]+\] [$=]|@@ |\w*(?:Error|Exception):|[A-Z][\w ]{0,20}:\s{2,}\S|[\w./-]+\.\w{1,4}:\d+:|[A-Z]{4,}\b.*:)"
)
_OPENING = re.compile(
    r"^(?:(?:hi|hey|hello|ok(?:ay)?|so|now|please|can you|could you|would you|can we|could we|let'?s|i(?:'d| would) like(?: you)? to|i want(?: you)? to|i need(?: you)? to"
    r"|you are|help me(?: to)?|we need to|also|and|then|your task is to|just)[,:]?\s+)+",
    re.IGNORECASE,
)

# "No" with a comma or point is an answer; before a word it denies that word: "No optimistic updates" must keep it.
_INTERJECTION = re.compile(
    r"^(?:(?:(?:hm+|but|oh|ok(?:ay)?|so|well|actually|wait|sorry|yes|yeah|and|mm+)[,.!:]*|(?:no|nope)[,.!:]+)\s+)+", re.IGNORECASE
)


@lru_cache(maxsize=512)
def prose(text: str) -> str:
    """What the person said in words: fenced code and mark-up tags left out, a slash command on one line with its arguments."""
    head = _SLASH_COMMAND.sub(r"\1 ", text[:SCANNED_CHARS])
    return _TAG.sub(" ", _FENCE.sub("\n", head)).strip()


@lru_cache(maxsize=512)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of `prose(text)`, without list marks and without lines that look pasted from a terminal or a log."""
    found = []
    for part in _SENTENCE_END.split(prose(text)):
        line = part.strip()
        if line and not _PASTE.match(line):
            found.append(_LIST_MARK.sub("", line))
    return tuple(found)


def without_tags(text: str) -> str:
    return _TAG.sub("", text)


def words(text: str) -> list[str]:
    """Words in lower case, typographic apostrophes made plain."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def gist(text: str, limit: int) -> str:
    """What is asked for, as one printable line of at most `limit` characters: the first sentence that says something, or the order that follows a
    statement; without its polite opening, and cut to its main clause where it is long. Empty when there is none."""
    said = [line for sentence in _joined(sentences(text)) if (line := _spoken(sentence))]
    heading = _HEADING.search(text[:SCANNED_CHARS]) if PLAN_INTRODUCED.match(text) else None
    if heading is not None and (titled := printable(heading[1]).strip(" \t*_#:")):
        return one_line(titled, limit)
    marked = next((found[1] for line in said if (found := _TASK_MARK.match(line))), "")
    if marked:
        said = [marked]
    if not said:
        return one_line(printable(prose(text)), limit)
    order = next(
        (line for line in said[1:ORDER_WITHIN] if _ORDER.match(line) and sum(len(word) > 3 for word in words(line)) >= MIN_TELLING_WORDS),
        None,
    )
    chosen = order if order and not _ORDER.match(said[0]) and not _ASKED_POLITELY.match(_first_sentence(text)) else said[0]
    short = one_line(_main_clause(chosen), limit).rstrip(" .,;:")
    return short if "#" in short.split(" ", 1)[0] else short[:1].upper() + short[1:]


def _joined(said: Sequence[str]) -> Iterator[str]:
    """The sentences, one that ends in a colon together with the next."""
    for index, sentence in enumerate(said):
        yield f"{sentence} {said[index + 1]}" if sentence.endswith(":") and index + 1 < len(said) else sentence


def _spoken(sentence: str) -> str:
    """The sentence without its polite opening and with short links; empty where it says nothing of the task."""
    if PLAN_INTRODUCED.fullmatch(sentence) or _ROLE_GIVEN.match(sentence):
        return ""
    if len(sentence) > 2 and sentence[0] == sentence[-1] == '"':
        sentence = sentence[1:-1]
    plain = _URL.sub(r"\1", _REPOSITORY_URL.sub(r"\1", _ISSUE_URL.sub(r"\1#\2", printable(sentence)))).strip(" \t*_#:").removeprefix("- ")
    bare = _OPENING.sub("", plain).strip()
    if len(words(bare)) < 2:
        bare = plain
    elif _ASKED_POLITELY.match(plain):
        bare = bare.rstrip("? ")
    return bare if len(words(bare)) >= 2 or bare.startswith("/") else ""


def _first_sentence(text: str) -> str:
    return next(iter(sentences(text)), "")


def _main_clause(line: str) -> str:
    """A long sentence without the clause it opens with and without what follows its main clause."""
    if len(line) <= CLAUSE_CHARS:
        return line
    opened = _OPENING_CLAUSE.sub("", line)
    if len(words(opened)) >= MIN_CLAUSE_WORDS:
        line = opened
    if len(line) <= CLAUSE_CHARS:
        return line
    kept = (line[: end.start()] for end in _CLAUSE_END.finditer(line, MIN_CLAUSE_CHARS, CLAUSE_CHARS))
    whole = [clause for clause in kept if _is_closed(clause)]
    return whole[-1] if whole else line


def _is_closed(clause: str) -> bool:
    """Whether a cut here leaves no quotation or bracket open and no word without what it needs."""
    return (
        clause.count("`") % 2 == 0 and clause.count('"') % 2 == 0 and clause.count("(") == clause.count(")") and not _HANGING.search(clause)
    )


def without_interjection(statement: str) -> str:
    """The statement without the sigh it opens with (`hmm, but …`) and with a capital letter."""
    bare = _INTERJECTION.sub("", statement).strip() or statement
    return bare[:1].upper() + bare[1:]


def covered_by(statement: str, text: str) -> bool:
    """Whether nearly all words of the statement stand in the text already."""
    return covered(statement, set(words(text)))


def covered(statement: str, said: Set[str]) -> bool:
    """Whether nearly all words of the statement that carry meaning are among those said."""
    wanted = [word for word in words(statement) if len(word) > 3]
    return sum(word in said for word in wanted) >= 0.8 * len(wanted)


_NOISE = re.compile(
    r"^(?:exit code \d+\s*|\[\w+\]\s*|(?:npm|yarn|pnpm|mise) (?:err(?:or)?!?|warn)\s+|(?:error|fatal|output|panic)\s*:\s*|[-=]{2,}\s+|[^\w\s'\"`(/.@$!-]+\s*)+",
    re.IGNORECASE,
)
_CUT_SHORT = re.compile(r"[\s,;:.(]*…$")
MIN_ERROR_WORDS = 2
"""A line of fewer words (`1 failed`, `Output`) names nothing."""


def error_words(line: str, limit: int) -> str:
    """What an error line says, without mark-up and the programs' own opening noise; empty where it names nothing."""
    said = _NOISE.sub("", printable(without_tags(line)).strip())
    return _CUT_SHORT.sub("…", one_line(said, limit)).rstrip(" .:") if len(_WORD.findall(said)) >= MIN_ERROR_WORDS else ""


_FAULT = re.compile(
    r"\b(?:fail(?:s|ed|ing)?|broken|breaks|broke|crash(?:es|ed|ing)?|exception|wrong|incorrect|missing|gone|lost|loses|twice|duplicated?|flicker\w*|no longer|never (?:stops?|ends?|works?)"
    r"|(?:does|do|did|is|are|was)n['’]?t|(?:does|do|did) not|cannot|can['’]?t|still|too (?:slow|big|long|many))\b|\berror\b",
    re.IGNORECASE,
)
_BARE_COMPLAINT = re.compile(
    r"\?|\b(?:you|fuck\w*|shit|stupid|damn|wtf|dude|hell)\b|^(?:that|this|it)['’]?s (?:not|wrong)|^seems? like|https?://|[;{}]\s*$|^(?:throw|return|const|let|import|var)\b",
    re.IGNORECASE,
)
MIN_FAULT_WORDS = 5
FAULT_CHARS = 160


def fault_told(text: str) -> str:
    """The first sentence in which the person describes how the thing misbehaves: no question, no blame. Empty where there is none."""
    for sentence in sentences(text):
        if len(words(sentence)) >= MIN_FAULT_WORDS and _FAULT.search(sentence) and not _BARE_COMPLAINT.search(sentence):
            return one_line(printable(without_interjection(sentence)), FAULT_CHARS)
    return ""
