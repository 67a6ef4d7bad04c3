"""`hotwash feedback`: says that an issue of a stored session is right or wrong, and prints what was said as labels."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import DataDir, OrgId, UsageError, local_scope, open_store

if TYPE_CHECKING:
    from hotwash.feedback.model import Verdict

EXPORT = "export"


def feedback(
    issue: Annotated[
        str, typer.Argument(metavar="SESSION/ISSUE|export", help="The issue, such as 3f2a…/issue-2; or export.", show_default=False)
    ],
    right: Annotated[bool, typer.Option("--right", help="The issue is one.")] = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="The issue is none, or another than it says.")] = False,
    note: Annotated[str | None, typer.Option("--note", help="Why, in a sentence.")] = None,
    org: OrgId = None,
    data: DataDir = None,
) -> None:
    """Say that an issue is right or wrong; `hotwash feedback export` prints all that was said as labels for `hotwash evaluate`."""
    if issue == EXPORT:
        if right or wrong or note is not None:
            raise UsageError("feedback export takes no verdict; leave --right, --wrong and --note out")
        _export(org, data)
        return
    if right == wrong:
        raise UsageError(f"{issue}: say either --right or --wrong")
    _give(issue, "right" if right else "wrong", note, org, data)


def _give(reference: str, verdict: "Verdict", note: str | None, org: str | None, data: Path | None) -> None:
    from hotwash.feedback import service
    from hotwash.kit import clock
    from hotwash.kit.text import printable

    with open_store(data) as database, database.write() as connection:
        given = service.give(connection, local_scope(connection, org), reference, verdict, note, now=clock.now())
    typer.echo(f"{given.session_id}/{given.issue.id} is {given.verdict}: {given.issue.kind}, {printable(given.issue.label)}")


def _export(org: str | None, data: Path | None) -> None:
    from hotwash.evaluation.labels import encode_labels
    from hotwash.feedback import service

    with open_store(data) as database, database.read() as connection:
        labels = service.list_labels(connection, local_scope(connection, org))
    sys.stdout.buffer.write(encode_labels(labels))
    sys.stdout.flush()
