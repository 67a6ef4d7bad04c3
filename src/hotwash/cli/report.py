"""The debrief as a person reads it in a terminal: head line, issues by severity, what to change, the better prompt, the timeline."""

import io
import re
import shutil
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hotwash.analysis.model import Analysis, Evidence, Issue, JudgeRun, Outcome, Severity, SuggestedPrompt
from hotwash.cli.debriefed import Debrief
from hotwash.insights.metrics import SessionMetrics
from hotwash.kit.text import one_line, printable
from hotwash.transcript import Transcript, UserMessage

MAX_WIDTH = 110
"""Columns. Longer lines are hard to read."""
QUOTES_SHOWN = 2
"""Pieces of evidence printed for an issue; --json has them all."""

ORIGINAL_LINES = 12
ORIGINAL_CHARS = 400
"""Of the original prompt, enough to know it again; the person has it."""
COMPARED_CHARS = 60
_NUMBER_WITH_UNIT = re.compile(r"\b(\d[\d,.]*) (turn|second|minute|hour)s?\b")
_TRAILING_BLANKS = re.compile(r" +((?:\x1b\[0m)?)$", re.MULTILINE)
"""Tables pad their lines to the full width, which is in the way when a report is pasted."""

OUTCOME_WORDS: dict[Outcome, str] = {
    "achieved": "achieved",
    "partly": "partly achieved",
    "not_achieved": "not achieved",
    "unclear": "outcome unclear",
}
OUTCOME_STYLES: dict[Outcome, str] = {"achieved": "bold green", "partly": "bold yellow", "not_achieved": "bold red", "unclear": "bold"}
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
SEVERITY_STYLES: dict[Severity, str] = {"high": "bold red", "medium": "bold yellow", "low": "bold cyan"}


def render(debrief: Debrief) -> str:
    """The whole report of one session, coloured where standard output is a terminal."""
    out = Console(file=io.StringIO(), width=_width(), force_terminal=_is_terminal(), highlight=False, emoji=False, markup=False)
    _head(out, debrief)
    _issues(out, debrief.analysis)
    _actions(out, debrief.analysis)
    _prompt(out, debrief.analysis)
    _timeline(out, debrief.analysis)
    assert isinstance(out.file, io.StringIO)  # noqa: S101 (made ten lines above)
    return _TRAILING_BLANKS.sub(r"\1", out.file.getvalue())


def inspect_line(file: str, transcript: Transcript, metrics: SessionMetrics) -> str:
    """One session on one line."""
    usage, coverage = transcript.usage, transcript.coverage
    counts = [
        _count(metrics.num_user_messages, "user message") if coverage.user_messages else "user messages unknown",
        _count(metrics.num_agent_messages, "agent message") if coverage.agent_messages else "agent messages unknown",
        _count(metrics.tool_calls, "tool call"),
        "tokens unknown" if usage is None else f"{usage.output:,} output tokens" + (" (partial)" if transcript.usage_partial else ""),
    ]
    if transcript.warnings:
        counts.append(_count(len(transcript.warnings), "warning"))
    return printable(f"{file}: {agent_name(transcript)}, {', '.join(counts)}")


def agent_name(transcript: Transcript) -> str:
    """`Claude Code 2.1.37`."""
    return " ".join(part for part in (transcript.agent, transcript.format_version) if part)


def size_and_cost(metrics: SessionMetrics, size: str) -> str:
    """`size s · 1.8 ACUs ($4.05 by token prices)`."""
    words = {"billed": "as billed", "cost": "by cost", "active_time": "by active time", "unknown": "basis unknown"}
    acus = f"{metrics.acus:.2f} ACUs ({words[metrics.acu_basis]})"
    if metrics.cost_usd is not None:
        source = "as the agent recorded it" if metrics.cost_basis == "transcript" else "by token prices"
        partial = ", at least: tokens incomplete" if metrics.usage_partial or metrics.cost_partial else ""
        acus = f"{metrics.acus:.2f} ACUs (${metrics.cost_usd:.2f} {source}{partial})"
    return f"size {size} · {acus}"


def facts_line(metrics: SessionMetrics) -> str:
    """`42 min active · 3 user messages · 57 tool calls, 6 failed`."""
    parts = [] if metrics.active_s is None else [f"{duration(metrics.active_s)} active"]
    parts.append(_count(metrics.num_user_messages, "user message"))
    calls = _count(metrics.tool_calls, "tool call")
    parts.append(f"{calls}, {metrics.failed_tool_calls} failed" if metrics.failed_tool_calls else calls)
    return " · ".join(parts)


def where(evidence: Evidence) -> str:
    """`record 120–164`."""
    if evidence.first_record == evidence.last_record:
        return f"record {evidence.first_record}"
    return f"record {evidence.first_record}–{evidence.last_record}"


def judge_line(run: JudgeRun) -> str:
    """`judged by openai:gpt-5.5: 4 requests, 61,200 tokens, $0.21; 2 of 7 issues refuted`."""
    asked = _count(run.requests, "request")
    asked += f", {run.from_cache} answered before" if run.from_cache else ""
    asked += f", {run.unanswered} unanswered" if run.unanswered else ""
    tokens = run.input_tokens + run.output_tokens
    spent = f", {'about ' if run.tokens_estimated else ''}{_count(tokens, 'token')}" if tokens else ""
    price = f", ${run.usd:.2f}" if run.usd is not None else ""
    left_out = f", {run.unverified_issues} without evidence left out" if run.unverified_issues else ""
    return f"judged by {printable(run.model)}: {asked}{spent}{price}; {run.refuted} of {_count(run.proposed, 'issue')} refuted{left_out}"


def cost_of(issue: Issue) -> str:
    """What an issue took beyond what its impact says already: `6 turns, 4 min, 0.31 ACUs`. Empty where nothing is known or left to say."""
    cost = issue.cost
    told = set(_NUMBER_WITH_UNIT.findall(issue.impact))
    units = {unit for _, unit in told}
    parts = [_count(cost.turns, "turn")] if cost.turns and "turn" not in units else []
    parts += [duration(cost.seconds)] if cost.seconds and cost.seconds >= 1 and not units & {"second", "minute", "hour"} else []
    parts += [f"{cost.acus:.2f} ACUs"] if cost.acus and cost.acus >= 0.005 else []
    return ", ".join(parts)


def told_again(evidence: Evidence, what: str) -> bool:
    """Whether the sentence about the issue holds the quote already, as far as it can be compared."""
    head = " ".join(evidence.quote.split())[:COMPARED_CHARS].rstrip(" ….")
    return bool(head) and head in " ".join(what.split())


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def _head(out: Console, debrief: Debrief) -> None:
    transcript, analysis = debrief.transcript, debrief.analysis
    outcome = Text(f"● {OUTCOME_WORDS[analysis.outcome]}", style=OUTCOME_STYLES[analysis.outcome])
    out.print(outcome + Text(f"  {one_line(printable(title_of(transcript)), 90)}", style="bold"))
    place = " @ ".join(printable(part) for part in (transcript.repository or transcript.cwd, transcript.branch) if part)
    out.print(Text("  " + " · ".join(part for part in (printable(agent_name(transcript)), place) if part), style="dim"))
    out.print(Text(f"  {facts_line(debrief.metrics)}"))
    out.print(Text(f"  {size_and_cost(debrief.metrics, debrief.size)}"))
    out.print(Text(f"  {printable(debrief.file)}", style="dim"))
    if analysis.judge is not None:
        out.print(Text(f"  {judge_line(analysis.judge)}", style="dim"))
    for warning in transcript.warnings:
        times = f" ({warning.count} times)" if warning.count > 1 else ""
        out.print(Text(f"  note: {printable(warning.reason)}{times}", style="dim"))


def title_of(transcript: Transcript) -> str:
    """The session's title, else the first thing the person said, else its id."""
    if transcript.title:
        return transcript.title
    first = next((event.text for event in transcript.events if isinstance(event, UserMessage)), "")
    return first.strip() or transcript.native_id


def _issues(out: Console, analysis: Analysis) -> None:
    if not analysis.issues:
        _heading(out, "No issues found")
        return
    _heading(out, f"Issues ({len(analysis.issues)})")
    for severity in SEVERITIES:
        for issue in (i for i in analysis.issues if i.severity == severity):
            _issue(out, issue)


def _issue(out: Console, issue: Issue) -> None:
    head = Table.grid(padding=(0, 0))
    head.add_column(width=7, style=SEVERITY_STYLES[issue.severity])
    head.add_column(ratio=1)
    head.add_row(issue.severity, Text.assemble((f"{issue.kind}  ", "magenta"), (printable(issue.label), "bold")))
    out.print(Padding(head, (0, 0, 0, 2)))
    out.print(Padding(Text(printable(issue.what)), (0, 0, 0, 9)))
    shown = _telling(issue)
    for evidence in shown:
        line = Text(where(evidence), style="cyan")
        if not told_again(evidence, issue.what):
            line.append(f"  “{one_line(printable(evidence.quote), 160)}”", style="italic")
        out.print(Padding(line, (0, 0, 0, 9)))
    if rest := [evidence for evidence in issue.evidence if evidence not in shown]:
        places = ", ".join(where(evidence).removeprefix("record ") for evidence in rest)
        out.print(Padding(Text(f"also record {places}", style="cyan"), (0, 0, 0, 9)))
    cost = cost_of(issue)
    impact = printable(issue.impact) + (f" ({cost})" if cost else "")
    out.print(Padding(Text(impact, style="dim"), (0, 0, 0, 9)))


def _telling(issue: Issue) -> list[Evidence]:
    """The first pieces of evidence with different words: the same error line twice tells nothing more."""
    by_quote: dict[str, Evidence] = {}
    for evidence in issue.evidence:
        by_quote.setdefault(evidence.quote, evidence)
    return list(by_quote.values())[:QUOTES_SHOWN]


def _actions(out: Console, analysis: Analysis) -> None:
    if not analysis.action_items:
        return
    _heading(out, "What to change")
    _rows(out, ((item.type.replace("_", " "), printable(item.text)) for item in analysis.action_items))


def _prompt(out: Console, analysis: Analysis) -> None:
    """The original, cut where it is long, and the additions, each with the place that it comes from."""
    prompt = analysis.suggested_prompt
    if prompt is None or not prompt.feedback:
        return
    _heading(out, "A better prompt")
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    original = prompt.original.rstrip().splitlines()
    for line in original[:ORIGINAL_LINES]:
        table.add_row("│", Text(one_line(printable(line), ORIGINAL_CHARS)))
    if len(original) > ORIGINAL_LINES:
        table.add_row("│", Text(f"… ({_count(len(original) - ORIGINAL_LINES, 'more line')}, as before)", style="dim"))
    table.add_row("│", "")
    sources = iter(prompt.feedback)
    for line in added_lines(prompt):
        text = Text(printable(line), style="green")
        if line.startswith("- ") and (source := next(sources, None)) is not None:
            text.append(f"  ← record {source.record}", style="dim")
        table.add_row(Text("+", style="green"), text)
    out.print(Padding(table, (0, 0, 0, 2)))


def added_lines(prompt: SuggestedPrompt) -> list[str]:
    """The lines of the suggested prompt that the original has not. Each that begins with a dash has a feedback item, in the same order."""
    return prompt.suggested[len(prompt.original.rstrip()) :].lstrip("\n").splitlines()


def _timeline(out: Console, analysis: Analysis) -> None:
    if not analysis.timeline:
        return
    _heading(out, "Timeline")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="cyan", no_wrap=True)
    table.add_column(ratio=1)
    for entry in analysis.timeline:
        style = {"gray": "dim", "orange": "dark_orange", "purple": "magenta"}.get(entry.color, entry.color)
        text = Text.assemble((f"{printable(entry.title)}", f"bold {style}" if entry.color != "gray" else "bold"))
        if entry.description:
            text.append(f"\n{printable(entry.description)}", style="dim")
        table.add_row(f"{entry.first_record}–{entry.last_record}", text)
    out.print(Padding(table, (0, 0, 0, 2)))


def _rows(out: Console, rows: Iterable[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="magenta", no_wrap=True)
    table.add_column(ratio=1)
    for name, text in rows:
        table.add_row(name, Text(text))
    out.print(Padding(table, (0, 0, 0, 2)))


def _heading(out: Console, text: str) -> None:
    out.print()
    out.print(Text(text, style="bold underline"))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _is_terminal() -> bool | None:
    return sys.stdout.isatty() or None


def _width() -> int:
    return min(shutil.get_terminal_size((MAX_WIDTH, 24)).columns, MAX_WIDTH)
