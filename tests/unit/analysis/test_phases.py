"""The stretches a session falls into."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.model import Phase
from hotwash.transcript import Event, ToolCall
from tests.unit.analysis.builders import agent, call, edit, instruction, read, session, shell, user


def phases(*events: Event) -> tuple[Phase, ...]:
    return collect(session(*events)).phases


def reads(number: int) -> list[Event]:
    return [read(f"src/part{index}.go", "package parts") for index in range(number)]


def test_an_empty_session_has_no_phases() -> None:
    assert phases() == ()


def test_a_tiny_session_is_one_phase() -> None:
    (phase,) = phases(user("Hello there"), agent("Hello."))
    assert (phase.first, phase.last) == (1, 2)


def test_a_new_request_begins_a_phase() -> None:
    found = phases(user("Explain the parser to me"), *reads(6), agent("It parses."), user("Also add a cache to the server"), *reads(6))
    assert [phase.title for phase in found][-1] == "Add a cache to the server"
    assert [phase.first for phase in found] == [1, 15]


def test_the_turn_from_reading_to_changing_begins_a_phase() -> None:
    edits = [edit("src/server.go", f"old {index}", f"new {index}") for index in range(6)]
    found = phases(user("Make the server faster"), *reads(8), *edits, shell("go test ./...", "ok  \texample/server\t0.1s"))
    assert 18 in [phase.first for phase in found]
    assert any("server.go" in phase.title for phase in found)


def test_a_phase_without_words_is_named_by_its_files_and_checks() -> None:
    tests = [shell("go test ./...", "ok  \texample/server\t0.1s") for _ in range(4)]
    edits = [edit("src/server.go", f"old {index}", f"new {index}") for index in range(6)]
    found = phases(user("Make the server faster"), *reads(8), *edits, *tests)
    assert [phase.title for phase in found[1:]] == ["Edit server.go", "Run go test"]


def test_taking_up_another_step_of_the_plan_begins_a_phase_named_after_it() -> None:
    def plan(first: str, second: str) -> ToolCall:
        items = [{"content": "Find the slow query", "status": first}, {"content": "Add the index", "status": second}]
        return call("TodoWrite", category="todo", arguments={"todos": items})

    found = phases(user("Make it faster please"), plan("in_progress", "pending"), *reads(6), plan("completed", "in_progress"), *reads(6))
    assert [phase.title for phase in found] == ["Make it faster please", "Add the index"]


def test_what_stands_before_anyone_did_anything_is_no_phase() -> None:
    found = phases(*[instruction("AGENTS.md", "Be kind.")] * 8, user("Make the server faster"), *reads(8), agent("Done."))
    assert found[0].title == "Make the server faster"


def test_thanks_at_the_end_are_no_phase() -> None:
    found = phases(user("Make the server faster"), *reads(8), agent("Done."), user("Perfect, thank you!"), agent("You are welcome."))
    assert [phase.title for phase in found] == ["Make the server faster"]


def test_a_bare_answer_leaves_the_title_to_the_work() -> None:
    found = phases(user("Look at the parts of it"), *reads(8), agent("Which: 1 or 2?"), user("1"), *reads(8))
    assert "(1)" not in " ".join(phase.title for phase in found)


def test_the_title_tells_how_a_failing_check_ended() -> None:
    fails, passes = shell("go test ./...", "--- FAIL: TestServer\nFAIL", exit_code=1), shell("go test ./...", "ok  \texample/server\t0.1s")
    change = edit("src/server.go", "old", "new")
    mended = phases(user("go on"), change, fails, passes)
    left = phases(user("go on"), change, fails)
    assert [phase.title for phase in mended] == ["Edit server.go until go test passes"]
    assert [phase.title for phase in left] == ["Edit server.go, go test fails"]


def test_equal_titles_in_a_row_are_told_apart() -> None:
    titles = [
        phase.title
        for phase in phases(user("go on"), *reads(8), agent("One."), user("ok, on"), *reads(8), agent("Two."), user("go on"), *reads(8))
    ]
    assert all(before != after for before, after in pairwise(titles))


_EVENT = st.sampled_from(
    [
        user("do more"),
        user("no, wrong"),
        agent("Done."),
        shell("git commit -m x"),
        shell("go test ./..."),
        edit("a.go", "x", "y"),
        read("b.go"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_EVENT, min_size=1, max_size=120))
def test_phases_cover_the_session_without_gap_or_overlap(events: list[Event]) -> None:
    transcript = session(*events)
    found = collect(transcript).phases
    assert 1 <= len(found) <= 8
    assert found[0].first == 1
    assert found[-1].last == transcript.records
    assert all(before.last + 1 == after.first for before, after in pairwise(found))
    assert all(before.last_seq + 1 == after.first_seq for before, after in pairwise(found))
    assert all(phase.title for phase in found)
