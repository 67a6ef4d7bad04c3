"""GitHub Copilot CLI: `~/.copilot/session-state/<id>/events.jsonl`, one event a line, which is the record (formats section 7). What was typed is
`user.message.content`; tokens come from the record that tells most of them; subagents' events stand in the same file and are sessions of their own."""

from collections.abc import Iterator

import msgspec

from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.copilot.session import Session
from hotwash.readers.jsonl import read_records
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import Identity, Recorder
from hotwash.transcript import Coverage, Transcript

_COVERAGE = Coverage(
    timestamps=True,
    tokens=True,
    cache_read_tokens=True,
    cache_write_tokens=True,
    exit_codes=True,
    tool_status=True,
    durations=True,
    models=True,
    reasoning=True,
    instructions=True,
    branch=True,
    subagents=True,
    interruptions=True,
    compactions=True,
)


class Copilot:
    """Event logs of the Copilot CLI."""

    format = "copilot-cli"

    def detects(self, head: Head) -> bool:
        return any(_starts_session(record) for record in head.records)

    def read(self, source: Source) -> Iterator[Transcript]:
        oddities, records = Oddities(), 0
        session = Session(oddities)
        for record, line in read_records(source, dict[str, object], oddities):
            records = record
            session.take(record, line)
        if not session.identity.native_id:
            raise UnreadableSource(f"{source.name}: names no Copilot session; get a complete copy of events.jsonl")
        session.link_subagents()
        yield self._transcript(session, session.main, session.identity, records)
        for call_id, recorder in session.subagents.items():
            identity = Identity(
                native_id=session.child_id(call_id),
                parent_native_id=session.identity.native_id,
                title=session.subagent_names.get(call_id) or None,
                cwd=session.identity.cwd,
                repository=session.identity.repository,
                branch=session.identity.branch,
                format_version=session.identity.format_version,
            )
            yield self._transcript(session, recorder, identity, records)

    def _transcript(self, session: Session, recorder: Recorder, identity: Identity, records: int) -> Transcript:
        coverage = msgspec.structs.replace(_COVERAGE, input_tokens=session.tokens.has_input)
        partial = recorder is session.main and session.tokens.partial
        return recorder.transcript(self.format, "Copilot CLI", identity, coverage, records=records, usage_partial=partial)


def _starts_session(record: dict[str, object]) -> bool:
    data = fields.mapping(record.get("data"))
    return record.get("type") == "session.start" and isinstance(data.get("sessionId"), str)
