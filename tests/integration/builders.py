"""Small transcripts and sessions, so that a test states only the facts that matter to it."""

import itertools
from collections.abc import Callable

import msgspec
from sqlalchemy import Connection, insert

from hotwash.identity.model import Scope
from hotwash.sessions.model import SessionDraft
from hotwash.sessions.service import save_session
from hotwash.store import tables as t
from hotwash.store.blobs import DatabaseBlobs
from hotwash.transcript import AgentMessage, Coverage, Event, ToolCall, Transcript, UserMessage

ORG = "org-one"
OTHER_ORG = "org-two"
EVERYWHERE = Scope(org_ids=None)
START = 1_760_000_000
"""Unix seconds. When sessions start unless the test says otherwise."""

Make = Callable[[int], Event]
_numbers = itertools.count(1)


def user(text: str, at: float | None = None) -> Make:
    return lambda seq: UserMessage(seq=seq, record=seq + 1, at=at, text=text)


def agent(text: str, at: float | None = None) -> Make:
    return lambda seq: AgentMessage(seq=seq, record=seq + 1, at=at, text=text)


def shell(command: str, output: str = "") -> Make:
    return lambda seq: ToolCall(
        seq=seq, record=seq + 1, name="Bash", category="shell", command=command, arguments={"command": command}, status="ok", output=output
    )


def transcript(*events: Make, native_id: str | None = None, **fields: object) -> Transcript:
    """A transcript with these events; each one made this way is another session unless `native_id` says otherwise."""
    made = Transcript(
        format="claude-code",
        agent="Claude Code",
        native_id=native_id or f"session-{next(_numbers)}",
        events=tuple(make(seq) for seq, make in enumerate(events)),
        coverage=Coverage(timestamps=True),
    )
    return msgspec.structs.replace(made, **fields)


def draft(session: Transcript, **fields: object) -> SessionDraft:
    """What intake would hand over for this transcript."""
    made = SessionDraft(
        transcript=session,
        org_id=ORG,
        created_at=START,
        updated_at=START + 60,
        status="exit",
        status_detail=None,
        num_user_messages=sum(isinstance(e, UserMessage) for e in session.events),
        num_devin_messages=sum(isinstance(e, AgentMessage) for e in session.events),
        own_acus=1.5,
        acus=1.5,
        acu_basis="cost",
        session_size="xs",
        content_digest="digest",
        metrics=b"{}",
    )
    return msgspec.structs.replace(made, **fields)


def organization(conn: Connection, org_id: str = ORG) -> str:
    conn.execute(insert(t.organizations).values(org_id=org_id, name=f"name of {org_id}", created_at=START))
    return org_id


def saved(conn: Connection, session: Transcript, **fields: object) -> int:
    """Saves a session; its key."""
    return save_session(conn, DatabaseBlobs(), draft(session, **fields), now=START + 3_600)
