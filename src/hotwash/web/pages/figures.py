"""How figures and moments are written for people. What is not known is written as such, never as nought. Times are UTC."""

from datetime import UTC, datetime
from typing import Final

UNKNOWN: Final = "unknown"

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400


def count(value: int | None) -> str:
    """`12,345`."""
    return UNKNOWN if value is None else f"{value:,}"


def short_count(value: int | None) -> str:
    """`940`, `12.3k`, `4.5M`: for figures whose last digits say nothing."""
    if value is None:
        return UNKNOWN
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return str(value)


def plural(value: int | None, one: str, many: str | None = None) -> str:
    """`1 issue`, `2 issues`, `unknown issues`."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def acus(value: float | None) -> str:
    """Two decimals below ten, one above: `0.24`, `12.4`."""
    if value is None:
        return UNKNOWN
    if 0 < value < 0.01:
        return "under 0.01"
    return f"{value:.2f}" if value < 10 else f"{value:,.1f}"


def usd(value: float | None) -> str:
    """`$0.53`; what is below a cent says so."""
    if value is None:
        return UNKNOWN
    return "under $0.01" if 0 < value < 0.01 else f"${value:,.2f}"


def duration(seconds: float | None) -> str:
    """The two largest units: `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    if seconds is None:
        return UNKNOWN
    if 0 < seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if 0 < seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, name, smaller, smaller_name in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min"), (_MINUTE, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name}" + (f" {rest} {smaller_name}" if rest else "")
    return f"{whole} s"


def moment(at: float | None) -> str:
    """`18 Nov 2026, 14:18`."""
    return _written(at, "%-d %b %Y, %H:%M", UNKNOWN)


def day(at: float | None) -> str:
    """`18 Nov 2026`."""
    return _written(at, "%-d %b %Y", UNKNOWN)


def time_of_day(at: float | None) -> str:
    """`14:18:07`, empty where there is none: a transcript is full of them."""
    return _written(at, "%H:%M:%S", "")


def iso(at: float | None) -> str:
    """For `<time datetime>`."""
    return _written(at, "%Y-%m-%dT%H:%M:%SZ", "")


def _written(at: float | None, pattern: str, otherwise: str) -> str:
    if at is None:
        return otherwise
    try:
        return datetime.fromtimestamp(at, UTC).strftime(pattern)
    except (ValueError, OverflowError, OSError):  # a transcript may name a year that no calendar has
        return otherwise
