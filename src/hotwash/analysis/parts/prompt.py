"""A better first prompt: the original request kept as it was, completed with what surfaced later in the session. Nothing is invented."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import FeedbackItem, Issue, LateFact, Role, SuggestedPrompt
from hotwash.analysis.parts.discoveries import Discovery, check_commands, files_that_mattered, working_commands
from hotwash.analysis.parts.requirements import requirements
from hotwash.transcript import UserMessage

MAX_BULLETS = 5
"""Under one heading. A prompt that lists more is not read."""
MIN_TASK_WORDS = 2
_GREETS = re.compile(r"^\W*(?:hi|hey|hello|yo|test|ping|good (?:morning|evening))\b(?:\W+\w+)?\W*$", re.IGNORECASE)
"""No task that could be completed."""
_OBJECTS: frozenset[Role] = frozenset({"correction", "interruption"})
_ASKS = re.compile(
    r"^\W*(?:q:\s*)?(?:what|why|how|where|when|which|who|is|are|was|were|does|do|did|has|have|should)\b[^\n]*\?\s*(?:\n|\Z)|^\W*should we\b",
    re.IGNORECASE,
)
"""A question is answered by words: it needs no check to run and no file to change."""


class _Section(msgspec.Struct, frozen=True):
    heading: str
    bullets: tuple[str, ...]
    feedback: tuple[FeedbackItem, ...]


def suggest_prompt(facts: Facts, issues: Sequence[Issue], late_facts: Sequence[LateFact]) -> SuggestedPrompt | None:
    """None when no person said anything. Where nothing is to add, `suggested` equals `original` and there is no feedback."""
    original = next((message.text for message in facts.messages if message.text.strip()), None)
    if original is None:
        return None
    sections = [section for section in _sections(facts, issues, late_facts, original) if section] if _is_task(original) else []
    if not sections:
        return SuggestedPrompt(original=original, suggested=original)
    added = "\n\n".join(section.heading + "\n" + "\n".join(f"- {bullet}" for bullet in section.bullets) for section in sections)
    return SuggestedPrompt(
        original=original,
        suggested=f"{original.rstrip()}\n\n{added}",
        feedback=tuple(item for section in sections for item in section.feedback),
    )


def _is_task(original: str) -> bool:
    said = original[: wording.SCANNED_CHARS]
    return said.lstrip().startswith("/") or (len(wording.words(said)) >= MIN_TASK_WORDS and not _GREETS.match(said))


def _sections(facts: Facts, issues: Sequence[Issue], late_facts: Sequence[LateFact], original: str) -> Iterator[_Section | None]:
    yield _constraints(facts, issues, late_facts, original)
    if _ASKS.match(original):
        return
    yield _discovered("Check with:", "Say how to check", check_commands(facts) if facts.edits else (), issues, original)
    yield _discovered("Use:", "Name the command that works", working_commands(facts), issues, original)
    yield _discovered("Files:", "Name the files", files_that_mattered(facts), issues, original)


def _constraints(facts: Facts, issues: Sequence[Issue], late_facts: Sequence[LateFact], original: str) -> _Section | None:
    """What the person demanded after the first message, each demand once, and none that the first message holds already."""
    said = set(wording.words(original))
    bullets: list[str] = []
    feedback: list[FeedbackItem] = []
    for message in _demanding(facts, late_facts):
        for requirement in requirements(message.text):
            if len(bullets) == MAX_BULLETS or wording.covered(requirement.text, said):
                continue
            said |= set(wording.words(requirement.text))
            bullets.append(requirement.text)
            feedback.append(
                FeedbackItem(
                    summary=f"Say at the start: {requirement.text}",
                    excerpt=requirement.excerpt,
                    details=f"It came at record {message.record}, {_work_before(facts, message.record)} after the first request.",
                    record=message.record,
                    issue_id=_issue_at(issues, message.record),
                )
            )
    return _Section("Constraints:", tuple(bullets), tuple(feedback)) if bullets else None


def _demanding(facts: Facts, late_facts: Sequence[LateFact]) -> Iterator[UserMessage]:
    """The messages that may hold what the first one lacked: those with a late fact, and every objection."""
    records = {late.record for late in late_facts} | {turn.record for turn in facts.turns[1:] if turn.role in _OBJECTS}
    return (message for message in facts.messages if message.record in records)


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


def _work_before(facts: Facts, record: int) -> str:
    calls = sum(call.record < record for call in facts.calls)
    return f"{calls} tool call{'' if calls == 1 else 's'}"


def _issue_at(issues: Sequence[Issue], *records: int) -> str | None:
    """The issue whose evidence holds one of these records."""
    for issue in issues:
        if any(evidence.first_record <= record <= evidence.last_record for evidence in issue.evidence for record in records):
            return issue.id
    return None
