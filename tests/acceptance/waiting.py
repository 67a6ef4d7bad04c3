"""Waiting for work in the background to show."""

import time
from collections.abc import Callable
from typing import TypeVar

TIMEOUT_S = 30.0
"""An analysis of a small session takes milliseconds once its job is picked up; the rest is for a busy machine."""
POLL_S = 0.05

T = TypeVar("T")


def until(ask: Callable[[], T | None], what: str) -> T:
    """Asks again and again until there is an answer."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        answer = ask()
        if answer is not None:
            return answer
        time.sleep(POLL_S)  # a poll, as clients of the contract do; nothing waits for a fixed time
    raise AssertionError(f"{what}: not within {TIMEOUT_S:.0f} s")
