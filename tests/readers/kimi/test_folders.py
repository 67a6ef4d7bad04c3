"""A session of Kimi Code lies in folders that bear its id; what is kept about it stands two folders above what its agents did."""

import shutil
import zipfile
from pathlib import Path

import pytest

from hotwash.intake.archives import unpack
from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.detect import open_source, read_source, session_files

WIRE = Path(__file__).with_name("wire_of_1_4.jsonl")
STATE = '{"title": "Leaves", "workDir": "/home/ada/yard", "lastPrompt": "Rake", "agents": {"main": {}}}'


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """One with a subagent."""
    folder = tmp_path / "wd_yard" / "session_0f1c"
    for agent in ("main", "agent-0"):
        (folder / "agents" / agent).mkdir(parents=True)
        shutil.copyfile(WIRE, folder / "agents" / agent / "wire.jsonl")
    (folder / "state.json").write_text(STATE)
    (folder / "notify").mkdir()
    (folder / "notify" / "state.json").write_text("{}")
    return folder


def test_folders_tell_the_session_and_its_subagents(session: Path) -> None:
    found = {transcript.native_id: transcript for file in session_files(session) for transcript in read_source(open_source(file))}
    assert sorted(found) == ["0f1c", "0f1c/agent-0"]
    assert (found["0f1c"].title, found["0f1c"].cwd) == ("Leaves", "/home/ada/yard")
    assert found["0f1c/agent-0"].parent_native_id == "0f1c"


@pytest.mark.parametrize("name", ["state.json", "notify/state.json"])
def test_what_is_kept_about_a_session_gives_the_session(session: Path, name: str) -> None:
    (transcript,) = read_source(open_source(session / name))
    assert transcript.native_id == "0f1c"


def test_an_export_is_the_same_session(session: Path, tmp_path: Path) -> None:
    """What `kimi export` packs lies in no folder of the session's name."""
    (session / "state.json").write_text('{"id": "session_0f1c", "version": 2, "cwd": "/home/ada/yard"}')
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name in ("agents/main/wire.jsonl", "notify/state.json", "state.json"):
            archive.write(session / name, name)
    packed = Source(name="export.zip", open=lambda: (tmp_path / "export.zip").open("rb"))
    (there,) = read_source(open_source(session / "state.json"))
    found = [transcript for item in unpack(packed) if isinstance(item, Source) for transcript in read_source(item)]
    assert found == [there]


def test_what_is_kept_about_a_session_is_refused_without_it(session: Path) -> None:
    shutil.rmtree(session / "agents")
    with pytest.raises(UnreadableSource, match=r"is what Kimi Code keeps about a session; name the wire\.jsonl"):
        list(read_source(open_source(session / "state.json")))
