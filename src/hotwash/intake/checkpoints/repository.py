"""A git repository, read through the `git` program's plumbing. A repository is hostile input: nothing that it configures is run, no other one is
asked, and nothing is written."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

from hotwash.errors import HotwashError
from hotwash.kit.paths import is_file, is_folder
from hotwash.kit.text import shown_path

ANSWER_S = 60.0
"""Longest wait for one answer. The slowest seen, a listing of 100,000 refs, takes a second; a repository that never answers is given up."""
MAX_OBJECT_BYTES = 256 * 1024 * 1024
"""Entire splits transcripts at 50 MB, so that code hosts accept them."""

_NAME_CHARS = 8_192
"""Longest path read from a file of git's; no system has longer ones."""

_TREE, _BLOB = b"40000", (b"100644", b"100755")
_SAFE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_ALLOW_PROTOCOL": "none",  # a partial clone may name any command to fetch with
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_OPTIONS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "safe.directory=*", "--no-pager")


class UnreadableRepository(HotwashError):
    """A repository that git cannot read, or git itself is missing. The sentence names the place."""

    code = "unreadable_repository"


class Entry(NamedTuple):
    """A name in a folder of a commit."""

    name: str
    object_id: str
    is_folder: bool


def git_folder(path: Path) -> Path | None:
    """Where git keeps the refs and objects of the repository whose work tree, or which itself, lies at this path; None where there is none."""
    inside = path / ".git"
    if is_folder(inside):
        return inside
    if is_file(inside):  # a further work tree, whose file names a folder, which names the first one's
        folder = _named_in(inside, path, "gitdir: ")
        return _named_in(folder / "commondir", folder) or folder if folder is not None else None
    return path if is_file(path / "HEAD") and is_folder(path / "objects") and is_folder(path / "refs") else None


def _named_in(file: Path, seen_from: Path, prefix: str = "") -> Path | None:
    """The folder that a file of git's names, if both are there."""
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as opened:
            line = opened.readline(_NAME_CHARS).rstrip("\n")
    except OSError:
        return None
    folder = seen_from / line.removeprefix(prefix)
    return folder if line.startswith(prefix) and is_folder(folder) else None


class Repository:
    """What a repository holds, by refs and object ids."""

    def __init__(self, folder: Path) -> None:
        """Raises UnreadableRepository where there is no git program."""
        program = shutil.which("git")
        if program is None:
            raise UnreadableRepository(
                f"{shown_path(folder)}: a repository is read with the git program, which is not installed; install git"
            )
        self._folder = folder
        self._command = (program, f"--git-dir={folder}", *_OPTIONS)

    def refs(self) -> dict[str, str]:
        """The object id of each ref. Raises UnreadableRepository."""
        listed = self._run(("for-each-ref", "--format=%(objectname) %(refname)"))
        lines = (line.partition(" ") for line in listed.decode(errors="replace").splitlines())
        return {name: object_id for object_id, _, name in lines}

    def sizes(self, object_ids: Iterable[str]) -> dict[str, int]:
        """Bytes of each object that is there. Raises UnreadableRepository."""
        asked = "".join(f"{object_id}\n" for object_id in object_ids).encode()
        answers = (line.split() for line in self._run(("cat-file", "--batch-check"), asked).decode(errors="replace").splitlines())
        return {answer[0]: int(answer[2]) for answer in answers if len(answer) == 3 and answer[2].isdecimal()}

    @contextmanager
    def objects(self) -> Iterator["Objects"]:
        """The repository's objects, while the program runs that gives them."""
        process = subprocess.Popen(  # noqa: S603  git itself, and a path that is one argument
            (*self._command, "cat-file", "--batch"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        try:
            yield Objects(process, self._folder)
        finally:
            process.kill()
            process.communicate()

    def _run(self, arguments: tuple[str, ...], asked: bytes = b"") -> bytes:
        try:
            done = subprocess.run(  # noqa: S603  as above
                (*self._command, *arguments), input=asked, capture_output=True, timeout=ANSWER_S, env=_environment(), check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _unreadable(self._folder) from error
        if done.returncode != 0:
            raise _unreadable(self._folder)
        return done.stdout


class Objects:
    """Asks a running `git cat-file --batch`."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._asked = cast(IO[bytes], process.stdin)
        self._answers = cast(IO[bytes], process.stdout)

    def read(self, object_id: str) -> bytes:
        """A file's bytes. Raises UnreadableRepository where it is missing, damaged or above MAX_OBJECT_BYTES."""
        kind, data = self._read(object_id)
        if kind != "blob":
            raise _unreadable(self._folder)
        return data

    def entries(self, object_id: str) -> tuple[Entry, ...]:
        """The files and folders in a folder; of a commit, in its topmost one. Links and submodules are left out. Raises UnreadableRepository."""
        kind, data = self._read(f"{object_id}^{{tree}}")
        if kind != "tree":
            raise _unreadable(self._folder)
        return tuple(_entries(data, len(object_id) // 2))

    def _read(self, name: str) -> tuple[str, bytes]:
        watch = threading.Timer(ANSWER_S, self._process.kill)
        watch.start()
        try:
            self._asked.write(f"{name}\n".encode())
            self._asked.flush()
            answer = self._answers.readline().split()
            if len(answer) != 3 or int(answer[2]) > MAX_OBJECT_BYTES:
                raise _unreadable(self._folder)
            size = int(answer[2])
            data = self._answers.read(size + 1)
        except (OSError, ValueError) as error:
            raise _unreadable(self._folder) from error
        finally:
            watch.cancel()
        if len(data) != size + 1:
            raise _unreadable(self._folder)
        return answer[1].decode(errors="replace"), data[:-1]


def _entries(data: bytes, id_bytes: int) -> Iterator[Entry]:
    """Git writes a folder as `<mode> <name> NUL <id>` one after the other."""
    position = 0
    while (space := data.find(b" ", position)) >= 0 and (end := data.find(b"\0", space)) >= 0:
        mode, name = data[position:space], data[space + 1 : end].decode(errors="replace")
        position = end + 1 + id_bytes
        if mode == _TREE or mode in _BLOB:
            yield Entry(name, data[end + 1 : position].hex(), mode == _TREE)


def _environment() -> dict[str, str]:
    """Ours without what would point git elsewhere, and with what keeps it from running or asking anything."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | _SAFE


def _unreadable(folder: Path) -> UnreadableRepository:
    return UnreadableRepository(f"{shown_path(folder)}: git cannot read the repository; check it with `git fsck`")
