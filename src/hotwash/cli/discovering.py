"""`hotwash discover`: which agents keep sessions on this machine, and all of them into the store."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import AsJson, DataDir, complain, print_json

if TYPE_CHECKING:
    from hotwash.intake.discovery import FoundStore
    from hotwash.intake.stores import User

_UNITS = ("B", "kB", "MB", "GB", "TB")


def discover(
    take_in: Annotated[bool, typer.Option("--import", help="Import what was found.")] = False,
    org: Annotated[str, typer.Option("--org", help="With --import: organization, by name or id.")] = "default",
    tag: Annotated[list[str] | None, typer.Option("--tag", help="With --import: tag for each session; may be repeated.")] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the agents' stores of this user, and Entire's in this repository: agent, place, sessions, size."""
    from hotwash.cli import importing
    from hotwash.intake import discovery

    here = discovery.discover_checkpoints(Path.cwd())
    stores = (*discovery.discover(this_user()), *((here,) if here is not None else ()))
    for store in stores:
        for problem in store.problems:
            complain(problem)
    if take_in:
        files = [Path(file) for store in stores if store.readable for file in store.files]
        importing.take_in(files, org=org, tags=tuple(tag or ()), data=data, as_json=as_json)
    elif as_json:
        print_json([_described(store) for store in stores])
    else:
        _print_table(stores)


def this_user() -> "User":
    """Who runs the command."""
    from hotwash.intake.stores import User

    return User(home=Path.home(), env=os.environ)


def _described(store: "FoundStore") -> dict[str, object]:
    import msgspec

    return {name: value for name, value in msgspec.structs.asdict(store).items() if name != "files"}


def _print_table(stores: tuple["FoundStore", ...]) -> None:
    from hotwash.kit.text import printable

    if not stores:
        typer.echo("No agent's sessions found for this user. Name their files: hotwash import PATH", err=True)
        return
    rows = [("AGENT", "SESSIONS", "SIZE", "PLACE")]
    for store in stores:
        count = "?" if store.sessions is None else str(store.sessions)
        note = "" if store.readable else "  (not readable yet)"
        rows.append((store.agent, count, _size(store.size_bytes), f"{printable(store.place)}{note}"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        typer.echo(f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}")
    if any(store.readable for store in stores):
        typer.echo("To take them in: hotwash discover --import", err=True)


def _size(size_bytes: int) -> str:
    amount = float(size_bytes)
    for unit in _UNITS:
        if amount < 1000 or unit == _UNITS[-1]:
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
