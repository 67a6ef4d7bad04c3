"""The empty folders that programs judge in. Their name tells sessions that agents record there from those of people."""

import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "hotwash-judge-"
_RANDOM_BYTES = 8
_NAME = re.compile(rf"{_PREFIX}[0-9a-f]{{{2 * _RANDOM_BYTES}}}")
"""Strict, so that somebody's project of a like name is not taken for one."""


@contextmanager
def workplace() -> Iterator[Path]:
    """An empty folder of such a name, gone afterwards with whatever was left in it.

    It looks like a repository without commits: Codex answers nowhere else, and an agent that looks for the project around it stops here.
    """
    with tempfile.TemporaryDirectory(prefix="hotwash-", ignore_cleanup_errors=True) as around:
        folder = Path(around, _PREFIX + secrets.token_hex(_RANDOM_BYTES))
        (folder / ".git").mkdir(parents=True)
        yield folder


def is_workplace(path: str) -> bool:
    """Whether a path is one, or lies in one."""
    return any(_NAME.fullmatch(part) for part in re.split(r"[/\\]", path))


def names_workplace(text: str) -> bool:
    """Whether the name of one stands anywhere in a text."""
    return _NAME.search(text) is not None
