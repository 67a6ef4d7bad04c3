"""Whole sessions, each named after its case, and the transcripts expected of it beside it. SQLite stores are written as the statements that
make them; a session that lies in a folder is a folder."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from hotwash.readers.detect import detect, open_source, read_source
from hotwash.transcript import Transcript

HERE = Path(__file__).parent
FOLDERS = {
    "copilot": "copilot-cli",
    "opencode": "opencode",
    "pi": "pi",
    "cline": "cline",
    "devin_local": "devin-local",
    "cursor": "cursor",
    "cursor_chat": "cursor-chat",
    "goose": "goose",
    "droid": "factory-droid",
    "kimi": "kimi-code",
    "entire": "entire",
    "gemini": "gemini-cli",
    "qwen": "qwen-code",
    "openhands": "openhands",
    "swe_agent": "swe-agent",
    "mini_swe_agent": "mini-swe-agent",
    "aider": "aider",
}
SESSIONS = sorted(
    file
    for folder in FOLDERS
    for file in (HERE / folder).iterdir()
    if ((file.is_dir() and not file.name.startswith("__")) or file.suffix in {".jsonl", ".json", ".sql", ".traj", ".md"})
    and ".expected." not in file.name
    and not file.name.endswith(".settings.json")
)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_a_session_gives_the_transcripts_beside_it(session: Path, tmp_path: Path) -> None:
    """Every event, total, coverage flag and warning is as written down, and the format is known by its content."""
    file = session
    if session.suffix == ".sql":
        file = tmp_path / f"{session.stem}.db"
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(session.read_text())
    source = open_source(file)
    assert detect(source).format == FOLDERS[session.parent.name]
    expected = session.with_name(f"{session.name.split('.')[0]}.expected.json").read_bytes()
    assert list(read_source(source)) == msgspec.json.decode(expected, type=list[Transcript])
