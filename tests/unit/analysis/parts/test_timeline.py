"""The session on a line."""

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.parts.timeline import build_timeline
from tests.unit.analysis.builders import agent, edit, issue, read, session, shell, user

READS = tuple(read(f"src/part{index}.go") for index in range(8))
EDITS = tuple(edit("src/server.go", f"old {index}", f"new {index}") for index in range(6))
PASS = shell("go test ./...", "ok  \texample/server\t0.2s")
FAIL = shell("go test ./...", "--- FAIL: TestServer\nFAIL\texample/server", exit_code=1)


def test_there_is_one_entry_a_phase_with_its_records() -> None:
    facts = collect(session(user("Make the server faster"), *READS, *EDITS, PASS))
    entries = build_timeline(facts, ())
    assert [(entry.title, entry.first_record, entry.last_record) for entry in entries] == [
        (phase.title, phase.first, phase.last) for phase in facts.phases
    ]


def test_a_description_says_what_was_read_changed_and_run() -> None:
    entries = build_timeline(collect(session(user("Make it faster"), read("a.go"), edit("b.go", "x\ny", "z"), PASS)), ())
    assert [entry.description for entry in entries] == ["Read a.go, changed b.go (+1 −2 lines), ran go test, passing."]


def test_a_description_says_how_the_phase_ended() -> None:
    entries = build_timeline(collect(session(user("Make it faster"), edit("b.go", "x", "z"), FAIL, FAIL)), ())
    assert "ran go test 2 times, still failing" in entries[-1].description


def test_a_phase_of_words_alone_is_blue() -> None:
    (entry,) = build_timeline(collect(session(user("Is this right?"), agent("It is."))), ())
    assert (entry.color, entry.description) == ("blue", "Answered in words, without a tool call.")


def test_a_phase_that_passes_its_check_is_green_and_one_that_fails_it_orange() -> None:
    green = build_timeline(collect(session(user("Fix it"), edit("b.go", "x", "z"), PASS)), ())
    orange = build_timeline(collect(session(user("Fix it"), edit("b.go", "x", "z"), FAIL)), ())
    assert (green[-1].color, orange[-1].color) == ("green", "orange")


def test_the_worst_issue_of_a_phase_gives_it_its_colour() -> None:
    transcript = session(user("Fix it"), edit("b.go", "x", "z"), FAIL, PASS)
    low = issue("tool_use", transcript, 1, severity="low", id="issue-1")
    high = issue("defect", transcript, 2, severity="high", id="issue-2")
    (entry,) = build_timeline(collect(transcript), [low, high])
    assert (entry.color, entry.issue_id) == ("red", "issue-2")


def test_an_issue_shows_only_in_the_phase_where_it_begins() -> None:
    transcript = session(user("Make the server faster"), *READS, *EDITS, PASS)
    entries = build_timeline(collect(transcript), [issue("defect", transcript, 10, severity="medium")])
    assert [entry.issue_id for entry in entries].count("issue-1") == 1
