"""Compaction or the context limit made the agent forget: files known before are read again, or the session ends there."""

from collections.abc import Iterable, Iterator

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import counted
from hotwash.transcript import Lifecycle, ToolCall

MIN_REREADS = 3
"""One or two files read again after a compaction is care, more is lost state."""
WINDOW_CALLS = 40
"""Calls after a compaction in which reading again is put down to it."""


class ContextLossDetector:
    kind: IssueKind = "context_loss"
    version = 1

    def detect(self, facts: Facts) -> Iterable[Finding]:
        for event in facts.lifecycle:
            if event.what == "compaction":
                yield from _rereads(facts, event)
            elif event.what == "context_limit":
                yield from _limit(facts, event)


def _rereads(facts: Facts, compaction: Lifecycle) -> Iterator[Finding]:
    edited_after = {e.path for e in facts.edits if e.call.seq > compaction.seq}
    before = {p for c in facts.calls if c.seq < compaction.seq and (p := _read_path(c))}
    later = between(facts.calls, compaction.seq, len(facts.events))[:WINDOW_CALLS]
    again: dict[str, ToolCall] = {}
    for call in later:
        path = _read_path(call)
        if path and path in before and path not in edited_after:
            again.setdefault(path, call)
    if len(again) < MIN_REREADS:
        return
    calls = list(again.values())
    names = ", ".join(p.rpartition("/")[2] for p in list(again)[:3])
    yield Finding(
        kind="context_loss",
        severity="low",
        label=f"{len(again)} files read again after compaction",
        what=f"After the context was compacted the agent read {counted(len(again), 'file')} again that it had read before and did not change: {names}.",
        impact=f"{counted(len(again), 'call')} repeated what was known before the compaction.",
        cites=tuple(Cite(first=c, last=c, quote=q) for c in (calls[0], calls[-1]) if (q := pick_quote(c.path or "", in_arguments=True))),
        cause="files read again after compaction",
    )


def _limit(facts: Facts, event: Lifecycle) -> Iterator[Finding]:
    quote = pick_quote(event.text)
    if not quote:
        return
    left = len(between(facts.calls, event.seq, len(facts.events)))
    yield Finding(
        kind="context_loss",
        severity="medium" if left else "high",
        label="context limit reached",
        what=f"The session ran into the model's context limit after {counted(len(facts.calls) - left, 'tool call')}.",
        impact=f"{counted(left, 'tool call')} followed." if left else "No work followed: the session ended there.",
        cites=(Cite(first=event, last=event, quote=quote),),
        cause="context limit",
    )


def _read_path(call: ToolCall) -> str | None:
    return call.path if call.category == "file" and call.status == "ok" and call.name.lower() in ("read", "read_file", "view") else None
