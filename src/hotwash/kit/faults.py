"""What may be said of an unexpected error where its words, and the values around it, may quote a transcript."""

import traceback


def describe(error: BaseException) -> str:
    """Its type and the place it came from: `KeyError at rules.py:41 in analyse`."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} at {last.filename.rpartition('/')[2]}:{last.lineno} in {last.name}"
