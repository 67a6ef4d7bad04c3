"""Sessions that Entire keeps in a repository: each once, at its longest, whatever else the repository is or does."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from hotwash.intake.archives import Rejected
from hotwash.intake.checkpoints.repository import Repository, UnreadableRepository, git_folder
from hotwash.intake.checkpoints.sessions import count, repository_at
from hotwash.intake.discovery import discover_checkpoints
from hotwash.intake.files import count_files, sources
from hotwash.readers.detect import read_source
from hotwash.store.engine import Database
from hotwash.transcript import Transcript, UserMessage
from tests.integration.claude_files import SESSION, session_file, take_in, take_in_paths, talk, with_organization

if shutil.which("git") is None:
    pytest.skip("the git program is not installed", allow_module_level=True)

BRANCH = "refs/heads/entire/checkpoints/v1"
OTHER = "0d5e1c9a-7a52-4c59-9f57-5b8ac06c1d11"
Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git in the repository `repo`, which it has made."""
    home = {"HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    who = {f"GIT_{role}_{field}": "ada@example.com" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}

    def run(*arguments: str, given: bytes = b"", at: Path = tmp_path / "repo") -> str:
        done = subprocess.run(("git", "-C", str(at), *arguments), input=given, capture_output=True, check=True, env=home | who)
        return done.stdout.decode().strip()

    (tmp_path / "repo").mkdir()
    run("init", "-q", "-b", "main")
    return run


def commit(git: Git, ref: str, files: Mapping[str, bytes]) -> None:
    """Puts the files on a ref, without a work tree."""
    git("read-tree", "--empty")
    for name, data in files.items():
        git("update-index", "--add", "--cacheinfo", f"100644,{git('hash-object', '-w', '--stdin', given=data)},{name}")
    git("update-ref", ref, git("commit-tree", git("write-tree"), "-m", "Checkpoint"))


def about(session_id: str = SESSION, at: str = "2026-08-01T10:00:00Z", **more: object) -> bytes:
    return json.dumps({"session_id": session_id, "created_at": at, "agent": "Claude Code", **more}).encode()


def read(path: Path) -> list[Transcript]:
    """Every session that the path gives."""
    found: list[Transcript] = []
    for item in sources([path]):
        assert not isinstance(item, Rejected), item.reason
        found += read_source(item)
    return found


def said(transcript: Transcript) -> list[str]:
    return [event.text for event in transcript.events if isinstance(event, UserMessage)]


def test_the_longest_copy_of_each_session_is_the_session(git: Git, tmp_path: Path) -> None:
    other = session_file(("user", "Another?"), session=OTHER)
    checkpoints = {
        "ab/cdef012345/metadata.json": b'{"checkpoint_id": "abcdef012345", "sessions": []}',
        "ab/cdef012345/0/metadata.json": about(),
        "ab/cdef012345/0/full.jsonl": talk(3),
        "ab/cdef012345/0/prompt.txt": b"Question 0?",
        "cd/ef01234567/0/metadata.json": about(at="2026-08-02T10:00:00Z"),
        "cd/ef01234567/0/full.jsonl": talk(2),
        "cd/ef01234567/1/metadata.json": about(OTHER, "2026-08-03T10:00:00Z"),
        "cd/ef01234567/1/full.jsonl": other,
    }
    commit(git, BRANCH, checkpoints)
    assert [(found.native_id, len(said(found))) for found in read(tmp_path / "repo")] == [(SESSION, 3), (OTHER, 1)]
    folder = repository_at(tmp_path / "repo")
    assert folder is not None
    assert count(folder) == (2, len(talk(3)) + len(other))


def test_each_checkpoint_may_have_a_ref_of_its_own(git: Git, tmp_path: Path) -> None:
    for number, turns in ((1, 2), (2, 4)):
        name = f"01J8ZZZZZZZZZZZZZZZZZZZZ{number:02}"
        commit(git, f"refs/entire/checkpoints/{number:02}/{name}", {"0/metadata.json": about(), "0/full.jsonl": talk(turns)})
    git("pack-refs", "--all")
    (item,) = sources([tmp_path / "repo"])
    assert item.name == f"{tmp_path / 'repo'}: checkpoint 01J8ZZZZZZZZZZZZZZZZZZZZ02/0"
    assert [len(said(found)) for found in read(tmp_path / "repo")] == [4]


@pytest.mark.parametrize("kind", ["a bare clone", "a clone", "a further work tree"])
def test_any_form_of_the_repository_gives_its_sessions(git: Git, tmp_path: Path, kind: str) -> None:
    commit(git, BRANCH, {"ab/cd/0/metadata.json": about(), "ab/cd/0/full.jsonl": talk(2)})
    commit(git, "refs/heads/main", {"README": b"Tea"})
    place = tmp_path / "other"
    if kind == "a further work tree":
        git("worktree", "add", "-q", "--detach", str(place), "main")
    else:
        git("clone", "-q", *(("--bare",) if "bare" in kind else ()), "--no-local", str(tmp_path / "repo"), str(place), at=tmp_path)
    assert [found.native_id for found in read(place)] == [SESSION]


def test_a_transcript_in_pieces_is_put_together(git: Git, tmp_path: Path) -> None:
    lines = talk(5).splitlines()
    pieces = {
        f"ab/cd/0/full.jsonl{suffix}": b"\n".join(part)
        for suffix, part in zip(("", ".001", ".002"), (lines[:3], lines[3:7], lines[7:]), strict=True)
    }
    commit(git, BRANCH, {"ab/cd/0/metadata.json": about(), **pieces})
    (found,) = read(tmp_path / "repo")
    assert (len(said(found)), found.warnings) == (5, ())


def test_the_first_layout_keeps_a_session_in_the_checkpoint_itself(git: Git, tmp_path: Path) -> None:
    commit(git, BRANCH, {"ab/cd/metadata.json": about(f"2025-12-01-{SESSION}"), "ab/cd/full.jsonl": talk(2)})
    assert [found.native_id for found in read(tmp_path / "repo")] == [SESSION]


def test_subagents_are_children_of_their_session(git: Git, tmp_path: Path) -> None:
    line = {
        "type": "user",
        "sessionId": SESSION,
        "agentId": "a1",
        "isSidechain": True,
        "uuid": "u9",
        "message": {"role": "user", "content": "Look."},
    }
    files = {"0/metadata.json": about(), "0/full.jsonl": talk(2), "tasks/toolu_1/agent-a1.jsonl": json.dumps(line).encode()}
    commit(git, BRANCH, {f"ab/{checkpoint}/{name}": data for checkpoint in ("cd", "ce") for name, data in files.items()})
    _, child = read(tmp_path / "repo")
    assert (child.parent_native_id, said(child)) == (SESSION, ["Look."])


CONDENSED = b"".join(
    json.dumps(
        {
            "v": 1,
            "agent": "factoryai-droid",
            "type": kind,
            "ts": "2026-08-01T10:00:00Z",
            "content": [{"type": "text", "text": text}],
            **more,
        }
    ).encode()
    + b"\n"
    for kind, text, more in (("user", "Make tea", {}), ("assistant", "Done.", {"output_tokens": 5}))
)


def test_the_condensed_transcript_stands_in_for_one_that_no_reader_takes(git: Git, tmp_path: Path) -> None:
    files = {"metadata.json": about("s-1", model="m-1", branch="main"), "full.jsonl": b'{"tea": 1}\n', "transcript.jsonl": CONDENSED}
    commit(git, BRANCH, {f"ab/cd/0/{name}": data for name, data in files.items()})
    (found,) = read(tmp_path / "repo")
    assert (found.format, found.native_id, found.agent, found.models, found.branch) == ("entire", "s-1", "Factory Droid", ("m-1",), "main")
    assert found.usage is not None
    assert (found.usage.output, found.coverage.input_tokens) == (5, False)


def test_a_transcript_that_cannot_be_read_costs_no_other(git: Git, tmp_path: Path, database: Database) -> None:
    with_organization(database)
    files = {"0/metadata.json": about(OTHER), "0/full.jsonl": b"\1\0tea", "1/metadata.json": b"[", "1/full.jsonl": talk(2)}
    commit(git, BRANCH, {f"ab/cd/{name}": data for name, data in files.items()})
    summary = take_in_paths(database, tmp_path / "repo")
    assert [item.outcome for item in summary.sessions] == ["created"]
    assert ["is binary data" in rejected.reason for rejected in summary.rejected] == [True]


def test_it_is_the_same_session_as_in_the_agents_own_file(git: Git, tmp_path: Path, database: Database) -> None:
    with_organization(database)
    commit(git, BRANCH, {"ab/cd/0/metadata.json": about(), "ab/cd/0/full.jsonl": talk(3)})
    assert take_in(database, talk(3)) == ("created",)
    assert [item.outcome for item in take_in_paths(database, tmp_path / "repo").sessions] == ["unchanged"]


def test_a_repository_without_checkpoints_is_a_folder_of_files(git: Git, tmp_path: Path) -> None:
    commit(git, "refs/heads/main", {"README": b"Tea"})
    (tmp_path / "repo" / "session.jsonl").write_bytes(talk(2))
    assert repository_at(tmp_path / "repo") is None
    assert [found.native_id for found in read(tmp_path / "repo")] == [SESSION]
    assert count_files([tmp_path / "repo"]) == 1


# Hostile and broken repositories


def test_nothing_that_a_repository_configures_is_run(git: Git, tmp_path: Path) -> None:
    """Its objects are to be fetched from elsewhere by a program of its choice; so is what changed in the work tree to be told."""
    commit(git, BRANCH, {"ab/cd/0/metadata.json": about(), "ab/cd/0/full.jsonl": talk(2)})
    trap = tmp_path / "trap"
    git("config", "core.fsmonitor", f"touch {trap}")
    git("config", "core.sshCommand", f"touch {trap}")
    git("config", "core.repositoryFormatVersion", "1")
    git("config", "extensions.partialClone", "origin")
    git("config", "remote.origin.url", f"ext::sh -c touch% {trap}")
    git("config", "remote.origin.promisor", "true")
    git("config", "protocol.ext.allow", "always")
    blob = git("rev-parse", f"{BRANCH}:ab/cd/0/full.jsonl")
    (tmp_path / "repo" / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    (item,) = sources([tmp_path / "repo"])
    assert isinstance(item, Rejected)
    assert not trap.exists()


def test_a_damaged_repository_is_one_sentence(git: Git, tmp_path: Path) -> None:
    commit(git, BRANCH, {"ab/cd/0/full.jsonl": talk(2)})
    (tmp_path / "repo" / ".git" / "HEAD").write_bytes(b"\0")
    (item,) = sources([tmp_path / "repo"])
    assert isinstance(item, Rejected)
    assert item.reason == f"{tmp_path / 'repo' / '.git'}: git cannot read the repository; check it with `git fsck`"


def test_links_and_submodules_are_left_out(git: Git, tmp_path: Path) -> None:
    commit(git, BRANCH, {"ab/cd/0/metadata.json": about(), "ab/cd/0/full.jsonl": talk(2)})
    link = git("hash-object", "-w", "--stdin", given=b"/etc/passwd")
    git("update-index", "--add", "--cacheinfo", f"120000,{link},ab/ce/0/full.jsonl")
    git("update-index", "--add", "--cacheinfo", f"160000,{git('rev-parse', BRANCH)},ab/cf")
    git("update-ref", BRANCH, git("commit-tree", git("write-tree"), "-m", "Links"))
    assert [found.native_id for found in read(tmp_path / "repo")] == [SESSION]


def test_a_repository_without_a_git_program_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableRepository, match="is read with the git program, which is not installed; install git"):
        Repository(tmp_path)


@pytest.mark.parametrize("content", [b"gitdir: /nowhere", b"gitdir: " + b"a" * 9_000, b"\xff\0", b""])
def test_a_work_tree_that_leads_nowhere_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".git").write_bytes(content)
    assert git_folder(tmp_path) is None


def test_the_repository_that_one_stands_in_is_discovered(git: Git, tmp_path: Path) -> None:
    inside = tmp_path / "repo" / "src"
    inside.mkdir()
    assert discover_checkpoints(inside) is None
    commit(git, BRANCH, {"ab/cd/0/metadata.json": about(), "ab/cd/0/full.jsonl": talk(2)})
    found = discover_checkpoints(inside)
    assert found is not None
    assert (found.sessions, found.size_bytes, found.files) == (1, len(talk(2)), (str(tmp_path / "repo"),))
    (tmp_path / "repo" / ".git" / "HEAD").write_bytes(b"\0")
    broken = discover_checkpoints(inside)
    assert broken is not None
    assert (broken.sessions, ["git cannot read" in problem for problem in broken.problems]) == (None, [True])
