"""The session as three to eight steps on a line, each with what was done in it, how it went, and the worst issue that lies in it."""

from collections import Counter
from collections.abc import Sequence

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.deliveries import delivers
from hotwash.analysis.facts.model import CheckRun, Facts, Program
from hotwash.analysis.facts.paths import name_files
from hotwash.analysis.facts.phase_titles import name_programs
from hotwash.analysis.model import Color, Issue, Phase, Severity, TimelineEntry
from hotwash.kit.text import one_line
from hotwash.transcript import ToolCall

DESCRIPTION_CHARS = 300
ERROR_CHARS = 80
CHECKS_TOLD = 3
"""Tools; a phase that ran more of them is a run of all the project's checks."""
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
        self.stopped = any(event.what == "interruption" and phase.first_seq <= event.seq <= phase.last_seq for event in facts.lifecycle)
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
        if not (self.edits or self.checks or self._delivered()):
            parts += filter(None, [self._ran()])
        sentence = ", ".join(parts or [self._called() or self._said()])
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
        """Checks that ended alike are told together: `ran mise lint and mise test (both passed)`."""
        runs_of: dict[str, list[CheckRun]] = {}
        for check in self.checks:
            runs_of.setdefault(check.tool, []).append(check)
        alike: dict[str, list[str]] = {}
        for tool, runs in list(runs_of.items())[:CHECKS_TOLD]:
            alike.setdefault(_result(runs), []).append(f"{tool} {len(runs)} times" if len(runs) > 1 else tool)
        return ", ".join(f"ran {_listed(tools)}{f' ({result})' if result else ''}" for result, tools in alike.items())

    def _delivered(self) -> str:
        done = dict.fromkeys(
            word
            for command in self.commands
            if delivers(command) and command.failed is not True
            for program in command.programs
            if (word := _delivery(program))
        )
        return _listed(list(done)[:3])

    def _ran(self) -> str:
        """Searches and commands, where there was nothing of more weight."""
        searches = sum(call.category == "search" for call in self.calls)
        parts = [f"searched {_times(searches)}"] if searches else []
        if self.commands:
            parts.append(f"ran {_counted(len(self.commands), 'command')} ({name_programs(self.commands)})")
        return ", ".join(parts)

    def _called(self) -> str:
        names = Counter(call.name for call in self.calls)
        return f"used {', '.join(f'{name} ({count})' if count > 1 else name for name, count in names.most_common(3))}" if names else ""

    def _said(self) -> str:
        if self.answers:
            return "answered in words, without a tool call"
        if self.stopped:
            return "the person stopped the agent"
        return "the person spoke and got no answer" if self.messages else "the session was set up"

    def _ending(self) -> str:
        """Calls that failed or were refused; checks have told of themselves."""
        checked = {check.call.seq for check in self.checks}
        refused = sum(failure.call.status == "denied" for failure in self.failures)
        failed = [failure for failure in self.failures if failure.call.status != "denied" and failure.call.seq not in checked]
        said = wording.error_words(failed[0].line, ERROR_CHARS) if len(failed) == 1 else ""
        parts = [f"{_counted(len(failed), 'call')} failed{f' ({said})' if said else ''}"] if failed else []
        return ", ".join([*parts, *([f"{_counted(refused, 'call')} refused"] if refused else [])])


def _result(runs: Sequence[CheckRun]) -> str:
    """How the runs of one tool went, as far as their outputs tell: `passed`, `passed after 2 failures`, `failed, 33 findings`."""
    known = [run for run in runs if run.passed is not None]
    failed = sum(run.passed is False for run in known)
    if not known:
        return ""
    if known[-1].passed:
        return f"passed after {_counted(failed, 'failure')}" if failed else "passed"
    if failed == len(known) > 1:
        return "failed each time"
    found = known[-1].failures
    return "failed" + (f", {_counted(found, 'finding')}" if found else "")


def _delivery(program: Program) -> str:
    """What was handed over, as one says it: `pushed`, `opened a pull request`."""
    if program.name == "git":
        return {"commit": "committed", "push": "pushed", "merge": "merged"}.get(program.subcommand or "", "")
    if program.name not in ("gh", "glab") or program.subcommand not in ("pr", "mr", "release"):
        return ""
    what = {"pr": "a pull request", "mr": "a merge request", "release": "a release"}[program.subcommand]
    verb = {"create": "opened", "merge": "merged", "edit": "edited"}.get(program.words[0] if program.words else "", "")
    return f"{verb} {what}" if verb else ""


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _counted(number: int, noun: str) -> str:
    return f"{'one' if number == 1 else number} {noun}{'' if number == 1 else 's'}"
