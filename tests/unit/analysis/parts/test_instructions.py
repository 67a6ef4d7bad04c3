"""Instruction files that visibly helped or misled."""

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.parts.instructions import instructions_used
from hotwash.transcript import Event
from tests.unit.analysis.builders import instruction, read, session, shell, user

GUIDE = "Build with `task build:all`.\n\n```bash\n# checks\ntask check:all\n```\n"


def uses(*events: Event) -> list[tuple[str, int, bool]]:
    return [(use.name, use.record, use.good) for use in instructions_used(collect(session(*events)))]


def test_a_command_of_the_file_that_worked_is_a_good_use() -> None:
    assert uses(instruction("AGENTS.md", GUIDE), user("Build it"), shell("cd app && task build:all")) == [("AGENTS.md", 3, True)]


def test_a_command_of_the_file_that_does_not_exist_is_a_bad_use() -> None:
    stale = shell("task check:all", 'task: Task "check:all" does not exist', exit_code=200)
    assert uses(instruction("AGENTS.md", GUIDE), user("Check it"), stale) == [("AGENTS.md", 3, False)]


def test_a_file_the_agent_read_itself_counts_from_there_on() -> None:
    assert uses(user("Build it"), shell("task build:all"), read("docs/AGENTS.md", GUIDE)) == []
    assert uses(user("Build it"), read("docs/AGENTS.md", GUIDE), shell("task build:all")) == [("AGENTS.md", 4, True)]


def test_a_command_that_fails_on_the_work_itself_says_nothing_of_the_file() -> None:
    assert uses(instruction("AGENTS.md", GUIDE), user("Check it"), shell("task check:all", "2 tests failed", exit_code=1)) == []


def test_a_file_that_nobody_followed_is_not_listed() -> None:
    assert uses(instruction("AGENTS.md", GUIDE), user("Look"), shell("ls -la")) == []


def test_an_everyday_command_shows_nothing() -> None:
    assert uses(instruction("AGENTS.md", "Start with `git status --short`."), user("Look"), shell("git status --short")) == []


def test_a_skill_is_named_with_its_folder() -> None:
    assert uses(read("skills/deploy/SKILL.md", GUIDE), shell("task build:all")) == [("deploy/SKILL.md", 3, True)]
