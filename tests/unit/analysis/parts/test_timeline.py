"""The session on a line."""

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.parts.timeline import build_timeline
from hotwash.transcript import Event
from tests.unit.analysis.builders import agent, call, edit, issue, read, session, shell, user


def search(pattern: str) -> Event:
    return call("Grep", category="search", arguments={"pattern": pattern})


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
    assert [entry.description for entry in entries] == ["Read a.go, changed b.go (+1 −2 lines), ran go test (passed)."]


def test_a_description_says_how_the_phase_ended() -> None:
    entries = build_timeline(collect(session(user("Make it faster"), edit("b.go", "x", "z"), FAIL, FAIL)), ())
    assert "ran go test 2 times (failed each time)" in entries[-1].description


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


def described(*events: Event) -> str:
    return build_timeline(collect(session(*events)), ())[-1].description


def test_checks_that_ended_alike_are_told_together() -> None:
    lint, failing_lint = shell("mise run lint", "0 issues."), shell("mise run lint", "2 issues:", exit_code=1)
    assert described(user("Fix it"), edit("b.go", "x", "z"), lint, PASS).endswith("ran mise lint and go test (passed).")
    assert described(user("Fix it"), edit("b.go", "x", "z"), failing_lint, lint).endswith(
        "ran mise lint 2 times (passed after one failure)."
    )


def test_a_failing_check_is_not_told_again_as_a_failed_call() -> None:
    assert described(user("Fix it"), edit("b.go", "x", "z"), FAIL).endswith("ran go test (failed).")


def test_a_failed_call_is_told_by_its_error_and_without_noise() -> None:
    """`Exit code 128` and a bare count say nothing."""
    missing = shell("git show abc", "Exit code 128 fatal: bad revision 'abc'", exit_code=128)
    counted = shell("./job", "1 failed", exit_code=3)
    assert described(user("Fix it"), missing).endswith("; one call failed (bad revision 'abc').")
    assert described(user("Fix it"), counted).endswith("; one call failed.")


def test_what_was_handed_over_is_told_in_words() -> None:
    assert (
        described(user("Ship it"), shell("git commit -m x && git push"), shell("gh pr create --fill"))
        == "Committed, pushed and opened a pull request."
    )


def test_a_message_that_nobody_answered_is_told_as_such() -> None:
    (entry,) = build_timeline(collect(session(user("Is this right?"))), ())
    assert entry.description == "The person spoke and got no answer."


def test_looking_around_is_told_with_its_searches_and_commands() -> None:
    assert (
        described(user("Look at it"), read("a.go"), search("x"), search("y"), shell("git log"))
        == "Read a.go, searched twice, ran one command (git)."
    )
