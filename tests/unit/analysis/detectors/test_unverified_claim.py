"""Claims measured against the runs before them."""

import time

from hotwash.analysis.detectors.unverified_claim import UnverifiedClaimDetector
from hotwash.transcript import Event, ToolCall
from tests.unit.analysis.builders import agent, call, edit, shell, user, write
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
    assert labels(CODE, NARROW, CLAIM, PASSES, agent("The whole suite is through.")) == []


def test_a_claim_after_a_good_run_is_none() -> None:
    assert labels(CODE, FAILS, CODE, PASSES, CLAIM) == []


def test_an_honest_report_of_a_failure_is_none() -> None:
    assert labels(CODE, FAILS, agent("One test still fails.")) == []


def test_closing_with_success_and_nothing_run_is_an_issue() -> None:
    assert labels(CODE, agent("Done. The parser is ready.")) == ["success stated, the change never exercised"]


def test_whatever_executes_after_the_edits_may_have_shown_it() -> None:
    assert labels(CODE, shell("python demo.py", "ok"), agent("Done.")) == []


def test_prose_needs_no_run() -> None:
    assert labels(edit("README.md", "a", "b"), agent("Done.")) == []


def test_subagents_and_commit_hooks_may_have_run_the_checks() -> None:
    assert labels(CODE, call("Task"), agent("Done.")) == []
    assert labels(CODE, shell("git commit -am x", "pytest....Passed\n[main 1a2b3c4d] x"), agent("Done.")) == []


def test_a_commit_that_printed_nothing_but_its_summary_ran_no_hook_that_checks() -> None:
    committed = shell("git commit -am x", "[main 1a2b3c4d] x\n 1 file changed, 1 insertion(+), 1 deletion(-)")
    assert labels(CODE, committed, agent("Done.")) == ["success stated, the change never exercised"]


def test_an_unknown_result_is_not_held_against_the_agent() -> None:
    assert labels(CODE, shell("pytest | tail -1", "cut"), CODE, shell("pytest | tail -1", "cut"), CLAIM) == []


def test_a_statement_taken_back_is_an_issue() -> None:
    assert labels(shell("ls", "a"), agent("The file is gone."), shell("find .", "a"), agent("I was wrong: it lies in src.")) == [
        "agent takes a statement back"
    ]


def test_a_statement_that_the_person_disputes_is_an_issue() -> None:
    said = (shell("ls", "a"), agent("The logs lie in /var/log."), user("Wrong, I just checked and there are none"), agent("I see."))
    assert labels(*said) == ["person disputes: Wrong, I just checked and there are none"]


def test_a_session_that_ends_on_old_checks_alone_leaves_the_change_unexercised() -> None:
    (found,) = findings(UnverifiedClaimDetector(), GO, CODE, PASSES, agent("Fixed. The parser now reads both forms."))
    assert found.label == "success stated, the change never exercised"
    assert "only pytest ran, and no test was written for it" in found.what


def test_a_test_written_for_the_change_exercises_it() -> None:
    assert labels(CODE, edit("tests/test_parser.py", "", "def test_both(): ..."), PASSES, agent("Fixed.")) == []


def test_a_larger_task_runs_the_program() -> None:
    assert labels(CODE, shell("make test-ci", "ok"), agent("Fixed.")) == []


def test_a_report_that_says_what_was_not_checked_is_honest() -> None:
    assert labels(CODE, PASSES, agent("Fixed. I have not run the integration tests.")) == []


def test_a_data_file_written_anew_is_a_result_and_needs_no_run() -> None:
    assert labels(write("out/result.json", "{}"), agent("Done.")) == []


REMOVAL = edit("src/parser.py", "def old():\n    a()\n    b()\n    c()", "")


def test_a_removal_is_borne_out_by_a_search_of_the_whole_project() -> None:
    search = call("Grep", arguments={"pattern": "old", "path": "src/lexer"}, category="search", output="none")
    (found,) = findings(UnverifiedClaimDetector(), GO, search, REMOVAL, PASSES, agent("Removed the old parser."))
    assert "not searched for what was removed" in found.what
    assert labels(shell("rg old", "src/parser.py:1"), REMOVAL, PASSES, agent("Removed the old parser.")) == []


def test_a_run_that_selects_no_test_of_the_changed_package_bears_nothing_out() -> None:
    output = "ok  \texample.org/app/lexer\t0.2s\nok  \texample.org/app/parser\t0.1s [no tests to run]"
    run = shell("make test -- -run TestLex", output)
    assert labels(edit("/srv/app/parser/parse.go", "a", "b"), run, agent("Done.")) == ["claim broader than what ran"]
    assert labels(edit("/srv/app/lexer/lex.go", "a", "b"), run, agent("Done.")) != ["claim broader than what ran"]


def test_tests_of_one_package_tree_do_not_speak_for_code_outside_it() -> None:
    outside, inside = edit("/srv/app/cli/main.go", "a", "b"), edit("/srv/app/parser/parse.go", "a", "b")
    run = shell("go test ./parser/...", "ok  \texample.org/app/parser\t0.2s")
    assert labels(inside, outside, run, CLAIM, user("thanks")) == ["claim broader than what ran"]
    assert labels(inside, run, CLAIM, user("thanks")) == []


def test_a_claim_of_everything_needs_the_larger_task_that_the_session_knows() -> None:
    larger = shell("make test-integration", "FAIL", exit_code=1)
    assert labels(CODE, larger, CODE, shell("make test", "ok"), CLAIM, user("thanks")) == ["claim broader than what ran"]


def test_a_claim_of_everything_after_an_edit_that_followed_the_last_run_is_stale() -> None:
    (found,) = findings(UnverifiedClaimDetector(), GO, CODE, PASSES, CODE, CLAIM)
    assert "an edit that no run followed" in found.what


def plan(*items: tuple[str, str]) -> ToolCall:
    todos: list[object] = [{"content": content, "status": status} for content, status in items]
    return call("TodoWrite", category="todo", arguments={"todos": todos})


def test_a_planned_check_that_vanishes_before_success_is_stated_is_an_issue() -> None:
    before = plan(("Write the handler", "in_progress"), ("Write unit tests for the handler", "pending"))
    after = plan(("Write the handler", "completed"))
    ran = shell("python demo.py", "ok")
    assert labels(before, CODE, ran, after, agent("Done.")) == ["planned checks dropped"]
    assert (
        labels(
            before, CODE, ran, plan(("Write the handler", "completed"), ("Write unit tests for the handler", "completed")), agent("Done.")
        )
        == []
    )


OPTION = edit("src/cli.py", "", "parser.add_argument('--colour', default='auto')")


def test_a_new_option_that_nothing_ever_passes_was_not_tried() -> None:
    ran = shell("python -m app show", "ok")
    (found,) = findings(UnverifiedClaimDetector(), GO, OPTION, ran, agent("Done."))
    assert found.label == "new option --colour never passed"
    assert labels(OPTION, shell("python -m app show --colour never", "ok"), agent("Done.")) == []
    assert labels(OPTION, edit("tests/test_cli.py", "", "run('--colour', 'never')"), ran, agent("Done.")) == []


def test_an_option_that_was_there_before_is_not_new() -> None:
    assert labels(shell("python -m app --help", "  --colour WHEN"), OPTION, shell("python -m app show", "ok"), agent("Done.")) == []


def test_a_long_message_full_of_claims_is_judged_in_no_time() -> None:
    """It is searched once for what it admits, not once a claim."""
    boast = agent("all tests pass. " * 30_000)
    started = time.process_time()
    labels(CODE, boast, CODE, boast)
    assert time.process_time() - started < 2


def test_a_report_that_speaks_of_every_case_says_more_than_checks_show() -> None:
    (found,) = findings(
        UnverifiedClaimDetector(), GO, CODE, PASSES, agent("Mended. These tests will catch any future regression of the parser.")
    )
    assert found.label == "report speaks of every case"
    assert "only pytest ran" in found.what
    assert [cite.quote for cite in found.cites] == ["These tests will catch any future regression of the parser."]


def test_a_report_of_this_case_a_heading_and_the_story_of_the_fault_do_not() -> None:
    said = "Every branch:\nThe old parser was exactly the wrong shape. It now reads the empty table. Let me know if all tables are read."
    assert labels(CODE, shell("python -m app", "ok"), agent(said)) == []


def test_a_report_of_every_case_is_believed_where_more_than_checks_ran() -> None:
    assert labels(CODE, PASSES, shell("python -m app --all", "ok"), agent("All parsers are now safe to use.")) == []


def test_a_report_that_tells_what_was_not_tried_may_speak_of_every_case() -> None:
    assert labels(CODE, PASSES, agent("All parsers now accept it. I have not tested Windows.")) == []


SCRIPT = write("try_it.py", "import parser")
RUN = shell("python try_it.py", "fine")


def test_success_on_the_word_of_the_agents_own_scripts_is_an_issue() -> None:
    (found,) = findings(
        UnverifiedClaimDetector(), GO, SCRIPT, CODE, RUN, agent("Fixed and verified."), shell("rm try_it.py"), agent("I hand it in.")
    )
    assert found.label == "only scripts of its own ran"
    assert [cite.quote for cite in found.cites] == ["python try_it.py", "Fixed and verified.", "I hand it in."]


def test_a_test_of_the_project_beside_the_scripts_bears_it_out() -> None:
    assert labels(SCRIPT, CODE, RUN, NARROW, agent("Fixed and verified.")) == []
