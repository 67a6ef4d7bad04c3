"""`hotwash evaluate`: measures the analyser against labelled sessions. Nothing is stored, no server is needed."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import AsJson, UsageError, complain, print_json
from hotwash.cli.engines import RULES, EngineName, is_judge
from hotwash.cli.spreading import spread
from hotwash.kit.text import counted

if TYPE_CHECKING:
    from hotwash.analysis.model import Analysis
    from hotwash.evaluation.figures import Figure, Predicted
    from hotwash.evaluation.labels import Label, LabelledSession
    from hotwash.evaluation.predicting import Place
    from hotwash.transcript import Transcript

    Engine = Callable[[Transcript], Analysis]
    Answers = Callable[[Sequence[Place]], Iterable[Label | str]]

NAME_WIDTH = 36


def evaluate(
    labels: Annotated[Path, typer.Argument(metavar="LABELS.jsonl", help="Labelled sessions, one JSON object a line.", show_default=False)],
    transcripts: Annotated[
        Path, typer.Option("--transcripts", metavar="DIR", help="Folder that the labels' paths start from.", show_default=False)
    ],
    engine: EngineName = RULES,
    by_kind: Annotated[bool, typer.Option("--by-kind", help="Show each issue kind too.")] = False,
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="With the judge: where answers are kept.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the analyser: precision, recall and F1 against labelled sessions, with a 95 % interval and a constant rule beside each figure."""
    from hotwash.evaluation.figures import figures
    from hotwash.evaluation.measures import KIND_PREFIX

    by_judge = is_judge(engine)
    sessions = _read_labels(labels)
    if not transcripts.is_dir():
        raise UsageError(f"--transcripts {transcripts}: is not a folder; name the one that the labels' paths start from")
    version, answers = _judge(data) if by_judge else _rules()
    predicted, unread = _predict(sessions, transcripts, answers)
    found = [figure for figure in figures(predicted) if by_kind or not figure.name.startswith(KIND_PREFIX)]
    if as_json:
        print_json({"engine": engine, "version": version, "sessions": len(predicted), "figures": found, "not_measured": unread})
    else:
        _print_table(found, len(predicted), len(unread))
    for name, reason in unread.items():
        complain(f"not measured: {name}: {reason}")
    if unread:
        raise typer.Exit(1)


def _read_labels(path: Path) -> "tuple[LabelledSession, ...]":
    from hotwash.evaluation.labels import parse_labels

    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({(error.strerror or 'unknown error').lower()}); name a file of labels") from error
    return parse_labels(data, str(path))


def _rules() -> "tuple[str, Answers]":
    """The version of the rules, and what they say of each session."""
    from hotwash.analysis.rules import VERSION

    return VERSION, partial(spread, _answer)


def _judge(data: Path | None) -> "tuple[str, Answers]":
    """The same of the judge, one session after the other. Where it fails the session is not measured: the rules do not stand in here."""
    from hotwash.analysis.judge.engine import prepare
    from hotwash.cli.engines import local_judge

    judge, kept = local_judge(data)
    return judge.version, partial(map, lambda place: _answer(place, lambda transcript: judge.ask(prepare(transcript), kept)))


def _predict(sessions: "Sequence[LabelledSession]", transcripts: Path, answers: "Answers") -> "tuple[list[Predicted], dict[str, str]]":
    """The sessions with what the analyser says, and why the others could not be measured, by name."""
    from hotwash.evaluation.figures import Predicted
    from hotwash.evaluation.predicting import locate

    places = locate(sessions, transcripts)
    unread = {s.name: f"lies nowhere below {transcripts}" for s in sessions if s.name not in places}
    readable = [session for session in sessions if session.name in places]
    predicted: list[Predicted] = []
    for session, answer in zip(readable, answers([places[s.name] for s in readable]), strict=True):
        if isinstance(answer, str):
            unread[session.name] = answer
        else:
            predicted.append(Predicted(labels=session.labels, found=answer))
    return predicted, unread


def _answer(place: "Place", engine: "Engine | None" = None) -> "Label | str":
    """The prediction, by the rules where no engine is given; or why there is none."""
    from hotwash.errors import HotwashError
    from hotwash.evaluation.predicting import predict

    try:
        return predict(place) if engine is None else predict(place, engine)
    except HotwashError as error:
        return error.sentence


def _print_table(found: "Sequence[Figure]", measured: int, unread: int) -> None:
    missing = f"; {unread} could not be measured and count in no figure" if unread else ""
    typer.echo(f"{counted(measured, 'session')} measured{missing}")
    typer.echo(f"{'':{NAME_WIDTH}}  prec.  recall     F1  95 % of F1    constant  readers  hits/predicted/labelled")
    for figure in found:
        interval = f"{figure.interval[0]:.2f}–{figure.interval[1]:.2f}" if figure.interval else "–"
        typer.echo(
            f"{figure.name:{NAME_WIDTH}}  {_share(figure.precision)}  {_share(figure.recall):>6}  {_share(figure.f1)}  {interval:<11}  "
            f"{_share(figure.constant_f1):>9}  {_share(figure.readers_f1):>7}  {figure.hits}/{figure.predicted}/{figure.labelled}"
        )


def _share(value: float | None) -> str:
    """A dash, and not 0, where there was nothing to measure."""
    return f"{value:.3f}" if value is not None else "    –"
