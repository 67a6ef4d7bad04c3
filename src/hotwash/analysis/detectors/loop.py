"""The same action three times or more without new information or progress. Polling that does its job is no loop."""

import re
from collections.abc import Iterable

from hotwash.analysis.cost import in_words, severity_of
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import counted, one_line
from hotwash.transcript import ToolCall

MIN_REPEATS = 3
"""TAXONOMY: three times or more."""
WINDOW_CALLS = 12
"""Repeats further apart than this many calls belong to different moments of the work."""

_POLLING = re.compile(
    r"\bsleep\b|\bwatch\b|\btail\b|\bps\b|\bstatus\b|\bwait\b|gh (?:run|pr checks)|\blogs?\b|\bcurl\b|\bjobs\b|\btop\b|nvidia-smi|\bpoll",
    re.IGNORECASE,
)
_POLLING_TOOLS = frozenset(
    {
        "bashoutput",
        "taskoutput",
        "write_stdin",
        "wait",
        "killshell",
        "killbash",
        "todowrite",
        "update_plan",
        "tasklist",
        "taskget",
        "finish",
        "submit",
        "think",
    }
)


class LoopDetector:
    kind: IssueKind = "loop"
    version = 2

    def detect(self, facts: Facts) -> Iterable[Finding]:
        edited = {e.call.seq for e in facts.edits}
        runs: dict[tuple[str, str], list[tuple[int, ToolCall]]] = {}
        for index, call in enumerate(facts.calls):
            if call.seq in edited and call.status != "error":
                runs = {}  # the files changed: the same call may now bring something new
                continue
            key = _identity(call)
            if key is None:
                continue
            run = runs.setdefault(key, [])
            if run and (index - run[-1][0] > WINDOW_CALLS or call.output != run[-1][1].output):
                yield from _found(facts, run)
                run.clear()
            run.append((index, call))
        for run in runs.values():
            yield from _found(facts, run)


def _identity(call: ToolCall) -> tuple[str, str] | None:
    """What makes two calls the same; None for calls that may repeat by nature, or whose result is not known."""
    if call.name.lower() in _POLLING_TOOLS or not call.output or call.status in ("running", "denied"):
        return None
    if call.command is not None:
        return None if _POLLING.search(call.command[:2000]) else (call.name, call.command)
    return call.name, repr(sorted(call.arguments.items()))


def _found(facts: Facts, run: list[tuple[int, ToolCall]]) -> Iterable[Finding]:
    if len(run) < MIN_REPEATS:
        return
    first, last = run[0][1], run[-1][1]
    did = f"`{one_line(first.command, 80)}`" if first.command else f"{first.name} {first.path or ''}".strip()
    quotes = [
        Cite(first=c, last=c, quote=q)
        for c in (first, last)
        if (q := pick_quote(c.output) or pick_quote(c.command or "", in_arguments=True))
    ]
    yield Finding(
        kind="loop",
        severity=severity_of(facts, first.seq, last.seq),
        label=f"same call {len(run)} times",
        what=f"The agent made the same call {len(run)} times with the same result and no change in between: {did}.",
        impact=f"{counted(len(run) - 1, 'call')} brought nothing new, within {in_words(facts, first.seq, last.seq)}.",
        cites=tuple(quotes),
        cause=f"same call repeated: {first.name}",
    )
