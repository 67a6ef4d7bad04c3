"""`hotwash sessions`, `insights` and `generate`: read and analyse what is in the store, without a server."""

from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import AsJson, DataDir, OrgId, UsageError, complain, local_scope, open_store, print_json, print_json_bytes
from hotwash.cli.engines import StoreEngine, store_judge
from hotwash.kit.text import counted

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hotwash.identity.model import Scope
    from hotwash.judging.judge import Judge
    from hotwash.sessions.model import SessionRecord
    from hotwash.store.engine import Database

MAX_PAGE = 200

# What the store keeps for its own sake.
INSIDE_THE_STORE = frozenset({"pk", "content_digest", "lineage"})


def sessions(
    org: OrgId = None,
    text: Annotated[str | None, typer.Option("--search", help="Only sessions with these words.")] = None,
    first: Annotated[int, typer.Option("--first", min=1, max=MAX_PAGE, help="How many, newest first.")] = 50,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List sessions, newest first."""
    from hotwash.sessions import service
    from hotwash.sessions.model import SessionFilter

    with open_store(data) as database, database.read() as connection:
        page = service.list_sessions(connection, local_scope(connection, org), SessionFilter(text=text), first=first)
    if as_json:
        print_json([_session_json(record) for record in page.items])
        return
    for record in page.items:
        typer.echo(_session_line(record))
    if page.has_next_page:
        typer.echo(f"… the newest {first} of {page.total} sessions; --first shows more", err=True)
    if not page.items:
        typer.echo("No sessions. Take some in with: hotwash import PATH", err=True)


def insights(
    session_id: Annotated[str, typer.Argument(metavar="ID", help="Session id, with or without devin-.")],
    generate_first: Annotated[bool, typer.Option("--generate", help="Analyse the session first where that has not been done.")] = False,
    org: OrgId = None,
    data: DataDir = None,
) -> None:
    """Print a session's insights as the API serves them (JSON)."""
    from hotwash.insights import service
    from hotwash.insights.document import with_base_url
    from hotwash.settings import ServerSettings

    with open_store(data) as database:
        with database.read() as connection:
            scope = local_scope(connection, org)
            record = _record(connection, scope, session_id)
        if generate_first and record.analysis_state != "completed":
            _analyse(database, record.org_id, record.session_id, store_judge(database, None))
        with database.read() as connection:
            document = service.get_document(connection, scope, record.session_id, record.org_id)
    server = ServerSettings()
    print_json_bytes(with_base_url(document, server.public_url or f"http://{server.host}:{server.port}"))


def generate(
    session_ids: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Sessions to analyse.", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="Every session, those analysed before too.")] = False,
    stale: Annotated[bool, typer.Option("--stale", help="Sessions never analysed, grown since, or analysed by another version.")] = False,
    engine: StoreEngine = None,
    org: OrgId = None,
    data: DataDir = None,
) -> None:
    """Analyse sessions now, in this process."""
    from hotwash.insights import service

    if sum((bool(session_ids), every, stale)) != 1:
        raise UsageError("name sessions, or choose one of --all and --stale")
    with open_store(data) as database:
        judge = store_judge(database, engine)
        with database.read() as connection:
            scope = local_scope(connection, org)
            if session_ids:
                records = [_record(connection, scope, session_id) for session_id in session_ids]
                chosen = [(record.org_id, record.session_id) for record in records]
            else:
                chosen = list(service.list_to_analyse(connection, scope, every=every, judge=judge))
        failed = sum(not _analyse(database, *which, judge) for which in chosen)
    typer.echo(f"{counted(len(chosen) - failed, 'session')} analysed" + (f", {failed} failed" if failed else ""), err=True)
    if failed:
        raise typer.Exit(1)


def _record(connection: "Connection", scope: "Scope", session_id: str) -> "SessionRecord":
    from hotwash.sessions import service

    return service.get_session(connection, scope, session_id)


def _analyse(database: "Database", org_id: str, session_id: str, judge: "Judge | None") -> bool:
    """Whether the analysis completed; says why where it did not."""
    from hotwash.insights import service
    from hotwash.store.blobs import DatabaseBlobs

    stored = service.analyse_now(database, DatabaseBlobs(), org_id, session_id, judge)
    if stored.state != "completed":
        complain(f"{session_id}: {stored.error or 'not analysed'}")
    return stored.state == "completed"


def _session_json(record: "SessionRecord") -> dict[str, object]:
    """The session as it is stored, its figures as JSON. ACUs whose basis is unknown are null: only the contract's wire wants a number."""
    import msgspec

    shown = {name: value for name, value in msgspec.structs.asdict(record).items() if name not in INSIDE_THE_STORE}
    shown["metrics"] = metrics = msgspec.json.decode(record.metrics, type=dict[str, object])
    if record.acu_basis == "unknown":
        shown["own_acus"] = metrics["acus"] = None
        shown["acus"] = record.acus or None  # subagents' may be known
    return shown


def _session_line(record: "SessionRecord") -> str:
    from datetime import UTC, datetime

    from hotwash.kit.text import one_line, printable

    day = datetime.fromtimestamp(record.created_at, UTC).strftime("%Y-%m-%d %H:%M")
    issues = "not analysed" if record.num_issues is None else f"{record.outcome}, {counted(record.num_issues, 'issue')}"
    title = one_line(printable(record.title or record.repository or record.native_id), 60)
    acus = f"{record.acus:.2f}" if record.acus or record.acu_basis != "unknown" else "-"
    return f"{record.session_id}  {day}  {record.session_size:<2}  {acus:>6} ACUs  {printable(record.agent)}  {title}  ({issues})"
