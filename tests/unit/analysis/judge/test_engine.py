"""The judge from a transcript to an analysis, with a model's answers handed in."""

import msgspec
import pytest

from hotwash.analysis.judge.engine import PROMPT_VERSION, check_answer, conclude, prepare, refutations
from hotwash.analysis.judge.model import Case, NotJudged, UnusableAnswer
from hotwash.analysis.model import Analysis
from tests.unit.analysis.builders import agent, instruction, session, shell, user
from tests.unit.analysis.judge.replying import BROKEN_BUILD, debrief, issue, verdict, verdicts

SECOND = {"first": 8, "last": 8, "quote": "I had not run the suite"}


def judged(case: Case, first: str, second: str | None = None) -> Analysis:
    answers = {case.requests[0].id: first}
    if second is not None:
        answers |= {request.id: second for request in refutations(case, answers)}
    return conclude(case, answers, model="command:test")


def test_an_issue_that_stands_is_shown_as_the_rules_engine_shows_its_own() -> None:
    analysis = judged(prepare(BROKEN_BUILD), debrief(issue()), verdicts(verdict(1, stands=True)))
    (found,) = analysis.issues
    assert (found.id, found.kind, found.severity, found.source) == ("issue-1", "unverified_claim", "medium", "command:test")
    assert [(e.first_record, e.last_record, e.quote) for e in found.evidence] == [(6, 6, "All tests pass now")]
    assert len(found.fingerprint) == 16
    assert [item.issue_id for item in analysis.action_items] == ["issue-1"]
    assert (analysis.engine, analysis.outcome) == ("judge", "partly")
    assert analysis.version == f"{PROMPT_VERSION} command:test"
    assert [(turn.record, turn.role) for turn in analysis.user_turns] == [(1, "request"), (7, "correction")]
    assert [phase.title for phase in analysis.phases] == ["Build the flag", "Hand over"]
    assert [entry.title for entry in analysis.timeline] == ["Build the flag", "Hand over"]


def test_an_issue_that_is_refuted_is_gone_and_counted_and_the_rest_numbered_anew() -> None:
    other = issue(SECOND, kind="misunderstanding", what="Another thing.")
    analysis = judged(prepare(BROKEN_BUILD), debrief(issue(), other), verdicts(verdict(1, stands=False), verdict(2, stands=True)))
    assert [(i.id, i.what) for i in analysis.issues] == [("issue-1", "Another thing.")]
    assert analysis.judge is not None
    assert (analysis.judge.requests, analysis.judge.proposed, analysis.judge.refuted, analysis.judge.unanswered) == (2, 2, 1, 0)


def test_the_second_look_may_correct_kind_and_severity() -> None:
    analysis = judged(prepare(BROKEN_BUILD), debrief(issue()), verdicts(verdict(1, stands=True, kind="defect", severity="low")))
    assert [(i.kind, i.severity) for i in analysis.issues] == [("defect", "low")]


def test_without_a_second_pass_issues_stay_and_the_gap_is_counted() -> None:
    analysis = judged(prepare(BROKEN_BUILD), debrief(issue()))
    assert len(analysis.issues) == 1
    assert analysis.judge is not None
    assert analysis.judge.unanswered == 1


def test_lies_are_dropped_and_counted() -> None:
    lie = {"first": 3, "last": 3, "quote": "Segmentation fault (core dumped)"}
    case = prepare(BROKEN_BUILD)
    analysis = judged(case, debrief(issue(lie), late_facts=[{"record": 2, "fact": "It segfaults.", "quote": "Segmentation fault"}]))
    assert analysis.issues == ()
    assert analysis.late_facts == ()
    assert (analysis.dropped.quotes, analysis.dropped.issues) == (1, 1)
    assert refutations(case, {case.requests[0].id: debrief(issue(lie))}) == ()


def test_the_same_issue_named_twice_is_one() -> None:
    assert len(judged(prepare(BROKEN_BUILD), debrief(issue(), issue())).issues) == 1


def test_messages_are_the_readers_word_and_only_their_roles_the_models() -> None:
    turns = [{"record": 7, "role": "approval"}, {"record": 4, "role": "request"}]
    analysis = judged(prepare(BROKEN_BUILD), debrief(user_turns=turns))
    assert [(turn.record, turn.role) for turn in analysis.user_turns] == [(1, "request"), (7, "approval")]


def test_only_instructions_that_were_loaded_can_have_helped() -> None:
    case = prepare(session(instruction("docs/AGENTS.md", "Run make."), user("Build."), shell("make"), agent("Built with make.")))
    used = [
        {"name": "AGENTS.md", "record": 3, "good": True, "why": "It names the command."},
        {"name": "secret.md", "record": 3, "good": True, "why": "Never loaded."},
    ]
    assert [use.name for use in judged(case, debrief(instructions_used=used)).instructions_used] == ["AGENTS.md"]


def test_without_a_usable_answer_nothing_is_concluded() -> None:
    case = prepare(BROKEN_BUILD)
    with pytest.raises(NotJudged, match="any of 1 request"):
        conclude(case, {case.requests[0].id: "I would rather not."}, model="m")


def test_a_session_without_words_or_calls_asks_nothing() -> None:
    assert prepare(session(user("Hello?"))).requests == ()


def test_an_answer_is_checked_by_the_pass_it_answers() -> None:
    case = prepare(BROKEN_BUILD)
    (first,) = case.requests
    (second,) = refutations(case, {first.id: debrief(issue())})
    check_answer(first, debrief())
    check_answer(second, verdicts())
    with pytest.raises(UnusableAnswer):
        check_answer(second, debrief())


def test_equal_sessions_ask_equal_questions_and_other_sessions_others() -> None:
    again, other = prepare(BROKEN_BUILD), prepare(session(user("Something else."), agent("Yes.")))
    assert prepare(BROKEN_BUILD).requests == again.requests
    assert again.requests[0].id != other.requests[0].id
    assert len(again.requests[0].id) <= 64


def test_answers_to_the_same_questions_give_identical_bytes() -> None:
    first, second = (judged(prepare(BROKEN_BUILD), debrief(issue()), verdicts(verdict(1, stands=True))) for _ in range(2))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


def test_windows_are_merged() -> None:
    """An issue found in two overlapping windows is one; phases of both follow on each other; each issue is refuted in the window it begins in."""
    steps = [shell(f"make step-{n}", f"built {n} " + "." * 400) for n in range(40)]
    case = prepare(session(user("Build forty."), *steps, agent("All forty steps are verified.")), window_chars=6_000)
    assert len(case.requests) > 2
    claim = {"first": 82, "last": 82, "quote": "All forty steps are verified."}
    answers = {
        request.id: debrief(
            issue(claim)
            if request is case.requests[-1]
            else issue({"first": 2, "last": 3, "quote": "make step-0"}, kind="loop", what="It loops."),
            outcome="unclear" if request is not case.requests[-1] else "achieved",
            phases=[{"title": f"Part {n}", "first": w.first_record, "last": w.last_record}],
        )
        for n, (request, w) in enumerate(zip(case.requests, case.windows, strict=True))
    }
    asked = refutations(case, answers)
    assert ["loop" in request.prompt.rpartition("The issues:")[2] for request in asked] == [True, False]
    analysis = conclude(case, answers, model="m")
    assert [i.kind for i in analysis.issues] == ["loop", "unverified_claim"]
    assert analysis.outcome == "achieved"
    assert (analysis.phases[0].first, analysis.phases[-1].last) == (1, 82)
