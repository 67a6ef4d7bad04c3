"""The contract's table of sizes, at its edges."""

import pytest

from hotwash.insights.size import session_size


@pytest.mark.parametrize(
    ("acus", "messages", "size"),
    [
        (0, 0, "xs"),
        (2, 2, "xs"),
        (2.01, 1, "s"),
        (1, 3, "s"),
        (5, 5, "s"),
        (10, 6, "m"),
        (10.5, 1, "l"),
        (20, 20, "l"),
        (20.1, 0, "xl"),
        (0, 21, "xl"),
    ],
)
def test_the_larger_of_two_ranks_is_the_size(acus: float, messages: int, size: str) -> None:
    assert session_size(acus, messages) == size


def test_thresholds_can_be_set() -> None:
    assert session_size(15, 1, (10, 20, 30, 40)) == "s"
