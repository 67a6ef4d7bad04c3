"""The sources at paths that a user names: files, folders of them, packed transcripts. The same for imports, uploads and watching."""

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

from hotwash.errors import HotwashError
from hotwash.intake.archives import Rejected, unpack
from hotwash.intake.checkpoints import sessions as checkpoints
from hotwash.kit.paths import is_folder
from hotwash.kit.text import shown_path
from hotwash.readers.base import Source
from hotwash.readers.detect import open_source, session_files

_PACKED_SUFFIXES = (".jsonl.gz", ".jsonl.zst", ".json.gz", ".json.zst")


def listed_files(path: Path) -> Iterator[Path]:
    """The file itself, or what below the folder can be a transcript, packed ones last. Archives of several are taken only where they are
    named: a folder may hold any."""
    return itertools.chain(session_files(path), _packed_files(path))


def sources(paths: Iterable[Path]) -> Iterator[Source | Rejected]:
    """The sources at these paths, or why there is none. A repository with Entire's checkpoints gives these, and not its files."""
    for path in paths:
        repository = checkpoints.repository_at(path)
        if repository is not None:
            yield from _sessions_in(repository, path)
            continue
        found = False
        for file in listed_files(path):
            found = True
            try:
                yield open_source(file)
            except HotwashError as error:
                yield Rejected(name=shown_path(file), reason=error.sentence)
        if not found:
            yield Rejected(
                name=shown_path(path), reason="holds no file that can be a transcript; name the folder an agent keeps its sessions in"
            )


def unpacked(path: Path) -> Iterator[Source | Rejected]:
    """The transcripts at one path, archives and repositories taken apart. Each is to be read before the next is asked for."""
    for source in sources([path]):
        if isinstance(source, Rejected):
            yield source
        else:
            yield from unpack(source)


def _sessions_in(repository: Path, path: Path) -> Iterator[Source | Rejected]:
    try:
        yield from checkpoints.sessions(repository)
    except HotwashError as error:
        yield Rejected(name=shown_path(path), reason=error.sentence)


def _packed_files(folder: Path) -> Iterable[Path]:
    if not is_folder(folder):
        return ()
    return sorted(file for file in folder.rglob("*") if file.name.endswith(_PACKED_SUFFIXES) and not file.is_symlink() and file.is_file())


def count_files(paths: Iterable[Path]) -> int:
    """How many sources `sources` will give, for a progress bar. The folders are listed, nothing is read."""
    return sum(1 if checkpoints.repository_at(path) is not None else sum(1 for _ in listed_files(path)) for path in paths)
