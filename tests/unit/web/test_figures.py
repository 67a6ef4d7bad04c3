"""Figures on the pages."""

import pytest

from hotwash.web.pages import figures


@pytest.mark.parametrize(
    "write", [figures.count, figures.short_count, figures.acus, figures.usd, figures.duration, figures.moment, figures.day]
)
def test_what_is_not_known_says_so(write: object) -> None:
    """Never nought: a format that carries no tokens has not used none."""
    assert callable(write)
    assert write(None) == "unknown"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0 s"), (0.25, "250 ms"), (4.2, "4.2 s"), (59.7, "1 min"), (200, "3 min 20 s"), (7_500, "2 h 5 min"), (270_000, "3 d 3 h")],
)
def test_a_duration_has_its_two_largest_units(seconds: float, written: str) -> None:
    assert figures.duration(seconds) == written


@pytest.mark.parametrize(("tokens", "written"), [(0, "0"), (999, "999"), (1_000, "1k"), (12_345, "12.3k"), (4_500_000, "4.5M")])
def test_a_large_count_is_short(tokens: int, written: str) -> None:
    assert figures.short_count(tokens) == written


def test_a_small_cost_is_not_nothing() -> None:
    assert figures.usd(0.002) == "under $0.01"
    assert figures.acus(0.002) == "under 0.01"
    assert figures.usd(0) == "$0.00"


@pytest.mark.parametrize("at", [1e12, -1e12, float("inf")])
def test_a_year_that_no_calendar_has_is_unknown(at: float) -> None:
    """Transcripts are hostile: a page must not fail on a date."""
    assert figures.moment(at) == "unknown"
    assert figures.iso(at) == ""


def test_moments_are_utc() -> None:
    assert figures.moment(1_790_000_000) == "21 Sep 2026, 14:13"
    assert figures.iso(1_790_000_000) == "2026-09-21T14:13:20Z"
