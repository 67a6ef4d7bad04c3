"""`hotwash export`: a stored session as a document for other programs, or for people."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import DataDir, OrgId, UsageError, local_scope, open_store

if TYPE_CHECKING:
    from hotwash.exporting.service import Bundle


class Target(StrEnum):
    """What a session can be exported to."""

    ATIF = "atif"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


def export(
    session_id: Annotated[str, typer.Argument(metavar="ID", help="Session id, with or without devin-.")],
    to: Annotated[Target, typer.Option("--to", help="atif: for other programs; json: all that is known; markdown, html: to read.")],
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write here instead of printing.")] = None,
    org: OrgId = None,
    data: DataDir = None,
) -> None:
    """Export a stored session with its subagents. ATIF comes back by `hotwash import` as the very same session."""
    from hotwash.exporting import service
    from hotwash.store.blobs import DatabaseBlobs

    with open_store(data) as database, database.read() as connection:
        bundle = service.load(connection, DatabaseBlobs(), local_scope(connection, org), session_id)
    if to is Target.ATIF or to is Target.JSON:
        document = service.encode(bundle, "atif" if to is Target.ATIF else "json")
    else:
        document = _readable(bundle, to)
    if output is None:
        sys.stdout.buffer.write(document + b"\n" * (not document.endswith(b"\n")))
        sys.stdout.flush()
        return
    try:
        output.write_bytes(document)
    except OSError as error:
        raise UsageError(
            f"--output {output}: cannot be written ({(error.strerror or 'unknown error').lower()}); choose another file"
        ) from error


def _readable(bundle: "Bundle", to: Target) -> bytes:
    from hotwash.cli import readable

    return (readable.html(bundle) if to is Target.HTML else readable.markdown(bundle)).encode("utf-8", "replace")
