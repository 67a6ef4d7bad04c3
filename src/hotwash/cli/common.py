"""What commands share: the options that name the store, opening it, and how JSON, progress and failures are printed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.errors import HotwashError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hotwash.identity.model import Scope
    from hotwash.settings import StoreSettings
    from hotwash.store.engine import Database

DataDir = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Folder of the store. Else HOTWASH_DATA_DIR, else the user's data folder.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OrgId = Annotated[str | None, typer.Option("--org", help="Organization, by name or id.")]


class UsageError(HotwashError):
    """A command called wrongly."""

    code = "usage"
    exit_code = 2


def store_settings(data: Path | None) -> "StoreSettings":
    """The store's settings, with `--data` before the environment."""
    from hotwash.settings import StoreSettings

    return StoreSettings() if data is None else StoreSettings(data_dir=data)


@contextmanager
def open_store(data: Path | None) -> Iterator["Database"]:
    """The store, migrated, closed at the end. Raises a HotwashError where it cannot be opened."""
    from hotwash.store.engine import open_database, sqlite_url
    from hotwash.store.migrate import migrate

    settings = store_settings(data)
    url = settings.database_url.get_secret_value() if settings.database_url else sqlite_url(settings.data_dir)
    database = open_database(url)
    try:
        migrate(database)
        yield database
    finally:
        database.close()


def local_scope(connection: "Connection", org: str | None) -> "Scope":
    """What a command may see: everything, for whoever can read the data folder can read all of it; or the organization asked for."""
    from hotwash.errors import NotFound
    from hotwash.identity.model import Scope
    from hotwash.identity.service import list_organizations

    if org is None:
        return Scope(org_ids=None)
    for organization in list_organizations(connection):
        if org in (organization.org_id, organization.name):
            return Scope(org_ids=frozenset({organization.org_id}))
    raise NotFound(f"--org {org}: there is no such organization here; `hotwash sessions` without --org lists every session")


def print_json(value: object) -> None:
    """One JSON value on standard output, indented for people; programs do not mind."""
    import msgspec

    print_json_bytes(msgspec.json.encode(value))


def print_json_bytes(encoded: bytes) -> None:
    """JSON that is already encoded, indented."""
    import msgspec

    sys.stdout.buffer.write(msgspec.json.format(encoded, indent=2) + b"\n")
    sys.stdout.flush()


def complain(sentence: str) -> None:
    """A failure that does not stop the rest, on standard error."""
    from hotwash.kit.text import printable

    typer.echo(f"hotwash: {printable(sentence)}", err=True)
