"""What `analyze --engine judge` does to one file: asks the model, or shows what it would ask. The rules' analysis stands in where that fails."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import typer

from hotwash.analysis.judge.engine import prepare
from hotwash.analysis.judge.model import Case, Request
from hotwash.analysis.model import Analysis
from hotwash.cli.debriefed import Debrief
from hotwash.cli.debriefing import Item, Render, cleaned, debrief_with, each_session
from hotwash.cli.engines import local_judge, named_model
from hotwash.errors import HotwashError
from hotwash.insights import pricing
from hotwash.insights.metrics import measure
from hotwash.judging.estimating import Estimate, both_passes, estimate
from hotwash.judging.judge import Judge
from hotwash.judging.model import Answers, NothingKept, Tariff
from hotwash.judging.opening import tariff_of
from hotwash.kit.text import counted, printable, shown_path
from hotwash.settings import InsightsSettings, JudgeSettings
from hotwash.transcript import Transcript

Work = Callable[[str], Item]


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What one session would ask, and what that would take."""

    file: str
    session_id: str
    model: str
    requests: tuple[Request, ...]
    estimates: tuple[Estimate, ...]
    both_passes: Estimate


def analyze(format_name: str | None, render: Render, *, data: Path | None, cache: bool) -> Work:
    """Debriefs a file by the judge."""
    judge, kept = local_judge(data)
    answers: Answers = kept if cache else NothingKept()

    def work(file: str) -> Item:
        if sys.stderr.isatty():  # an answer takes minutes, and nobody should think that nothing happens
            typer.echo(f"Asking {printable(judge.model.name)} about {printable(shown_path(file))} …", err=True)
        return _judge_file(file, format_name, render, judge, answers)

    return work


def dry_run(format_name: str | None, *, as_json: bool) -> Work:
    """Shows the requests of a file. Needs neither a key nor a network."""
    settings = JudgeSettings()
    named = named_model(settings)
    tariff = tariff_of(named, pricing.tariff)
    show = msgspec.json.encode if as_json else _as_text

    def work(file: str) -> Item:
        return each_session(file, format_name, lambda transcript: planned(file, transcript))

    def planned(file: str, transcript: Transcript) -> bytes:
        case = prepare(cleaned(transcript), acus=_acus(transcript))
        return show(_planned(file, case, f"{named.kind}:{named.rest}", tariff))

    return work


def _judge_file(file: str, format_name: str | None, render: Render, judge: Judge, answers: Answers) -> Item:
    failures: list[str] = []

    def judged(transcript: Transcript) -> bytes:
        debrief, failure = _judge(file, transcript, judge, answers)
        failures.extend(failure)
        return render(debrief)

    item = each_session(file, format_name, judged)
    return Item(outputs=item.outputs, failures=(*item.failures, *failures))


def _judge(file: str, transcript: Transcript, judge: Judge, answers: Answers) -> tuple[Debrief, Sequence[str]]:
    """The session as the model judges it; by the rules, and why, where it does not."""
    clean = cleaned(transcript)
    failures: list[str] = []

    def engine(acus: float) -> Analysis:
        case = prepare(clean, acus=acus)
        try:
            return judge.ask(case, answers)
        except HotwashError as error:
            failures.append(f"{shown_path(file)}: {error.sentence}; what is shown is by the rules")
            return case.rules

    return debrief_with(file, clean, engine), failures


def _acus(transcript: Transcript) -> float:
    return measure(transcript, usd_per_acu=InsightsSettings().usd_per_acu).acus


def _planned(file: str, case: Case, model: str, tariff: Tariff) -> DryRun:
    return DryRun(
        file=shown_path(file),
        session_id=case.transcript.session_id,
        model=model,
        requests=case.requests,
        estimates=tuple(estimate(request, tariff) for request in case.requests),
        both_passes=both_passes(case.requests, tariff),
    )


def _as_text(planned: DryRun) -> bytes:
    lines = [f"{planned.file}: {counted(len(planned.requests), 'request')} to {planned.model}"]
    for request, taken in zip(planned.requests, planned.estimates, strict=True):
        lines += [
            f"--- {request.id}: about {_tokens(taken)}",
            "--- system",
            request.system,
            "--- prompt",
            request.prompt,
            f"--- answer: JSON of this schema ({request.schema_name})",
            msgspec.json.encode(request.schema).decode(),
        ]
    lines.append(
        f"--- in all, with the second pass, which asks no more requests than this: at most about {_tokens(planned.both_passes)}. Nothing was sent."
    )
    return "\n".join(printable(line) if line.startswith("---") else _shown(line) for line in lines).encode("utf-8", "replace")


def _shown(text: str) -> str:
    """The very text, but for what would steer the terminal."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _tokens(taken: Estimate) -> str:
    price = "price unknown" if taken.usd is None else f"${taken.usd:.4f}"
    return f"{taken.input_tokens:,} tokens in, {taken.output_tokens:,} out, {price}"
