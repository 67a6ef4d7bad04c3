"""The debrief as Markdown, to paste into an issue or a pull request."""

from hotwash.analysis.model import Analysis, Issue
from hotwash.cli import report
from hotwash.cli.debriefed import Debrief
from hotwash.kit.text import one_line, printable


def render(debrief: Debrief) -> str:
    """The whole report of one session."""
    transcript, analysis = debrief.transcript, debrief.analysis
    lines = [
        f"# {_inline(report.title_of(transcript), 90)}",
        "",
        f"**{report.OUTCOME_WORDS[analysis.outcome].capitalize()}** · {_inline(report.agent_name(transcript), 80)} · "
        f"{report.facts_line(debrief.metrics)} · {report.size_and_cost(debrief.metrics, debrief.size)}",
    ]
    if analysis.judge is not None:
        lines += ["", "J" + _inline(report.judge_line(analysis.judge), 300)[1:]]
    lines += _issues(analysis) + _actions(analysis) + _prompt(analysis) + _timeline(analysis)
    return "\n".join(lines) + "\n"


def _issues(analysis: Analysis) -> list[str]:
    if not analysis.issues:
        return ["", "## No issues found"]
    lines = ["", "## Issues"]
    for severity in report.SEVERITIES:
        for issue in (i for i in analysis.issues if i.severity == severity):
            lines += _issue(issue)
    return lines


def _issue(issue: Issue) -> list[str]:
    cost = report.cost_of(issue)
    lines = ["", f"### {_inline(issue.label, 120)}", "", f"`{issue.kind}`, {issue.severity}. {_inline(issue.what, 600)}", ""]
    for evidence in issue.evidence:
        quote = [] if report.told_again(evidence, issue.what) else [f"> {_inline(evidence.quote, 200)}"]
        lines += [*quote, f"> — {report.where(evidence)}", ""]
    return [*lines, _inline(issue.impact, 600) + (f" ({cost})" if cost else "")]


def _actions(analysis: Analysis) -> list[str]:
    if not analysis.action_items:
        return []
    return [
        "",
        "## What to change",
        "",
        *(f"- **{item.type.replace('_', ' ')}**: {_inline(item.text, 1000)}" for item in analysis.action_items),
    ]


def _prompt(analysis: Analysis) -> list[str]:
    prompt = analysis.suggested_prompt
    if prompt is None or not prompt.feedback:
        return []
    fence = "`" * max(3, max((len(run) for run in prompt.suggested.split() if set(run) == {"`"}), default=0) + 1)
    feedback = [f"- {_inline(item.summary, 300)}. {_inline(item.details, 300)}" for item in prompt.feedback]
    return ["", "## A better prompt", "", f"{fence}text", *map(printable, prompt.suggested.splitlines()), fence, "", *feedback]


def _timeline(analysis: Analysis) -> list[str]:
    if not analysis.timeline:
        return []
    rows = [f"| {e.first_record}–{e.last_record} | {_cell(e.title)} | {_cell(e.description)} |" for e in analysis.timeline]
    return ["", "## Timeline", "", "| records | phase | what happened |", "|---|---|---|", *rows]


def _cell(text: str) -> str:
    return _inline(text, 400).replace("|", "\\|")


def _inline(text: str, limit: int) -> str:
    """On one line, without what Markdown or a browser would act on."""
    return one_line(printable(text), limit).replace("<", "&lt;")
