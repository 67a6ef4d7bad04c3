"""The judge from a transcript to an analysis, with the model's answers handed in between: the same for a server, a command line and a batch file."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.issues import Sourced, checked_issues
from hotwash.analysis.judge import prompts
from hotwash.analysis.judge.asking import find_request, refute_request
from hotwash.analysis.judge.digest import one
from hotwash.analysis.judge.model import Answers, Case, NotJudged, Request, UnusableAnswer
from hotwash.analysis.judge.replies import Debrief, JudgedTurn, ProposedPhase, ProposedUse, Read, Verdict, read_debrief, read_verdicts
from hotwash.analysis.judge.verifying import SENTENCE_CHARS, Session, verify_issues, verify_late_facts, verify_phases
from hotwash.analysis.judge.windows import WINDOW_CHARS, Window, windows
from hotwash.analysis.model import (
    ActionItem,
    Analysis,
    Classification,
    Dropped,
    InstructionUse,
    Issue,
    JudgeRun,
    SessionCategory,
    UserTurn,
)
from hotwash.analysis.parts import prompt, timeline
from hotwash.analysis.rules import analyse_facts
from hotwash.kit.text import counted
from hotwash.transcript import Transcript

ENGINE = "judge"
PROMPT_VERSION = prompts.VERSION
MAX_NAMES = 12
NAME_CHARS = 40
REMEDY_CHARS = 600


def prepare(transcript: Transcript, *, acus: float | None = None, window_chars: int = WINDOW_CHARS) -> Case:
    """The case, with the requests of the first pass. `acus` are the whole session's. The transcript must be redacted: its text leaves the machine."""
    facts = collect(transcript, acus)
    rules = analyse_facts(facts)
    cut = windows(transcript, window_chars=window_chars) if facts.agent_messages or facts.calls else ()
    return Case(
        transcript=transcript,
        facts=facts,
        rules=rules,
        windows=cut,
        requests=tuple(find_request(facts, rules, window) for window in cut),
    )


def check_answer(request: Request, text: str) -> None:
    """Raises UnusableAnswer, whose sentence can be sent back to the model."""
    if request.which == "find":
        read_debrief(text)
    else:
        read_verdicts(text)


def refutations(case: Case, answers: Answers) -> tuple[Request, ...]:
    """The requests of the second pass: a window's issues a request. Empty where there is nothing to refute."""
    return tuple(request for request, _ in _refutations(case, _first_pass(case, answers).issues))


def conclude(case: Case, answers: Answers, *, model: str) -> Analysis:
    """The analysis. Issues that the second pass did not answer stay. Raises NotJudged where no answer of the first pass is usable."""
    first = _first_pass(case, answers)
    if not first.debriefs:
        raise NotJudged(f"no usable answer to any of {counted(len(case.requests), 'request')}; try again, or use the rules engine")
    asked = _refutations(case, first.issues)
    verdicts, unanswered = _verdicts(asked, answers)
    issues, remedies = _upheld(first, verdicts, model)
    session = Session(case.facts)
    debriefs = [read.debrief for _, read in first.debriefs]
    late = verify_late_facts(session, (fact for debrief in debriefs for fact in debrief.late_facts))
    phases = verify_phases(session, list(_phases(first.debriefs))) or case.facts.phases
    facts = msgspec.structs.replace(case.facts, phases=phases)
    return Analysis(
        engine=ENGINE,
        version=version_of(model),
        coverage=case.transcript.coverage,
        outcome=debriefs[-1].outcome,
        issues=issues,
        action_items=tuple(_action_items(issues, remedies)),
        classification=_classification(case, debriefs),
        instructions_used=tuple(_uses(session, debriefs)),
        suggested_prompt=prompt.suggest_prompt(facts, issues, late),
        timeline=timeline.build_timeline(facts, issues),
        user_turns=_roles(case, (turn for debrief in debriefs for turn in debrief.user_turns)),
        late_facts=late,
        phases=phases,
        dropped=first.dropped,
        judge=JudgeRun(
            model=model,
            prompt_version=PROMPT_VERSION,
            requests=len(case.requests) + len(asked),
            unanswered=len(case.requests) - len(first.debriefs) + unanswered,
            proposed=len(first.issues),
            refuted=len(first.issues) - len(issues),
            unverified_issues=first.dropped.issues,
            unverified_quotes=first.dropped.quotes + first.dropped.ranges,
        ),
    )


def version_of(model: str) -> str:
    """The version of this model's analyses."""
    return f"{PROMPT_VERSION} {model}"


class _FirstPass(msgspec.Struct, frozen=True, kw_only=True):
    """What the first pass found and the session bears out."""

    debriefs: list[tuple[Window, Read]]
    issues: tuple[Issue, ...]
    remedies: dict[str, ActionItem]
    """By the issue's sentence: merging keeps that of the issue that stays."""
    dropped: Dropped


def _first_pass(case: Case, answers: Answers) -> _FirstPass:
    debriefs = [
        (window, read)
        for window, request in zip(case.windows, case.requests, strict=True)
        if request.id in answers and (read := _read(answers[request.id])) is not None
    ]
    proposed = [issue for _, read in debriefs for issue in read.debrief.issues]
    verified = verify_issues(Session(case.facts), proposed)
    issues, dropped = checked_issues(case.facts, [Sourced(finding, ENGINE) for finding in verified.findings])
    return _FirstPass(
        debriefs=debriefs,
        issues=issues,
        remedies={
            one(issue.what, SENTENCE_CHARS): ActionItem(type=issue.remedy.type, text=one(issue.remedy.text, REMEDY_CHARS))
            for issue in reversed(proposed)
            if issue.remedy is not None and issue.remedy.text.strip()
        },
        dropped=Dropped(
            quotes=dropped.quotes + verified.refused_places,
            ranges=dropped.ranges,
            issues=dropped.issues + verified.refused_issues + sum(read.malformed for _, read in debriefs),
        ),
    )


def _read(text: str) -> Read | None:
    try:
        return read_debrief(text)
    except UnusableAnswer:
        return None


_Asked = list[tuple[Request, list[tuple[int, Issue]]]]


def _refutations(case: Case, issues: Sequence[Issue]) -> _Asked:
    """Each request of the second pass with the issues it is about, numbered over the whole session."""
    numbered = list(enumerate(issues, start=1))
    asked: _Asked = []
    for position, window in enumerate(case.windows):
        until = case.windows[position + 1].first_record if position + 1 < len(case.windows) else None
        here = [(n, i) for n, i in numbered if until is None or i.evidence[0].first_record < until]
        numbered = numbered[len(here) :]
        if here:
            asked.append((refute_request(window, here), here))
    return asked


def _verdicts(asked: _Asked, answers: Answers) -> tuple[dict[int, Verdict], int]:
    """The verdicts by issue number, and how many requests have no usable answer. A request can only speak of its own issues."""
    verdicts: dict[int, Verdict] = {}
    unanswered = 0
    for request, numbered in asked:
        try:
            answer = read_verdicts(answers[request.id]) if request.id in answers else None
        except UnusableAnswer:
            answer = None
        if answer is None:
            unanswered += 1
            continue
        own = {number for number, _ in numbered}
        verdicts.update({verdict.issue: verdict for verdict in answer if verdict.issue in own})
    return verdicts, unanswered


def _upheld(first: _FirstPass, verdicts: dict[int, Verdict], model: str) -> tuple[tuple[Issue, ...], dict[str, ActionItem]]:
    """The issues that stand, numbered anew, with the kind and severity of the second look; and the remedies by issue id."""
    upheld: list[Issue] = []
    remedies: dict[str, ActionItem] = {}
    for number, issue in enumerate(first.issues, start=1):
        verdict = verdicts.get(number)
        if verdict is not None and not verdict.stands:
            continue
        issue_id = f"issue-{len(upheld) + 1}"
        changed = {"kind": verdict.kind, "severity": verdict.severity} if verdict is not None else {}
        upheld.append(msgspec.structs.replace(issue, id=issue_id, source=model, **changed))
        if issue.what in first.remedies:
            remedies[issue_id] = first.remedies[issue.what]
    return tuple(upheld), remedies


def _action_items(issues: Iterable[Issue], remedies: dict[str, ActionItem]) -> Iterator[ActionItem]:
    """One item an issue, and one for all issues with the same remedy."""
    seen: set[str] = set()
    for issue in issues:
        item = remedies.get(issue.id)
        if item is not None and item.text.casefold() not in seen:
            seen.add(item.text.casefold())
            yield msgspec.structs.replace(item, issue_id=issue.id)


def _classification(case: Case, debriefs: Sequence[Debrief]) -> Classification:
    """The category of most windows. Its confidence is the share of votes it has, the rules engine's counted as one."""
    votes: list[SessionCategory] = [debrief.category for debrief in debriefs]
    if case.rules.classification is not None:
        votes.append(case.rules.classification.category)
    category = max(votes[: len(debriefs)], key=votes.count)
    return Classification(
        category=category,
        confidence=round(votes.count(category) / len(votes), 2),
        languages=_names(name for debrief in debriefs for name in debrief.languages),
        tools=_names(name for debrief in debriefs for name in debrief.tools),
    )


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one(name, NAME_CHARS) for name in names if name.strip()))[:MAX_NAMES]


def _roles(case: Case, judged: Iterable[JudgedTurn]) -> tuple[UserTurn, ...]:
    """Which messages a person wrote is the reader's word; what they were for is the judge's, where it says."""
    roles = {turn.record: turn.role for turn in judged}
    return tuple(msgspec.structs.replace(turn, role=roles.get(turn.record, turn.role)) for turn in case.facts.turns)


def _phases(debriefs: Sequence[tuple[Window, Read]]) -> Iterator[ProposedPhase]:
    """Every window's own phases: where windows overlap, those of the earlier."""
    covered = 0
    for window, read in debriefs:
        yield from (phase for phase in read.debrief.phases if phase.first > covered)
        covered = window.last_record


def _uses(session: Session, debriefs: Sequence[Debrief]) -> Iterator[InstructionUse]:
    """Instructions that were really loaded or named in the record given."""
    seen: set[tuple[str, bool]] = set()
    for use in (use for debrief in debriefs for use in debrief.instructions_used):
        name = one(use.name, NAME_CHARS * 3)
        if name and (name, use.good) not in seen and _is_named(session, use):
            seen.add((name, use.good))
            yield InstructionUse(name=name, record=use.record, good=use.good, message=one(use.why, 300), why=one(use.why, 300))


def _is_named(session: Session, use: ProposedUse) -> bool:
    loaded = {instruction.name for instruction in session.facts.instructions}
    base = use.name.rsplit("/", 1)[-1]
    return bool(session.between(use.record, use.record)) and any(base and base in name for name in loaded)
