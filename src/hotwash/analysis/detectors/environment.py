"""A command, package, runtime, local service or version that the work needs is missing or broken on the machine."""

import re
from collections.abc import Iterable, Iterator

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.repeated import Group, action_of, finding, groups
from hotwash.analysis.detectors.symptoms import diagnose
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.everyday import PLUMBING
from hotwash.analysis.facts.model import CheckRun, Facts
from hotwash.analysis.facts.order import before, between
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import one_line

MIN_FAILURES = 2
"""One failed command that the next call mends is no issue (TAXONOMY)."""
_SHELLS = frozenset({"zsh", "bash", "fish"})
"""Plumbing where they run, and the matter itself where they are missing."""
MIN_NAME_CHARS = 3
"""Shorter names stand in any text."""
MIN_MENTIONS = 3
"""Outputs before the failure that speak of the program: then the work is about it."""
READ_CHARS = 4_000
_LIMIT = re.compile(
    r"\b(?:MCP(?: server| tools?)?|my tools|(?:these|the available) tools)\b[^.\n]{0,60}\b(?:do(?:es)? not|do(?:es)?n['’]t|cannot|can['’]t) (?:support|have|expose|allow|offer|provide)\b",
    re.IGNORECASE,
)


class EnvironmentDetector:
    kind: IssueKind = "environment"
    version = 2

    def detect(self, facts: Facts) -> Iterable[Finding]:
        written = {part for edit in facts.edits for part in edit.path.replace(".", "/").split("/")}
        for group in groups(facts, "environment"):
            subject = group.diagnosis.subject
            if subject.split(".")[0].split("/")[0] in written:
                continue  # a module of the agent's own work: an import path, not the machine
            if len(group.failures) >= MIN_FAILURES or _stops_checks(facts, group) or _is_the_subject(facts, group):
                yield finding(facts, group, _what(group))
        yield from _stated_limits(facts)


def _stated_limits(facts: Facts) -> Iterator[Finding]:
    """The first time the agent says that the tools it was given cannot do what the work needs."""
    for message in facts.agent_messages:
        text = message.text[:READ_CHARS]
        match = _LIMIT.search(text) if "tools" in text or "MCP" in text else None
        quote = pick_quote(message.text, match.group()) if match is not None else ""
        if quote:
            yield Finding(
                kind="environment",
                severity="low",
                label="the tools at hand cannot do it",
                what=f"The tools the agent was given lack what the work needs: “{one_line(quote, 140)}”.",
                impact="That part of the work was left to the person, or done another way.",
                cites=(Cite(first=message, last=message, quote=quote),),
                cause="tools lack a function",
            )
            return


def _stops_checks(facts: Facts, group: Group) -> bool:
    """Whether the failing command was a check of a tool that never ran in the session: the work went on unchecked."""
    seq = group.failures[0].call.seq
    tools = {run.tool for run in facts.checks if run.call.seq == seq}
    return bool(tools) and not any(run.tool in tools and run.call.seq != seq and _ran(run) for run in facts.checks)


def _is_the_subject(facts: Facts, group: Group) -> bool:
    """Whether the missing program is what the person spoke of, or what the work so far was read in, and never ran later: then the work went on untried."""
    name, seq = group.diagnosis.subject, group.first
    if not group.diagnosis.symptom.cause.startswith("command not found") or len(name) < MIN_NAME_CHARS or name in PLUMBING - _SHELLS:
        return False
    first = next((c for c in facts.commands if c.call.seq == seq), None)
    if first is None or any(p.name in ("which", "command", "type") or (p.name == name and "--version" in p.words) for p in first.programs):
        return False  # it was asked whether the program is there
    spoken = re.compile(rf"(?<![\w/]){re.escape(name)}(?![\w/])", re.IGNORECASE)
    told = (
        any(spoken.search(m.text) for m in before(facts.messages, seq))
        or sum(bool(spoken.search(c.output)) for c in before(facts.calls, seq)) >= MIN_MENTIONS
    )
    return told and not any(
        p.name == name for c in between(facts.commands, seq, len(facts.events)) if c.failed is False for p in c.programs
    )


def _ran(run: CheckRun) -> bool:
    return run.passed is not False or diagnose(run.line) is None


def _what(group: Group) -> str:
    first, last = action_of(group.failures[0]), action_of(group.failures[-1])
    failed = f"{first} failed" if first == last else f"{first} failed, and so did {last} later"
    return f"The machine lacks what the work needs ({group.diagnosis.label}): {failed}."
