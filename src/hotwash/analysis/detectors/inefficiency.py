"""Work that brought nothing: commands that hang until their time limit stops them.

Other waste (reading again, detours) shows in no signal that is right often enough to accuse.
"""

import re
from collections.abc import Iterable

from hotwash.analysis.cost import counted, severity_of
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import one_line
from hotwash.transcript import ToolCall

MIN_SECONDS = 100.0
"""The agents' usual limit is two minutes; a command stopped sooner cost little."""
HEAD_CHARS = 400
_TIMED_OUT = re.compile(
    r"\b(?:command |execution )?timed out after\b|\btimeout(?: of \d+ ?\w+)? (?:exceeded|reached|expired)\b", re.IGNORECASE
)
_MEANT_TO_WAIT = re.compile(r"\bsleep\b|\bwatch\b|\btail -f\b|\bwait\b")


class InefficiencyDetector:
    kind: IssueKind = "inefficiency"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        hung = [c.call for c in facts.commands if _hung(c.call)]
        if not hung:
            return
        seconds = sum(d for c in hung if (d := _duration(c)) is not None)
        first, last = hung[0], hung[-1]
        chosen = (first, last) if last is not first else (first,)
        yield Finding(
            kind="inefficiency",
            severity=severity_of(facts, first.seq, last.seq) if len(hung) > 1 else "low",
            label=f"{counted(len(hung), 'command')} hung until the time limit",
            what=f"{counted(len(hung), 'command')} ran into the time limit without a result, first `{one_line(first.command or '', 80)}`.",
            impact=f"{counted(round(seconds / 60), 'minute')} of waiting brought no result.",
            cites=tuple(Cite(first=c, last=c, quote=q) for c in chosen if (q := pick_quote(c.output, _TIMED_OUT))),
            cause="command hangs until its time limit",
        )


def _hung(call: ToolCall) -> bool:
    if call.status not in ("error", "interrupted") or _MEANT_TO_WAIT.search((call.command or "")[:2000]) is not None:
        return False
    duration = _duration(call)
    return duration is not None and duration >= MIN_SECONDS and _TIMED_OUT.search(call.output[:HEAD_CHARS]) is not None


def _duration(call: ToolCall) -> float | None:
    if call.duration_s is not None:
        return call.duration_s
    return call.result_at - call.at if call.at is not None and call.result_at is not None else None
