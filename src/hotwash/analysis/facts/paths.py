"""File names as people say them. Paths come from either kind of system, so both separators count."""

import re
from collections import Counter
from collections.abc import Iterable

_SCRATCH = re.compile(r"(?:^|/)(?:tmp|temp|scratchpad)/", re.IGNORECASE)
_PROSE_SUFFIXES = (".md", ".mdx", ".txt", ".rst", ".adoc", ".plan")
_TEST_MARKS = ("test", "spec")
_ABSOLUTE = re.compile(r"^(?:/|~|[A-Za-z]:[/\\])")


def base_name(path: str) -> str:
    """The last part of the path; the path itself where it has none."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or path


def is_absolute(path: str) -> bool:
    return bool(_ABSOLUTE.match(path))


def is_scratch(path: str) -> bool:
    """Whether the file lies in a folder for temporary files, so that it is none of the project's."""
    return bool(_SCRATCH.search(path.replace("\\", "/")))


def is_prose(path: str) -> bool:
    """Whether the file is text for people, which no run can check."""
    return path.lower().endswith(_PROSE_SUFFIXES)


def is_test(path: str) -> bool:
    """Whether the path says that it holds tests."""
    return any(mark in path.lower() for mark in _TEST_MARKS)


def relative(path: str, folder: str | None) -> str:
    """The path as seen from the folder, where it lies below it."""
    if not folder:
        return path
    prefix = folder.replace("\\", "/").rstrip("/") + "/"
    plain = path.replace("\\", "/")
    return plain[len(prefix) :] if plain.lower().startswith(prefix.lower()) else path


def name_files(paths: Iterable[str]) -> str:
    """The most touched files by base name: `a.go`, `a.go and b.go`, `a.go, b.go and c.go`, `a.go, b.go and 2 more`."""
    names = [name for name, _ in Counter(map(base_name, paths)).most_common()]
    if len(names) <= 3:
        return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"
