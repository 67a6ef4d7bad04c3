"""The suggested prompt: the original completed with what surfaced later, and nothing else."""

from collections.abc import Sequence

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.model import Issue, SuggestedPrompt
from hotwash.analysis.parts.late_facts import find_late_facts
from hotwash.analysis.parts.prompt import suggest_prompt
from hotwash.transcript import Transcript
from tests.unit.analysis.builders import agent, edit, issue, read, session, shell, user

GO_OK = "ok  \texample/store\t0.2s"


def prompt(transcript: Transcript, issues: Sequence[Issue] = ()) -> SuggestedPrompt:
    facts = collect(transcript)
    suggested = suggest_prompt(facts, issues, find_late_facts(facts))
    assert suggested is not None
    return suggested


def test_a_session_without_a_person_has_no_prompt() -> None:
    facts = collect(session(agent("Hello."), shell("ls")))
    assert suggest_prompt(facts, (), ()) is None


def test_where_nothing_surfaced_the_prompt_stays_as_it_was() -> None:
    suggested = prompt(session(user("What is in this folder?"), shell("ls", "a.txt"), agent("One file.")))
    assert suggested == SuggestedPrompt(original="What is in this folder?", suggested="What is in this folder?")


def test_the_check_that_passed_in_the_end_is_added() -> None:
    suggested = prompt(
        session(
            user("Fix the store"),
            edit("store.go", "a", "b"),
            shell("go test ./store", "--- FAIL: TestStore\nFAIL", exit_code=1),
            edit("store.go", "b", "c"),
            shell("cd app && go test ./store 2>&1 | tail -5", GO_OK),
        )
    )
    assert suggested.suggested == "Fix the store\n\nCheck with:\n- `go test ./store`"
    assert suggested.feedback[0].record == 8


def test_a_check_of_everything_is_preferred_to_one_of_a_part() -> None:
    suggested = prompt(
        session(user("Fix it"), edit("a.go", "a", "b"), shell("go test ./...", GO_OK), shell("go test ./store -run TestOne", GO_OK))
    )
    assert suggested.suggested == "Fix it\n\nCheck with:\n- `go test ./...`"


def test_a_check_that_the_prompt_names_already_is_not_added() -> None:
    original = "Fix the store and run `go test ./store`"
    assert prompt(session(user(original), edit("store.go", "a", "b"), shell("go test ./store", GO_OK))).suggested == original


def test_a_correction_becomes_a_constraint() -> None:
    suggested = prompt(session(user("Store the report"), edit("r.py", "a", "b"), agent("Done."), user("no, it must be in the database")))
    assert suggested.suggested.endswith("Constraints:\n- It must be in the database")
    assert suggested.feedback[0].excerpt == "no, it must be in the database"
    assert suggested.feedback[0].record == 5


def test_a_command_that_worked_after_another_spelling_failed_is_added() -> None:
    suggested = prompt(
        session(
            user("Install it"),
            shell("npm install", "npm: engine too old", exit_code=1),
            shell("pnpm install", "Done in 2s"),
            agent("Done."),
        )
    )
    assert "Use:\n- `pnpm install` (`npm install` fails here)" in suggested.suggested


def test_files_that_had_to_be_searched_for_are_added() -> None:
    looks = [read(f"src/part{index}.go") for index in range(7)]
    suggested = prompt(session(user("Make the server faster"), *looks, edit("src/server.go", "a", "b"), agent("Done.")))
    assert suggested.suggested.endswith("Files:\n- `src/server.go`")


def test_files_found_at_once_are_not_added() -> None:
    suggested = prompt(session(user("Make the server faster"), read("src/server.go"), edit("src/server.go", "a", "b"), agent("Done.")))
    assert suggested.suggested == suggested.original


def test_an_addition_points_to_the_issue_that_explains_it() -> None:
    transcript = session(
        user("Fix the store"),
        shell("go test ./store", "--- FAIL: TestStore\nFAIL", exit_code=1),
        edit("store.go", "b", "c"),
        shell("go test ./store", GO_OK),
    )
    found = issue("failing_check", transcript, 1)
    assert [item.issue_id for item in prompt(transcript, [found]).feedback] == ["issue-1"]


def test_every_addition_occurs_in_the_session() -> None:
    transcript = session(
        user("Fix the store"),
        *[read(f"src/part{index}.go") for index in range(7)],
        shell("npm ci", "npm: no lock file", exit_code=1),
        shell("pnpm ci", "Done"),
        edit("store.go", "a", "b"),
        shell("go test ./...", GO_OK),
        user("it should never write to disk"),
    )
    texts = " ".join(str(event) for event in transcript.events)
    feedback = prompt(transcript).feedback
    assert len(feedback) == 4
    assert all(item.excerpt in texts for item in feedback)


def test_the_checks_are_listed_in_their_plainest_form_each_once() -> None:
    suggested = prompt(
        session(
            user("Move the page"),
            edit("page.ts", "a", "b"),
            shell("cd web && pnpm tsc --noEmit && pnpm vitest run src 2>&1", "ok"),
            shell("cd web && pnpm vitest run src | tail -3 && git stash", "1 passed"),
            shell("pnpm tsc --noEmit", ""),
        )
    )
    assert suggested.suggested == "Move the page\n\nCheck with:\n- `pnpm vitest run src`\n- `pnpm tsc --noEmit`"


def test_a_run_of_chosen_tests_is_no_check_of_the_project() -> None:
    suggested = prompt(
        session(
            user("Fix it please"),
            shell("pytest tests/test_a.py -k one", "1 failed", exit_code=1),
            edit("a.py", "a", "b"),
            shell("pytest tests/test_a.py -k one", "1 passed"),
        )
    )
    assert suggested.suggested == suggested.original


def test_a_forced_push_that_worked_is_never_suggested() -> None:
    suggested = prompt(
        session(
            user("Push it please"),
            shell("git push origin main", "! [rejected]", exit_code=1),
            shell("hub push --force origin main", "forced update"),
            shell("git stash list", "", exit_code=1),
            shell("jj list", "a"),
        )
    )
    assert suggested.suggested == suggested.original


def test_a_demand_that_comes_twice_is_one_constraint() -> None:
    suggested = prompt(
        session(
            user("Move the page. We use pnpm, never npm."),
            edit("page.ts", "a", "b"),
            user("No, no optimistic updates, the backend validates"),
            edit("page.ts", "b", "c"),
            user("No, pnpm, never npm! I said that."),
            edit("page.ts", "c", "d"),
            user("No! No optimistic updates, I said that already."),
        )
    )
    assert suggested.suggested.endswith("Constraints:\n- No optimistic updates, the backend validates")


def test_a_question_is_completed_by_no_checks_and_files() -> None:
    looks = [read(f"src/part{index}.go") for index in range(7)]
    suggested = prompt(
        session(
            user("what is the name of the field again?"),
            agent("agent"),
            user("rename it"),
            *looks,
            edit("a.go", "a", "b"),
            shell("go test ./...", GO_OK),
        )
    )
    assert suggested.suggested == suggested.original


def test_files_of_a_later_task_are_not_named() -> None:
    looks = [read(f"src/part{index}.go") for index in range(7)]
    suggested = prompt(
        session(
            user("Make the server faster"), *looks, agent("It is fast."), user("Also add a cache to it"), edit("src/cache.go", "a", "b")
        )
    )
    assert suggested.suggested == suggested.original
