"""File names as people say them. Paths come from either kind of system, so both separators count."""

import re
from collections import Counter
from collections.abc import Iterable

_SCRATCH = re.compile(r"(?:^|/)(?:tmp|temp|scratchpad)/", re.IGNORECASE)
_ABSOLUTE = re.compile(r"^(?:/|~|[A-Za-z]:[/\\])")


def base_name(path: str) -> str:
    """The last part of the path; the path itself where it has none."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or path


def is_absolute(path: str) -> bool:
    return bool(_ABSOLUTE.match(path))


def is_scratch(path: str) -> bool:
    """Whether the file lies in a folder for temporary files, so that it is none of the project's."""
    return bool(_SCRATCH.search(path.replace("\\", "/")))


def relative(path: str, folder: str | None) -> str:
    """The path as seen from the folder, where it lies below it."""
    if not folder:
        return path
    prefix = folder.replace("\\", "/").rstrip("/") + "/"
    plain = path.replace("\\", "/")
    return plain[len(prefix) :] if plain.lower().startswith(prefix.lower()) else path


def name_files(paths: Iterable[str]) -> str:
    """The most touched files by base name: `a.go`, `a.go and b.go`, `a.go, b.go and 3 more`."""
    names = [name for name, _ in Counter(map(base_name, paths)).most_common()]
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"
