"""`--engine`, and the judge that the settings describe."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import UsageError, store_settings

if TYPE_CHECKING:
    from hotwash.judging.judge import Judge
    from hotwash.judging.keeping import FolderAnswers
    from hotwash.judging.model import Ledger
    from hotwash.judging.naming import Named
    from hotwash.settings import JudgeSettings
    from hotwash.store.engine import Database

RULES = "rules"
JUDGE = "judge"
JUDGE_FOLDER = "judge"
"""Below the data folder: answers that are paid for, and what was spent today."""

EngineName = Annotated[
    str, typer.Option("--engine", metavar="rules|judge", help="Who analyses: the offline rules, or the model in HOTWASH_ANALYSIS_MODEL.")
]

StoreEngine = Annotated[
    str | None,
    typer.Option("--engine", metavar="rules|judge", help="Who analyses. [judge where HOTWASH_ANALYSIS_MODEL is set, else rules]"),
]


def is_judge(engine: str) -> bool:
    """Whether the judge is asked for."""
    if engine not in (RULES, JUDGE):
        raise UsageError(f"--engine {engine}: there is no such engine; write {RULES} or {JUDGE}")
    return engine == JUDGE


def named_model(settings: "JudgeSettings") -> "Named":
    """The model of the settings. Raises UsageError where none may be asked."""
    from hotwash.judging.opening import named_model

    refuse_without_content()
    named = named_model(settings)
    if named is None:
        raise UsageError(
            f"--engine {JUDGE} needs a model; set HOTWASH_ANALYSIS_MODEL, for example to command:claude -p (see docs/judge.md)"
        )
    return named


def refuse_without_content() -> None:
    """Raises UsageError where what sessions say may be shown to nobody, and so to no model."""
    from hotwash.settings import InsightsSettings

    if InsightsSettings().content == "metrics":
        raise UsageError("HOTWASH_CONTENT=metrics: what sessions say is shown to nobody, so no model is asked; use the rules engine")


def open_judge(ledger: "Ledger") -> "Judge":
    """The judge of the settings, with this ledger. Raises UsageError, ModelUnusable."""
    import os

    from hotwash.insights import pricing
    from hotwash.intake.redaction import redact_text
    from hotwash.judging.opening import open_judge
    from hotwash.settings import JudgeSettings

    _end_in_order_when_told()
    settings = JudgeSettings()
    return open_judge(settings, named_model(settings), ledger, price=pricing.tariff, env=os.environ, redact=redact_text)


def _end_in_order_when_told() -> None:
    """Has `timeout`, a service manager and a closed terminal end the command as Ctrl-C does: a program that judges runs in a session of its
    own, and would go on, and spend, when ours just dies."""
    import signal
    import sys

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda told, _: sys.exit(128 + told))


def store_judge(database: "Database", engine: str | None) -> "Judge | None":
    """The judge for sessions in a store; None for the rules. `engine` None: whatever the settings say. Raises UsageError, ModelUnusable."""
    from hotwash.insights.judged import StoredLedger
    from hotwash.settings import InsightsSettings, JudgeSettings

    is_set = bool(JudgeSettings().analysis_model) and InsightsSettings().content != "metrics"
    is_wanted = is_set if engine is None else is_judge(engine)
    return open_judge(StoredLedger(database)) if is_wanted else None


def local_judge(data: Path | None) -> "tuple[Judge, FolderAnswers]":
    """The judge without a store: what it spends and what it is answered is kept in the data folder. Raises
    UsageError, ModelUnusable, CannotKeepAccount."""
    from hotwash.judging.keeping import FolderAnswers, FolderLedger

    folder = store_settings(data).data_dir / JUDGE_FOLDER
    ledger = FolderLedger(folder)
    judge = open_judge(ledger)
    ledger.open()
    return judge, FolderAnswers(folder / "answers", judge.model.name)
