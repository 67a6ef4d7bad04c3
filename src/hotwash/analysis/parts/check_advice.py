"""Remedies for work that was checked too late, too little or not at all. A check that the agent ran after every change anyway needs no rule."""

import re

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.model import CheckKind, CheckRun, Facts
from hotwash.analysis.model import Issue, Role
from hotwash.analysis.parts.advice import ERROR_CHARS, Advice, cited_calls, last_changed, person_near
from hotwash.analysis.parts.discoveries import check_command, check_commands, is_filtered

LATE_EDITS = 4
"""Changes between two runs of a check; after so many it is no longer clear which one broke it."""
_PLACE = re.compile(r"^(?:[\w./\\@-]+\.\w+[:(]\d+(?:[:,]\d+)?\)?:?\s*)")
_RULE_KINDS = frozenset({"lint", "type_check", "format"})
"""Checks whose findings are rules that one can tell an agent beforehand."""
_WORD_OF_KIND: dict[CheckKind, str] = {"lint": "lint", "type_check": "type", "build": "build", "test": "test"}
_DISPUTES: frozenset[Role] = frozenset({"correction"})
_CHECK_FAULT = re.compile(
    r"\b(?:ci|tests?|lint(?:er|ing)?|build|type-?check|pipeline)\b[^.\n]{0,40}\b(?:fail\w*|red|broken|broke)\b|\b(?:fail\w*|broken)\b[^.\n]{0,20}\b(?:ci|tests?|lint|build)\b",
    re.IGNORECASE,
)


def failing_check(facts: Facts, issue: Issue) -> Advice | None:
    cited = {call.seq for call in cited_calls(facts, issue)}
    failing = [check for check in facts.checks if check.call.seq in cited and check.passed is False]
    command = next((name for check in failing if (name := check_command(check))), "")
    if not command:
        return None
    first = failing[0]
    known = [check for check in facts.checks if check.tool == first.tool and check.passed is not None]
    line = next((said for check in failing if (said := wording.error_words(_PLACE.sub("", check.line), ERROR_CHARS))), "")
    if not _was_mended(known, failing) and _still_fails(facts, known[-1]):
        shown = f" ({line})" if line else ""
        return Advice(
            "prompt_improvement", f"Begin the next session with: “`{command}` fails{shown}; mend that first.”", about=f"check {command}"
        )
    if is_filtered(command):
        command = next((discovery.name for discovery in check_commands(facts, [first.kind])), "")
    if command and _edits_before(facts, known, first) >= LATE_EDITS:
        return Advice(
            "knowledge", f"Add to AGENTS.md: “Run `{command}` after every change, not only at the end.”", about=f"check {command}"
        )
    if command and line and first.kind in _RULE_KINDS:
        return Advice("knowledge", f"Add to AGENTS.md: “`{command}` refuses this: {line}.”", about=f"check {command}")
    return None


def _was_mended(runs: list[CheckRun], failing: list[CheckRun]) -> bool:
    """Whether the tool passed after the failures that the issue is about: it may fail later over something else."""
    return any(run.passed and run.call.seq > failing[-1].call.seq for run in runs)


def _still_fails(facts: Facts, last: CheckRun) -> bool:
    """Whether nothing passed after this run that would have failed with it (another run of its kind, or a test for a build), and so little changed that
    it must fail still."""
    kinds = {last.kind, "test"} if last.kind == "build" else {last.kind}
    if sum(edit.call.seq > last.call.seq for edit in facts.edits) >= LATE_EDITS:
        return False
    return last.passed is False and not any(
        check.passed and check.kind in kinds and check.call.seq > last.call.seq for check in facts.checks
    )


def _edits_before(facts: Facts, runs: list[CheckRun], first: CheckRun) -> int:
    """Changes between the run before this one (or the start) and this one."""
    before = max((run.call.seq for run in runs if run.call.seq < first.call.seq), default=-1)
    return sum(before < edit.call.seq < first.call.seq for edit in facts.edits)


def unverified_claim(facts: Facts, issue: Issue) -> Advice | None:
    """Nothing where a person disputed a fact: no check of the project would have told."""
    if person_near(facts, issue, _DISPUTES):
        return None
    known = [discovery.name for discovery in check_commands(facts)]
    if known:
        named = " and ".join(f"`{command}`" for command in known[:2])
        return Advice(
            "knowledge",
            f"Add to AGENTS.md: “Before you say that something works, run {named} after the last edit and report what it printed.”",
            about=f"check {known[0]}",
        )
    tests = (check for check in reversed(facts.checks) if check.kind == "test" and check.passed)
    part = next((name for check in tests if is_filtered(name := check_command(check))), "")
    if part:
        return Advice(
            "knowledge",
            f"Add to AGENTS.md: “`{part}` checks a part only; run it for everything before you say that all is well.”",
            about="check of a part",
        )
    path = last_changed(facts, issue.evidence[-1].last_seq)
    if not path:
        return None
    return Advice(
        "prompt_improvement",
        f"Say in the prompt how the change is to be checked (here, of {path}): a command to run and what it should print.",
        about="how to check",
    )


def before_handing_over(facts: Facts, issue: Issue) -> Advice | None:
    """For a defect that a check of the project found, in the session or outside it."""
    cited = {call.seq for call in cited_calls(facts, issue)}
    command = next(
        (name for check in facts.checks if check.call.seq in cited and (name := check_command(check)) and not is_filtered(name)), ""
    )
    sentences = (sentence for message in person_near(facts, issue) for sentence in wording.sentences(message.text))
    if not command and (fault := next(filter(_CHECK_FAULT.search, sentences), None)) is not None:
        kinds = [kind for kind, word in _WORD_OF_KIND.items() if word in fault.lower()]
        command = next((discovery.name for discovery in check_commands(facts, kinds or None)), "")
    return (
        Advice("knowledge", f"Add to AGENTS.md: “Run `{command}` before you hand a change over.”", about=f"check {command}")
        if command
        else None
    )
