"""The sessions in a repository that Entire follows. A checkpoint is a folder, `metadata.json` and below it a numbered folder a session with
`metadata.json`, `full.jsonl` (the agent's own transcript; beyond 50 MB continued in `full.jsonl.001` and so on), `transcript.jsonl` (Entire's
condensed one) and `tasks/<call>/agent-<id>.jsonl` (subagents). All checkpoints lie on the branch `entire/checkpoints/v1`, as `<aa>/<rest of the id>`,
or each has a ref `refs/entire/checkpoints/<xx>/<id>` of its own. Every checkpoint holds the whole session up to then, so the longest copy is the
session; it is in the agent's format, told by its content."""

import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import msgspec

from hotwash.intake.archives import Rejected
from hotwash.intake.checkpoints.repository import Objects, Repository, UnreadableRepository, git_folder
from hotwash.kit.paths import is_folder
from hotwash.kit.text import one_line, printable, shown_path
from hotwash.readers import fields
from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.detect import detect
from hotwash.readers.entire import METADATA, session_id_in

_REF = re.compile(r"refs/(?:heads/|remotes/[^/]+/)?entire/checkpoints/.+")
_FULL = re.compile(r"(?:full\.jsonl|raw_transcript)(?:\.(\d{3}))?")
_CONDENSED = "transcript.jsonl"
_SUBAGENT = re.compile(r"agent-([^/]+)\.jsonl")

_MAX_DEPTH = 7
"""Of the deepest file, `<aa>/<rest>/<n>/tasks/<call>/agent-<id>.jsonl`, with one to spare."""
_MAX_FOLDERS = 500_000
"""Folders looked into. The largest repository known has some ten thousand checkpoints of three folders each."""
_NAME_CHARS = 200


class _Copy(msgspec.Struct, kw_only=True):
    """A session, or a subagent's, as one checkpoint holds it."""

    folder: str
    chunks: dict[str, str] = {}
    """Object ids by file name: the agent's own transcript."""
    condensed: str | None = None
    metadata: str | None = None
    about: dict[str, object] = {}
    subagent: str | None = None

    @property
    def session_id(self) -> str:
        return session_id_in(self.about) or self.folder

    @property
    def files(self) -> tuple[str, ...]:
        """The object ids of what is read: the agent's own transcript in order, else the condensed one."""
        return tuple(self.chunks[name] for name in sorted(self.chunks)) or ((self.condensed,) if self.condensed else ())


def repository_at(path: Path) -> Path | None:
    """The repository at this path, work tree or bare, if it has checkpoints, told without starting git (which alone can read
    a reftable: such a repository counts as having none); None otherwise."""
    folder = git_folder(path)
    return folder if folder is not None and _has_checkpoints(folder) else None


def sessions(folder: Path) -> Iterator[Source | Rejected]:
    """Each session once, subagents too; each is to be read before the next is asked for. Raises UnreadableRepository."""
    repository = Repository(folder)
    place = folder.parent if folder.name == ".git" else folder
    with repository.objects() as objects, tempfile.TemporaryDirectory(prefix="hotwash-") as scratch:
        chosen = _choose(repository, objects)
        if not chosen:
            yield Rejected(name=shown_path(place), reason="has no session among Entire's checkpoints; name the agent's files")
        for copy in chosen:
            try:
                yield _source(objects, copy, place, Path(scratch))
            except UnreadableRepository as error:
                yield Rejected(name=_shown(place, copy), reason=error.sentence)


def count(folder: Path) -> tuple[int, int]:
    """How many sessions there are, and their bytes. Raises UnreadableRepository."""
    repository = Repository(folder)
    with repository.objects() as objects:
        chosen = _choose(repository, objects)
    sizes = repository.sizes(dict.fromkeys(object_id for copy in chosen for object_id in copy.files))
    return sum(copy.subagent is None for copy in chosen), sum(sizes.values())


def _has_checkpoints(folder: Path) -> bool:
    if any(is_folder(folder / "refs" / inside / "entire" / "checkpoints") for inside in ("", "heads")):
        return True
    try:
        if any(is_folder(remote / "entire" / "checkpoints") for remote in (folder / "refs" / "remotes").iterdir()):
            return True
    except OSError:
        pass  # there are no remotes
    try:
        return b"entire/checkpoints/" in (folder / "packed-refs").read_bytes()
    except OSError:
        return False


def _choose(repository: Repository, objects: Objects) -> list[_Copy]:
    """Of each session the longest copy, and of equals the latest; in order of their time."""
    copies = list(_copies(repository, objects))
    sizes = repository.sizes(dict.fromkeys(object_id for copy in copies for object_id in copy.files))

    def rank(copy: _Copy) -> tuple[bool, int, str, str]:
        return bool(copy.chunks), sum(sizes.get(object_id, 0) for object_id in copy.files), _created(copy), copy.folder

    best: dict[tuple[str, str], _Copy] = {}
    for copy in copies:
        key = (copy.session_id if copy.subagent is None else "", copy.subagent or "")
        if key not in best or rank(copy) > rank(best[key]):
            best[key] = copy
    return sorted(best.values(), key=lambda copy: (copy.subagent is not None, _created(copy), copy.folder))


def _created(copy: _Copy) -> str:
    return fields.string(copy.about.get("created_at"))


def _copies(repository: Repository, objects: Objects) -> Iterator[_Copy]:
    found: dict[str, _Copy] = {}
    commits = {object_id: name for name, object_id in repository.refs().items() if _REF.fullmatch(name)}
    for commit, ref in commits.items():
        for path, object_id in _files(objects, commit):
            _note(found, f"{ref.rpartition('/')[2]}/" if ref.startswith("refs/entire/") else "", path, object_id)
    for copy in found.values():
        if copy.metadata is not None:
            copy.about = fields.mapping(_decoded(objects.read(copy.metadata)))
        if copy.files:
            yield copy


def _note(found: dict[str, _Copy], checkpoint: str, path: PurePosixPath, object_id: str) -> None:
    folder = f"{checkpoint}{path.parent}"
    subagent = _SUBAGENT.fullmatch(path.name)
    if subagent is not None and "tasks" in path.parts[:-1]:
        found[f"{folder}/{path.name}"] = _Copy(folder=folder, chunks={path.name: object_id}, subagent=subagent[1])
        return
    copy = found.setdefault(folder, _Copy(folder=folder, chunks={}))
    if _FULL.fullmatch(path.name):
        copy.chunks[path.name] = object_id
    elif path.name == _CONDENSED:
        copy.condensed = object_id
    elif path.name == METADATA:
        copy.metadata = object_id


def _files(objects: Objects, commit: str) -> Iterator[tuple[PurePosixPath, str]]:
    """All files of a commit. Git's folders cannot hold themselves, but one may be in many: the number looked into is limited."""
    waiting = [(PurePosixPath(), commit)]
    for _ in range(_MAX_FOLDERS):
        if not waiting:
            return
        folder, object_id = waiting.pop()
        for entry in objects.entries(object_id):
            path = folder / entry.name
            if not entry.is_folder:
                yield path, entry.object_id
            elif len(path.parts) < _MAX_DEPTH:
                waiting.append((path, entry.object_id))


def _source(objects: Objects, copy: _Copy, place: Path, scratch: Path) -> Source:
    """The agent's own transcript, or the condensed one where no reader takes that. Raises UnreadableRepository."""
    name, path = _shown(place, copy), PurePosixPath(_file_name(copy))
    beside: tuple[Source, ...] = ()
    if copy.metadata is not None:
        about = _kept(objects, (copy.metadata,), scratch / METADATA)
        beside = (Source(name=f"{name}: {METADATA}", open=lambda: about.open("rb")),)
    whole = _kept(objects, copy.files, scratch / "full")
    source = Source(name=name, open=lambda: whole.open("rb"), path=path, beside=beside)
    if not copy.chunks or copy.condensed is None or _is_readable(source):
        return source
    condensed = _kept(objects, (copy.condensed,), scratch / "condensed")
    return Source(name=name, open=lambda: condensed.open("rb"), path=path, beside=beside)


def _is_readable(source: Source) -> bool:
    try:
        detect(source)
    except UnreadableSource:
        return False
    return True


def _kept(objects: Objects, object_ids: Iterable[str], target: Path) -> Path:
    """The files joined, a line each: Entire splits between lines, and leaves the line's end out."""
    with target.open("wb") as file:
        for position, object_id in enumerate(object_ids):
            file.write(b"\n" if position else b"")
            file.write(objects.read(object_id))
    return target


def _file_name(copy: _Copy) -> str:
    """What the agent would have called the file: some formats keep the session's id nowhere else."""
    if copy.subagent is not None:
        return f"subagents/agent-{copy.subagent}.jsonl"
    return f"{copy.session_id.replace('/', '-')}.jsonl"


def _shown(place: Path, copy: _Copy) -> str:
    what = f"{copy.folder}/agent-{copy.subagent}" if copy.subagent is not None else copy.folder
    return f"{shown_path(place)}: checkpoint {one_line(printable(what), _NAME_CHARS)}"


def _decoded(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
