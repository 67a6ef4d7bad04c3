"""What kind of work a session was, in which languages, with which tools."""

import pytest

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.model import Classification, SessionCategory
from hotwash.analysis.parts.classification import classify
from hotwash.transcript import Event
from tests.unit.analysis.builders import agent, call, edit, read, session, shell, user, write


def classified(*events: Event) -> Classification:
    return classify(collect(session(*events)))


CODE = edit("src/server.go", "a", "b")


@pytest.mark.parametrize(
    ("said", "work", "category"),
    [
        ("Fix the crash in the parser, it throws an error", CODE, "bug_fixing"),
        ("Add support for a second database", CODE, "feature_development"),
        ("Refactor the parser, simplify the loops", CODE, "refactoring_and_optimization"),
        ("Update the README with the new options", edit("README.md", "a", "b"), "documentation_and_content"),
        ("Write unit tests for the parser", write("src/parser_test.go", "package x"), "unit_test_generation"),
        ("My branch has 14 work-in-progress commits: schema, API, docs. Squash them", shell("git push"), "ci_cd_and_devops"),
        ("Backfill the events from the API, then check them against reports/may.csv", shell("./bin/backfill"), "data_and_automation"),
        ("The poller retries for ever. Give it at most five attempts, and a test.", CODE, "bug_fixing"),
        ("/review 12", edit("src/parser_test.go", "a", "b"), "code_review_and_analysis"),
        ("/review 12", shell("gh pr diff 12"), "code_review_and_analysis"),
        ("How does the cache decide what to keep?", read("src/cache.go"), "research_and_exploration"),
        ("Upgrade to version 3 and migrate the config", CODE, "migrations_and_upgrades"),
        ("The GitHub Actions workflow run should deploy the site", edit(".github/workflows/site.yml", "a", "b"), "ci_cd_and_devops"),
        ("Check these advisories for a security vulnerability", CODE, "code_quality_and_security"),
    ],
)
def test_the_request_and_the_files_name_the_category(said: str, work: Event, category: SessionCategory) -> None:
    assert classified(user(said), work, agent("Done.")).category == category


def test_a_conventional_commit_message_counts() -> None:
    found = classified(user("please look at the parser"), CODE, shell("git commit -m 'refactor: one loop less'"))
    assert found.category == "refactoring_and_optimization"


def test_without_any_evidence_the_category_is_other() -> None:
    assert classified(user("hello there"), agent("Hello.")) == Classification(category="other", confidence=0.3)


def test_a_session_that_changed_code_without_a_word_about_it_is_taken_for_a_feature() -> None:
    found = classified(user("hello there"), CODE)
    assert (found.category, found.languages) == ("feature_development", ("Go",))
    assert found.confidence < 0.5


def test_clear_evidence_is_surer_than_mixed_evidence() -> None:
    clear = classified(user("Fix the crash, a bug that fails"), CODE)
    mixed = classified(user("Fix the crash and add support for a second database"), CODE)
    assert 1 >= clear.confidence > mixed.confidence > 0


def test_languages_come_from_changed_files_first() -> None:
    found = classified(user("Fix it"), edit("a.py", "a", "b"), edit("a.py", "b", "c"), read("b.go"), read("README.md"))
    assert found.languages == ("Python",)


def test_tools_are_named_as_people_name_them() -> None:
    found = classified(
        user("Fix the FastAPI route"),
        shell("docker ps && ls | grep x"),
        shell("go test ./...", "ok  \texample/a\t0.1s"),
        call("mcp__linear__get_issue"),
    )
    assert set(found.tools) == {"Docker", "go test", "linear MCP", "FastAPI"}


def test_a_probe_for_given_words_is_no_work() -> None:
    assert classified(user("Reply with exactly OK."), agent("OK")).category == "other"
    assert classified(user("Reply with a fix for the crash only"), CODE, agent("Done.")).category == "bug_fixing"


def test_of_a_task_that_a_harness_wraps_only_the_task_counts() -> None:
    wrapped = "<pr_description>\nThe parser crashes on an empty table.\n</pr_description>\nImplement the feature, add new commands, build support."
    assert classified(user(wrapped), CODE, agent("Done.")).category == "bug_fixing"


def test_a_review_asked_for_in_words_is_one_even_where_edits_followed() -> None:
    assert classified(user("Do a thorough review of the changes and tell me"), CODE, agent("Done.")).category == "code_review_and_analysis"
