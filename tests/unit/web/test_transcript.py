"""A transcript's events as rows of the page."""

from hotwash.transcript import AgentMessage, Lifecycle, ToolCall, Usage, UsageReport, UserMessage
from hotwash.web.pages.transcript import MAX_SHOWN_CHARS, rows


def call(**more: object) -> ToolCall:
    given: dict[str, object] = {
        "seq": 0,
        "record": 3,
        "name": "Bash",
        "category": "shell",
        "command": "make",
        "arguments": {"command": "make"},
    }
    return ToolCall(**{**given, **more})  # type: ignore[arg-type]  # the facts of one test over those of all


def test_every_record_can_be_linked_to_once() -> None:
    """Two events of one record share its place; an id that stands twice on a page leads to the first only."""
    shown = rows(
        [AgentMessage(seq=0, record=3, text="a"), AgentMessage(seq=1, record=3, text="b"), AgentMessage(seq=2, record=4, text="c")]
    )
    assert [row.anchors for row in shown] == [(3,), (), (4,)]


def test_a_result_is_linked_to_inside_its_call() -> None:
    (row,) = rows([call(record=3, result_record=5)])
    assert (row.anchors, row.result_anchor) == ((3,), 5)


def test_bookkeeping_is_no_row_but_keeps_its_place() -> None:
    shown = rows([UserMessage(seq=0, record=1, text="Go"), UsageReport(seq=1, record=2, usage=Usage(input=5))])
    assert [(row.kind, row.anchors) for row in shown] == [("user", (1, 2))]


def test_a_failed_call_is_marked_with_its_exit_code() -> None:
    (row,) = rows([call(status="error", exit_code=2)])
    assert (row.failed, row.status, row.exit_code) == (True, "failed", 2)


def test_a_call_without_a_result_does_not_look_good() -> None:
    (row,) = rows([call(status="running")])
    assert row.status == "no result recorded"


def test_long_output_is_cut_and_says_how_much_is_left_out() -> None:
    (row,) = rows([call(output="x" * (MAX_SHOWN_CHARS + 10), output_size=MAX_SHOWN_CHARS + 500)])
    assert (len(row.output), row.output_left_out) == (MAX_SHOWN_CHARS, 500)


def test_arguments_that_are_not_text_are_shown_as_json() -> None:
    (row,) = rows([call(arguments={"todos": [{"step": "test"}]})])
    assert row.fields[0].name == "todos"
    assert '"step": "test"' in row.fields[0].value


def test_an_api_error_is_marked_as_a_failure() -> None:
    (row,) = rows([Lifecycle(seq=0, record=1, what="api_error", text="overloaded")])
    assert (row.label, row.failed) == ("Model API error", True)
