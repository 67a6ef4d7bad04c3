"""What a stretch of the session is called: specific words of the person, the plan or the work, never an empty phrase where there are any."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.deliveries import delivers
from hotwash.analysis.facts.everyday import PLUMBING
from hotwash.analysis.facts.model import CheckRun, Command, Edit
from hotwash.analysis.facts.paths import name_files
from hotwash.kit.text import one_line
from hotwash.transcript import AgentMessage, Event, Lifecycle, ToolCall, UserMessage

TITLE_CHARS = 80
OPENING_EVENTS = 4


class Titles:
    """Names a stretch by the person's words where one opens it, else by the step of the plan begun there, else by the files, checks and commands in it."""

    def __init__(
        self,
        events: Sequence[Event],
        commands: Sequence[Command],
        checks: Sequence[CheckRun],
        edits: Sequence[Edit],
        begun: Mapping[int, str],
    ) -> None:
        self._events = events
        self._begun = begun
        self._commands, self._command_seqs = commands, [command.call.seq for command in commands]
        self._checks, self._check_seqs = checks, [check.call.seq for check in checks]
        self._edits, self._edit_seqs = edits, [edit.call.seq for edit in edits]

    def of(self, first: int, last: int) -> str:
        stretch = self._events[first - self._events[0].seq : last + 1 - self._events[0].seq]
        edits = self._edits[bisect_left(self._edit_seqs, first) : bisect_right(self._edit_seqs, last)]
        checks = self._checks[bisect_left(self._check_seqs, first) : bisect_right(self._check_seqs, last)]
        commands = self._commands[bisect_left(self._command_seqs, first) : bisect_right(self._command_seqs, last)]
        work = _work_title(stretch, commands, checks, edits)
        asked = next((wording.gist(event.text, TITLE_CHARS) for event in _opening(stretch) if isinstance(event, UserMessage)), "")
        if len(wording.words(asked)) >= 3:
            return asked
        planned = next((wording.gist(self._begun[event.seq], TITLE_CHARS) for event in stretch[:4] if event.seq in self._begun), "")
        if planned:
            return planned
        if asked.startswith("/"):
            return one_line(f"{asked}: {work[:1].lower()}{work[1:]}" if work else asked, TITLE_CHARS)
        return work or asked or _agent_title(stretch)


def _opening(stretch: Sequence[Event]) -> Sequence[Event]:
    """The events up to the first thing done, and a few more: a message belongs to the stretch that it opens, not to one in which it comes late."""
    done = next((index for index, event in enumerate(stretch) if isinstance(event, ToolCall | AgentMessage)), len(stretch))
    return stretch[: max(done, OPENING_EVENTS)]


def _work_title(stretch: Sequence[Event], commands: Sequence[Command], checks: Sequence[CheckRun], edits: Sequence[Edit]) -> str:
    parts = []
    if edits:
        kinds = {edit.kind for edit in edits}
        verb = "Write" if kinds == {"create"} else "Delete" if kinds == {"delete"} else "Edit"
        parts.append(f"{verb} {name_files([edit.path for edit in edits])}{_verdict(checks)}")
    if checks and not (edits and _verdict(checks)):
        tools = list(dict.fromkeys(check.tool for check in checks))[:2]
        parts.append(f"{'run' if parts else 'Run'} {' and '.join(tools)}")
    if any(delivers(command) for command in commands):
        parts.append(_delivery(commands) if parts else _delivery(commands).capitalize())
    if not parts:
        looked = [event.path for event in stretch if isinstance(event, ToolCall) and event.path]
        if looked:
            parts.append(f"Read {name_files(looked)}")
        elif commands:
            parts.append(f"Run {name_programs(commands)}")
    return one_line(", ".join(parts), TITLE_CHARS)


def _verdict(checks: Sequence[CheckRun]) -> str:
    """How the work stood at the end of the stretch, where a check that failed in it tells: ` until go test passes`."""
    known = [check for check in checks if check.passed is not None]
    failed = [check for check in known if check.passed is False]
    if not failed:
        return ""
    last = [check for check in known if (check.kind, check.tool) == (failed[-1].kind, failed[-1].tool)][-1]
    return f" until {last.tool} passes" if last.passed else f", {last.tool} {'still fails' if len(failed) > 1 else 'fails'}"


def name_programs(commands: Sequence[Command]) -> str:
    """The most used programs, those of every shell session only where there are no others: `gh, npm and jq`."""
    names = Counter(program.name for command in commands for program in command.programs)
    telling = [name for name, _ in names.most_common() if name not in PLUMBING] or [name for name, _ in names.most_common()]
    *front, last = telling[:3] or ["a command"]
    return f"{', '.join(front)} and {last}" if front else last


def _delivery(commands: Sequence[Command]) -> str:
    done = {program.subcommand for command in commands for program in command.programs if program.name in ("git", "gh", "glab")}
    words = [
        word for word, sub in (("commit", "commit"), ("merge", "merge"), ("push", "push"), ("open the pull request", "pr")) if sub in done
    ]
    return " and ".join(words[:2]) or "hand over"


def _agent_title(stretch: Sequence[Event]) -> str:
    said = next((wording.gist(event.text, TITLE_CHARS) for event in stretch if isinstance(event, AgentMessage)), "")
    if said:
        return said
    tools = list(dict.fromkeys(event.name for event in stretch if isinstance(event, ToolCall)))[:3]
    if tools:
        return "Use " + ", ".join(tools)
    stopped = any(isinstance(event, Lifecycle) and event.what == "interruption" for event in stretch)
    return "Stopped by the person" if stopped else "Set-up of the session"
