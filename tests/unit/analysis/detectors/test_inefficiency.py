"""Commands that hang until the time limit, and small calls that stand still."""

import msgspec

from hotwash.analysis.detectors.inefficiency import InefficiencyDetector
from hotwash.analysis.facts.collect import collect
from hotwash.transcript import ToolCall
from tests.unit.analysis.builders import agent, call, read, session, shell, user
from tests.unit.analysis.detectors.finding import findings


def hung(command: str, duration_s: float) -> ToolCall:
    call = shell(command, "Exit code 143\nCommand timed out after 2m 0s\nstarting server", exit_code=143)
    return msgspec.structs.replace(call, duration_s=duration_s)


def test_commands_stopped_by_the_time_limit_are_one_issue_with_the_time_lost() -> None:
    (found,) = findings(InefficiencyDetector(), user("go"), hung("npm start", 120.0), hung("npm start", 120.0))
    assert found.label == "2 commands hung until the time limit"
    assert found.impact == "4 minutes of waiting brought no result."
    assert found.cites[0].quote == "Command timed out after 2m 0s"


def test_a_wait_that_was_meant_is_none() -> None:
    assert findings(InefficiencyDetector(), user("go"), hung("sleep 300", 120.0)) == []


def test_a_command_stopped_early_cost_little() -> None:
    assert findings(InefficiencyDetector(), user("go"), hung("npm start", 10.0)) == []


def test_a_failure_is_not_a_hang() -> None:
    failed = msgspec.structs.replace(shell("npm start", "error: boom", exit_code=1), duration_s=300.0)
    assert findings(InefficiencyDetector(), user("go"), failed) == []


def waits(*minutes: float, command: str = "git status") -> list[str]:
    """Labels for a session in which small calls stood still that long, one after another."""
    transcript = session(user("go"), *(shell(command, "clean") for _ in minutes))
    start, events = 0.0, list(transcript.events)
    for index, length in enumerate(minutes, start=1):
        call = events[index]
        assert isinstance(call, ToolCall)
        events[index] = msgspec.structs.replace(call, at=start, result_at=start + length * 60)
        start += length * 60
    facts = collect(msgspec.structs.replace(transcript, events=tuple(events)))
    return [found.label for found in InefficiencyDetector().detect(facts)]


def test_small_calls_that_stand_still_for_seven_minutes_are_an_issue() -> None:
    assert waits(8, 9) == waits(7) == ["small calls stood still for minutes"]


def test_short_waits_and_long_work_are_none() -> None:
    assert waits(4, 4, 4, 4, 4) == waits(6) == []
    assert waits(8, 9, command="make test") == []


def test_a_hang_shows_in_words_where_the_format_has_no_times() -> None:
    transcript = session(user("go"), shell("server --serve", "The last command timed out and has been killed.", status="interrupted"))
    events = tuple(msgspec.structs.replace(event, at=None) for event in transcript.events)
    killed = events[1]
    assert isinstance(killed, ToolCall)
    timeless = (events[0], msgspec.structs.replace(killed, result_at=None))
    (found,) = InefficiencyDetector().detect(collect(msgspec.structs.replace(transcript, events=timeless)))
    assert found.impact == "The wait brought no result."


FILES = ("src/a.py", "src/b.py", "src/c.py")
EXPLORED = call("Task", arguments={"subagent_type": "Explore", "description": "Map the cache"}, output=f"It lies in {', '.join(FILES)}.")
READ_AGAIN = [read(path, "x = 1") for path in FILES]


def test_files_that_a_subagent_reported_on_and_the_agent_reads_again_are_read_twice() -> None:
    (found,) = findings(InefficiencyDetector(), user("go"), EXPLORED, *READ_AGAIN)
    assert found.label == "3 files read again after a subagent had read them"
    assert [cite.quote for cite in found.cites] == ["Map the cache", "src/a.py", "src/c.py"]


def test_reading_other_files_or_for_the_next_request_is_none() -> None:
    assert findings(InefficiencyDetector(), user("go"), EXPLORED, *READ_AGAIN[:2], read("src/d.py", "y")) == []
    asked = user("Now look at the parser, the lexer and the printer instead, and tell me how the grammar is read")
    assert findings(InefficiencyDetector(), user("go"), EXPLORED, agent("There."), asked, *READ_AGAIN) == []


def test_outputs_that_come_back_cut_again_and_again_are_one_issue() -> None:
    cut = shell("cat big.py", "<warning>\nThe output of your last command was too long.\n</warning>")
    assert findings(InefficiencyDetector(), user("go"), cut) == []
    (found,) = findings(InefficiencyDetector(), user("go"), cut, cut)
    assert found.label == "output cut 2 times"
