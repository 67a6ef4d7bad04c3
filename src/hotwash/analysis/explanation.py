"""Why an issue is one: the detector that found it, the cause it named, and the facts at the places it cites."""

from collections.abc import Iterable, Iterator

import msgspec

from hotwash.analysis.facts.model import CheckRun, Command, Edit, Facts
from hotwash.analysis.facts.order import seq_of
from hotwash.analysis.model import Evidence, Issue
from hotwash.kit.text import one_line

MAX_FACTS = 12
"""Facts listed for one place. A stretch of a whole session holds hundreds; their counts say more than a list."""
FACT_CHARS = 140
_RESULTS = {True: "failed", False: "went well", None: "result unknown"}


class CitedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A place that an issue cites, and what the facts say of the events there, in session order."""

    first_record: int
    last_record: int
    facts: tuple[str, ...]
    more_facts: int
    """How many were left out."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Which facts led to an issue."""

    issue_id: str
    source: str
    """The detector and its version, or the model."""
    cause: str
    """As the fingerprint has it: equal causes in other sessions are the same issue there."""
    cited: tuple[CitedPlace, ...]
    counted: dict[str, int]
    """How much of each kind of fact lies from the first cited event to the last; what is not there is left out."""


def explain(facts: Facts, issues: Iterable[Issue]) -> tuple[Explanation, ...]:
    """One explanation an issue. `facts` are those of the transcript that the issues were found in."""
    return tuple(
        Explanation(
            issue_id=issue.id,
            source=issue.source,
            cause=issue.cause,
            cited=tuple(_place(facts, evidence) for evidence in issue.evidence),
            counted=_counted(facts, min(e.first_seq for e in issue.evidence), max(e.last_seq for e in issue.evidence)),
        )
        for issue in issues
    )


def _place(facts: Facts, evidence: Evidence) -> CitedPlace:
    said = [text for _, text in sorted(_facts_within(facts, evidence.first_seq, evidence.last_seq), key=lambda fact: fact[0])]
    return CitedPlace(
        first_record=evidence.first_record,
        last_record=evidence.last_record,
        facts=tuple(one_line(text, FACT_CHARS) for text in said[:MAX_FACTS]),
        more_facts=max(0, len(said) - MAX_FACTS),
    )


def _facts_within(facts: Facts, first: int, last: int) -> Iterator[tuple[int, str]]:
    """Every fact about an event from `first` to `last`, with the event's seq."""
    yield from ((turn.seq, f"message of the person, taken for: {turn.role}") for turn in facts.turns if first <= turn.seq <= last)
    yield from ((c.message.seq, f"the person objects ({c.kind}): {c.words}") for c in facts.corrections if first <= c.message.seq <= last)
    yield from ((seq_of(c), f"claim ({c.kind}): {c.sentence}") for c in facts.claims if first <= seq_of(c) <= last)
    yield from ((e.seq, f"{e.what.replace('_', ' ')} {e.text}") for e in facts.lifecycle if first <= e.seq <= last)
    yield from ((e.seq, f"instructions loaded: {e.name}") for e in facts.instructions if first <= e.seq <= last)
    yield from ((seq_of(c), _command(c)) for c in facts.commands if first <= seq_of(c) <= last)
    yield from ((seq_of(c), _check(c)) for c in facts.checks if first <= seq_of(c) <= last)
    yield from ((seq_of(e), _edit(e)) for e in facts.edits if first <= seq_of(e) <= last)
    yield from ((seq_of(f), f"failed call of {f.call.name}: {f.line}") for f in facts.failures if first <= seq_of(f) <= last)


def _command(command: Command) -> str:
    programs = ", ".join(f"{program.name} {program.subcommand or ''}".strip() for program in command.programs)
    code = "" if command.call.exit_code is None else f" (exit code {command.call.exit_code})"
    return f"command of {programs or 'no known program'}: {_RESULTS[command.failed]}{code}"


def _check(run: CheckRun) -> str:
    failures = f", {run.failures} failures" if run.failures else ""
    result = _RESULTS[None if run.passed is None else not run.passed]
    return f"{run.kind.replace('_', ' ')} run of {run.tool}{' on a chosen part' if run.narrow else ''}: {result}{failures}"


def _edit(edit: Edit) -> str:
    return f"{edit.kind} {edit.path}: {len(edit.added)} lines added, {len(edit.removed)} removed"


def _counted(facts: Facts, first: int, last: int) -> dict[str, int]:
    def within(seqs: Iterable[int]) -> int:
        return sum(first <= seq <= last for seq in seqs)

    counts = {
        "events": last - first + 1,
        "commands": within(map(seq_of, facts.commands)),
        "commands that failed": within(seq_of(c) for c in facts.commands if c.failed),
        "checks": within(map(seq_of, facts.checks)),
        "checks that failed": within(seq_of(c) for c in facts.checks if c.passed is False),
        "edits": within(map(seq_of, facts.edits)),
        "failed calls": within(map(seq_of, facts.failures)),
        "claims": within(map(seq_of, facts.claims)),
        "objections of the person": within(c.message.seq for c in facts.corrections),
        "messages of the person": within(turn.seq for turn in facts.turns),
    }
    return {name: number for name, number in counts.items() if number}
