"""`hotwash hook`: sessions reach the store, or a server, as soon as an agent ends them. Agents run `hook run`, which returns at once and
succeeds always; the work is done by `hook deliver` in a process of its own."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from hotwash.cli.common import DataDir, UsageError, complain, store_settings
from hotwash.errors import HotwashError

if TYPE_CHECKING:
    from hotwash.intake.hooks.agents import HookAgent
    from hotwash.judging.judge import Judge
    from hotwash.store.engine import Database

app = typer.Typer(
    help="Have coding agents hand over each session when it ends (Claude Code, Codex, Gemini CLI, Copilot CLI).",
    no_args_is_help=True,
    rich_markup_mode=None,
)

HOOKS_FOLDER = "hooks"
"""Below the data folder: the log."""
DELIVERY_LIMIT_S = 600
"""After which a delivery is given up, whatever it hangs on; the next one finds the session again."""
JUDGING_LIMIT_S = 3600
"""Instead, once a model is asked: it takes minutes for each answer."""

AgentName = Annotated[str, typer.Argument(metavar="AGENT", help="claude-code, codex, gemini or copilot.", show_default=False)]
Server = Annotated[str | None, typer.Option("--server", metavar="URL", help="Address of the server. Without it, the local store.")]
TokenFile = Annotated[
    Path | None, typer.Option("--token-file", metavar="FILE", help="File with the key, readable by you alone; goes with --server.")
]
Org = Annotated[str | None, typer.Option("--org", help="Organization: on a server by id, in the local store by name or id.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Tag for each session; may be repeated.")]


@app.command()
def install(
    agent: AgentName, server: Server = None, token_file: TokenFile = None, org: Org = None, tag: Tags = None, data: DataDir = None
) -> None:
    """Enter the hook in the agent's settings. With --server sessions go there, else into the local store; both analyse them."""
    from hotwash.cli.discovering import this_user
    from hotwash.cli.pushing import target
    from hotwash.intake.hooks import settings_file

    if server is None and token_file is not None:
        raise UsageError("--token-file goes with --server")
    if server is not None:
        if token_file is None:
            raise UsageError("--server needs --token-file: the agent's settings are no place for a key")
        target(server, None, token_file)  # checks both
    chosen = _known(agent)
    path = chosen.settings(this_user())
    store = store_settings(data)
    if "data_dir" in store.model_fields_set:
        data = store.data_dir  # agents need not run in the environment that said so
    options = _options(server, token_file, org, tag, data)
    outcome = settings_file.install(chosen, path, (*_program(), "hook", "run", chosen.name, *options))
    where = server or f"the store in {store.data_dir}"
    typer.echo(f"{path}: {outcome}. Sessions go to {where}." if outcome != "unchanged" else f"{path}: has this hook already.")


@app.command(short_help="Take the hook out of the agent's settings.")
def uninstall(agent: AgentName) -> None:
    """Take the hook out of the agent's settings; the file is as before where nobody else has changed it since."""
    from hotwash.cli.discovering import this_user
    from hotwash.intake.hooks import settings_file

    chosen = _known(agent)
    path = chosen.settings(this_user())
    said = {
        "restored": "is as it was before.",
        "removed": "hook taken out; other changes since are kept.",
        "unchanged": "has no hook of ours.",
    }
    typer.echo(f"{path}: {said[settings_file.uninstall(chosen, path)]}")


_CANNOT_START = (HotwashError, OSError, ValueError)
"""Settings that make no sense, no folder to write to, no process to be had."""


class _NeverFails(TyperCommand):
    """A command that succeeds even when it is called wrongly: an exit code other than 0 may stop the agent."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # Any: typer exports no name for its parser's context
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            complain("this hook was called wrongly; enter it again with `hotwash hook install`")
            raise typer.Exit(0) from error


@app.command(cls=_NeverFails, short_help="What the agent calls; returns at once.")
def run(
    agent: AgentName,
    call: Annotated[str | None, typer.Argument(metavar="CALL", help="The call's details, from agents that give them so.")] = None,
    server: Server = None,
    token_file: TokenFile = None,
    org: Org = None,
    tag: Tags = None,
    data: DataDir = None,
    then: Annotated[str | None, typer.Option("--then", help="JSON list: the program that the agent called before.")] = None,
) -> None:
    """What the agent calls: starts the delivery in the background and returns. Always succeeds."""
    from hotwash.intake.hooks import background

    try:
        said = os.fsencode(call) if call is not None else background.read_call(sys.stdin.buffer)
        log = store_settings(data).data_dir.absolute() / HOOKS_FOLDER / "hook.log"
        background.detach([*_program(), "hook", "deliver", agent, *_options(server, token_file, org, tag, data)], said, log)
        if then is not None:
            _call_besides(then, call, log)
    except _CANNOT_START as error:
        complain(f"the session could not be handed over ({type(error).__name__})")


@app.command(hidden=True)
def deliver(
    agent: AgentName, server: Server = None, token_file: TokenFile = None, org: Org = None, tag: Tags = None, data: DataDir = None
) -> None:
    """Takes the session of the call on standard input to the store or the server. Output goes to the log."""
    import faulthandler

    from hotwash.cli.discovering import this_user
    from hotwash.intake.hooks import background

    faulthandler.dump_traceback_later(DELIVERY_LIMIT_S, exit=True)
    details = background.call_details(background.read_call(sys.stdin.buffer))
    paths = _known(agent).sessions(details, this_user())
    _log(f"{agent}: {len(paths)} files")
    if not paths:
        return
    background.settle(paths)
    if server is not None:
        _send(paths, server, token_file, org, tuple(tag or ()), data)
    else:
        _keep(paths, org or "default", tuple(tag or ()), data)


def _send(paths: tuple[Path, ...], server: str, token_file: Path | None, org: str | None, tags: tuple[str, ...], data: Path | None) -> None:
    from hotwash.cli.pushing import spool, target
    from hotwash.intake.pushing import service
    from hotwash.kit import clock

    options = service.Options(org_id=org, tags=tags, generate=True, keep=True)
    summary = service.push(paths, target(server, None, token_file), options, spool(data), now=clock.now())
    for pushed in summary.sessions:
        _log(f"{pushed.outcome} {pushed.session_id}")
    for refused in summary.rejected:
        _log(f"rejected {refused.name}: {refused.reason}")
    if summary.failure:
        _log(f"{summary.kept} kept for the next push: {summary.failure}")


def _keep(paths: tuple[Path, ...], org: str, tags: tuple[str, ...], data: Path | None) -> None:
    import faulthandler

    from hotwash.cli.common import open_store
    from hotwash.identity.service import ensure_organization
    from hotwash.insights import service as insights
    from hotwash.intake import service as intake
    from hotwash.kit import clock
    from hotwash.settings import InsightsSettings
    from hotwash.store.blobs import DatabaseBlobs

    blobs = DatabaseBlobs()
    with open_store(data) as database:
        with database.write() as connection:
            org_id = ensure_organization(connection, org, clock.now())
        summary = intake.import_paths(database, blobs, paths, org_id=org_id, tags=tags, now=clock.now(), settings=InsightsSettings())
        judge = _judge(database)
        if judge is not None:
            faulthandler.dump_traceback_later(JUDGING_LIMIT_S, exit=True)
        for item in summary.sessions:
            if item.outcome != "unchanged":
                insights.analyse_now(database, blobs, org_id, item.session_id, judge)
            _log(f"{item.outcome} {item.session_id}")
    for rejected in summary.rejected:
        _log(f"rejected {rejected.name}: {rejected.reason}")


def _judge(database: "Database") -> "Judge | None":
    """The judge of the settings; where it cannot be asked as they are, the log says so and the rules analyse."""
    from hotwash.cli.engines import store_judge

    try:
        return store_judge(database, None)
    except HotwashError as error:
        _log(f"by the rules: {error.sentence}")
        return None


def _call_besides(then: str, call: str | None, log: Path) -> None:
    """Calls the program that our hook took the place of, as the agent would have."""
    from hotwash.intake.hooks import agents, background

    program = agents.chained_program((agents.CHAINED, then))
    if program:
        background.detach([*program, *([call] if call is not None else [])], b"", log)


def _known(name: str) -> "HookAgent":
    from hotwash.intake.hooks.agents import HOOK_AGENTS, hook_agent

    agent = hook_agent(name)
    if agent is None:
        raise UsageError(f"there is no hook for {name!r}; choose one of {', '.join(known.name for known in HOOK_AGENTS)}")
    return agent


def _program() -> tuple[str, ...]:
    """This very Hotwash, by its full path: an agent's PATH may be another one."""
    script = Path(sys.executable).with_name("hotwash.exe" if sys.platform == "win32" else "hotwash")
    return (str(script),) if script.is_file() else (sys.executable, "-m", "hotwash.cli.main")


def _options(server: str | None, token_file: Path | None, org: str | None, tag: list[str] | None, data: Path | None) -> list[str]:
    """The same options for the next command, paths made absolute."""
    single = {
        "--server": server,
        "--token-file": str(token_file.absolute()) if token_file else None,
        "--org": org,
        "--data": str(data.absolute()) if data else None,
    }
    given = [word for name, value in single.items() if value is not None for word in (name, value)]
    return [*given, *(word for one in tag or () for word in ("--tag", one))]


def _log(sentence: str) -> None:
    from datetime import UTC, datetime

    from hotwash.kit.text import printable

    typer.echo(f"{datetime.now(UTC).isoformat(timespec='seconds')} {printable(sentence)}")
