"""`hotwash demo`: take the demo sessions out again (`hotwash up --demo` loads them)."""

import typer

from hotwash.cli.common import DataDir, open_store
from hotwash.kit.text import counted

app = typer.Typer(help="Remove the demo sessions.", no_args_is_help=True, rich_markup_mode=None)


@app.command("remove")
def remove(data: DataDir = None) -> None:
    """Remove every session of the organization `demo`."""
    from hotwash.demo.load import remove_demo
    from hotwash.store.blobs import DatabaseBlobs

    with open_store(data) as database:
        removed = remove_demo(database, DatabaseBlobs())
    typer.echo(f"{counted(removed, 'demo session')} removed")
