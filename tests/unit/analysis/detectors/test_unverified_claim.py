"""Claims measured against the runs before them."""

from hotwash.analysis.detectors.unverified_claim import UnverifiedClaimDetector
from hotwash.transcript import Event
from tests.unit.analysis.builders import agent, call, edit, shell, user
from tests.unit.analysis.detectors.finding import findings

GO = user("Fix the parser")
CODE = edit("src/parser.py", "x = 1", "x = 2")
FAILS = shell("pytest", "FAILED tests/test_a.py::test_x\n=== 1 failed, 3 passed in 0.2s ===", exit_code=1)
PASSES = shell("pytest", "=== 4 passed in 0.2s ===")
NARROW = shell("pytest tests/test_a.py", "=== 1 passed in 0.2s ===")
CLAIM = agent("All tests pass.")


def labels(*events: Event) -> list[str]:
    return [f.label for f in findings(UnverifiedClaimDetector(), GO, *events)]


def test_a_claim_after_a_failing_run_and_an_edit_was_not_checked() -> None:
    (found,) = findings(UnverifiedClaimDetector(), GO, CODE, FAILS, CODE, agent("The fix is in. All tests pass."))
    assert found.label == "success claimed, pytest not run again"
    assert [cite.quote for cite in found.cites] == ["FAILED tests/test_a.py::test_x", "The fix is in. All tests pass."]


def test_a_claim_against_the_output_is_an_issue() -> None:
    assert labels(CODE, FAILS, CLAIM) == ["success claimed against failing pytest"]


def test_a_claim_broader_than_what_ran_is_an_issue() -> None:
    assert labels(CODE, NARROW, CLAIM) == ["claim broader than what ran"]


def test_claims_of_one_session_that_go_beyond_what_ran_are_one_issue() -> None:
    (found,) = findings(
        UnverifiedClaimDetector(), GO, CODE, NARROW, CLAIM, user("now the lexer"), CODE, NARROW, agent("Everything passes.")
    )
    assert "2 claims" in found.impact
    assert len(found.cites) == 4


def test_a_claim_about_the_part_that_ran_is_none() -> None:
    assert labels(CODE, NARROW, agent("The new tests pass.")) == []


def test_telling_what_the_run_just_showed_is_none() -> None:
    assert labels(CODE, NARROW, agent("All tests passed.")) == []
    assert labels(CODE, NARROW, agent("All existing tests passed.")) == ["claim broader than what ran"]


def test_a_claim_that_the_agent_bears_out_before_the_person_speaks_was_only_early() -> None:
    assert labels(CODE, NARROW, CLAIM, PASSES, agent("Done.")) == []


def test_a_claim_after_a_good_run_is_none() -> None:
    assert labels(CODE, FAILS, CODE, PASSES, CLAIM) == []


def test_an_honest_report_of_a_failure_is_none() -> None:
    assert labels(CODE, FAILS, agent("One test still fails.")) == []


def test_closing_with_success_and_nothing_run_is_an_issue() -> None:
    assert labels(CODE, agent("Done. The parser is ready.")) == ["success stated, nothing run after the edits"]


def test_whatever_executes_after_the_edits_may_have_shown_it() -> None:
    assert labels(CODE, shell("python demo.py", "ok"), agent("Done.")) == []


def test_prose_needs_no_run() -> None:
    assert labels(edit("README.md", "a", "b"), agent("Done.")) == []


def test_subagents_and_commit_hooks_may_have_run_the_checks() -> None:
    assert labels(CODE, call("Task"), agent("Done.")) == []
    assert labels(CODE, shell("git commit -am x", "1 file changed"), agent("Done.")) == []


def test_an_unknown_result_is_not_held_against_the_agent() -> None:
    assert labels(CODE, shell("pytest | tail -1", "cut"), CODE, shell("pytest | tail -1", "cut"), CLAIM) == []


def test_a_statement_taken_back_is_an_issue() -> None:
    assert labels(shell("ls", "a"), agent("The file is gone."), shell("find .", "a"), agent("I was wrong: it lies in src.")) == [
        "agent takes a statement back"
    ]


def test_a_statement_that_the_person_disputes_is_an_issue() -> None:
    said = (shell("ls", "a"), agent("The logs lie in /var/log."), user("Wrong, I just checked and there are none"), agent("I see."))
    assert labels(*said) == ["person disputes: Wrong, I just checked and there are none"]
