"""Time: the wall clock in one place, and reading the timestamps that agents write."""

import time
from datetime import UTC, datetime


def now() -> float:
    """Unix seconds."""
    return time.time()


def parse_time(value: object) -> float | None:
    """Unix seconds from an ISO 8601 string (no zone: UTC) or a number (seconds, or milliseconds above 10^11); None if it is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        if not 0 < value < 1e15:
            return None
        return value / 1000 if value > 1e11 else float(value)
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return parsed.timestamp()
