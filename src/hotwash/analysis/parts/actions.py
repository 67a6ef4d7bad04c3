"""What a person should change before the next session: one thing to do for each issue that has a remedy, specific enough to be done at once."""

from collections.abc import Callable, Sequence

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.model import Facts, Program
from hotwash.analysis.model import ActionItem, Issue, IssueKind
from hotwash.analysis.parts import blocked_advice, check_advice
from hotwash.analysis.parts.advice import Advice, cited_calls, last_changed, person_near
from hotwash.analysis.parts.commands import is_destructive, only_looks, plain_command, simple_commands
from hotwash.analysis.parts.discoveries import working_commands
from hotwash.analysis.parts.requirements import requirements
from hotwash.analysis.parts.standing_advice import standing

HANGS = "command hangs until its time limit"
"""The cause of waste that a time limit cures."""
RULE_WORDS = 4
"""Words of a command that its permission rule names: program, subcommand and the options that make it risky."""


def action_items(facts: Facts, issues: Sequence[Issue]) -> tuple[ActionItem, ...]:
    """At most one item an issue, none where nothing useful can be said, and one for all issues that ask for the same thing (kept for the first)."""
    items: dict[str, ActionItem] = {}
    for issue in issues:
        remedy = _REMEDIES.get(issue.kind)
        advice = standing(issue) or (remedy(facts, issue) if remedy else None)
        if advice:
            items.setdefault(advice.about or advice.text, ActionItem(type=advice.type, text=advice.text, issue_id=issue.id))
    return tuple(items.values())


def _said_by_person(facts: Facts, issue: Issue) -> Advice | None:
    """The demand that came late belongs into the first prompt; one that stood there and was passed over, into the agent's instructions."""
    demanded = [requirement.text for message in person_near(facts, issue) for requirement in requirements(message.text)]
    if not demanded:
        return None
    first = facts.messages[0].text
    if wording.covered_by(demanded[0], first):
        return Advice("knowledge", f"Add to AGENTS.md, as the prompt alone did not hold: “{demanded[0]}.”", about=_same(demanded[0]))
    return Advice("prompt_improvement", f"Say in the first prompt: “{demanded[0]}.”", about=_same(demanded[0]))


def _same(statement: str) -> str:
    return "demand " + " ".join(sorted(set(wording.words(statement))))


def _context_loss(facts: Facts, issue: Issue) -> Advice | None:
    first, last = issue.evidence[0].first_seq, issue.evidence[-1].last_seq
    files = list(
        dict.fromkeys(call.path.replace("\\", "/").rsplit("/", 1)[-1] for call in facts.calls if call.path and first <= call.seq <= last)
    )
    again = f" (Here {' and '.join(files[:2])} had to be read again.)" if files else ""
    return Advice(
        "knowledge",
        f"Add to AGENTS.md: “In a long task, write decisions and findings to a notes file as you go, and read it first after a compaction.”{again}",
        about="context loss",
    )


def _tool_use(facts: Facts, issue: Issue) -> Advice | None:
    cited = {record for evidence in issue.evidence for record in range(evidence.first_record, evidence.last_record + 1)}
    for discovery in working_commands(facts):
        if cited & set(discovery.records):
            return Advice("knowledge", f"Add to AGENTS.md: “Use `{discovery.name}`{discovery.note}.”")
    return None


def _loop(facts: Facts, issue: Issue) -> Advice | None:
    command = next((plain for call in cited_calls(facts, issue) if (plain := plain_command(call.command or ""))), "")
    if not command:
        return None
    return Advice(
        "knowledge",
        f"Add to AGENTS.md: “When `{command}` fails twice in the same way, change the approach or ask; do not run it again unchanged.”",
    )


def _defect(facts: Facts, issue: Issue) -> Advice | None:
    """The check that finds it, where a check did; else a test that fails on what the person saw."""
    if checked := check_advice.before_handing_over(facts, issue):
        return checked
    fault = next((said for message in person_near(facts, issue) if (said := wording.fault_told(message.text))), "")
    if not fault:
        return None
    path = last_changed(facts, issue.evidence[0].first_seq)
    return Advice("repo_config", f"Add a test that fails on this ({path} was changed last): “{fault}”") if path else None


def _unsafe_action(facts: Facts, issue: Issue) -> Advice | None:
    calls = cited_calls(facts, issue)
    command = next((plain for call in calls if (plain := plain_command(call.command or "", is_destructive))), "")
    command = command or next((plain for call in calls if (plain := plain_command(call.command or "", _changes))), "")
    if not command:
        return None
    rule = _risky_part(command)
    if not rule:
        return Advice("repo_config", f"Have the agent ask before it runs commands such as `{command}`.")
    if facts.transcript.agent.startswith("Claude Code"):
        return Advice(
            "repo_config",
            f'Add to .claude/settings.json, under `permissions`: `"ask": ["Bash({rule}:*)"]`, so that the agent asks before it runs `{rule}`.',
        )
    return Advice("repo_config", f"Put `{rule}` on the list of commands that the agent must ask for before it runs them.")


def _changes(program: Program) -> bool:
    return not only_looks((program,))


def _risky_part(command: str) -> str:
    """The command up to its first argument that is a name: `git push --force` of `git push --force origin main`. Empty where the risk lies in a name."""
    words = command.split()
    if not any(word.startswith("-") for word in words[1:RULE_WORDS]):
        return "" if words[0] == "git" else words[0]
    kept = words[:1]
    for word in words[1:RULE_WORDS]:
        if not word.startswith("-") and len(kept) > 1:
            break
        if not word.startswith("-") and kept[0] in ("rm", "kill", "pkill", "chmod"):
            break
        kept.append(word)
    return " ".join(kept)


def _inefficiency(facts: Facts, issue: Issue) -> Advice | None:
    """For a command that hung; a script of several commands does not tell which of them did."""
    if issue.cause and issue.cause != HANGS:
        return None
    lines = (simple_commands(call.command or "") for call in cited_calls(facts, issue))
    hung = next((simple[-1] for simple in lines if len([s for s in simple if plain_command(s)]) == 1 and plain_command(simple[-1])), "")
    if not hung:
        return None
    return Advice("knowledge", f"Add to AGENTS.md: “Run `{hung}` with a time limit, or in the background with its output in a file.”")


def _knowledge(facts: Facts, issue: Issue) -> Advice | None:
    demanded = [requirement.text for message in person_near(facts, issue) for requirement in requirements(message.text)]
    return Advice("knowledge", f"Add to AGENTS.md: “{demanded[0]}.”", about=_same(demanded[0])) if demanded else _tool_use(facts, issue)


_REMEDIES: dict[IssueKind, Callable[[Facts, Issue], Advice | None]] = {
    "environment": blocked_advice.environment,
    "access": blocked_advice.access,
    "service": blocked_advice.service,
    "failing_check": check_advice.failing_check,
    "loop": _loop,
    "unverified_claim": check_advice.unverified_claim,
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
