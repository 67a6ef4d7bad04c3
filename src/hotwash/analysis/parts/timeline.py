"""The session as three to eight steps on a line, each with what was done in it, how it went, and the worst issue that lies in it."""

from collections import Counter
from collections.abc import Sequence

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.deliveries import delivers
from hotwash.analysis.facts.model import CheckRun, Facts
from hotwash.analysis.facts.paths import name_files
from hotwash.analysis.facts.phase_titles import name_programs
from hotwash.analysis.model import Color, Issue, Phase, Severity, TimelineEntry
from hotwash.kit.text import one_line, printable
from hotwash.transcript import ToolCall

DESCRIPTION_CHARS = 300
ERROR_CHARS = 80
SEVERITY_RANK: dict[Severity, int] = {"high": 0, "medium": 1, "low": 2}
COLOR_OF_SEVERITY: dict[Severity, Color] = {"high": "red", "medium": "orange", "low": "yellow"}


def build_timeline(facts: Facts, issues: Sequence[Issue]) -> tuple[TimelineEntry, ...]:
    """One entry a phase.

    The colour says how the phase went: red, orange or yellow by its worst issue (high, medium, low); without an issue, orange when its last check
    failed, green when something was changed, checked with success or handed over, blue when the agent read and answered, gray when nothing was done.
    """
    return tuple(_entry(facts, phase, _worst(phase, issues)) for phase in facts.phases)


def _worst(phase: Phase, issues: Sequence[Issue]) -> Issue | None:
    """The worst issue whose first evidence lies in the phase."""
    here = [issue for issue in issues if issue.evidence and phase.first <= issue.evidence[0].first_record <= phase.last]
    return min(here, key=lambda issue: (SEVERITY_RANK[issue.severity], issue.evidence[0].first_record), default=None)


def _entry(facts: Facts, phase: Phase, issue: Issue | None) -> TimelineEntry:
    work = _Work(facts, phase)
    return TimelineEntry(
        title=phase.title,
        description=one_line(work.described(), DESCRIPTION_CHARS),
        color=COLOR_OF_SEVERITY[issue.severity] if issue else work.color(),
        first_record=phase.first,
        last_record=phase.last,
        issue_id=issue.id if issue else None,
    )


class _Work:
    """What was done within one phase."""

    def __init__(self, facts: Facts, phase: Phase) -> None:
        def within(call: ToolCall) -> bool:
            return phase.first_seq <= call.seq <= phase.last_seq

        self.calls = [call for call in facts.calls if within(call)]
        self.edits = [edit for edit in facts.edits if within(edit.call)]
        self.checks = [check for check in facts.checks if within(check.call)]
        self.commands = [command for command in facts.commands if within(command.call)]
        self.failures = [failure for failure in facts.failures if within(failure.call)]
        self.messages = [message for message in facts.messages if phase.first_seq <= message.seq <= phase.last_seq]
        self.answers = [message for message in facts.agent_messages if phase.first_seq <= message.seq <= phase.last_seq]

    def color(self) -> Color:
        if self.checks and self.checks[-1].passed is False:
            return "orange"
        if self.edits or self.checks or any(delivers(command) and command.failed is not True for command in self.commands):
            return "green"
        return "blue" if self.calls or self.answers else "gray"

    def described(self) -> str:
        """One sentence: what was read, changed, run and handed over, and how it ended."""
        parts = [part for part in (self._read(), self._edited(), self._checked(), self._delivered()) if part]
        if not parts:
            parts = [self._called() or ("answered in words, without a tool call" if self.answers else "nothing was done")]
        sentence = ", ".join(parts)
        end = self._ending()
        return f"{sentence[:1].upper()}{sentence[1:]}{'; ' + end if end else ''}."

    def _read(self) -> str:
        changed = {edit.call.seq for edit in self.edits}
        paths = [call.path for call in self.calls if call.path and call.seq not in changed and call.status != "denied"]
        return f"read {name_files(paths)}" if paths else ""

    def _edited(self) -> str:
        if not self.edits:
            return ""
        added, removed = sum(len(edit.added) for edit in self.edits), sum(len(edit.removed) for edit in self.edits)
        size = f" (+{added} −{removed} lines)" if added or removed else ""
        return f"changed {name_files([edit.path for edit in self.edits])}{size}"

    def _checked(self) -> str:
        results: dict[str, list[CheckRun]] = {}
        for check in self.checks:
            results.setdefault(check.tool, []).append(check)
        return ", ".join(f"ran {tool}{_results(runs)}" for tool, runs in list(results.items())[:3])

    def _delivered(self) -> str:
        done = Counter(
            f"git {program.subcommand}" if program.name == "git" else f"{program.name} {program.subcommand}"
            for command in self.commands
            if delivers(command) and command.failed is not True
            for program in command.programs
            if program.name in ("git", "gh", "glab") and program.subcommand in ("commit", "push", "merge", "pr", "mr", "release")
        )
        return "ran " + " and ".join(list(done)[:3]) if done else ""

    def _called(self) -> str:
        if self.commands:
            return f"ran {_counted(len(self.commands), 'command')} ({name_programs(self.commands)})"
        names = Counter(call.name for call in self.calls)
        return f"used {', '.join(f'{name} ({count})' if count > 1 else name for name, count in names.most_common(3))}" if names else ""

    def _ending(self) -> str:
        refused = sum(failure.call.status == "denied" for failure in self.failures)
        failed = [failure for failure in self.failures if failure.call.status != "denied"]
        parts = []
        if len(failed) == 1 and (line := one_line(printable(wording.without_tags(failed[0].line)), ERROR_CHARS).rstrip(" .…:")):
            parts.append(f"one call failed ({line})")
        elif failed:
            parts.append(f"{_counted(len(failed), 'call')} failed")
        if refused:
            parts.append(f"{_counted(refused, 'call')} refused")
        return ", ".join(parts)


def _results(runs: Sequence[CheckRun]) -> str:
    times = f" {len(runs)} times" if len(runs) > 1 else ""
    last = runs[-1]
    if last.passed is None:
        return times
    if last.passed:
        return f"{times}, {'at last ' if any(run.passed is False for run in runs) else ''}passing"
    return f"{times}, {'still ' if len(runs) > 1 else ''}failing" + (f" ({last.failures})" if last.failures else "")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
