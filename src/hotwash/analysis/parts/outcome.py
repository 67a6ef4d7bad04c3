"""Whether the person got what they asked for, by what the session shows: final checks, what lies open, their last words. Never by the agent's own last sentence."""

from collections.abc import Sequence

from hotwash.analysis.facts.model import CheckRun, Facts
from hotwash.analysis.model import Issue, Outcome


def judge_outcome(facts: Facts, issues: Sequence[Issue]) -> Outcome:
    """`unclear` for a session without an agent message or tool call."""
    if not facts.agent_messages and not facts.calls:
        return "unclear"
    open_failures = _open_failures(facts)
    high = [issue for issue in issues if issue.severity == "high"]
    last_role = facts.turns[-1].role if facts.turns else None
    if last_role == "approval" and not open_failures:
        return "achieved"
    if high and open_failures:
        return "not_achieved"
    if high or open_failures or _ends_on_interruption(facts):
        return "partly"
    return "achieved"


def _open_failures(facts: Facts) -> list[CheckRun]:
    """Checks whose last run failed."""
    last: dict[tuple[str, str], CheckRun] = {}
    for check in facts.checks:
        if check.passed is not None:
            last[(check.kind, check.tool)] = check
    return [check for check in last.values() if check.passed is False]


def _ends_on_interruption(facts: Facts) -> bool:
    """The last thing a person did was to stop the agent, and nothing was done after."""
    if not facts.turns or facts.turns[-1].role != "interruption":
        return False
    seq = facts.turns[-1].seq
    return not any(call.seq > seq for call in facts.calls)
