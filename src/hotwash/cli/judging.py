"""`hotwash judge`: the judge engine by batch files. Requests out, answers in, analyses printed; no network, no store, no key."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import UsageError, complain, print_json_bytes
from hotwash.cli.engines import refuse_without_content

if TYPE_CHECKING:
    from hotwash.cli.batching import Judged
    from hotwash.judging.batch import BatchAnswer, Provider

app = typer.Typer(no_args_is_help=True, help="Have a language model judge sessions through batch files. Nothing is sent or stored.")

PLAIN = "plain"


@app.command("export", short_help="Write the requests of a batch.")
def export(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Transcript files, or folders of them.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Where the requests go, one JSON object a line.", show_default=False)],
    provider: Annotated[str, typer.Option("--provider", help="Whose batch file: plain, openai or anthropic.")] = PLAIN,
    model: Annotated[str | None, typer.Option("--model", help="Model named in each request (openai, anthropic).")] = None,
    answers: Annotated[
        list[Path] | None,
        typer.Option(
            "--answers", metavar="FILE", help="Answers to the first export: writes the second pass, which refutes.", show_default=False
        ),
    ] = None,
) -> None:
    """Write the judge's requests for sessions as a batch file. A second export, with --answers, writes the pass that tries to refute what was found."""
    from hotwash.cli import batching
    from hotwash.judging.batch import DEFAULT_MODELS, request_line
    from hotwash.kit.text import counted

    refuse_without_content()
    chosen = _provider(provider)
    given, failed = _read_answers(answers or [])
    lines: dict[str, bytes] = {}  # by request: a copy of a session asks the same, and providers refuse a file that asks twice
    sessions: list[batching.Exported] = []
    for source in batching.open_cases(files):
        if isinstance(source, str):
            complain(source)
            failed = True
            continue
        requests = source.case.requests if answers is None else batching.second_pass(source.case, given)
        if requests:
            lines |= {request.id: request_line(request, chosen, model or DEFAULT_MODELS[chosen]) for request in requests}
            sessions.append(batching.Exported(file=source.file, path=source.path, requests=tuple(r.id for r in requests)))
    try:
        to.write_bytes(b"".join(lines.values()))
        batching.write_sidecar(to, sessions)
    except OSError as error:
        raise UsageError(f"--to {to}: cannot be written ({(error.strerror or 'unknown error').lower()}); name another place") from error
    typer.echo(f"{counted(len(lines), 'request')} of {counted(len(sessions), 'session')} written to {to}", err=True)
    if failed:
        raise typer.Exit(1)


@app.command("import", short_help="Turn the answers into analyses.")
def import_answers(
    results: Annotated[
        list[Path],
        typer.Argument(metavar="RESULTS…", help="Answers of the first pass, and of the second where there was one.", show_default=False),
    ],
    transcripts: Annotated[
        list[Path] | None,
        typer.Option("--transcripts", metavar="FILE", help="The sessions. Else those that the export beside the answers was made of."),
    ] = None,
    model: Annotated[str, typer.Option("--model", help="The model that answered, for the record.")] = "batch",
) -> None:
    """Take a batch's answers: every quote and range is verified, then the analyses are printed as `hotwash analyze --json` prints them."""
    from hotwash.cli import batching

    answers, failed = _read_answers(results)
    if not answers:
        raise UsageError(
            f'{", ".join(map(str, results))}: no answers in it; a line reads {{"id": …, "answer": …}}, or as the provider wrote it'
        )
    sources: Iterable[batching.Source | str] = (
        batching.open_cases(transcripts) if transcripts else batching.reopen_cases(results, frozenset(answers))
    )
    judged: list[Judged] = []
    asked: set[str] = set()
    for source in sources:
        outcome = source if isinstance(source, str) else batching.judge(source, answers, model)
        if isinstance(outcome, str):
            complain(outcome)
            failed = True
        elif outcome is not None:
            judged.append(outcome)
            asked |= outcome.requests
    failed |= _report_rest(answers, asked)
    outputs = [one.output for one in judged]
    if outputs:
        print_json_bytes(outputs[0] if len(outputs) == 1 else b"[" + b",".join(outputs) + b"]")
    if failed:
        raise typer.Exit(1)


def _provider(name: str) -> "Provider":
    from hotwash.judging.batch import PROVIDERS

    for provider in PROVIDERS:
        if provider == name:
            return provider
    raise UsageError(f"--provider {name}: there is no such provider; write {', '.join(PROVIDERS[:-1])} or {PROVIDERS[-1]}")


def _read_answers(paths: Sequence[Path]) -> "tuple[dict[str, BatchAnswer], bool]":
    """The answers by request id, and whether a line could not be read."""
    from hotwash.judging.batch import BadLine, latest, read_answers

    failed = False
    good: list[BatchAnswer] = []
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path}: cannot be read ({(error.strerror or 'unknown error').lower()}); name a file of answers") from error
        for line in read_answers(data):
            if isinstance(line, BadLine):
                complain(f"{path}, line {line.number}: {line.reason}")
                failed = True
            else:
                good.append(line)
    return latest(good), failed


def _report_rest(answers: "dict[str, BatchAnswer]", asked: set[str]) -> bool:
    """Says which answers gave nothing or belong to no session here; whether there were any."""
    failed = False
    for line in _troubles(answers, asked):
        complain(line)
        failed = True
    return failed


def _troubles(answers: "dict[str, BatchAnswer]", asked: set[str]) -> Iterator[str]:
    for request_id, answer in answers.items():
        if request_id not in asked:
            yield f"{request_id}: no session here asked this; name its transcript with --transcripts, as it was when the request was written"
        elif answer.text is None:
            yield f"{request_id}: the model gave no answer ({answer.reason}); hand the request in again"
