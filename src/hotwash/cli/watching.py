"""`hotwash watch`: keeps the store in step with what agents write, until stopped."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import DataDir, complain, open_store, store_settings

if TYPE_CHECKING:
    from hotwash.store.engine import Database


def watch(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH…", help="Folders or files, there or not yet. None: every known agent's.", show_default=False),
    ] = None,
    org: Annotated[str, typer.Option("--org", help="Organization, by name or id; a new name makes one.")] = "default",
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Tag for each session; may be repeated.")] = None,
    data: DataDir = None,
) -> None:
    """Import sessions while they are written, within two seconds. Ctrl-C stops."""
    from hotwash.cli.discovering import this_user
    from hotwash.identity.service import ensure_organization
    from hotwash.intake import discovery, watching
    from hotwash.kit import clock

    user = this_user()
    places = [path.absolute() for path in paths] if paths else list(discovery.watched_places(user))
    with open_store(data) as database, _stoppable() as stop:
        with database.write() as connection:
            org_id = ensure_organization(connection, org, clock.now())
        take_in = _importer(database, org_id, tuple(tag or ()))
        own = store_settings(data).data_dir.absolute()

        def take_in_session(path: Path) -> None:
            if path.is_relative_to(own):
                return  # our own store: writing to it would be seen as a change
            if paths or discovery.is_session_of(user, path):
                take_in(path)

        watching.follow(
            places, take_in_session, stop, on_ready=lambda: typer.echo(f"Watching {len(places)} places. Stop with Ctrl-C.", err=True)
        )
    typer.echo("Stopped.", err=True)


def _importer(database: "Database", org_id: str, tags: tuple[str, ...]) -> Callable[[Path], None]:
    """Takes in one source and says what came of it; the same complaint about a file only once."""
    from hotwash.intake import service as intake
    from hotwash.kit import clock
    from hotwash.settings import InsightsSettings
    from hotwash.store.blobs import DatabaseBlobs

    blobs, settings = DatabaseBlobs(), InsightsSettings()
    told: set[str] = set()

    def take_in(path: Path) -> None:
        summary = intake.import_paths(database, blobs, [path], org_id=org_id, tags=tags, now=clock.now(), settings=settings)
        for item in summary.sessions:
            if item.outcome != "unchanged":
                typer.echo(f"{item.outcome}  {item.session_id}  {item.format}  {item.events} events  {_shown(path)}")
        for rejected in summary.rejected:
            sentence = rejected.reason if rejected.name in rejected.reason else f"{rejected.name}: {rejected.reason}"
            if sentence not in told and not _is_unfinished(path):
                told.add(sentence)
                complain(sentence)

    return take_in


def _shown(path: Path) -> str:
    from hotwash.kit.text import printable

    return printable(str(path))


def _is_unfinished(path: Path) -> bool:
    """Whether a file is gone, or ends within a line: its first record may be on its way, and the next write tells."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            if size == 0:
                return True
            stream.seek(-1, os.SEEK_END)
            return stream.read(1) not in (b"\n", b"}", b"]")
    except OSError:
        return True


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """An event that Ctrl-C and a service manager's SIGTERM set; what is being taken in is taken in to its end."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    previous = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
