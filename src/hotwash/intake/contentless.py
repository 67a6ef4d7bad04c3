"""Sessions of which no content is kept: counts, times, categories and kinds stay, whatever anybody said, wrote, ran or named goes."""

import msgspec

from hotwash.analysis.model import Analysis, Issue
from hotwash.transcript import AgentMessage, Event, Instruction, Lifecycle, Reasoning, ToolCall, Transcript, UserMessage


def without_content(transcript: Transcript) -> Transcript:
    """The transcript's skeleton. Names of agents, models and tools stay, and so do ids, by which copies and repeats are known."""
    return msgspec.structs.replace(
        transcript,
        title=None,
        cwd=None,
        repository=None,
        branch=None,
        pull_requests=(),
        events=tuple(map(_bare, transcript.events)),
    )


def without_words(analysis: Analysis) -> Analysis:
    """The analysis' judgements without a word of the session: kinds, severities, places and costs of issues, outcome, category, roles of turns."""
    classification = analysis.classification
    return Analysis(
        engine=analysis.engine,
        version=analysis.version,
        coverage=analysis.coverage,
        outcome=analysis.outcome,
        issues=tuple(map(_bare_issue, analysis.issues)),
        classification=None if classification is None else msgspec.structs.replace(classification, tools=()),
        user_turns=analysis.user_turns,
        dropped=analysis.dropped,
        failed_detectors=analysis.failed_detectors,
    )


def _bare(event: Event) -> Event:
    match event:
        case UserMessage() | AgentMessage() | Reasoning() | Lifecycle():
            return msgspec.structs.replace(event, text="")
        case ToolCall():
            return msgspec.structs.replace(event, arguments={}, command=None, path=None, output="")
        case Instruction():
            return msgspec.structs.replace(event, name="", text="")
        case _:
            return event


def _bare_issue(issue: Issue) -> Issue:
    named = issue.kind.replace("_", " ")
    evidence = tuple(msgspec.structs.replace(place, quote="") for place in issue.evidence)
    return msgspec.structs.replace(
        issue, label=named, what=f"Content is not kept; this was an issue of kind {named}.", impact="", evidence=evidence
    )
