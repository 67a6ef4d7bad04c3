"""What a person should change before the next session: one thing to do for each issue that has a remedy, specific enough to be done at once."""

import re
from collections.abc import Callable, Sequence

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.facts.paths import base_name, is_scratch
from hotwash.analysis.model import ActionItem, ActionType, Issue, IssueKind
from hotwash.analysis.parts.discoveries import bare_command, check_commands, is_filtered, working_commands
from hotwash.kit.text import one_line, printable
from hotwash.transcript import ToolCall

Advice = tuple[ActionType, str]

QUOTED_CHARS = 160
ERROR_CHARS = 120
MIN_WORDS = 4
"""What a person said in fewer words helps nobody in the next prompt."""
_NOT_FOUND: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:^|[:\s])([\w.+-]+): (?:command )?not found"), "Install `{0}` on the machine and put it on the agent's PATH."),
    (re.compile(r"command not found: ([\w.+-]+)"), "Install `{0}` on the machine and put it on the agent's PATH."),
    (re.compile(r"No module named ['\"]?([\w.]+)"), "Install the Python module `{0}` in the environment that the agent uses."),
    (
        re.compile(r"Cannot find (?:module|package) ['\"]([^'\"\s]+)"),
        "Install the package `{0}` (run the project's install step) before the session starts.",
    ),
    (
        re.compile(r"(?:executable file not found in \$PATH|executable)[: ]+\"?([\w.+-]+)\"? not found"),
        "Install `{0}` on the machine and put it on the agent's PATH.",
    ),
)


def action_items(facts: Facts, issues: Sequence[Issue]) -> tuple[ActionItem, ...]:
    """At most one item an issue, equal ones merged (kept for the first issue), none where nothing useful can be said."""
    items: dict[tuple[ActionType, str], ActionItem] = {}
    for issue in issues:
        remedy = _REMEDIES.get(issue.kind)
        advice = remedy(facts, issue) if remedy else None
        if advice:
            items.setdefault(advice, ActionItem(type=advice[0], text=advice[1], issue_id=issue.id))
    return tuple(items.values())


def _environment(facts: Facts, issue: Issue) -> Advice | None:
    line = _error(facts, issue)
    for pattern, advice in _NOT_FOUND:
        if match := pattern.search(line):
            return "machine_setup", advice.format(match[1])
    command = _command(facts, issue)
    if command and line:
        return "machine_setup", f"Make `{command}` work on the machine before the next session; it ended with: {line}"
    return ("machine_setup", f"Mend this on the machine before the next session: {line}") if line else None


def _access(facts: Facts, issue: Issue) -> Advice | None:
    command, line = _command(facts, issue), _error(facts, issue)
    if command:
        return "machine_setup", f"Allow the agent to run `{command}`, or give it the credential it lacks{': ' + line if line else ''}."
    return ("machine_setup", f"Give the agent the access it was refused: {line}") if line else None


def _service(facts: Facts, issue: Issue) -> Advice | None:
    command, line = _command(facts, issue), _error(facts, issue)
    if not line:
        return None
    doing = f" for `{command}`" if command else ""
    return (
        "other",
        f"Check that the service answers{doing} before the next session, and name a fallback in the prompt; it failed with: {line}",
    )


def _failing_check(facts: Facts, issue: Issue) -> Advice | None:
    command = _check_command(facts, issue)
    if not command:
        return None
    return "knowledge", f"Add to AGENTS.md: “Run `{command}` after every change and before you report; mend what it shows first.”"


def _loop(facts: Facts, issue: Issue) -> Advice | None:
    command = _command(facts, issue)
    if not command:
        return None
    return (
        "knowledge",
        f"Add to AGENTS.md: “When `{command}` fails twice in the same way, read the error, change the approach or ask; do not run it again unchanged.”",
    )


def _unverified_claim(facts: Facts, issue: Issue) -> Advice | None:
    known = check_commands(facts)
    broad = [discovery.name for discovery in known if not is_filtered(discovery.name)]
    if broad:
        named = " and ".join(f"`{command}`" for command in broad[:2])
        return (
            "knowledge",
            f"Add to AGENTS.md: “Before you say that something works, run {named} after the last edit and report what it printed.”",
        )
    if known:
        return (
            "knowledge",
            f"Add to AGENTS.md: “`{known[0].name}` checks a part only; run it without the filter before you say that all is well.”",
        )
    changed = _changed_before(facts, _span(issue)[1])
    if changed:
        return (
            "prompt_improvement",
            f"Say in the prompt how a change of {changed[-1]} is to be checked: a command to run and what it should print.",
        )
    return None


def _said_by_person(facts: Facts, issue: Issue) -> Advice | None:
    words = _person_near(facts, issue)
    if len(wording.words(words)) < MIN_WORDS:
        return None
    return "prompt_improvement", f"Say in the first prompt: “{words}”"


def _context_loss(facts: Facts, issue: Issue) -> Advice | None:
    files = list(dict.fromkeys(base_name(edit.path) for edit in facts.edits))[:3]
    kept = f" (here: what was decided about {', '.join(files)})" if files else ""
    return (
        "prompt_improvement",
        f"Give the work in two sessions, or have the agent write its decisions to a file as it goes{kept}; at record"
        f" {issue.evidence[0].first_record} it no longer knew them.",
    )


def _tool_use(facts: Facts, issue: Issue) -> Advice | None:
    cited = _records(issue)
    for discovery in working_commands(facts):
        if cited & set(discovery.records):
            return "knowledge", f"Add to AGENTS.md: “Use `{discovery.name}`{discovery.note}.”"
    return None


def _defect(facts: Facts, issue: Issue) -> Advice | None:
    """A test for the file that was changed last before the defect showed; the check that found it where one did."""
    _, last = _span(issue)
    command = _check_command(facts, issue)
    if command:
        return "knowledge", f"Add to AGENTS.md: “Run `{command}` before you hand a change over.”"
    paths = _changed_before(facts, last)
    said = _person_near(facts, issue)
    if not paths:
        return None
    shows = said or one_line(printable(issue.evidence[0].quote), QUOTED_CHARS)
    return ("repo_config", f"Have a test or check for {paths[-1]} that shows this: “{shows}”") if shows else None


def _unsafe_action(facts: Facts, issue: Issue) -> Advice | None:
    command = _command(facts, issue)
    if not command:
        return None
    return "repo_config", f"Put `{command}` on the list of commands that the agent must ask for (a rule of its permission settings)."


def _inefficiency(facts: Facts, issue: Issue) -> Advice | None:
    command = _command(facts, issue)
    if not command:
        return None
    return "knowledge", f"Add to AGENTS.md how to run `{command}` without waiting or rereading: {one_line(issue.label, QUOTED_CHARS)}."


def _knowledge(facts: Facts, issue: Issue) -> Advice | None:
    words = _person_near(facts, issue)
    return ("knowledge", f"Add to AGENTS.md: “{words}”") if words else _tool_use(facts, issue)


_REMEDIES: dict[IssueKind, Callable[[Facts, Issue], Advice | None]] = {
    "environment": _environment,
    "access": _access,
    "service": _service,
    "failing_check": _failing_check,
    "loop": _loop,
    "unverified_claim": _unverified_claim,
    "misunderstanding": _said_by_person,
    "underspecified": _said_by_person,
    "interruption": _said_by_person,
    "context_loss": _context_loss,
    "tool_use": _tool_use,
    "defect": _defect,
    "unsafe_action": _unsafe_action,
    "inefficiency": _inefficiency,
    "knowledge": _knowledge,
}


def _span(issue: Issue) -> tuple[int, int]:
    return issue.evidence[0].first_seq, issue.evidence[-1].last_seq


def _records(issue: Issue) -> set[int]:
    return {record for evidence in issue.evidence for record in range(evidence.first_record, evidence.last_record + 1)}


def _changed_before(facts: Facts, seq: int) -> list[str]:
    """Names of the project's files changed up to here, in order. Scratch files outside it are no concern of the next session."""
    return [base_name(edit.path) for edit in facts.edits if edit.call.seq <= seq and not is_scratch(edit.path)]


def _cited_calls(facts: Facts, issue: Issue) -> list[ToolCall]:
    return [call for call in facts.calls if any(evidence.first_seq <= call.seq <= evidence.last_seq for evidence in issue.evidence)]


def _command(facts: Facts, issue: Issue) -> str:
    """The first short command among the calls that the issue cites."""
    return next((bare for call in _cited_calls(facts, issue) if call.command and (bare := bare_command(call.command))), "")


def _check_command(facts: Facts, issue: Issue) -> str:
    cited = {call.seq for call in _cited_calls(facts, issue)}
    return next((bare for check in facts.checks if check.call.seq in cited and (bare := bare_command(check.call.command or ""))), "")


def _error(facts: Facts, issue: Issue) -> str:
    """The error line of the first cited failure, printable and short."""
    cited = {call.seq for call in _cited_calls(facts, issue)}
    return next(
        (one_line(printable(failure.line), ERROR_CHARS) for failure in facts.failures if failure.call.seq in cited and failure.line), ""
    )


def _person_near(facts: Facts, issue: Issue) -> str:
    """What the person said within the cited events, or right after them, where it corrects or adds."""
    first, last = _span(issue)
    objecting = {turn.seq for turn in facts.turns if turn.role in ("correction", "interruption", "follow_up", "answer")}
    for message in facts.messages:
        if message.seq in objecting and first <= message.seq and (message.seq <= last or message.seq - last <= 3):
            said = wording.sentences(message.text)
            return one_line(printable(wording.without_interjection(" ".join(said[:2]))), QUOTED_CHARS) if said else ""
    return ""
