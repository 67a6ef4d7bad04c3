"""A better first prompt: the original request kept as it was, completed with what surfaced later in the session. Nothing is invented."""

import re
from collections.abc import Sequence

import msgspec

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import FeedbackItem, Issue, LateFact, SuggestedPrompt
from hotwash.analysis.parts.discoveries import Discovery, check_commands, files_that_mattered, working_commands

MAX_BULLETS = 5
"""Under one heading. A prompt that lists more is not read."""
EXCERPT_CHARS = 200
COMPARED_CHARS = 40
"""Enough of a sentence to know it again in a fact, which may be cut."""
_REPORTS_A_FAULT = re.compile(
    r"\b(?:fail(?:s|ed|ing)?|broken|breaks|(?:doesn'?t|does not|not) work(?:ing)?|(?:an?|the|this) error)\b|error:", re.IGNORECASE
)
"""What was wrong with the work is for the agent to mend, not for the next prompt to demand."""


class _Section(msgspec.Struct, frozen=True):
    heading: str
    bullets: tuple[str, ...]
    feedback: tuple[FeedbackItem, ...]


def suggest_prompt(facts: Facts, issues: Sequence[Issue], late_facts: Sequence[LateFact]) -> SuggestedPrompt | None:
    """None when no person said anything. Where nothing is to add, `suggested` equals `original` and there is no feedback."""
    original = next((message.text for message in facts.messages if message.text.strip()), None)
    if original is None:
        return None
    sections = [
        section
        for section in (
            _constraints(facts, issues, late_facts, original),
            _discovered("Check with:", "Say how to check", check_commands(facts), issues, original),
            _discovered("Use:", "Name the command that works", working_commands(facts), issues, original),
            _discovered("Files:", "Name the files", files_that_mattered(facts), issues, original),
        )
        if section
    ]
    if not sections:
        return SuggestedPrompt(original=original, suggested=original)
    added = "\n\n".join(section.heading + "\n" + "\n".join(f"- {bullet}" for bullet in section.bullets) for section in sections)
    return SuggestedPrompt(
        original=original,
        suggested=f"{original.rstrip()}\n\n{added}",
        feedback=tuple(item for section in sections for item in section.feedback),
    )


def _constraints(facts: Facts, issues: Sequence[Issue], late_facts: Sequence[LateFact], original: str) -> _Section | None:
    said = {message.record: message.text for message in facts.messages}
    bullets, feedback = [], []
    for late in late_facts:
        if wording.covered_by(late.fact, original) or _REPORTS_A_FAULT.search(late.fact):
            continue
        bullets.append(wording.without_interjection(late.fact))
        feedback.append(
            FeedbackItem(
                summary=f"Say at the start: {wording.without_interjection(late.fact)}",
                excerpt=_excerpt(said.get(late.record, ""), late.fact),
                details=f"It came at record {late.record}, {_work_before(facts, late.record)} after the first request.",
                record=late.record,
                issue_id=_issue_at(issues, late.record),
            )
        )
    return _Section("Constraints:", tuple(bullets[:MAX_BULLETS]), tuple(feedback[:MAX_BULLETS])) if bullets else None


def _discovered(heading: str, verb: str, found: Sequence[Discovery], issues: Sequence[Issue], original: str) -> _Section | None:
    kept = [discovery for discovery in found if discovery.known_by not in original][:MAX_BULLETS]
    if not kept:
        return None
    return _Section(
        heading,
        tuple(f"`{discovery.name}`{discovery.note}" for discovery in kept),
        tuple(
            FeedbackItem(
                summary=f"{verb}: `{discovery.name}`",
                excerpt=discovery.excerpt,
                details=discovery.why,
                record=discovery.record,
                issue_id=_issue_at(issues, *discovery.records),
            )
            for discovery in kept
        ),
    )


def _excerpt(message: str, fact: str) -> str:
    """The person's own words that the fact was taken from, verbatim."""
    quoted = (line for line in wording.sentences(message) if line[:COMPARED_CHARS] in fact and line in message)
    return next(quoted, message.strip().split("\n", 1)[0][:EXCERPT_CHARS])


def _work_before(facts: Facts, record: int) -> str:
    calls = sum(call.record < record for call in facts.calls)
    return f"{calls} tool call{'' if calls == 1 else 's'}"


def _issue_at(issues: Sequence[Issue], *records: int) -> str | None:
    """The issue whose evidence holds one of these records."""
    for issue in issues:
        if any(evidence.first_record <= record <= evidence.last_record for evidence in issue.evidence for record in records):
            return issue.id
    return None
