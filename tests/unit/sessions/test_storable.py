"""Hostile transcripts made storable."""

import msgspec
import pytest

from hotwash.sessions.storable import can_be_stored, column_text, encodable, storable
from hotwash.transcript import Coverage, ToolCall, Transcript, UserMessage


def _transcript(text: str = "Hi", arguments: dict[str, object] | None = None) -> Transcript:
    events = (UserMessage(seq=0, record=1, text=text), ToolCall(seq=1, record=2, name="t", arguments=arguments or {}))
    return Transcript(format="codex", agent="Codex", native_id="n", events=events, coverage=Coverage())


def test_a_good_transcript_is_not_copied() -> None:
    session = _transcript("naïve \0 \U0001f600")
    assert storable(session) is session


def test_a_lone_surrogate_is_replaced_and_a_split_pair_joined() -> None:
    assert encodable("a\ud800b") == "a\ufffdb"
    assert encodable("a\ud83d\ude00b") == "a\U0001f600b"


@pytest.mark.parametrize(
    ("value", "stored"),
    [(2**64 - 1, 2**64 - 1), (2**64, float(2**64)), (-(10**400), float("-inf")), (True, True), ([1, 2**70], [1, float(2**70)])],
)
def test_only_numbers_that_do_not_fit_change(value: object, stored: object) -> None:
    event = storable(_transcript("\ud800", {"n": value})).events[1]
    assert isinstance(event, ToolCall)
    assert event.arguments == {"n": stored}


def test_values_nested_without_end_are_cut() -> None:
    deep: object = "bottom"
    for _ in range(5_000):
        deep = [deep]
    made = storable(_transcript(arguments={"deep": deep}))
    assert len(msgspec.msgpack.encode(made)) < 2_000


def test_a_column_holds_no_nul_and_no_more_than_it_may() -> None:
    assert column_text("a\0b", 2) == "a\ufffd"
    assert column_text("abc") == "abc"


@pytest.mark.parametrize(("text", "can"), [("naïve", True), ("", True), ("\0", False), ("\udcff", False), ("\U0001f600", True)])
def test_what_no_column_could_hold_is_known(text: str, can: bool) -> None:
    assert can_be_stored(text) is can
