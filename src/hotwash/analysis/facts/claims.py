"""Sentences in which the agent states success. Plans, conditions, questions and reports of failure are no claims."""

import re
from collections.abc import Iterable

from hotwash.analysis.facts.model import Claim, ClaimKind
from hotwash.transcript import AgentMessage

MAX_SENTENCE_CHARS = 400
MAX_MESSAGE_CHARS = 12_000
"""A longer message is a document; its claims stand at its head and end."""

_THOUGHT = "THOUGHT:"
"""How mini-swe-agent has the model begin its words."""
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_SENTENCE = re.compile(r"[^.!?\n]++(?:[.!?](?!\s|$)[^.!?\n]*+)*+[.!?]*+")
_NOT_A_CLAIM = re.compile(
    r"\b(?:should|will|would|could|might|may|can|once|when|if|unless|until|before|let me|let['’]s|make sure|ensure|to verify|needs?|want|going to|next|plan|must|try|whether"
    r"|(?:verify|check|confirm) that|not|fail(?:s|ed|ing|ures?)?|except|without|never|cannot|pre-existing|previously|expected|after|so that|likely|probably|assum\w+)\b"
    r"|n['’]t\b|['’]ll\b|\?\s*$",
    re.IGNORECASE,
)
_TESTS = (
    r"(?:all|every|the|\d+(?:/\d+)?|existing|new|unit|integration|e2e|our|full|entire|of|these|those|both|related|relevant|Go|Python|other)"
)
_PATTERNS: tuple[tuple[ClaimKind, re.Pattern[str]], ...] = (
    (
        "tests_pass",
        re.compile(
            rf"\b(?:{_TESTS}\s+)*(?:tests?(?:\s+suite)?|specs?|test\ cases)\b(?:\s+(?:now|all|still|are|is|have|has|also))*\s+(?:pass(?:es|ed|ing)?|green|succeed(?:ed|s)?)\b"
            r"|\b\d+(?:/\d+)?\s+tests?\s+pass(?:ed|ing)?\b|\beverything\s+passes\b|\ball\s+(?:pass|green)\b|\btests?:\s+(?:all\s+)?(?:pass|green)"
            r"|^\W*(?:all|CI\s+is|everything\s+is)\s+clean\b|\btests?\s+(?:and|&|,)\s+\w+(?:\s+\w+)?\s+(?:all\s+)?pass\b",
            re.IGNORECASE,
        ),
    ),
    (
        "build_passes",
        re.compile(
            r"\b(?:build|compil\w+|code)\b(?:\s+(?:now|is|also|still))*\s+(?:succeed(?:s|ed)?|pass(?:es|ed)?|clean(?:ly)?|successful(?:ly)?|compiles)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "lint_passes",
        re.compile(
            r"\b(?:lint(?:er|ing)?|golangci-lint|eslint|ruff|clippy|biome)\b(?:\s+(?:now|is|are|also|all))*\s+(?:pass(?:es|ed)?|clean|green|happy)\b|\b0\s+(?:lint\s+)?issues\b",
            re.IGNORECASE,
        ),
    ),
    (
        "verified",
        re.compile(
            r"\b(?:verified|confirmed|validated|tested)\b|\bworks?\s+(?:correctly|as\s+expected|end[- ]to[- ]end|perfectly|great)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "pushed",
        re.compile(r"^(?:\W*)(?:I(?:'ve| have)?\s+)?(?:committed and )?(?:pushed|deployed|merged|published|released)\b", re.IGNORECASE),
    ),
    (
        "fixed",
        re.compile(
            r"\b(?:(?<!no )fixed(?! (?:size|width|set|number|list|RGB|point))|resolved|(?:bug|issue|error|problem)\s+is\s+gone)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "done",
        re.compile(
            r"^\W*(?:done|all\s+done|completed?|finished|implemented|everything\s+is\s+(?:in\s+place|done|ready|working))\b", re.IGNORECASE
        ),
    ),
)
_ANY = re.compile(
    r"pass|green|succe|clean|happy|issues|verif|confirm|validat|tested|work|push|deploy|merg|publish|releas|fixed|resolv|gone|done|complete|finish|implement|everything|compiles",
    re.IGNORECASE,
)


def find_claims(messages: Iterable[AgentMessage]) -> tuple[Claim, ...]:
    """Every sentence of the agent that states success, with the strongest kind it states, in session order."""
    found: list[Claim] = []
    for message in messages:
        text = message.text
        if len(text) > MAX_MESSAGE_CHARS:
            text = text[: MAX_MESSAGE_CHARS // 2] + "\n" + text[-MAX_MESSAGE_CHARS // 2 :]
        if _ANY.search(text) is None:
            continue
        for sentence in split_sentences(text):
            kind = claim_kind(sentence)
            if kind is not None:
                found.append(Claim(message=message, kind=kind, sentence=sentence.strip().removeprefix(_THOUGHT).strip()))
    return tuple(found)


def split_sentences(text: str) -> list[str]:
    """The sentences of what an agent wrote, fenced code left out. A point inside a word (`v1.2`, `a.go`) ends none."""
    found: list[str] = _SENTENCE.findall(_FENCE.sub("\n", text) if "```" in text else text)
    return found


def claim_kind(sentence: str) -> ClaimKind | None:
    """What the sentence states, or None when it states no success."""
    if len(sentence) > MAX_SENTENCE_CHARS or _ANY.search(sentence) is None or _NOT_A_CLAIM.search(sentence) is not None:
        return None
    return next((kind for kind, pattern in _PATTERNS if pattern.search(sentence)), None)
