"""What a person should change before the next session."""

from collections.abc import Sequence

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
        ("prompt_improvement", "Say in the first prompt: “Store it in the database”", "issue-1")
    ]


def test_a_risky_command_is_to_be_asked_for() -> None:
    transcript = session(user("Push it"), shell("git push --force origin main", "forced update"))
    ((kind, text, _),) = items(transcript, [issue("unsafe_action", transcript, 1)])
    assert kind == "repo_config"
    assert "`git push --force origin main`" in text


def test_an_issue_without_a_remedy_gives_no_item() -> None:
    transcript = session(user("Fix it"), agent("All is well."))
    assert items(transcript, [issue("unverified_claim", transcript, 1), issue("service", transcript, 1)]) == []


def test_a_defect_asks_for_a_test_of_the_projects_own_file() -> None:
    """A scratch file outside the project was changed last; nobody wants a test for it."""
    transcript = session(
        user("Fix it"), edit("store.go", "a", "b"), edit("/tmp/try.txt", "a", "b"), user("no, the store still loses the last entry")
    )
    assert items(transcript, [issue("defect", transcript, 3)]) == [
        ("repo_config", "Have a test or check for store.go that shows this: “The store still loses the last entry”", "issue-1")
    ]


def test_a_failing_check_gives_the_line_to_add() -> None:
    transcript = session(user("Fix it"), shell("go test ./...", "--- FAIL: TestOne\nFAIL", exit_code=1))
    ((kind, text, _),) = items(transcript, [issue("failing_check", transcript, 1)])
    assert kind == "knowledge"
    assert "Run `go test ./...` after every change" in text
