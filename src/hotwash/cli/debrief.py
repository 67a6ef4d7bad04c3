"""`hotwash analyze` and `hotwash inspect`: files in, a report or JSON out. Nothing is stored, no server is needed."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import AsJson, UsageError, complain, print_json_bytes
from hotwash.cli.engines import JUDGE, RULES, EngineName, is_judge
from hotwash.cli.spreading import spread

if TYPE_CHECKING:
    from hotwash.cli.debriefing import Item, Render

Paths = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Transcript files, or folders of them.", show_default=False)]
FormatName = Annotated[str | None, typer.Option("--format", help="Read as this format instead of detecting it.")]


def analyze(
    files: Paths,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    engine: EngineName = RULES,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With the judge: print the exact requests, their tokens and price; ask nobody.")
    ] = False,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="With the judge: use and keep answers that are paid for.")] = True,
    explain: Annotated[bool, typer.Option("--explain", help="Show which facts led to each issue.")] = False,
    format_name: FormatName = None,
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="With the judge: where answers are kept.")] = None,
) -> None:
    """Debrief sessions: outcome, cost, issues with evidence, what to change, a better prompt, the timeline. No session is stored."""
    from hotwash.cli import debriefing

    by_judge = is_judge(engine)
    if as_json and markdown:
        raise UsageError("--json and --markdown exclude each other; choose one")
    if dry_run and not by_judge:
        raise UsageError(f"--dry-run shows what the judge would ask; write --engine {JUDGE} too")
    as_what = debriefing.as_json if as_json else debriefing.as_markdown if markdown else debriefing.as_report
    render = partial(as_what, explain=explain)
    if by_judge:
        items = _each_file(
            files, _judging(format_name, render, dry_run=dry_run, as_json=as_json, data=data, cache=cache), in_processes=False
        )
    else:
        items = _each_file(files, partial(debriefing.analyze_file, format_name=format_name, render=render))
    if as_json:
        _print_json(items, files)
    else:
        _print_text(items)


def _judging(
    format_name: str | None, render: "Render", *, dry_run: bool, as_json: bool, data: Path | None, cache: bool
) -> "Callable[[str], Item]":
    """The judge's work on a file, in this very process: it counts what is spent, and has the model's rate to mind."""
    from hotwash.cli import judged

    return judged.dry_run(format_name, as_json=as_json) if dry_run else judged.analyze(format_name, render, data=data, cache=cache)


def inspect(files: Paths, as_json: AsJson = False, format_name: FormatName = None) -> None:
    """Read transcripts only: what is in them, counted once. Nothing is analysed or stored."""
    from hotwash.cli import debriefing

    work = debriefing.inspect_json if as_json else debriefing.inspect_line
    items = _each_file(files, partial(work, format_name=format_name))
    if as_json:
        _print_json(items, None)
    else:
        _print_text(items)


def _print_json(items: "Iterator[Item]", files: Sequence[Path] | None) -> None:
    """An array; the bare object where one file was asked for and holds one session (`files` None: always an array)."""
    failed = False
    outputs: list[bytes] = []
    for item in items:
        outputs += item.outputs
        failed |= _report_failures(item)
    if files is not None and len(files) == 1 and files[0].is_file() and len(outputs) == 1:
        print_json_bytes(outputs[0])
    elif outputs or not failed:
        print_json_bytes(b"[" + b",".join(outputs) + b"]")
    if failed:
        raise typer.Exit(1)


def _print_text(items: "Iterator[Item]") -> None:
    failed = False
    for item in items:
        for output in item.outputs:
            typer.echo(output)
        failed |= _report_failures(item)
    if failed:
        raise typer.Exit(1)


def _report_failures(item: "Item") -> bool:
    for reason in item.failures:
        complain(reason)
    return bool(item.failures)


def _each_file(paths: Sequence[Path], work: "Callable[[str], Item]", *, in_processes: bool = True) -> "Iterator[Item]":
    """The work's result for every file, in order; over several processes where that pays, and may be."""
    from hotwash.cli.debriefing import Item
    from hotwash.intake.checkpoints.sessions import repository_at
    from hotwash.intake.files import listed_files
    from hotwash.readers.base import UnreadableSource

    found: list[str] = []
    failed: list[str] = []
    for path in paths:
        try:
            inside = [str(path)] if repository_at(path) is not None else [str(file) for file in listed_files(path)]
        except UnreadableSource as error:
            failed.append(error.sentence)
            continue
        if not inside:
            failed.append(f"{path}: no transcripts in this folder; name files, or a folder that holds .jsonl or .json transcripts")
        found += inside
    if failed:
        yield Item(failures=tuple(failed))
    yield from spread(work, found) if in_processes else map(work, found)
