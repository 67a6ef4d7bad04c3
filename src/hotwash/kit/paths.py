"""What lies at a path, for paths that a stranger named: pathlib raises where a name is too long for the system, or may not be looked at."""

import os.path
from pathlib import PurePath


def is_folder(path: PurePath) -> bool:
    """Whether a folder lies there; no where the system cannot say."""
    return os.path.isdir(path)  # noqa: PTH112  pathlib's raises


def is_file(path: PurePath) -> bool:
    """Whether a regular file lies there; no where the system cannot say."""
    return os.path.isfile(path)  # noqa: PTH113  pathlib's raises
