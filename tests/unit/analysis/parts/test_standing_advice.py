"""Remedies that lie in a habit, by the cause of the issue."""

import msgspec
import pytest

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.model import IssueKind
from hotwash.analysis.parts.actions import action_items
from tests.unit.analysis.builders import agent, edit, issue, session, shell, user

STORY = session(
    user("Make it fast"), edit("a.py", "x", "y"), shell("python try.py", "ok"), shell("pytest", "=== 3 passed in 0.1s ==="), agent("Done.")
)


def items(kind: IssueKind, cause: str) -> list[str]:
    found = msgspec.structs.replace(issue(kind, STORY, 2, severity="low"), cause=cause)
    return [item.text for item in action_items(collect(STORY), [found])]


@pytest.mark.parametrize(
    ("kind", "cause", "says"),
    [
        ("unverified_claim", "only own scripts ran", "the project's own tests"),
        ("unverified_claim", "statement of absence", "search the whole project"),
        ("inefficiency", "throwaway scripts written and run apart", "in one call"),
        ("misunderstanding", "new commit instead of an existing one", "git commit --amend"),
        ("knowledge", "skill steps skipped: ship", "With the skill ship"),
    ],
)
def test_the_cause_of_an_issue_names_the_habit_to_change(kind: IssueKind, cause: str, says: str) -> None:
    (text,) = items(kind, cause)
    assert text.startswith("Add to AGENTS.md: ")
    assert says in text


def test_waste_that_no_time_limit_cures_gets_no_time_limit() -> None:
    assert items("inefficiency", "small calls wait for minutes") == []
    assert "time limit" in items("inefficiency", "command hangs until its time limit")[0]
