"""`hotwash doctor`: is this installation fit to work, and what to do where it is not."""

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import typer

from hotwash.cli.common import AsJson, DataDir, local_scope, open_store, print_json, store_settings
from hotwash.errors import HotwashError


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at."""

    name: str
    ok: bool
    found: str
    """What was seen, or what is wrong and what to do."""


def doctor(data: DataDir = None, as_json: AsJson = False) -> None:
    """Check this installation: Python, the data folder, the database, its schema, what is in it, the model that judges."""
    checks = [
        _checked("python", _python),
        _checked("data folder", lambda: _data_folder(data)),
        _checked("database", lambda: _database(data)),
        _checked("model", lambda: _model(data)),
    ]
    if as_json:
        print_json(checks)
    else:
        for check in checks:
            typer.echo(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.found}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _checked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, found=look())
    except HotwashError as error:
        return Check(name=name, ok=False, found=error.sentence)


def _python() -> str:
    return sys.version.split()[0]


def _data_folder(data: Path | None) -> str:
    folder = store_settings(data).data_dir
    return f"{folder}" if folder.is_dir() else f"{folder} (not there yet; the first import or `hotwash up` makes it)"


def _database(data: Path | None) -> str:
    from hotwash.sessions import service
    from hotwash.sessions.model import SessionFilter

    with open_store(data) as database, database.read() as connection:
        total = service.list_sessions(connection, local_scope(connection, None), SessionFilter(), first=1).total
    return f"{database.dialect}, schema up to date, sessions: {total}"


def _model(data: Path | None) -> str:
    """Which model judges. That it can be asked as it is set up is looked at; it is not asked, for that may cost money."""
    from hotwash.cli.engines import local_judge, named_model
    from hotwash.judging.naming import check_installed
    from hotwash.settings import InsightsSettings, JudgeSettings

    settings = JudgeSettings()
    if settings.analysis_model is None:
        return "none set, the rules analyse"
    if InsightsSettings().content == "metrics":
        return "not asked, because HOTWASH_CONTENT=metrics; the rules analyse"
    check_installed(named_model(settings))
    judge, _ = local_judge(data)
    return judge.model.name
