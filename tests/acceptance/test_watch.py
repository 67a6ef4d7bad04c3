"""`hotwash watch` as a user runs it: new and growing sessions are in the store while they are written."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.running import Lines, hotwash
from tests.acceptance.transcripts import STORY, bare_id, claude_code

SHOWN_WITHIN_S = 2.0
"""What the command promises; the rest of the time is for a machine that does other things."""
PATIENCE_S = 20.0


class Watch:
    """A running `hotwash watch`."""

    def __init__(self, data: Path, *places: Path) -> None:
        self.process = hotwash("watch", *map(str, places), "--data", str(data))
        self.output, self.errors = Lines(self.process.stdout), Lines(self.process.stderr)
        self.errors.await_match(re.compile("(Watching)"), self.errors)

    def await_line(self, outcome: str, name: str) -> str:
        return self.output.await_match(re.compile(rf"({outcome}  {bare_id(name)}.*)"), self.errors)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_S)


@contextmanager
def watching(data: Path, *places: Path) -> Iterator[Watch]:
    """A running command that ends with the test, whatever happens."""
    running = Watch(data, *places)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "projects"
    place.mkdir()
    return place


@pytest.fixture
def watch(tmp_path: Path, folder: Path) -> Iterator[Watch]:
    """Watches `folder`, and `later`, which is not there yet."""
    with watching(tmp_path / "data", folder, tmp_path / "later") as running:
        yield running


def test_a_new_session_and_its_growth_are_shown_within_two_seconds(watch: Watch, folder: Path) -> None:
    file = folder / "slug" / "growing.jsonl"
    file.parent.mkdir()
    lines = claude_code("growing").splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:5]))
    watch.await_line("created", "growing")
    started = time.monotonic()
    with file.open("ab") as stream:
        stream.writelines(lines[5:])
    watch.await_line("updated", "growing")
    assert time.monotonic() - started < SHOWN_WITHIN_S


def test_several_writes_of_a_file_are_one_import(watch: Watch, folder: Path) -> None:
    """A burst shows as one line, and a half-written last line is no complaint."""
    lines = claude_code("burst").splitlines(keepends=True)
    with (folder / "burst.jsonl").open("wb", buffering=0) as stream:
        for line in lines:
            stream.write(line)
        stream.write(lines[0][:40])
    watch.await_line("created", "burst")
    (folder / "after.jsonl").write_bytes(claude_code("after"))
    watch.await_line("created", "after")
    assert sum(bare_id("burst") in line for line in watch.output.seen) == 1
    assert not [line for line in watch.errors.seen if line.startswith("hotwash:")]


def test_a_file_that_is_deleted_rotated_or_no_transcript_stops_nothing(watch: Watch, folder: Path) -> None:
    file = folder / "rotated.jsonl"
    file.write_bytes(claude_code("rotated", steps=STORY[:2]))
    watch.await_line("created", "rotated")
    file.rename(folder / "rotated.jsonl.1")
    file.write_bytes(claude_code("rotated"))
    watch.await_line("updated", "rotated")
    file.unlink()
    (folder / "other.json").write_text('{"no": "transcript"}')
    (folder / "last.jsonl").write_bytes(claude_code("last"))
    watch.await_line("created", "last")
    assert watch.process.poll() is None


def test_a_folder_that_appears_later_and_one_that_comes_back_are_watched(watch: Watch, folder: Path, tmp_path: Path) -> None:
    later = tmp_path / "later"
    later.mkdir()
    (later / "late.jsonl").write_bytes(claude_code("late"))
    watch.await_line("created", "late")
    folder.rmdir()
    folder.mkdir()
    (folder / "back.jsonl").write_bytes(claude_code("back"))
    watch.await_line("created", "back")


def test_ctrl_c_stops_it_cleanly(watch: Watch, folder: Path) -> None:
    (folder / "kept.jsonl").write_bytes(claude_code("kept"))
    watch.await_line("created", "kept")
    assert watch.stop() == 0
    assert "Traceback" not in "".join(watch.errors.seen)


def test_what_was_there_before_is_taken_in_once(tmp_path: Path, folder: Path) -> None:
    (folder / "old.jsonl").write_bytes(claude_code("old"))
    with watching(tmp_path / "data", folder) as first:
        first.await_line("created", "old")
        first.stop()
    with watching(tmp_path / "data", folder) as again:
        (folder / "new.jsonl").write_bytes(claude_code("new"))
        again.await_line("created", "new")
        assert not any(bare_id("old") in line for line in again.output.seen)


def test_an_unknown_organization_form_is_one_line(tmp_path: Path, folder: Path) -> None:
    """An id that does not exist cannot be made; the command says so and ends."""
    process = hotwash("watch", str(folder), "--org", "org-" + "0" * 32, "--data", str(tmp_path / "data"))
    assert isinstance(process, subprocess.Popen)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert errors.count("\n") == 1
