"""Nothing reaches a reader without evidence."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotwash.analysis.detectors.base import Cite
from hotwash.analysis.evidence import check_cites, is_quotable, pick_quote
from hotwash.transcript import Event
from tests.unit.analysis.builders import agent, session, shell, user

EVENTS = session(user("Fix the parser"), shell("go test ./...", "--- FAIL: TestParse\nFAIL"), agent("It fails.")).events


def cite(quote: str, first: int, last: int | None = None) -> Cite:
    return Cite(first=EVENTS[first], last=EVENTS[first if last is None else last], quote=quote)


def test_a_quote_from_a_result_points_to_the_results_record() -> None:
    (evidence,) = check_cites([cite("--- FAIL: TestParse", 1)], EVENTS).evidence
    assert (evidence.first_record, evidence.last_record, evidence.first_seq, evidence.last_seq) == (3, 3, 1, 1)


def test_the_output_of_a_polled_command_came_in_pieces_so_all_its_records_are_cited() -> None:
    polled = msgspec.structs.replace(shell("make", "step 1\nstep 2"), record=2, seq=0, result_record=8)
    (evidence,) = check_cites([Cite(first=polled, last=polled, quote="step 1")], (polled,)).evidence
    assert (evidence.first_record, evidence.last_record) == (2, 8)


def test_a_quote_from_a_call_points_to_the_calls_record() -> None:
    (evidence,) = check_cites([cite("go test", 1)], EVENTS).evidence
    assert (evidence.first_record, evidence.last_record) == (2, 2)


def test_a_range_reaches_from_the_first_event_to_the_last() -> None:
    (evidence,) = check_cites([cite("It fails.", 0, 2)], EVENTS).evidence
    assert (evidence.first_record, evidence.last_record, evidence.first_seq, evidence.last_seq) == (1, 4, 0, 2)


@pytest.mark.parametrize("quote", ["It passes.", "fix the parser", "", "x", "--- FAIL: TestParse\nFAIL", " It fails."])
def test_a_quote_that_is_not_there_or_not_quotable_is_dropped_and_counted(quote: str) -> None:
    checked = check_cites([cite(quote, 0, 2)], EVENTS)
    assert checked.evidence == ()
    assert checked.dropped.quotes == 1


def test_a_range_outside_the_session_is_dropped_and_counted() -> None:
    foreign: Event = msgspec.structs.replace(EVENTS[2], seq=9)
    turned = Cite(first=EVENTS[2], last=EVENTS[0], quote="It fails.")
    checked = check_cites([Cite(first=foreign, last=foreign, quote="It fails."), turned], EVENTS)
    assert checked.evidence == ()
    assert checked.dropped.ranges == 2


def test_an_event_of_another_session_in_the_same_place_is_refused() -> None:
    other = session(user("Write a poem"), agent("a"), agent("It fails.")).events
    assert check_cites([Cite(first=other[2], last=other[2], quote="It fails.")], EVENTS).dropped.ranges == 1


def test_what_redaction_or_a_cap_put_there_is_never_quoted() -> None:
    assert not is_quotable("token [REDACTED github-token]")
    assert not is_quotable("[… 120 characters left out …]")


def test_the_line_asked_for_is_quoted_else_the_first_with_words() -> None:
    text = "---\nstart\nerror: boom\nend"
    assert pick_quote(text, "boom") == "error: boom"
    assert pick_quote(text, re.compile("e.d")) == "end"
    assert pick_quote(text, "absent") == "start"
    assert pick_quote("---\n\n") == ""


def test_a_long_line_is_cut_around_what_was_looked_for() -> None:
    quote = pick_quote("word " * 200 + "needle " + "word " * 200, "needle")
    assert "needle" in quote
    assert len(quote) <= 200
    assert quote.startswith("word")


def test_arguments_are_quoted_without_quotation_marks_and_backslashes() -> None:
    assert pick_quote('git commit -m "say \\"hello\\"" && git push origin main', "push", in_arguments=True) == "&& git push origin main"


@given(st.text(max_size=400), st.text(max_size=5))
def test_a_picked_quote_always_stands_in_its_text(text: str, prefer: str) -> None:
    quote = pick_quote(text, prefer or None)
    assert quote in text
    assert not quote or is_quotable(quote)
