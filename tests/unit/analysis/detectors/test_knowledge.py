"""A skill that was loaded and whose step files nobody opened."""

from hotwash.analysis.detectors.knowledge import KnowledgeDetector
from hotwash.transcript import Event
from tests.unit.analysis.builders import agent, call, edit, instruction, read, shell, user
from tests.unit.analysis.detectors.finding import findings

SKILL = instruction(
    "ship",
    "# Ship\nEach phase has its file. Read the phase file when you enter it, never skip it.\n"
    "1. Plan ([plan](steps/plan.md)) - what to do\n2. Build ([build](steps/build.md))\n3. Prove ([prove](steps/prove.md))\n",
    source="skill",
)
CHANGE = edit("src/export.py", "a", "b")
COMMIT = shell("git commit -am 'Make it fast'", "[main 1a2b3c4d] Make it fast")


def labels(*events: Event) -> list[str]:
    return [f.label for f in findings(KnowledgeDetector(), user("Make it fast"), *events)]


def test_work_done_with_the_step_files_of_a_loaded_skill_unread_is_an_issue() -> None:
    (found,) = findings(KnowledgeDetector(), user("Make it fast"), SKILL, read("steps/plan.md", "Plan."), CHANGE, COMMIT, agent("Done."))
    assert found.label == "steps of the skill ship skipped"
    assert "2 of its 3 step files unread (build.md, prove.md)" in found.what
    assert [cite.quote for cite in found.cites][1:] == ["src/export.py", "git commit -am 'Make it fast'"]


def test_a_skill_that_was_followed_is_none() -> None:
    steps = [read(f"steps/{name}.md", "Do it.") for name in ("plan", "build")]
    assert labels(SKILL, *steps, CHANGE, COMMIT) == []


def test_without_work_no_step_was_due() -> None:
    assert labels(SKILL, read("src/export.py", "a"), agent("It is slow because of the lock.")) == []


def test_files_that_may_be_read_are_no_duty() -> None:
    optional = instruction("ship", "More in:\n1. [plan](steps/plan.md)\n2. [build](steps/build.md)\n", source="skill")
    assert labels(optional, CHANGE, COMMIT) == []


def test_work_given_to_a_subagent_after_the_persons_go_counts_as_work() -> None:
    given = call("Agent", arguments={"description": "Implement the cache", "prompt": "Do it"})
    assert labels(SKILL, agent("Shall I?"), user("go ahead"), given, agent("It runs.")) == ["steps of the skill ship skipped"]


def test_a_skill_loaded_twice_is_one_issue() -> None:
    assert labels(SKILL, CHANGE, COMMIT, SKILL, CHANGE, COMMIT) == ["steps of the skill ship skipped"]
