"""Who and where a Codex session was: the `session_meta` record, or the header of the old shape."""

from dataclasses import dataclass

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.remotes import repository_name
from hotwash.transcript import Origin

_ORIGINATORS: dict[str, Origin] = {
    "codex-tui": "cli",
    "codex_cli_rs": "cli",
    "codex_exec": "cli",
    "Codex Desktop": "desktop",
    "codex_vscode": "other",
}


@dataclass(slots=True)
class Identity:
    """The first `session_meta` is the session's own; a fork copies its parent's after it."""

    native_id: str | None = None
    version: str | None = None
    title: str | None = None
    cwd: str | None = None
    repository: str | None = None
    branch: str | None = None
    origin: Origin | None = None
    started_at: float | None = None
    parent_native_id: str | None = None
    forked_from: str | None = None
    has_foreign_header: bool = False
    """Another session's header stands in this file."""

    @property
    def may_hold_copies(self) -> bool:
        """A fork, and often a subagent, begins with a copy of the other session's records."""
        return self.has_foreign_header or self.forked_from is not None or self.parent_native_id is not None

    def read_meta(self, meta: dict[str, object]) -> None:
        native_id = fields.some_string(meta.get("id")) or fields.some_string(meta.get("session_id"))
        if self.native_id is not None:
            if native_id not in {None, self.native_id}:
                self.has_foreign_header = True
            return
        self.native_id = native_id
        self.version = fields.some_string(meta.get("cli_version"))
        self.cwd = fields.some_string(meta.get("cwd"))
        self.started_at = parse_time(meta.get("timestamp"))
        self.origin = _origin(meta)
        self.forked_from = fields.some_string(meta.get("forked_from_id"))
        self.parent_native_id = _parent(meta)
        self._read_git(meta)

    def read_header(self, header: dict[str, object]) -> None:
        self.native_id = self.native_id or fields.some_string(header.get("id"))
        self.started_at = self.started_at or parse_time(header.get("timestamp"))
        self._read_git(header)

    def _read_git(self, meta: dict[str, object]) -> None:
        git = fields.mapping(meta.get("git"))
        self.branch = fields.some_string(git.get("branch"))
        self.repository = repository_name(fields.some_string(git.get("repository_url")))


def _origin(meta: dict[str, object]) -> Origin | None:
    originator, source = fields.string(meta.get("originator")), fields.string(meta.get("source"))
    if originator in _ORIGINATORS:
        return _ORIGINATORS[originator]
    if source in {"cli", "exec"}:
        return "cli"
    return "other" if originator or source else None


def _parent(meta: dict[str, object]) -> str | None:
    """Of a subagent: `source` is `{"subagent": {"thread_spawn": {"parent_thread_id": …}}}`."""
    spawn = fields.mapping(fields.mapping(fields.mapping(meta.get("source")).get("subagent")).get("thread_spawn"))
    return fields.some_string(spawn.get("parent_thread_id")) or fields.some_string(meta.get("parent_thread_id"))
