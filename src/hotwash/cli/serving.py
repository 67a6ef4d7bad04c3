"""`hotwash up`: migrate, serve API, pages and jobs, print the address and a login link."""

from pathlib import Path
from typing import Annotated

import typer

from hotwash.cli.common import DataDir, store_settings


def up(
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo sessions into an organization of their own.")] = False,
    host: Annotated[str | None, typer.Option("--host", help="Address to bind. [127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port to bind; 0 takes a free one. [8765]")] = None,
    data: DataDir = None,
) -> None:
    """Start Hotwash: the API, the pages and the background jobs, in one process."""
    from hotwash import app
    from hotwash.settings import InsightsSettings, JudgeSettings, ServerSettings

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    app.serve(
        store=store_settings(data),
        server=ServerSettings.model_validate(ServerSettings().model_dump() | given),
        insights=InsightsSettings(),
        judging=JudgeSettings(),
        demo=demo,
        on_ready=_announce,
    )


def _announce(base_url: str, login_url: str, data_dir: Path, demo_org: str | None) -> None:
    typer.echo(f"Hotwash is up at {base_url}")
    typer.echo(f"Log in (works once, within an hour): {login_url}")
    if demo_org is not None:
        typer.echo(f"Eight demo sessions are in the organization `demo`; to remove them: hotwash demo remove --data {data_dir}")
    typer.echo(f"Data: {data_dir}. Stop with Ctrl-C.")
