"""Time that brought nothing: commands that hang until their time limit stops them, and small calls that stood still for minutes.

Other waste (reading again, detours) shows in no signal that is right often enough to accuse.
"""

import re
from collections.abc import Iterable, Iterator

from hotwash.analysis.cost import severity_of
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.rereading import find_cut_outputs, find_read_again
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import Command, Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.paths import base_name, is_test
from hotwash.analysis.model import IssueKind
from hotwash.kit.text import counted, one_line
from hotwash.transcript import ToolCall

MIN_SECONDS = 100.0
"""The agents' usual limit is two minutes; a command stopped sooner cost little."""
MIN_WAIT_S = 300.0
"""Below five minutes a person who reads what they approve is at work."""
MIN_WAITED_S = 400.0
"""One wait of five minutes is a coffee; above some seven minutes in all, readers of sessions saw a loss to act on."""
MAX_WAITS_CITED = 3
MIN_SCRIPTS = 4
"""Two or three probes are how one learns; from four on, the form of it costs as much as a detour."""
_THROWAWAY = re.compile(
    r"(?:test|debug|repro\w*|check|verify|try|demo|analy\w*|edge|final|comprehensive|simple)[\w-]*\.(?:py|js|ts|sh|rb)$", re.IGNORECASE
)
_SMALL_TOOLS = frozenset({"edit", "multiedit", "write", "read", "glob", "grep", "ls"})
_SMALL_PROGRAMS = frozenset("ls cat mkdir grep rg head tail wc cd echo sed rm mv cp chmod which pwd touch true".split())  # noqa: SIM905 - words in a line read better than a quoted word a line
_SMALL_GIT = frozenset({"status", "diff", "log", "show", "add", "branch", "ls-tree", "rev-parse"})
HEAD_CHARS = 400
_TIMED_OUT = re.compile(
    r"\b(?:command |execution )?timed out (?:after|and has been killed)\b|\btimeout(?: of \d+ ?\w+)? (?:exceeded|reached|expired)\b",
    re.IGNORECASE,
)
_MEANT_TO_WAIT = re.compile(r"\bsleep\b|\bwatch\b|\btail -f\b|\bwait\b")


class InefficiencyDetector:
    kind: IssueKind = "inefficiency"
    version = 3

    def detect(self, facts: Facts) -> Iterable[Finding]:
        yield from _hangs(facts)
        yield from _waits(facts)
        yield from _scripts(facts)
        yield from find_read_again(facts)
        yield from find_cut_outputs(facts)


def _hangs(facts: Facts) -> Iterator[Finding]:
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
        impact=f"{counted(round(seconds / 60), 'minute')} of waiting brought no result." if seconds else "The wait brought no result.",
        cites=tuple(Cite(first=c, last=c, quote=q) for c in chosen if (q := pick_quote(c.output, _TIMED_OUT))),
        cause="command hangs until its time limit",
    )


def _waits(facts: Facts) -> Iterator[Finding]:
    """Calls that take no time by themselves and yet stood still for minutes, often enough to add up."""
    small = [c.call for c in facts.commands if _is_small(c)] + [c for c in facts.calls if c.name.lower() in _SMALL_TOOLS]
    stood = sorted((c for c in small if (_duration(c) or 0) >= MIN_WAIT_S), key=lambda c: c.seq)
    seconds = _covered(stood)
    if seconds < MIN_WAITED_S:
        return
    longest = sorted(sorted(stood, key=lambda c: -(_duration(c) or 0))[:MAX_WAITS_CITED], key=lambda c: c.seq)
    did = longest[0].command or f"{longest[0].name} {longest[0].path or ''}"
    yield Finding(
        kind="inefficiency",
        severity="low",
        label="small calls stood still for minutes",
        what=f"Calls that take no time by themselves stood still for minutes ({len(stood)} of them), most likely for a person's permission, such as `{one_line(did, 80)}`.",
        impact=f"{counted(round(seconds / 60), 'minute')} passed in them.",
        cites=tuple(Cite(first=c, last=c, quote=q) for c in longest if (q := pick_quote(c.command or c.path or "", in_arguments=True))),
        spent=(longest[0], longest[0]),
        cause="small calls wait for minutes",
    )


def _is_small(command: Command) -> bool:
    return bool(command.programs) and all(
        p.name in _SMALL_PROGRAMS or (p.name == "git" and p.subcommand in _SMALL_GIT) for p in command.programs
    )


def _scripts(facts: Facts) -> Iterator[Finding]:
    """Throwaway scripts of which each took two calls, one to write it and one to run it, again and again."""
    pairs: dict[str, tuple[ToolCall, ToolCall]] = {}
    for edit in facts.edits:
        name = base_name(edit.path)
        following = between(facts.calls, edit.call.seq, len(facts.events))[:1]
        alone = (edit.call.command or "").count(name) <= 1  # the same call does not run it
        kept = is_test(edit.path.removesuffix(name))  # in a test folder it is there to stay
        if edit.kind == "create" and _THROWAWAY.match(name) and not kept and alone and following and name in (following[0].command or ""):
            pairs.setdefault(name, (edit.call, following[0]))
    if len(pairs) < MIN_SCRIPTS:
        return
    written = list(pairs.values())
    chosen = (written[0], written[len(written) // 2], written[-1])
    yield Finding(
        kind="inefficiency",
        severity="low",
        label=f"{len(pairs)} throwaway scripts, two calls each",
        what=f"The agent wrote {len(pairs)} throwaway scripts ({', '.join(list(pairs)[:3])}, …) and ran each in a call of its own.",
        impact=f"{counted(len(pairs), 'call')} could have been saved by writing and running in one.",
        cites=tuple(Cite(first=run, last=run, quote=q) for _, run in chosen if (q := pick_quote(run.command or "", in_arguments=True))),
        spent=(written[0][0], written[0][1]),
        cause="throwaway scripts written and run apart",
    )


def _covered(calls: list[ToolCall]) -> float:
    """Seconds in which at least one of the calls ran: calls side by side wait together."""
    covered, until = 0.0, float("-inf")
    for call in calls:
        if call.at is not None and call.result_at is not None:
            covered += max(0.0, call.result_at - max(call.at, until))
            until = max(until, call.result_at)
    return covered


def _hung(call: ToolCall) -> bool:
    if call.status not in ("error", "interrupted") or _MEANT_TO_WAIT.search((call.command or "")[:2000]) is not None:
        return False
    duration = _duration(call)  # None: the format has no times, and only its words tell
    return (duration is None or duration >= MIN_SECONDS) and _TIMED_OUT.search(call.output[:HEAD_CHARS]) is not None


def _duration(call: ToolCall) -> float | None:
    if call.duration_s is not None:
        return call.duration_s
    return call.result_at - call.at if call.at is not None and call.result_at is not None else None
