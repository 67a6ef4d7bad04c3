"""Claude Code session files, written line by line, so that tests of intake and insights start from bytes as an agent leaves them."""

import io
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from hotwash.identity.model import Scope
from hotwash.intake import service as intake
from hotwash.intake.service import ImportSummary
from hotwash.readers.base import Source
from hotwash.settings import InsightsSettings
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database
from tests.integration.builders import ORG, START, organization

NOW = START + 86_400.0
SESSION = "3f1d2a64-9c1b-4e57-8a20-5b7c0d9e1f01"
SCOPE = Scope(org_ids=frozenset({ORG}))
SETTINGS = InsightsSettings()

Line = tuple[str, str]
"""Who speaks (`user` or `assistant`) and what is said."""


def session_file(*said: Line, session: str = SESSION, subagent: str | None = None, output_tokens: int = 1_000) -> bytes:
    """A session with these messages, ten seconds apart; or a subagent of it."""
    return b"".join(json.dumps(_record(n, *line, session, subagent, output_tokens)).encode() + b"\n" for n, line in enumerate(said))


def talk(turns: int, *, session: str = SESSION, subagent: str | None = None, output_tokens: int = 1_000) -> bytes:
    """A conversation of so many questions, each with its answer."""
    said = [line for n in range(turns) for line in (("user", f"Question {n}?"), ("assistant", f"Answer {n}."))]
    return session_file(*said, session=session, subagent=subagent, output_tokens=output_tokens)


def source(data: bytes, name: str = "session.jsonl") -> Source:
    path = Path(name)
    return Source(name=name, open=lambda: io.BytesIO(data), path=path)


def take_in(database: Database, *data: bytes, tags: tuple[str, ...] = (), now: float = NOW) -> tuple[str, ...]:
    """Imports each file; the outcomes."""
    outcomes: list[str] = []
    for content in data:
        done = intake.import_source(database, DatabaseBlobs(), source(content), org_id=ORG, tags=tags, now=now, settings=SETTINGS)
        outcomes += [session.outcome for session in done]
    return tuple(outcomes)


def take_in_paths(database: Database, *paths: Path) -> ImportSummary:
    return intake.import_paths(database, DatabaseBlobs(), paths, org_id=ORG, now=NOW, settings=SETTINGS)


def with_organization(database: Database) -> Database:
    with database.write() as conn:
        organization(conn)
    return database


def everything_stored(database: Database) -> str:
    """All text and bytes in the tables that hold sessions, to look for what must not be there."""
    tables = ("sessions", "messages", "events", "headers", "search_texts", "insights_documents")
    with database.read() as conn:
        return "".join(str([tuple(_shown(v) for v in row) for row in conn.execute(text(f"SELECT * FROM {table}"))]) for table in tables)


def _shown(value: object) -> object:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else value


def _record(number: int, kind: str, said: str, session: str, subagent: str | None, output_tokens: int) -> dict[str, object]:
    message: dict[str, object] = {"role": kind, "content": said}
    if kind == "assistant":
        usage = {"input_tokens": 10, "output_tokens": output_tokens, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
        content = [{"type": "text", "text": said}]
        message |= {"id": f"msg_{number}", "type": "message", "model": "claude-opus-4-1", "content": content, "usage": usage}
    return {
        "type": kind,
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{session} {subagent} {number}")),
        "sessionId": session,
        "isSidechain": subagent is not None,
        **({"agentId": subagent} if subagent else {}),
        "cwd": "/home/dana/shop",
        "version": "2.1.219",
        "timestamp": datetime.fromtimestamp(START + 10 * number, UTC).isoformat(),
        "message": message,
    }
