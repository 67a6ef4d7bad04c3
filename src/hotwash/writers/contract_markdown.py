"""An analysis of the contract's shape (section 2) as Markdown: what other engines than ours say of a session."""

from collections.abc import Iterator

import msgspec

from hotwash.writers.markdown import fenced, inline


class _Issue(msgspec.Struct, frozen=True, kw_only=True):
    issue: str
    impact: str
    label: str


class _ActionItem(msgspec.Struct, frozen=True, kw_only=True):
    action_item: str
    type: str = "other"


class _Prompt(msgspec.Struct, frozen=True, kw_only=True):
    suggested_prompt: str


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    description: str


class _Analysis(msgspec.Struct, frozen=True, kw_only=True):
    issues: tuple[_Issue, ...] = ()
    action_items: tuple[_ActionItem, ...] = ()
    suggested_prompt: _Prompt | None = None
    timeline: tuple[_Entry, ...] = ()


def write(title: str, figures: str, engine: str, analysis: bytes | msgspec.Raw) -> str:
    """The debrief under the session's title. `analysis` is the contract's JSON, as it is stored."""
    found = msgspec.json.decode(analysis, type=_Analysis)
    head = [f"# {inline(title, 90)}", "", f"Analysed by {inline(engine, 80)} · {inline(figures, 400)}"]
    return "\n".join((*head, *_issues(found), *_actions(found), *_prompt(found), *_timeline(found))) + "\n"


def _issues(found: _Analysis) -> Iterator[str]:
    yield from ("", "## Issues" if found.issues else "## No issues found")
    for issue in found.issues:
        yield from ("", f"### {inline(issue.label, 120)}", "", inline(issue.issue, 1_000), "", inline(issue.impact, 600))


def _actions(found: _Analysis) -> Iterator[str]:
    if found.action_items:
        yield from ("", "## What to change", "")
    for item in found.action_items:
        yield f"- **{inline(item.type.replace('_', ' '), 40)}**: {inline(item.action_item, 1_000)}"


def _prompt(found: _Analysis) -> Iterator[str]:
    if found.suggested_prompt is not None:
        yield from ("", "## A better prompt", "", fenced(found.suggested_prompt.suggested_prompt, "text"))


def _timeline(found: _Analysis) -> Iterator[str]:
    if found.timeline:
        yield from ("", "## Timeline", "")
    for entry in found.timeline:
        yield f"- **{inline(entry.title, 120)}**: {inline(entry.description, 400)}"
