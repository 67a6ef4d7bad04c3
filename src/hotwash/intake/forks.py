"""Forked and resumed copies, counted once. Such a session begins with another's history, ids unchanged (formats sections 0.6 and 1); it shows all
of it, and counts what came after. The session that started first counts what both hold, whichever was imported first."""

import hashlib
from collections.abc import Iterable, Set

import msgspec

from hotwash.sessions.model import SessionRecord
from hotwash.transcript import AgentMessage, Event, Transcript, Usage, UsageReport

COPYING_FORMATS = frozenset({"claude-code"})
"""Whose forks keep the ids of what they copy. Readers of the others that fork (Codex, pi) leave copies out by what marks them as such."""


def lineage(transcript: Transcript) -> str | None:
    """Equal for a session and its forks, because a copy begins where the session does. None where there is nothing to tell it by."""
    if transcript.format not in COPYING_FORMATS:
        return None
    first = next((event.native_id for event in transcript.events if event.native_id), None)
    return None if first is None else hashlib.sha256(f"{transcript.format}\0{first}".encode()).hexdigest()[:32]


def in_order(family: Iterable[SessionRecord]) -> list[SessionRecord]:
    """Who counts before whom. A copy has the start of what it copies, so of those that began at once the one that ended first goes first; it
    is nearly always the original, left behind."""
    return sorted(family, key=lambda record: (record.created_at, record.updated_at, record.session_id))


def event_ids(transcript: Transcript) -> set[str]:
    """What a later copy is known by."""
    return {event.native_id for event in transcript.events if event.native_id}


def own_part(transcript: Transcript, counted: Set[str]) -> Transcript:
    """The transcript without what earlier sessions count: events with these ids, and those without an id that stand among them. Totals are those
    of what is left; a cost that the agent wrote for the whole is left out, because nobody knows the share."""
    last_copy = max((event.seq for event in transcript.events if event.native_id in counted), default=-1)
    if last_copy < 0:
        return transcript
    own = tuple(event for event in transcript.events if _is_own(event, counted, last_copy))
    reports = [event for event in own if isinstance(event, UsageReport)]
    costs = [report.cost_usd for report in reports if report.cost_usd is not None]
    return msgspec.structs.replace(
        transcript,
        events=own,
        usage=None if transcript.usage is None else sum((report.usage for report in reports), Usage()),
        cost_usd=sum(costs) if costs else None,
        models=_models(own, transcript.models),
    )


def _is_own(event: Event, counted: Set[str], last_copy: int) -> bool:
    return event.seq > last_copy if event.native_id is None else event.native_id not in counted


def _models(events: Iterable[Event], known: tuple[str, ...]) -> tuple[str, ...]:
    used = {event.model for event in events if isinstance(event, (AgentMessage, UsageReport))}
    return tuple(model for model in known if model in used)
