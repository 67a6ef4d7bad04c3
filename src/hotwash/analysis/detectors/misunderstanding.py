"""The agent did something other than asked: the person's correction right after shows it, or edits where only an answer was asked for."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.corrected import corrections, finding, in_quotes
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.deliveries import delivers
from hotwash.analysis.facts.model import Edit, Facts
from hotwash.analysis.facts.order import before, between
from hotwash.analysis.facts.paths import base_name, is_prose, is_scratch
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import counted, one_line
from hotwash.transcript import UserMessage

_ONLY_ANSWER = re.compile(
    r"\b(?:what do you think|what(?:['’]s| is| are) your (?:thoughts?|opinion|take)|wdyt|any thoughts)\s*+\?*+\W*+\Z"
    r"|(?:^|[.!?\n])[ \t]*(?:please )?(?:just )?investigate(?: this| it)?[ \t]*(?:[.!?\n]|\Z)"
    r"|\b(?:plan only|only (?:a |the )?plan\b|do(?: not|n['’]t) (?:implement|change|edit|write) (?:anything|any code|it yet|code)|no (?:code|changes|edits) yet)",
    re.IGNORECASE,
)
"""An opinion, an investigation or a plan was asked for, and nothing else, in so many words."""
_LOOK_FIRST = re.compile(
    r"^\W*(?:https?://\S+\s+)*(?:(?:ok(?:ay)?|so|hmm+|and|also|now|please)[,: ]+)*(?:(?:can|could|would) you (?:please )?)?(?:just )?"
    r"(?:evaluate|assess|(?:double[- ]?)?check (?!out)|verify|explain|tell me|(?:investigate|look into|find out|figure out|analy[sz]e) (?:how|whether|if|why|what|which))\b",
    re.IGNORECASE,
)
"""The message opens by asking for a look or a judgement."""
_ASKS_FOR_CHANGE = re.compile(
    r"\b(?:fix|add|change|update|implement|make|remove|create|write|refactor|rename|move|replace|commit|push|merge|apply|build|delete|drop|address|adjust|convert"
    r"|clean|simplify|improve|should|needs? to|want|instead|revert|restore|undo|get rid|rewrite|resolve|not work\w*|broken|fail\w*|wrong|missing|still)\b",
    re.IGNORECASE,
)
"""Words that ask for a change, or report a fault that one would mend."""
_DELIVERY = re.compile(r"\b(?:commit|push|pr|pull request|merge|ship|release|publish)\b", re.IGNORECASE)
_LOOK_CHARS = 300
"""A request for a look is short; what follows is the thing to look at, pasted."""
_READ_CHARS = 4_000
_SAME_COMMIT = re.compile(
    r"\b(?:to|in(?:to)?|with) (?:the|that|an?|my|our) (?:current|existing|last|previous|same|right|earlier) commits?\b|\b(?:amend|fixup|fix up|squash (?:it|this|that|them))\b",
    re.IGNORECASE,
)
"""Asks that the change become part of a commit that is there."""
_REWRITES = frozenset({"--amend", "--fixup", "--squash"})
_ASKING_TOOLS = frozenset({"AskUserQuestion", "ExitPlanMode", "request_user_input"})
"""A person who answered one of these agreed to go on."""


class MisunderstandingDetector:
    kind: IssueKind = "misunderstanding"
    version = 3

    def detect(self, facts: Facts) -> Iterable[Finding]:
        for correction, quote in corrections(facts, "misunderstanding"):
            yield finding(
                facts,
                correction,
                quote,
                label=f"person corrects: {one_line(quote, 60)}",
                what=f"The work went another way than the person wanted, who answered: {in_quotes(quote)}.",
                cause="direction corrected by the person",
            )
        yield from _edits_for_an_answer(facts)
        yield from _new_commits(facts)


def _new_commits(facts: Facts) -> Iterator[Finding]:
    """A change that was to go into a commit that is there went into a new one, and nothing was folded together after it."""
    for message, following in pairwise([*facts.messages, None]):
        asked = _SAME_COMMIT.search(message.text[:_READ_CHARS]) if message is not None else None
        if message is None or asked is None:
            continue
        until = following.seq if following is not None else len(facts.events)
        git = [(c, p) for c in between(facts.commands, message.seq, until) for p in c.programs if p.name == "git" and c.failed is not True]
        commits = [c for c, p in git if p.subcommand == "commit"]
        folded = any(p.subcommand in ("rebase", "reset") or any(w.split("=")[0] in _REWRITES for w in p.words) for _, p in git)
        quote = pick_quote(message.text, asked.group())
        did = pick_quote(commits[0].call.command or "", "git commit", in_arguments=True) if commits else ""
        if quote and did and not folded:
            yield Finding(
                kind="misunderstanding",
                severity="low",
                label="a new commit where an existing one was meant",
                what=f"The person asked {in_quotes(quote)}; the agent made a new commit on top.",
                impact=f"{counted(len(commits), 'commit')} too many stood in the history afterwards.",
                cites=(Cite(first=message, last=message, quote=quote), Cite(first=commits[0].call, last=commits[0].call, quote=did)),
                cause="new commit instead of an existing one",
            )


def _edits_for_an_answer(facts: Facts) -> Iterator[Finding]:
    spoken = [*facts.messages, None]
    for message, following in pairwise(spoken):
        if message is None:
            continue
        until = following.seq if following is not None else len(facts.events)
        asked = _ONLY_ANSWER.search(message.text[-_READ_CHARS:]) or _only_look(facts, message, until)
        if asked is None:
            continue
        edits = [e for e in between(facts.edits, message.seq, until) if not is_prose(e.path) and not is_scratch(e.path)]
        if edits and not any(c.name in _ASKING_TOOLS for c in between(facts.calls, message.seq, edits[0].call.seq)):
            yield from _overstepped(message, asked.group().strip(" \t\n.!?"), edits)


def _only_look(facts: Facts, message: UserMessage, until: int) -> re.Match[str] | None:
    """A request for a look that says nothing of a change; or one that does, where the work was even delivered though each delivery before was asked for."""
    asked = _LOOK_FIRST.search(message.text)
    if asked is None:
        return None
    said = message.text.split("\n", 1)[0][:_LOOK_CHARS]
    if _ASKS_FOR_CHANGE.search(said) is None:
        return asked
    earlier = any(_DELIVERY.search(m.text) for m in before(facts.messages, message.seq))
    delivered = any(delivers(c) for c in between(facts.commands, message.seq, until))
    told_to = any(_DELIVERY.search(i.text) for i in facts.instructions)
    return asked if delivered and earlier and not told_to and _DELIVERY.search(said) is None else None


def _overstepped(message: UserMessage, asked: str, edits: list[Edit]) -> Iterator[Finding]:
    quote, first = pick_quote(message.text, asked), edits[0]
    changed = pick_quote(first.call.path or first.call.command or "", in_arguments=True)
    if not quote:
        return
    cites = [Cite(first=message, last=message, quote=quote)]
    if changed:
        cites.append(Cite(first=first.call, last=first.call, quote=changed))
    yield Finding(
        kind="misunderstanding",
        severity="low",
        label="an answer was asked for, files were changed",
        what=f"The person asked {in_quotes(quote)}; the agent changed {base_name(first.path)} before anything was agreed.",
        impact=f"{counted(len(edits), 'edit')} went ahead without the person's word.",
        cites=tuple(cites),
        cause="edits where an answer was asked for",
    )
