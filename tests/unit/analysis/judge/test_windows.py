"""How a long session is cut up."""

from itertools import pairwise

from hotwash.analysis.judge.windows import windows
from tests.unit.analysis.builders import agent, session, shell, user

LONG = session(user("Do much."), *[shell(f"step {n}", "o" * 900) for n in range(60)], agent("All sixty steps are done."))


def test_a_session_that_fits_is_one_window_without_an_outline() -> None:
    (only,) = windows(LONG)
    assert (only.number, only.of, only.outline) == (1, 1, "")
    assert "step 0" in only.text
    assert "All sixty" in only.text


def test_outputs_are_cut_shorter_before_a_session_is_cut_up() -> None:
    whole = len(windows(LONG)[0].text)
    (only,) = windows(LONG, window_chars=whole - 100)
    assert only.of == 1
    assert len(only.text) < whole


def test_windows_overlap_hold_every_entry_and_carry_the_outline() -> None:
    cut = windows(LONG, window_chars=9_000)
    assert len(cut) > 2
    assert all(len(window.text) <= 9_000 for window in cut)
    for before, after in pairwise(cut):
        assert before.first_record < after.first_record <= before.last_record
    for step in range(60):
        assert any(f"step {step}\n" in window.text for window in cut)
    assert all("[1] USER: Do much." in window.outline and "All sixty steps are done." in window.outline for window in cut)


def test_an_entry_larger_than_a_window_stands_alone() -> None:
    giant = session(user("x" * 8000), agent("short"))
    cut = windows(giant, window_chars=2_000)
    assert [window.of for window in cut] == [2, 2]


def test_an_empty_session_has_no_window() -> None:
    assert windows(session()) == ()
