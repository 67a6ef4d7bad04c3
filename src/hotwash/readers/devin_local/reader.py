"""Devin on a person's machine: `$XDG_DATA_HOME/devin/cli/sessions.db`, and the desktop app's `~/.config/Devin/User/acp-messages/<id>.db`. A
record is the 1-based position of the message among its session's (formats section 9)."""

from collections.abc import Iterator
from pathlib import PurePath

from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.devin_local import cli, desktop
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import Identity, Recorder
from hotwash.readers.sqlite import Store, has_columns, open_store
from hotwash.transcript import Coverage, Transcript

_CLI = Coverage(
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
    subagents=True,
)
_DESKTOP = Coverage(exit_codes=True, tool_status=True, reasoning=True)


class DevinLocal:
    """The CLI's store of all its sessions, and the desktop app's store of one."""

    format = "devin-local"

    def detects(self, head: Head) -> bool:
        is_cli = has_columns(head, "message_nodes", "session_id", "chat_message") and "refinery_schema_history" in head.tables
        return is_cli or has_columns(head, "messages", "position", "kind", "payload")

    def read(self, source: Source) -> Iterator[Transcript]:
        with open_store(source) as store:
            if store.has("messages", "position", "kind", "payload"):
                yield self._desktop(store, source)
                return
            cli.refuse_newer(store, source.name)
            found = False
            for recorder, identity, records in cli.read_sessions(store):
                found = True
                yield recorder.transcript(self.format, "Devin", identity, _CLI, records=records)
        if not found:
            raise UnreadableSource(f"{source.name}: is a Devin store without sessions; copy sessions.db together with sessions.db-wal")

    def _desktop(self, store: Store, source: Source) -> Transcript:
        """The session's id stands in the store or, in newer ones, in the file's name alone."""
        recorder = Recorder(Oddities())
        meta, title = desktop.read_meta(store)
        records = desktop.read_messages(store, recorder)
        if meta.get("truncated") not in (None, "", "0", "false"):
            recorder.oddities.note("the app has dropped the oldest messages")
        session_id = desktop.session_id_in(meta) or (source.path or PurePath(source.name)).stem
        return recorder.transcript(
            self.format, "Devin", Identity(native_id=session_id, title=title, origin="desktop"), _DESKTOP, records=records
        )
