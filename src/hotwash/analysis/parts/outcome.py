"""Whether the person got what they asked for, by what the session shows: checks, what lies open, the person's last words. Of what
the agent says of itself only an admission is believed, never a boast.

Where a person took part, their words and the open failures decide. Where the agent worked alone, four facts are weighed. The weights were fitted (logistic
regression, classes balanced) on 148 agent runs with the verdict of hidden tests; cross-validated by task they reach a balanced accuracy of 0.74, where believing
the agent's last sentence reaches about 0.60.
"""

import math
import re
from collections.abc import Sequence

import msgspec

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.model import CheckRun, Facts
from hotwash.analysis.facts.plans import plan_of
from hotwash.analysis.facts.turns import GIVES_UP
from hotwash.analysis.model import Issue, Outcome
from hotwash.transcript import ToolCall


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a run shows of its success."""

    commands_after_last_edit: float
    """ln(1 + commands): who runs what was changed finds out whether it works."""
    plan_left_open: float
    """1 when the agent's last to-do list holds an item that is not done, else 0."""
    late_failures: float
    """The share of failed calls in the last quarter: trouble at the end is trouble left."""
    passing_checks: float
    """The number of checks whose last run passed."""


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """What each unit of evidence adds to the log-odds that the goal was reached. Printed by `python -m bench.fit_outcome`."""

    base: float = -0.3
    commands_after_last_edit: float = 0.4
    plan_left_open: float = -2.1
    late_failures: float = -5.6
    passing_checks: float = 0.9


WEIGHTS = Weights()
FAR_FROM_GOAL = -1.0
"""Log-odds below which a run is not even partly there, where nothing was changed or a check was left failing: without such a sign readers of sessions find
some of the work done."""
SMALL_WORK = 6
"""Calls. The weights speak of tasks that take work; a request that was served with fewer calls mostly was what was asked."""
LATE_SHARE = 0.25
_ADMITS = re.compile(
    r"\bI(?:'m| am| was|'ve| have)? ?(?:still )?(?:could ?n[o']t|couldn't|(?:cannot|can't)(?![^.\n]{0,80}\b(?:yet|until|before)\b)|not able to|wasn't able to|unable to|failed to|did(?:n't| not) (?:finish|manage|succeed|complete|get)|ran out of|give up|had to stop)\b"
    r"|\b(?:tests?|build|lint(?:er|ing)?|ci|checks?) (?:are |is )?still (?:fail\w*|red|broken)\b",
    re.IGNORECASE,
)
"""The agent's last words own that the goal was missed. Nobody says so without need: of the runs with a verdict that say it, none had passed. What cannot
be done yet is the next step."""
_ANNOUNCES = re.compile(
    r"(?:\A|[.!?:]\s|\n)\W{0,4}(?:let me|let['’]s|i['’]ll|i will|i['’]m going to|now (?:i|let)|next,? i|verifying|checking|running|waiting|proceeding)\b[^.!?\n]{0,160}[.:…]*\s*\Z",
    re.IGNORECASE,
)
"""The agent's last words say what it is about to do: the record ends in the middle of the work."""
_TAIL_CHARS = 400
_LEFT_OUT = frozenset({"planned checks dropped"})
"""Causes of issues that say of themselves that a part of the work was left out."""
_UNPROVED = frozenset({"claim without any run", "only own scripts ran"})
"""Causes of issues that leave open whether the change works. Where a person was there, their silence is worth as much as a run."""


def judge_outcome(facts: Facts, issues: Sequence[Issue]) -> Outcome:
    """`unclear` for a session in which the agent neither spoke nor acted."""
    if not facts.agent_messages and not facts.calls:
        return "unclear"
    if len(facts.turns) > 1:
        return _with_a_person(facts, issues)
    if _admits_failure(facts) or _breaks_off(facts):
        return "partly" if facts.edits else "not_achieved"
    if _left_out(issues):
        return "partly"
    if len(facts.calls) < SMALL_WORK:
        return "partly" if _open_failures(facts) or _open_issues(facts, issues) else "achieved"
    odds = log_odds(evidence_of(facts))
    if odds < FAR_FROM_GOAL and (not facts.edits or _open_failures(facts)):
        return "not_achieved"
    return "partly" if odds < 0 or _open_issues(facts, issues) or _unproved(issues) else "achieved"


def evidence_of(facts: Facts) -> Evidence:
    """The four facts that are weighed where the agent worked alone."""
    last_edit = facts.edits[-1].call.seq if facts.edits else -1
    return Evidence(
        commands_after_last_edit=math.log1p(sum(command.call.seq > last_edit for command in facts.commands)),
        plan_left_open=float(_plan_left_open(facts)),
        late_failures=_late_failures(facts),
        passing_checks=sum(check.passed is True for check in _last_runs(facts)),
    )


def log_odds(evidence: Evidence, weights: Weights = WEIGHTS) -> float:
    """The log-odds that a run without a person reached its goal."""
    return (
        weights.base
        + weights.commands_after_last_edit * evidence.commands_after_last_edit
        + weights.plan_left_open * evidence.plan_left_open
        + weights.late_failures * evidence.late_failures
        + weights.passing_checks * evidence.passing_checks
    )


def _with_a_person(facts: Facts, issues: Sequence[Issue]) -> Outcome:
    last = facts.turns[-1]
    answered = any(call.seq > last.seq for call in facts.calls)
    replied = answered or any(said.seq > last.seq for said in facts.agent_messages)
    if _gave_up(facts) or (last.role in ("interruption", "correction") and not replied):
        return "partly" if facts.edits else "not_achieved"
    failing = _open_failures(facts)
    resented = _resented(facts, issues)
    if last.role == "approval" and not failing and not resented and (answered or not _admits_failure(facts)):
        return "achieved"
    open_issues = resented or _open_issues(facts, issues)
    if failing and open_issues and not answered:
        return "not_achieved"
    return "partly" if failing or open_issues or _admits_failure(facts) or _breaks_off(facts) or _left_out(issues) else "achieved"


def _gave_up(facts: Facts) -> bool:
    """Whether the person's last message ends the work without its result: `never mind`, `leave it`, `stop here`."""
    return (
        bool(facts.messages)
        and facts.messages[-1].seq == facts.turns[-1].seq
        and GIVES_UP.match(wording.prose(facts.messages[-1].text)) is not None
    )


def _admits_failure(facts: Facts) -> bool:
    return bool(facts.agent_messages) and _ADMITS.search(facts.agent_messages[-1].text) is not None


def _breaks_off(facts: Facts) -> bool:
    """Whether the last thing the agent said announces more, and nothing came of it."""
    if not facts.agent_messages or facts.agent_messages[-1].seq < max((c.seq for c in facts.calls[-1:]), default=-1):
        return False
    return _ANNOUNCES.search(facts.agent_messages[-1].text[-_TAIL_CHARS:]) is not None


def _left_out(issues: Sequence[Issue]) -> bool:
    return any(issue.cause in _LEFT_OUT for issue in issues)


def _unproved(issues: Sequence[Issue]) -> bool:
    return any(issue.cause in _UNPROVED for issue in issues)


def _resented(facts: Facts, issues: Sequence[Issue]) -> list[Issue]:
    """Risky acts for which the person stopped the agent, naming them: what was destroyed stays so, whatever was achieved beside it. A mere correction may
    be mended."""
    return [issue for issue in issues if issue.kind == "unsafe_action" and _stopped_for(facts, issue)]


def _stopped_for(facts: Facts, act: Issue) -> bool:
    last = act.evidence[-1].last_seq
    said = next((message for message in facts.messages if message.seq > last), None)
    stopped = {turn.seq for turn in facts.turns if turn.role == "interruption"}
    if said is None or said.seq not in stopped:
        return False
    done = {word for evidence in act.evidence for word in wording.words(evidence.quote) if len(word) > 3}
    return bool(done & set(wording.words(said.text[: wording.SCANNED_CHARS])))


def _last_runs(facts: Facts) -> list[CheckRun]:
    """The last run with a known result of each check, told apart by kind and tool."""
    last: dict[tuple[str, str], CheckRun] = {}
    for check in facts.checks:
        if check.passed is not None:
            last[check.kind, check.tool] = check
    return list(last.values())


def _open_failures(facts: Facts) -> list[CheckRun]:
    """Checks whose last run with a known result failed and that were not followed by another run of the same kind that may have passed."""
    may_have_passed = [check for check in facts.checks if check.passed is not False]
    return [
        check
        for check in _last_runs(facts)
        if check.passed is False and not any(other.kind == check.kind and other.call.seq > check.call.seq for other in may_have_passed)
    ]


def _open_issues(facts: Facts, issues: Sequence[Issue]) -> list[Issue]:
    """Grave issues with no sign of a mend: no passing check and no word of approval after they last showed."""
    signs = [check.call.seq for check in facts.checks if check.passed] + [turn.seq for turn in facts.turns if turn.role == "approval"]
    latest = max(signs, default=-1)
    return [issue for issue in issues if issue.severity == "high" and issue.evidence and issue.evidence[-1].last_seq > latest]


def _plan_left_open(facts: Facts) -> bool:
    """Whether the agent's last to-do list holds an item that is not done."""
    plans = (plan for call in reversed(facts.calls) if (plan := plan_of(call)))
    return any(not item.done for item in next(plans, ()))


def _late_failures(facts: Facts) -> float:
    """The share of failed calls in the session's last quarter of calls."""
    late: Sequence[ToolCall] = facts.calls[int(len(facts.calls) * (1 - LATE_SHARE)) :]
    failed = {failure.call.seq for failure in facts.failures}
    return sum(call.seq in failed for call in late) / len(late) if late else 0.0
