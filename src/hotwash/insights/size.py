"""How big a session was, on the contract's scale."""

from typing import Literal

SessionSize = Literal["xs", "s", "m", "l", "xl"]
Thresholds = tuple[float, float, float, float]
"""The largest ACUs, and the largest number of user messages, of sizes xs, s, m and l. Above is xl."""

# Contract section 2, as three independent public notes quote the product guide.
DEFAULT_THRESHOLDS: Thresholds = (2, 5, 10, 20)

_SIZES: tuple[SessionSize, ...] = ("xs", "s", "m", "l", "xl")


def session_size(acus: float, user_messages: int, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> SessionSize:
    """The larger of two ranks: by ACUs and by user messages. Either one being high makes a session big (contract section 2)."""
    return _SIZES[max(_rank(acus, thresholds), _rank(user_messages, thresholds))]


def _rank(value: float, thresholds: Thresholds) -> int:
    return sum(value > threshold for threshold in thresholds)
