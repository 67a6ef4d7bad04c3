"""`hotwash analyze`, `inspect` and `import` on what is not a plain file: archives, repositories with Entire's checkpoints, names that cannot be."""

import gzip
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from bench.generate import claude_session
from tests.acceptance.command import hotwash


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    """A folder of two."""
    folder = tmp_path / "sessions"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"{number}.jsonl").write_bytes(claude_session(number, 20_000))
    return folder


def ids(*words: str | Path) -> list[str]:
    done = hotwash("inspect", *words, "--json")
    assert done.returncode == 0, done.stderr
    return sorted(session["native_id"] for session in json.loads(done.stdout))


def test_packed_transcripts_are_inspected_as_they_are(sessions: Path, tmp_path: Path) -> None:
    packed = tmp_path / "1.jsonl.gz"
    packed.write_bytes(gzip.compress((sessions / "1.jsonl").read_bytes()))
    with tarfile.open(tmp_path / "both.tar.gz", "w:gz") as archive:
        archive.add(sessions, "sessions")
    assert ids(packed) == ids(sessions / "1.jsonl")
    assert ids(tmp_path / "both.tar.gz") == ids(sessions)


def test_what_cannot_be_read_in_an_archive_is_told_and_costs_no_other(sessions: Path, tmp_path: Path) -> None:
    (sessions / "notes.json").write_text('{"not": "a transcript"}')
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        archive.add(sessions, "sessions")
    done = hotwash("analyze", tmp_path / "all.tar", "--json")
    assert (done.returncode, len(json.loads(done.stdout))) == (1, 2)
    assert [line for line in done.stderr.splitlines() if "sessions/notes.json" in line]


@pytest.mark.skipif(shutil.which("git") is None, reason="the git program is not installed")
@pytest.mark.parametrize("command", ["inspect", "import"])
def test_a_repository_with_checkpoints_gives_its_sessions(sessions: Path, tmp_path: Path, command: str) -> None:
    repository = tmp_path / "repository"
    checkpoint = repository / "ab" / "cdef"
    for number, file in enumerate(sorted(sessions.iterdir())):
        (checkpoint / str(number)).mkdir(parents=True)
        shutil.copyfile(file, checkpoint / str(number) / "full.jsonl")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    for words in (("init", "-q", "-b", "entire/checkpoints/v1"), ("add", "."), (*who, "commit", "-qm", "Checkpoint")):
        subprocess.run(("git", "-C", str(repository), *words), check=True)
    if command == "inspect":
        assert ids(repository) == ids(sessions)
    else:
        done = hotwash("import", repository, "--data", tmp_path / "data")
        assert (done.returncode, done.stdout) == (0, "2 sessions: 2 created, 0 updated, 0 unchanged; 0 rejected\n")


@pytest.mark.parametrize("command", ["analyze", "inspect", "import", "evaluate"])
def test_a_name_that_no_system_can_have_is_one_sentence(tmp_path: Path, command: str) -> None:
    """Several thousand characters, as a script makes them by mistake."""
    more = {"import": ("--data", str(tmp_path / "data")), "evaluate": ("--transcripts", str(tmp_path))}.get(command, ())
    done = hotwash(command, "a" * 5_000, *more)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
