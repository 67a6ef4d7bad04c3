"""Codex CLI rollout files: `${CODEX_HOME:-~/.codex}/sessions/YYYY/MM/DD/rollout-<time>-<id>.jsonl`, one a session; a resumed session is
appended to its file, a fork begins a new one. `response_item` records are authoritative for what the model said and did, `event_msg` for
what the person said (formats section 2)."""

import hashlib
import re
from collections.abc import Iterator

import msgspec

from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.codex.identity import Identity
from hotwash.readers.codex.session import BARE_ITEMS, Session
from hotwash.readers.fields import string
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.transcript import Coverage, Event, Reasoning, Transcript, Usage, UsageReport

_RECORD_TYPES = frozenset({"session_meta", "response_item", "event_msg", "turn_context", "compacted", "world_state", "token_usage_record"})
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Codex:
    """Rollout files of every version: bare items (2025), `{timestamp, type, payload}`, and the items of 0.169."""

    format = "codex"

    def detects(self, head: Head) -> bool:
        return any(_is_wrapped(record) for record in head.records) or (not head.is_glance and _is_bare_shape(head.records))

    def read(self, source: Source) -> Iterator[Transcript]:
        oddities = Oddities()
        session = Session(oddities)
        records, first_line = 0, None
        for record, line in read_records(source, dict[str, object], oddities):
            records = record
            if session.take(record, line):
                first_line = line if first_line is None else first_line
            else:
                oddities.note("record of no known Codex shape left out", record)
        if first_line is None:
            raise UnreadableSource(f"{source.name}: holds no Codex records; name a rollout file")
        _note_identity(session.identity, oddities)
        yield _transcript(session, oddities, records, session.identity.native_id or _stand_in_id(source, first_line))


def _is_wrapped(record: dict[str, object]) -> bool:
    return string(record.get("type")) in _RECORD_TYPES and isinstance(record.get("payload"), dict)


def _is_bare_shape(records: tuple[dict[str, object], ...]) -> bool:
    """A header without type, then state markers or bare items. Bare items alone count when a call id shows whose they are."""
    if any("payload" in record or "sessionId" in record for record in records):
        return False
    has_header = bool(records) and "type" not in records[0] and "id" in records[0] and "timestamp" in records[0]
    marked = any(record.get("record_type") == "state" for record in records)
    bare = [record for record in records if string(record.get("type")) in BARE_ITEMS]
    return (has_header and ("instructions" in records[0] or marked or bool(bare))) or any("call_id" in record for record in bare)


def _stand_in_id(source: Source, first_line: dict[str, object]) -> str:
    """For a file that lost its head: the id in its name, else one from its first record, so that a grown copy is the same session."""
    found = _UUID.findall((source.path.name if source.path else source.name).lower())
    return found[-1] if found else f"headless-{hashlib.sha256(msgspec.json.encode(first_line)).hexdigest()[:32]}"


def _note_identity(identity: Identity, oddities: Oddities) -> None:
    if identity.native_id is None:
        oddities.note("no session header: the id is taken from the file name or the first record")


def _transcript(session: Session, oddities: Oddities, records: int, native_id: str) -> Transcript:
    identity, events = session.identity, session.timeline.events()
    return Transcript(
        format=Codex.format,
        agent="Codex",
        native_id=native_id,
        format_version=identity.version,
        title=identity.title,
        cwd=identity.cwd,
        repository=identity.repository,
        branch=identity.branch,
        models=tuple(session.models),
        origin=identity.origin,
        started_at=min((at for at in (identity.started_at, session.started_at) if at is not None), default=None),
        ended_at=session.ended_at,
        parent_native_id=identity.parent_native_id,
        usage=total_usage(events) if session.tokens.seen else None,
        usage_partial=session.tokens.partial,
        events=events,
        coverage=_coverage(session, events),
        records=records,
        warnings=oddities.warnings(),
    )


def _coverage(session: Session, events: tuple[Event, ...]) -> Coverage:
    """The bare shape has neither times nor tokens nor models, and no records of interruptions, compactions and subagents."""
    wrapped = not session.bare_shape
    return Coverage(
        timestamps=wrapped,
        tokens=session.tokens.seen,
        cache_read_tokens=session.tokens.seen,
        cache_write_tokens=session.tokens.tells_cache_writes,
        exit_codes=True,
        tool_status=True,
        durations=True,
        models=wrapped,
        # Summaries are readable where the model was asked for them; else the reasoning is encrypted.
        reasoning=any(isinstance(event, Reasoning) for event in events),
        instructions=True,
        branch=True,
        subagents=wrapped,
        interruptions=wrapped,
        compactions=wrapped,
    )


def total_usage(events: tuple[Event, ...]) -> Usage:
    return sum((event.usage for event in events if isinstance(event, UsageReport)), start=Usage())
