"""`hotwash`: the command table. Commands live one module a group; nothing heavier than typer is imported before one runs."""

import os
import sys
from typing import Annotated

import typer

from hotwash import __version__
from hotwash.cli import (
    accounts,
    debrief,
    discovering,
    doctor,
    evaluating,
    exporting,
    feedback,
    hooks,
    importing,
    judging,
    pushing,
    reading,
    samples,
    serving,
    watching,
)
from hotwash.cli.common import complain
from hotwash.errors import HotwashError

app = typer.Typer(
    name="hotwash",
    help="Debrief coding-agent sessions: what they cost, what went wrong and why, what to change before the next one.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: readable on any terminal, and quick to start
    pretty_exceptions_enable=False,
)

app.command("analyze", short_help="Debrief sessions; nothing is stored.")(debrief.analyze)
app.command("inspect", short_help="Count what is in transcripts.")(debrief.inspect)
app.command("up", short_help="Start the API, the pages and the jobs.")(serving.up)
app.command("import")(importing.import_paths)
app.command("discover", short_help="List the stores of the agents on this machine.")(discovering.discover)
app.command("watch", short_help="Import sessions while they are written.")(watching.watch)
app.command("push")(pushing.push)
app.command("sessions")(reading.sessions)
app.command("insights", short_help="Print a session's insights (JSON).")(reading.insights)
app.command("generate")(reading.generate)
app.command("export")(exporting.export)
app.command("evaluate", short_help="Measure the analyser against labelled sessions.")(evaluating.evaluate)
app.command("feedback", short_help="Say that an issue is right or wrong.")(feedback.feedback)
app.add_typer(judging.app, name="judge", short_help="Have a language model judge sessions, by batch files.")
app.add_typer(hooks.app, name="hook", short_help="Have agents hand over each session when it ends.")
app.add_typer(accounts.app, name="service-user", short_help="Create, list and revoke credentials for programs.")
app.add_typer(samples.app, name="demo")
app.command("doctor", short_help="Check this installation.")(doctor.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")] = False,
) -> None:
    pass


def run() -> None:
    """The console script. An expected failure is one line on standard error and exit code 1; a reader that went away is no failure."""
    try:
        app()
    except HotwashError as error:
        complain(error.sentence)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains once more while it closes
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    run()
