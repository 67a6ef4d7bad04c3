"""Looking twice: files that a subagent had just read and reported on are read again, and outputs come back cut because too much was asked for."""

import re
from collections.abc import Iterator

from hotwash.analysis.cost import in_words
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.beyond_checks import SUBAGENT_TOOLS
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.paths import base_name
from hotwash.analysis.model import Role
from hotwash.kit.text import counted
from hotwash.transcript import ToolCall

_EXPLORERS = re.compile(r"explore|research|search|investigat", re.IGNORECASE)
"""Kinds of subagents whose whole purpose is to read in the agent's stead."""
MIN_READ_AGAIN = 3
"""One or two files looked up again are the ones to be changed."""
SOON_CALLS = 40
"""Later reading belongs to later work."""
_GO_ON: frozenset[Role] = frozenset({"approval", "answer"})
"""Messages after which the same work goes on."""
_READS = frozenset({"read", "read_file", "view"})
_CUT = re.compile(r"\boutput of your last command was too long\b", re.IGNORECASE)
"""What a harness says that kept head and tail and threw the middle away. Others keep the whole in a file."""
MIN_CUT = 2
"""Once is how one learns that a file is long."""
HEAD_CHARS = 400


def find_read_again(facts: Facts) -> Iterator[Finding]:
    """At most one issue: the subagent whose report was followed by most reading of the same files."""
    most: tuple[ToolCall, list[ToolCall]] | None = None
    for explorer in facts.calls:
        if explorer.name not in SUBAGENT_TOOLS or not _EXPLORERS.search(str(explorer.arguments.get("subagent_type", ""))):
            continue
        again = _read_again(facts, explorer)
        if len(again) >= MIN_READ_AGAIN and (most is None or len(again) > len(most[1])):
            most = explorer, again
    if most is not None:
        yield _finding(facts, *most)


def _read_again(facts: Facts, explorer: ToolCall) -> list[ToolCall]:
    """The first reading of each file that the report names, soon after it and before the person asks for something else."""
    reads: dict[str, ToolCall] = {}
    until = next((t.seq for t in facts.turns if t.seq > explorer.seq and t.role not in _GO_ON), len(facts.events))
    for call in between(facts.calls, explorer.seq, until)[:SOON_CALLS]:
        name = base_name(call.path) if call.path and call.name.lower() in _READS else ""
        if name and name in explorer.output:
            reads.setdefault(call.path or "", call)
    return list(reads.values())


def _finding(facts: Facts, explorer: ToolCall, again: list[ToolCall]) -> Finding:
    first, last = again[0], again[-1]
    asked = pick_quote(str(explorer.arguments.get("description", "")), in_arguments=True)
    names = ", ".join(base_name(c.path or "") for c in again[:3])
    cites = [Cite(first=explorer, last=explorer, quote=asked)] if asked else []
    cites += [Cite(first=c, last=c, quote=q) for c in (first, last) if (q := pick_quote(c.path or "", in_arguments=True))]
    return Finding(
        kind="inefficiency",
        severity="low",
        label=f"{len(again)} files read again after a subagent had read them",
        what=f"A subagent read and reported on {counted(len(again), 'file')} that the agent then read itself ({names}).",
        impact=f"The subagent and the second reading together took {in_words(facts, explorer.seq, last.seq)}.",
        cites=tuple(cites),
        cause="files read again after a subagent",
    )


def find_cut_outputs(facts: Facts) -> Iterator[Finding]:
    """One issue for all outputs of the session that came back cut."""
    cut = [call for call in facts.calls if _CUT.search(call.output[:HEAD_CHARS]) is not None]
    if len(cut) < MIN_CUT:
        return
    chosen = (cut[0], cut[-1])
    yield Finding(
        kind="inefficiency",
        severity="low",
        label=f"output cut {len(cut)} times",
        what=f"{len(cut)} calls asked for more than the harness shows, so that the middle was left out.",
        impact=f"{counted(len(cut), 'call')} had to be made again for the part that was wanted.",
        cites=tuple(Cite(first=c, last=c, quote=q) for c in chosen if (q := pick_quote(c.output, _CUT))),
        spent=(cut[0], cut[0]),
        cause="output longer than the harness shows",
    )
