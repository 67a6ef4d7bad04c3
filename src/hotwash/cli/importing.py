"""`hotwash import`: files, folders and archives into the store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import AsJson, DataDir, UsageError, complain, open_store, print_json
from hotwash.kit.text import counted

if TYPE_CHECKING:
    from hotwash.intake.service import ImportSummary

REJECTED_SHOWN = 10
"""Rejected files named one by one; a folder full of other files should not bury the summary."""


def import_paths(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH…", help="Transcript files, folders, archives (tar, zip, gzip, zstd), agents' SQLite stores.", show_default=False
        ),
    ] = None,
    from_devin: Annotated[
        str | None, typer.Option("--from-devin", metavar="URL", help="Import from Devin's API at this address instead.")
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", help="Key for it. Better in HOTWASH_DEVIN_TOKEN, which others do not see.")
    ] = None,
    org: Annotated[str, typer.Option("--org", help="Organization, by name or id; a new name makes one.")] = "default",
    user: Annotated[str | None, typer.Option("--user", help="Whose sessions these are.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Tag for each session; may be repeated.")] = None,
    format_name: Annotated[str | None, typer.Option("--format", help="Read as this format instead of detecting it.")] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import sessions. Secrets are redacted first; a session that is there already is updated or left as it is."""
    if (from_devin is None) == (not paths):
        raise UsageError("name files, folders or archives, or an address with --from-devin; one of the two")
    if from_devin is not None:
        take_in_from_devin(from_devin, token, org=org, user=user, tags=tuple(tag or ()), data=data, as_json=as_json)
        return
    take_in(paths or [], org=org, user=user, tags=tuple(tag or ()), format_name=format_name, data=data, as_json=as_json)


def take_in(
    paths: list[Path],
    *,
    org: str,
    data: Path | None,
    as_json: bool,
    user: str | None = None,
    tags: tuple[str, ...] = (),
    format_name: str | None = None,
) -> None:
    """Imports what lies at the paths, with a progress bar, and prints what came of it. Ends with exit code 1 where something was rejected."""
    from hotwash.cli import progress
    from hotwash.identity.service import ensure_organization
    from hotwash.intake import service as intake
    from hotwash.intake.files import count_files
    from hotwash.kit import clock
    from hotwash.settings import InsightsSettings
    from hotwash.store.blobs import DatabaseBlobs

    with open_store(data) as database, progress.shown("Importing", count_files(paths)) as begin:
        with database.write() as connection:
            org_id = ensure_organization(connection, org, clock.now())
        summary = intake.import_paths(
            database,
            DatabaseBlobs(),
            paths,
            on_item=begin,
            org_id=org_id,
            user_id=user,
            tags=tags,
            format=format_name,
            now=clock.now(),
            settings=InsightsSettings(),
        )
    _finish(summary, as_json=as_json)


def take_in_from_devin(
    url: str, token: str | None, *, org: str, data: Path | None, as_json: bool, user: str | None, tags: tuple[str, ...]
) -> None:
    """Imports what a key of Devin's API may see. What came before a failure stays, and the next run goes on from there."""
    from hotwash.cli import progress
    from hotwash.identity.service import ensure_organization
    from hotwash.intake.devin_cloud.client import Client
    from hotwash.intake.devin_cloud.service import import_sessions
    from hotwash.intake.pushing import address
    from hotwash.kit import clock
    from hotwash.settings import DevinSettings, InsightsSettings
    from hotwash.store.blobs import DatabaseBlobs

    kept = DevinSettings().devin_token
    given = token or (kept.get_secret_value() if kept else "")
    if not given:
        raise UsageError("--from-devin needs a key: set HOTWASH_DEVIN_TOKEN, or give --token")
    client = Client(address.server_url(url, "--from-devin"), address.token(given, "--token"))
    if address.is_exposed(client.url):
        complain(f"{client.url}: the key crosses the network in clear text; use https")
    with open_store(data) as database, progress.shown("Importing", 1) as begin:  # the bar grows: how many there are is not known
        with database.write() as connection:
            org_id = ensure_organization(connection, org, clock.now())
        summary = import_sessions(
            database,
            DatabaseBlobs(),
            client,
            on_item=begin,
            org_id=org_id,
            user_id=user,
            tags=tags,
            now=clock.now(),
            settings=InsightsSettings(),
        )
    _finish(summary, as_json=as_json)


def _finish(summary: "ImportSummary", *, as_json: bool) -> None:
    if as_json:
        print_json(summary)
    else:
        _print_summary(summary)
    if summary.rejected:
        raise typer.Exit(1)


def _print_summary(summary: "ImportSummary") -> None:
    outcomes = [item.outcome for item in summary.sessions]
    counts = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in ("created", "updated", "unchanged"))
    own = f"; {summary.left_out} of the judge's own left out" if summary.left_out else ""
    typer.echo(f"{counted(len(outcomes), 'session')}: {counts}; {len(summary.rejected)} rejected{own}")
    for rejected in summary.rejected[:REJECTED_SHOWN]:
        complain(rejected.reason if rejected.name in rejected.reason else f"{rejected.name}: {rejected.reason}")
    if len(summary.rejected) > REJECTED_SHOWN:
        complain(f"and {len(summary.rejected) - REJECTED_SHOWN} more rejected; --json lists them all")
