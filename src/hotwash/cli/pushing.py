"""`hotwash push`: sessions of this machine to a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import AsJson, DataDir, UsageError, complain, print_json, store_settings
from hotwash.kit.text import counted

if TYPE_CHECKING:
    from hotwash.intake.pushing import service
    from hotwash.intake.pushing.client import Target
    from hotwash.intake.pushing.service import PushSummary
    from hotwash.intake.pushing.spool import Spool

SPOOL_FOLDER = "spool"
"""Below the data folder."""
REJECTED_SHOWN = 10

Server = Annotated[str | None, typer.Option("--server", metavar="URL", help="Address of the server. Else HOTWASH_SERVER.")]
TokenFile = Annotated[
    Path | None, typer.Option("--token-file", metavar="FILE", help="File with the key, readable by you alone. Else HOTWASH_TOKEN.")
]


def push(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH…", help="Transcript files, folders or archives. None: only what waits.", show_default=False),
    ] = None,
    server: Server = None,
    token: Annotated[
        str | None, typer.Option("--token", metavar="T", help="Key. Better in HOTWASH_TOKEN or a file: others see command lines.")
    ] = None,
    token_file: TokenFile = None,
    org: Annotated[str | None, typer.Option("--org", metavar="ORG_ID", help="Organization on the server. Else the key's own.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="Whose sessions these are.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Tag for each session; may be repeated.")] = None,
    format_name: Annotated[str | None, typer.Option("--format", help="Read as this format instead of detecting it.")] = None,
    generate: Annotated[bool, typer.Option("--generate", help="Have the server analyse what is new or has grown.")] = False,
    keep: Annotated[bool, typer.Option("--spool", help="Keep what cannot be sent now, and send it with the next push.")] = False,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Send sessions to a server. What an earlier push had to keep goes first. Safe to repeat: nothing is stored twice."""
    from hotwash.intake.pushing import service
    from hotwash.kit import clock

    to = target(server, token, token_file)
    options = service.Options(org_id=org, user_id=user, tags=tuple(tag or ()), format=format_name, generate=generate, keep=keep)
    summary = _push(paths or [], to, options, spool(data), clock.now())
    if as_json:
        print_json(summary)
    else:
        _print_summary(summary)
    if summary.rejected or (summary.failure and not keep):
        raise typer.Exit(1)


def target(server: str | None, token: str | None, token_file: Path | None) -> "Target":
    """The server and the key, from options or settings. Warns where both would cross a network in clear text."""
    from hotwash.intake.pushing import address
    from hotwash.intake.pushing.client import Target
    from hotwash.settings import PushSettings

    settings = PushSettings()
    named = server or settings.server
    if not named:
        raise UsageError("name the server with --server, or in HOTWASH_SERVER")
    url = address.server_url(named)
    if token_file is not None:
        key = address.read_token(token_file)
    elif token is not None:
        key = address.token(token, "--token")
    elif settings.token is not None:
        key = address.token(settings.token.get_secret_value(), "HOTWASH_TOKEN")
    else:
        raise UsageError("name the key's file with --token-file, or put the key into HOTWASH_TOKEN")
    if address.is_exposed(url):
        complain(f"{url} is not https: transcripts and key cross the network in clear text")
    return Target(url=url, token=key)


def spool(data: Path | None) -> "Spool":
    """The spool of a data folder."""
    from hotwash.intake.pushing.spool import Spool

    return Spool(store_settings(data).data_dir / SPOOL_FOLDER)


def _push(paths: list[Path], to: "Target", options: "service.Options", kept: "Spool", now: float) -> "PushSummary":
    from hotwash.cli import progress
    from hotwash.errors import HotwashError
    from hotwash.intake.files import count_files
    from hotwash.intake.pushing import service

    try:
        with progress.shown("Sending", count_files(paths)) as begin:
            return service.push(paths, to, options, kept, now=now, on_item=begin)
    except OSError as error:
        raise HotwashError(f"the spool cannot be written ({(error.strerror or 'unknown error').lower()}); check the data folder") from error


def _print_summary(summary: "PushSummary") -> None:
    outcomes = [item.outcome for item in summary.sessions]
    counts = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in ("created", "updated", "unchanged"))
    waiting = f"; {summary.kept} kept for the next push" if summary.kept else ""
    typer.echo(f"{counted(len(outcomes), 'session')}: {counts}; {len(summary.rejected)} rejected{waiting}")
    for refused in summary.rejected[:REJECTED_SHOWN]:
        complain(refused.reason if refused.name in refused.reason else f"{refused.name}: {refused.reason}")
    if len(summary.rejected) > REJECTED_SHOWN:
        complain(f"and {len(summary.rejected) - REJECTED_SHOWN} more rejected; --json lists them all")
    if summary.dropped:
        complain(f"the spool is full: {summary.dropped} older uploads had to go; their files are where they were, push them again")
    if summary.failure:
        complain(summary.failure)
