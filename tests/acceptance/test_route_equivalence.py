"""The same sessions by every way in: as files, uploaded, pushed, watched, and in archives. Their insights are the same bytes, analysis and all, for one
input of every format, and for real ones where the folder with collected transcripts lies beside the repository."""

import gzip
import io
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import zstandard

from tests.acceptance.command import hotwash
from tests.acceptance.conftest import client
from tests.acceptance.running import Server
from tests.acceptance.waiting import until
from tests.readers.samples import SHARED, own_samples

SUFFIXES = {"lines": ".jsonl", "document": ".json", "store": ".db", "text": ".aider.chat.history.md"}
REAL = ("claude-code", "codex", "copilot-cli", "gemini-cli", "opencode", "openhands-v1", "pi", "qwen-code", "mini-swe-agent")
"""Folders with a run of the newest version each, made for this purpose; a store with its log and a session that is a folder are among them."""
IMPORTED_AT = re.compile(rb'"(?:created_at|updated_at)":\d+')
TIMEOUT_S = 120

Insights = dict[str, bytes]
Route = Callable[[Server, Path, str], None]


def one_of_each_format(folder: Path) -> None:
    for sample in own_samples():
        file = folder / sample.format / f"{sample.name}{SUFFIXES[sample.shape]}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(sample.data)


def real_runs(folder: Path) -> None:
    for name in REAL:
        for run in (SHARED / name).glob("mockrun-*"):
            shutil.copytree(run, folder / name / run.name)
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


TREES = {"one of each format": one_of_each_format, "real runs": real_runs}


@pytest.fixture(scope="module", params=TREES)
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "real runs" and not SHARED.is_dir():
        pytest.skip("no folder of collected transcripts beside the repository")
    folder = tmp_path_factory.mktemp("routes") / "sessions"
    folder.mkdir()
    TREES[request.param](folder)
    return folder


@pytest.fixture(scope="module")
def routes_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose store holds nothing but what these tests bring."""
    running = Server(tmp_path_factory.mktemp("routes-data"))
    try:
        yield running
    finally:
        running.stop()


def files_of(tree: Path) -> list[Path]:
    return sorted(path for path in tree.rglob("*") if path.is_file())


def name_of(tree: Path, file: Path) -> str:
    return file.relative_to(tree.parent).as_posix()


def by_file(server: Server, tree: Path, org: str) -> None:
    run("import", tree, "--data", server.data_dir, "--org", org)


def by_push(server: Server, tree: Path, org: str) -> None:
    key = tree.parent / "key"
    key.write_text(server.token("enterprise-admin"))
    key.chmod(0o600)
    run("push", tree, "--server", server.base_url, "--token-file", key, "--org", server.org_id(org), "--data", tree.parent / "client")


def by_upload(server: Server, tree: Path, org: str) -> None:
    """All at once, as an archive that the server unpacks."""
    admin = client(server, server.token("enterprise-admin"))
    answer = admin.post("/hotwash/v1/imports", content=zstandard.compress(tar(tree)), params={"org_id": server.org_id(org)})
    assert answer.status_code == 200


def by_watch(server: Server, tree: Path, org: str) -> None:
    command = [sys.executable, "-m", "hotwash.cli.main", "watch", str(tree), "--data", str(server.data_dir), "--org", org]
    expected = len(everything(server, f"{tree.parent.name} by_file"))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as watching:
        try:
            until(lambda: len(everything(server, org)) == expected or None, "all sessions in the store")
        finally:
            watching.send_signal(signal.SIGINT)
            watching.wait(TIMEOUT_S)


def by_tar(server: Server, tree: Path, org: str) -> None:
    archived(server, tree, org, "tar", tar(tree))


def by_tar_gz(server: Server, tree: Path, org: str) -> None:
    archived(server, tree, org, "tar.gz", gzip.compress(tar(tree)))


def by_zip(server: Server, tree: Path, org: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files_of(tree):
            archive.write(file, name_of(tree, file))
    archived(server, tree, org, "zip", buffer.getvalue())


def tar(tree: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(tree, arcname=tree.name)
    return buffer.getvalue()


def archived(server: Server, tree: Path, org: str, suffix: str, content: bytes) -> None:
    file = tree.parent / f"sessions.{suffix}"
    file.write_bytes(content)
    run("import", file, "--data", server.data_dir, "--org", org)


ROUTES: tuple[Route, ...] = (by_upload, by_push, by_watch, by_tar, by_tar_gz, by_zip)


def run(*words: str | Path) -> None:
    done = hotwash(*words)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1), done.stderr  # 1: files beside the sessions are told as rejected


def everything(server: Server, org: str) -> Insights:
    """The insights of each session of an organization, subagents included; without the organization's id, and without the time of import where
    a session has no time of its own. These alone may differ."""
    org_id = server.org_id(org)
    http = client(server, server.token("org-admin", org))
    found: Insights = {}
    waiting = [item["session_id"] for item in listed(http, org_id)]
    while waiting:
        session_id = waiting.pop()
        if session_id not in found:
            session = http.get(f"/v3/organizations/{org_id}/sessions/{session_id}").json()
            waiting += session.get("child_session_ids") or []
            body = http.get(f"/v3/organizations/{org_id}/sessions/{session_id}/insights").content
            timed = http.get(f"/hotwash/v1/sessions/{session_id}").json()["metrics"]["started_at"] is not None
            found[session_id] = (body if timed else IMPORTED_AT.sub(b"", body)).replace(org_id.encode(), b"the organization")
    return found


def listed(http: httpx.Client, org_id: str) -> list[dict[str, str]]:
    items: list[dict[str, str]] = []
    after: str | None = None
    while True:
        page = http.get(f"/v3/organizations/{org_id}/sessions", params={"after": after} if after else {}).json()
        items += page["items"]
        after = page["end_cursor"]
        if not page["has_next_page"]:
            return items


def test_every_way_in_gives_the_same_insights(routes_server: Server, tree: Path) -> None:
    """Each way into an organization of its own, so that each really stores them; then all are analysed."""
    orgs = {route.__name__: f"{tree.parent.name} {route.__name__}" for route in (by_file, *ROUTES)}
    for route in (by_file, *ROUTES):
        route(routes_server, tree, orgs[route.__name__])
    for org in orgs.values():
        run("generate", "--all", "--org", org, "--data", routes_server.data_dir)
    found = {route: everything(routes_server, org) for route, org in orgs.items()}
    reference = found.pop("by_file")
    assert len(reference) >= len(REAL)
    for name, insights in found.items():
        assert sorted(insights) == sorted(reference), name
        assert [session_id for session_id in reference if insights[session_id] != reference[session_id]] == [], name


def test_a_session_stays_when_its_file_is_deleted(routes_server: Server, tree: Path) -> None:
    """By taking in again what is left of the folder."""
    org = f"{tree.parent.name} deleted"
    copy = tree.parent / "again" / tree.name
    shutil.copytree(tree, copy)
    by_file(routes_server, copy, org)
    before = everything(routes_server, org)
    for file in files_of(copy)[::2]:
        file.unlink()
    by_file(routes_server, copy, org)
    assert everything(routes_server, org).keys() >= before.keys()
