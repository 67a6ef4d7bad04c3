"""Typed access to foreign JSON. Redactors and new versions change types, so every value is checked where it is taken (formats section 0.4)."""

import math

MAX_COUNT = 2**40
"""No real count of tokens or seconds comes near it, and sums of such numbers fit a database's integers."""


def mapping(value: object) -> dict[str, object]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """The value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def string(value: object) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def some_string(value: object) -> str | None:
    """The value if it is a string with something in it."""
    return value if isinstance(value, str) and value else None


def integer(value: object) -> int | None:
    """The value if it is a whole number; true and false are none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    return value if isinstance(value, int) else None


def number(value: object) -> float | None:
    """The value if it is a finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        real = float(value)
    except OverflowError:
        return None
    return real if math.isfinite(real) else None


def count(value: object) -> int | None:
    """The value if it is a whole number that can count something."""
    whole = integer(value)
    return whole if whole is not None and 0 <= whole <= MAX_COUNT else None


def exit_code(value: object) -> int | None:
    """The value if it can be a process's exit code (32 bits, signed)."""
    whole = integer(value)
    return whole if whole is not None and -(2**31) <= whole < 2**32 else None
