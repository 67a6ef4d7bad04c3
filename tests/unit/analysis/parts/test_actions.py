"""What a person should change before the next session."""

from collections.abc import Sequence

import msgspec
import pytest

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.model import Issue
from hotwash.analysis.parts.actions import action_items
from hotwash.transcript import Transcript
from tests.unit.analysis.builders import agent, edit, issue, session, shell, user


def items(transcript: Transcript, issues: Sequence[Issue]) -> list[tuple[str, str, str | None]]:
    return [(item.type, item.text, item.issue_id) for item in action_items(collect(transcript), issues)]


def test_a_missing_program_is_to_be_installed() -> None:
    transcript = session(user("Check it"), shell("shfmt -l .", "bash: shfmt: command not found", exit_code=127))
    assert items(transcript, [issue("environment", transcript, 1)]) == [
        ("machine_setup", "Install `shfmt` on the machine and put it on the agent's PATH.", "issue-1")
    ]


def test_equal_advice_for_two_issues_is_given_once() -> None:
    missing = shell("shfmt -l .", "bash: shfmt: command not found", exit_code=127)
    transcript = session(user("Check it"), missing, missing)
    found = [issue("environment", transcript, 1), issue("environment", transcript, 2, id="issue-2")]
    assert [issue_id for _, _, issue_id in items(transcript, found)] == ["issue-1"]


def test_an_unverified_claim_names_the_check_that_the_session_knows() -> None:
    transcript = session(user("Fix it"), shell("go test ./...", "ok  \texample/a\t0.1s"), edit("a.go", "a", "b"), agent("All tests pass."))
    ((kind, text, _),) = items(transcript, [issue("unverified_claim", transcript, 3)])
    assert kind == "knowledge"
    assert "`go test ./...`" in text


def test_a_misunderstanding_gives_the_persons_words_back_as_a_prompt() -> None:
    transcript = session(user("Store it"), edit("a.go", "a", "b"), user("no, store it in the database"))
    assert items(transcript, [issue("misunderstanding", transcript, 1)]) == [
        ("prompt_improvement", "Say in the first prompt: “Store it in the database.”", "issue-1")
    ]


def test_a_risky_command_is_to_be_asked_for() -> None:
    transcript = session(user("Push it"), shell("git push --force origin main", "forced update"))
    ((kind, text, _),) = items(transcript, [issue("unsafe_action", transcript, 1)])
    assert kind == "repo_config"
    assert "`git push --force`" in text


def test_a_risky_command_of_claude_code_comes_with_the_very_rule() -> None:
    told = session(user("Push it"), shell("cd app && git push --force origin main", "forced update"))
    transcript = msgspec.structs.replace(told, agent="Claude Code")
    ((_, text, _),) = items(transcript, [issue("unsafe_action", transcript, 1)])
    assert '"ask": ["Bash(git push --force:*)"]' in text


def test_the_command_to_be_asked_for_is_the_act_and_not_the_look_before_it() -> None:
    """Both are cited: the status that showed others' commits, and the push that took them along."""
    transcript = session(user("Push it"), shell("git status", "ahead of 'origin/main' by 2 commits"), shell("git push origin main"))
    ((_, text, _),) = items(transcript, [issue("unsafe_action", transcript, 1, 2)])
    assert text == "Have the agent ask before it runs commands such as `git push origin main`."


def test_an_issue_without_a_remedy_gives_no_item() -> None:
    transcript = session(user("Fix it"), agent("All is well."))
    assert items(transcript, [issue("unverified_claim", transcript, 1), issue("service", transcript, 1)]) == []


def test_a_defect_asks_for_a_test_of_the_projects_own_file() -> None:
    """A scratch file outside the project was changed last; nobody wants a test for it."""
    transcript = session(
        user("Fix it"), edit("store.go", "a", "b"), edit("/tmp/try.txt", "a", "b"), user("no, the store still loses the last entry")
    )
    assert items(transcript, [issue("defect", transcript, 3)]) == [
        ("repo_config", "Add a test that fails on this (store.go was changed last): “The store still loses the last entry”", "issue-1")
    ]


FAILS = shell("cd app && go test ./... 2>&1 | tail -20", "--- FAIL: TestOne\nFAIL", exit_code=1)
PASSES = shell("go test ./...", "ok  \texample/a\t0.1s")
CHANGE = edit("a.go", "a", "b")


def test_a_check_that_fails_at_the_end_opens_the_next_session() -> None:
    transcript = session(user("Fix it"), CHANGE, FAILS)
    assert items(transcript, [issue("failing_check", transcript, 2)]) == [
        ("prompt_improvement", "Begin the next session with: “`go test ./...` fails (FAIL: TestOne); mend that first.”", "issue-1")
    ]


def test_a_check_that_was_mended_is_not_said_to_fail_because_another_does() -> None:
    """Both are runs of one tool; only the later one is still to be mended."""
    early, mended = shell("go test ./svg", "--- FAIL: TestInk\nFAIL", exit_code=1), shell("go test ./svg", "ok  \texample/svg\t0.1s")
    late = shell("go test ./terminal", "--- FAIL: TestLink\nFAIL", exit_code=1)
    transcript = session(user("Fix it"), CHANGE, early, CHANGE, mended, CHANGE, late)
    assert [text for _, text, _ in items(transcript, [issue("failing_check", transcript, 2), issue("failing_check", transcript, 6)])] == [
        "Begin the next session with: “`go test ./terminal` fails (FAIL: TestLink); mend that first.”"
    ]


def test_a_check_that_ran_only_after_many_changes_is_to_run_after_each() -> None:
    transcript = session(user("Fix it"), *[CHANGE] * 5, FAILS, CHANGE, FAILS, CHANGE, PASSES)
    assert items(transcript, [issue("failing_check", transcript, 6, 8)]) == [
        ("knowledge", "Add to AGENTS.md: “Run `go test ./...` after every change, not only at the end.”", "issue-1")
    ]


def test_a_check_that_the_agent_ran_after_every_change_gives_no_advice_to_do_so() -> None:
    transcript = session(user("Fix it"), CHANGE, FAILS, CHANGE, FAILS, CHANGE, PASSES)
    assert items(transcript, [issue("failing_check", transcript, 2, 4)]) == []


def test_what_a_linter_refused_is_told_as_a_rule() -> None:
    refused = shell("mise run lint", "src/a.go:13:2: Error return value is not checked (errcheck)\n1 issues:", exit_code=1)
    transcript = session(user("Fix it"), CHANGE, refused, CHANGE, refused, CHANGE, shell("mise run lint", "0 issues."))
    ((kind, text, _),) = items(transcript, [issue("failing_check", transcript, 2, 4)])
    assert kind == "knowledge"
    assert "`mise run lint` refuses this: Error return value is not checked (errcheck)" in text


def test_an_expired_token_is_to_be_renewed() -> None:
    expired = shell(
        "npm install @acme/kit@5",
        "npm error 401 Unauthorized - GET https://npm.acme.example/kit - authentication token expired",
        exit_code=1,
    )
    transcript = session(user("Upgrade it"), expired, expired)
    ((kind, text, _),) = items(transcript, [issue("access", transcript, 1, 2)])
    assert kind == "machine_setup"
    assert text.startswith(
        "Renew the access token for npm.acme.example before the session; `npm install @acme/kit@5` ended with: 401 Unauthorized"
    )


def test_a_rule_against_a_command_is_to_be_changed() -> None:
    denied = shell("docker ps", "Permission to use Bash has been denied by policy", exit_code=1)
    transcript = session(user("Look"), denied, denied)
    ((_, text, _),) = items(transcript, [issue("access", transcript, 1, 2)])
    assert text.startswith("Allow `docker ps` in the agent's permission settings")


def test_a_rate_limit_asks_for_a_pace() -> None:
    limited = shell("./bin/fill --all", "HTTP 429 Too Many Requests: rate limit exceeded, retry after 60 s", exit_code=1)
    transcript = session(user("Fill it"), limited, limited)
    ((_, text, _),) = items(transcript, [issue("service", transcript, 1, 2)])
    assert text.startswith("Say in the prompt how fast the service may be called")


def test_a_rule_that_stood_in_the_prompt_goes_into_the_instructions() -> None:
    transcript = session(
        user("Add the query. We use pnpm, never npm."), shell("npm install x"), user("No, pnpm, never npm! You just wrote a lock file.")
    )
    assert items(transcript, [issue("misunderstanding", transcript, 1)]) == [
        ("knowledge", "Add to AGENTS.md, as the prompt alone did not hold: “Pnpm, never npm.”", "issue-1")
    ]


@pytest.mark.parametrize(
    "said", ["that was my error", "why did you do this?", "hm, great work so far", "are you stupid? what about the tool?"]
)
def test_words_that_demand_nothing_give_no_item(said: str) -> None:
    transcript = session(user("Store it"), CHANGE, user(said))
    assert items(transcript, [issue("misunderstanding", transcript, 1), issue("defect", transcript, 1, id="issue-2")]) == []


def test_how_to_check_is_asked_for_once() -> None:
    transcript = session(user("Fix it"), edit("a.go", "a", "b"), agent("Done."), user("and b"), edit("b.go", "a", "b"), agent("Done."))
    found = [issue("unverified_claim", transcript, 2), issue("unverified_claim", transcript, 5, id="issue-2")]
    assert [issue_id for _, _, issue_id in items(transcript, found)] == ["issue-1"]


def test_a_ci_that_fails_on_lint_asks_for_the_linter() -> None:
    transcript = session(
        user("Fix it"), CHANGE, PASSES, shell("mise run lint", "0 issues."), agent("Done."), user("CI fails on lint now: a.go")
    )
    ((_, text, _),) = items(transcript, [issue("defect", transcript, 4)])
    assert "`mise run lint`" in text


def test_a_failed_ci_asks_for_the_projects_check_before_handing_over() -> None:
    transcript = session(user("Fix it"), CHANGE, PASSES, agent("Done."), user("CI fails on the tests now: TestOther"))
    assert items(transcript, [issue("defect", transcript, 3)]) == [
        ("knowledge", "Add to AGENTS.md: “Run `go test ./...` before you hand a change over.”", "issue-1")
    ]
