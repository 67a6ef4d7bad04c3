"""`hotwash analyze` and `hotwash inspect`: files in, a report or JSON out. Nothing is stored, no server is needed."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotwash.cli.common import AsJson, UsageError, complain, print_json_bytes
from hotwash.cli.spreading import spread

if TYPE_CHECKING:
    from hotwash.cli.debriefing import Item

Paths = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Transcript files, or folders of them.", show_default=False)]
FormatName = Annotated[str | None, typer.Option("--format", help="Read as this format instead of detecting it.")]

RULES = "rules"


def analyze(
    files: Paths,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    engine: Annotated[str, typer.Option("--engine", help="What analyses. There is one: the offline rules.")] = RULES,
    explain: Annotated[bool, typer.Option("--explain", help="Show which facts led to each issue.")] = False,
    format_name: FormatName = None,
) -> None:
    """Debrief sessions: outcome, cost, issues with evidence, what to change, a better prompt, the timeline. Nothing is stored."""
    from hotwash.cli import debriefing

    if engine != RULES:
        raise UsageError(f"--engine {engine}: there is no such engine; leave it out, or write {RULES}")
    if as_json and markdown:
        raise UsageError("--json and --markdown exclude each other; choose one")
    work = debriefing.analyze_json if as_json else debriefing.analyze_markdown if markdown else debriefing.analyze_report
    items = _each_file(files, partial(work, format_name=format_name, explain=explain))
    if as_json:
        _print_json(items, files)
    else:
        _print_text(items)


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


def _each_file(paths: Sequence[Path], work: "Callable[[str], Item]") -> "Iterator[Item]":
    """The work's result for every file, in order; over several processes where that pays."""
    from hotwash.cli.debriefing import Item
    from hotwash.readers.base import UnreadableSource
    from hotwash.readers.detect import session_files

    found: list[str] = []
    failed: list[str] = []
    for path in paths:
        try:
            inside = [str(file) for file in session_files(path)]
        except UnreadableSource as error:
            failed.append(error.sentence)
            continue
        if not inside:
            failed.append(f"{path}: no transcripts in this folder; name files, or a folder that holds .jsonl or .json transcripts")
        found += inside
    if failed:
        yield Item(failures=tuple(failed))
    yield from spread(work, found)
