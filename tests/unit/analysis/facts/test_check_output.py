"""What a check's output says by itself, and how long it takes to say it."""

import time

import pytest

from hotwash.analysis.facts.check_output import last_word, read_output
from hotwash.analysis.facts.failures import error_line


@pytest.mark.parametrize(
    "output",
    [
        "== 3 passed in 0.1s ==",
        "ok  \texample.com/a\t0.1s",
        "test result: ok. 3 passed; 0 failed",
        "Success: no issues found in 3 files",
        "BUILD SUCCESSFUL in 2s",
    ],
)
def test_good_summaries_are_known(output: str) -> None:
    assert read_output(output).passed is True


def test_an_output_without_a_summary_tells_nothing() -> None:
    assert read_output("compiling\nlinking").passed is None


def test_a_failure_at_the_end_of_a_long_output_is_seen() -> None:
    assert read_output("x" * 50_000 + "\n=== 1 failed in 2.0s ===").failures == 1


def test_the_last_words_are_not_a_bare_exit_code() -> None:
    assert last_word("all is lost\nExit code 1\n\n42\n") == "all is lost"


@pytest.mark.parametrize("part", ["\n", " ", "=", "1 error in ", "A", "Tests: ", "Ran 1 test in \n", "E   "])
def test_a_hostile_output_is_read_in_no_time(part: str) -> None:
    output = part * (40_000 // len(part))
    started = time.process_time()
    read_output(output)
    error_line(output)
    last_word(output)
    assert time.process_time() - started < 1


def test_the_mark_up_round_an_output_is_not_its_last_word() -> None:
    assert last_word("boom: it broke\n</output>") == "boom: it broke"
