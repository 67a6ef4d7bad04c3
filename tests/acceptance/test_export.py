"""`hotwash export` and its route: a session taken away, and brought in elsewhere as the very same one."""

import json
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from atif import Trajectory

from tests.acceptance.command import hotwash
from tests.acceptance.conftest import upload
from tests.acceptance.running import Server
from tests.acceptance.transcripts import bare_id, claude_code

SESSION = files("hotwash.demo") / "sessions/claude-code/linter-missing.jsonl"
HOSTILE = "<script>alert(1)</script> ![x](http://evil.example/x.png) [go](javascript:alert(1)) \x1b[31m"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one session, analysed, and one that is hostile."""
    folder = tmp_path_factory.mktemp("export")
    (folder / "hostile.jsonl").write_bytes(claude_code("hostile", prompt=HOSTILE, steps=((HOSTILE, HOSTILE, False),)))
    assert hotwash("import", str(SESSION), folder / "hostile.jsonl", "--data", folder).returncode == 0
    return folder


@pytest.fixture(scope="module")
def session_id(data: Path) -> str:
    listed: list[dict[str, str]] = json.loads(hotwash("sessions", "--json", "--data", data).stdout)
    return next(session["session_id"] for session in listed if session["session_id"] != bare_id("hostile"))


def test_an_atif_export_is_valid_and_comes_in_as_the_very_same_session(data: Path, session_id: str, tmp_path: Path) -> None:
    exported = tmp_path / "session.json"
    assert hotwash("export", session_id, "--to", "atif", "--output", exported, "--data", data).returncode == 0
    Trajectory.model_validate_json(exported.read_bytes())
    assert "1 unchanged" in hotwash("import", exported, "--data", data).stdout
    assert "1 created" in hotwash("import", exported, "--data", tmp_path / "other").stdout
    documents = [
        json.loads(hotwash("insights", session_id, "--generate", "--data", folder).stdout) for folder in (data, tmp_path / "other")
    ]
    for document in documents:
        del document["org_id"]
    assert documents[0] == documents[1]


def test_a_json_export_holds_all_that_is_known(data: Path, session_id: str) -> None:
    exported = json.loads(hotwash("export", session_id, "--to", "json", "--data", data).stdout)
    assert exported["session"]["session_id"] == session_id
    assert exported["transcript"]["events"]
    assert exported["metrics"]["tool_calls"] > 0
    assert exported["subagents"] == []


def test_a_markdown_export_has_the_debrief_before_the_transcript(data: Path, session_id: str) -> None:
    text = hotwash("export", session_id, "--to", "markdown", "--data", data).stdout
    assert text.startswith("# ")
    assert 0 < text.index("\n## Issues\n") < text.index("\n## Transcript\n") < text.index("\n### User (record ")


class _Page(HTMLParser):
    """What a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        assert not [name for name, _ in attrs if name.startswith("on")]


@pytest.mark.parametrize("hostile", [False, True])
def test_an_html_export_runs_and_loads_nothing(data: Path, session_id: str, hostile: bool) -> None:
    """Whatever stands in the session."""
    page = hotwash("export", bare_id("hostile") if hostile else session_id, "--to", "html", "--data", data).stdout
    parsed = _Page()
    parsed.feed(page)
    assert parsed.tags & {"script", "img", "iframe", "link", "form", "object", "svg"} == set()
    assert [address for address in parsed.addresses if not address.startswith(("http://", "https://", "mailto:"))] == []
    assert "\x1b" not in page
    assert "Transcript" in page


def test_a_file_that_cannot_be_written_is_one_line(data: Path, session_id: str, tmp_path: Path) -> None:
    failed = hotwash("export", session_id, "--to", "json", "--output", tmp_path / "missing" / "x.json", "--data", data)
    assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)


def test_the_route_gives_both_formats_to_who_may_see_the_session(server: Server, member: httpx.Client, viewer: httpx.Client) -> None:
    upload(member, claude_code("exported"))
    path = f"/hotwash/v1/sessions/{bare_id('exported')}/export"
    Trajectory.model_validate(viewer.get(path).json())
    assert viewer.get(path, params={"to": "json"}).json()["session"]["session_id"] == bare_id("exported")
    assert viewer.get(path, params={"to": "pdf"}).status_code == 422
    assert viewer.get(f"/hotwash/v1/sessions/{bare_id('foreign')}/export").status_code == 404
