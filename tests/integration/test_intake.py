"""Taking sessions in: once each, by any route, in any order, without secrets, whatever else lies in the folder."""

import gzip
import io
import itertools
import tarfile
import zipfile
from pathlib import Path

import msgspec
import pytest
import zstandard

from hotwash.insights import service as insights
from hotwash.intake import service as intake
from hotwash.kit.ids import bare_session_id
from hotwash.sessions import service as sessions
from hotwash.sessions.model import SessionFilter, SessionRecord
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database, StoreUnavailable
from tests.integration.builders import ORG
from tests.integration.claude_files import (
    NOW,
    SCOPE,
    SESSION,
    SETTINGS,
    everything_stored,
    session_file,
    source,
    take_in,
    take_in_paths,
    talk,
    with_organization,
)

BARE = bare_session_id(SESSION)


@pytest.fixture
def database(database: Database) -> Database:
    return with_organization(database)


def _session(database: Database, session_id: str = BARE) -> SessionRecord:
    with database.read() as conn:
        return sessions.get_session(conn, SCOPE, session_id)


def _document(database: Database, session_id: str = BARE) -> bytes:
    with database.read() as conn:
        return insights.get_document(conn, SCOPE, session_id)


def _child_of(database: Database) -> str:
    return _session(database).child_session_ids[0]


def test_a_session_comes_in_with_its_figures(database: Database) -> None:
    assert take_in(database, talk(3, output_tokens=10_000), tags=("demo",)) == ("created",)
    record = _session(database)
    assert (record.num_user_messages, record.num_devin_messages, record.session_size, record.status) == (3, 3, "s", "exit")
    assert record.acus == pytest.approx((3 * 10_000 * 75 + 3 * 10 * 15) / 1e6 / 2.25, abs=1e-4)
    assert record.tags == ("demo",)
    body = msgspec.json.decode(_document(database))
    assert (body["session_id"], body["num_user_messages"], body["analysis"]) == (BARE, 3, None)


def test_the_same_session_again_writes_nothing(database: Database) -> None:
    take_in(database, talk(3))
    before = everything_stored(database)
    assert take_in(database, talk(3), now=NOW + 9) == ("unchanged",)
    assert everything_stored(database) == before


def test_a_session_that_grew_is_updated_and_stays_one(database: Database) -> None:
    assert take_in(database, talk(2), talk(4)) == ("created", "updated")
    assert _session(database).num_user_messages == 4
    with database.read() as conn:
        assert sessions.list_sessions(conn, SCOPE, SessionFilter()).total == 1


def test_an_older_copy_does_not_replace_a_longer_one(database: Database) -> None:
    take_in(database, talk(4))
    assert take_in(database, talk(2)) == ("unchanged",)
    assert _session(database).num_user_messages == 4


@pytest.mark.parametrize("reverse", [False, True])
def test_of_two_formats_of_one_session_the_fuller_stays(database: Database, reverse: bool) -> None:
    """An export beside the agent's own file; importing both again changes nothing."""
    steps = [{"step_id": 1, "source": "user", "message": "Question 0?"}, {"step_id": 2, "source": "agent", "message": "Answer 0."}]
    export = {"schema_version": "ATIF-v1.4", "session_id": SESSION, "agent": {"name": "claude-code", "version": "2.1"}, "steps": steps}
    files = [talk(3), msgspec.json.encode(export)]
    take_in(database, *(reversed(files) if reverse else files))
    assert _session(database).format == "claude-code"
    assert take_in(database, *files) == ("unchanged", "unchanged")


SNAPSHOTS = Path(__file__).parents[2].parent / "shared" / "transcripts" / "snapshots-of-one-session"


def test_real_snapshots_of_growing_sessions_end_at_the_longest_in_any_order(sqlite_database: Database) -> None:
    if not SNAPSHOTS.exists():
        pytest.skip("the real transcripts are not beside this repository")
    with_organization(sqlite_database)
    files = sorted(SNAPSHOTS.rglob("*.jsonl"), key=lambda file: (file.stem, str(file)))
    take_in_paths(sqlite_database, *files)
    with sqlite_database.read() as conn:
        ascending = {r.session_id: r.content_digest for r in sessions.list_sessions(conn, SCOPE, SessionFilter()).items}
    summary = take_in_paths(sqlite_database, *reversed(files))
    with sqlite_database.read() as conn:
        assert {r.session_id: r.content_digest for r in sessions.list_sessions(conn, SCOPE, SessionFilter()).items} == ascending
    assert {s.outcome for s in summary.sessions} == {"unchanged"}


def test_a_session_that_was_rewritten_is_taken_even_where_it_is_shorter(database: Database) -> None:
    """Not an older copy: its records are others."""
    take_in(database, talk(4))
    assert take_in(database, session_file(("assistant", "Hello."), ("user", "Start over."))) == ("updated",)
    assert _session(database).num_user_messages == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_parent_has_its_subagents_in_whatever_order_they_come(database: Database, order: tuple[int, ...]) -> None:
    """ACUs of the parent include its subagents', each once, and its document says so. Lists show the parent alone."""
    files = [talk(2), talk(1, subagent="one"), talk(1, subagent="two")]
    take_in(database, *(files[n] for n in order))
    take_in(database, *files)
    parent = _session(database)
    children = [_session(database, child) for child in parent.child_session_ids]
    assert len(children) == 2
    assert parent.acus == pytest.approx(parent.own_acus + sum(child.own_acus for child in children), abs=1e-3)
    body = msgspec.json.decode(_document(database))
    assert (body["acus_consumed"], body["child_session_ids"]) == (parent.acus, list(parent.child_session_ids))
    with database.read() as conn:
        assert [r.session_id for r in sessions.list_sessions(conn, SCOPE, SessionFilter()).items] == [BARE]


def test_a_subagent_that_grew_raises_its_parents_acus(database: Database) -> None:
    take_in(database, talk(2), talk(1, subagent="one"))
    before = _session(database).acus
    take_in(database, talk(5, subagent="one"))
    assert _session(database).acus == pytest.approx(before + _session(database, _child_of(database)).acus * 4 / 5, abs=1e-3)


def test_secrets_are_gone_before_anything_is_stored(database: Database) -> None:
    token = "ghp_" + "a1B2" * 9
    take_in(database, session_file(("user", f"Use {token}"), ("assistant", "No.")))
    stored = everything_stored(database)
    assert token not in stored
    assert "[REDACTED:github-token]" in stored


def test_text_no_column_can_hold_does_no_harm(database: Database) -> None:
    """NUL, lone surrogates and direction marks."""
    assert take_in(database, session_file(("user", "a\0b \ud800 \u202e c"), ("assistant", "ok"))) == ("created",)


def test_times_beyond_all_bounds_do_no_harm(database: Database) -> None:
    wild = talk(1).replace(b"2025-10-09T", b"9999-10-09T")
    assert wild != talk(1)
    assert take_in(database, wild) == ("created",)


def test_every_packing_gives_the_same_session_and_the_same_document(database: Database, tmp_path: Path) -> None:
    plain = talk(2)
    take_in(database, plain)
    document = _document(database)
    for name, data in (
        ("a.jsonl.gz", gzip.compress(plain)),
        ("a.jsonl.zst", zstandard.compress(plain)),
        ("a.tar", _tar({"p/a.jsonl": plain})),
        ("a.tar.gz", gzip.compress(_tar({"p/a.jsonl": plain}))),
        ("a.tar.zst", zstandard.compress(_tar({"a.jsonl": plain}))),
        ("a.zip", _zip({"x/y/a.jsonl": plain})),
    ):
        (tmp_path / name).write_bytes(data)
        summary = take_in_paths(database, tmp_path / name)
        assert ([s.outcome for s in summary.sessions], summary.rejected) == (["unchanged"], ()), name
    assert _document(database) == document


def test_an_upload_is_called_by_its_name(database: Database, tmp_path: Path) -> None:
    (tmp_path / "tmp8d3").write_bytes(_zip({"good.jsonl": talk(2), "bad.jsonl": b"\x89PNG\0\0", "inner/evil.zip": _zip({})}))
    summary = intake.import_upload(
        database, DatabaseBlobs(), tmp_path / "tmp8d3", name="sessions.zip", org_id=ORG, now=NOW, settings=SETTINGS
    )
    assert [s.outcome for s in summary.sessions] == ["created"]
    assert [r.name for r in summary.rejected] == ["sessions.zip: bad.jsonl", "sessions.zip: inner/evil.zip"]
    assert not any("tmp8d3" in r.reason for r in summary.rejected)


def test_a_bad_file_never_stops_the_rest(database: Database, tmp_path: Path) -> None:
    """Each is reported with its name and one line that says what to do."""
    (tmp_path / "a_empty.jsonl").write_bytes(b"")
    (tmp_path / "b_binary.jsonl").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "c_cut.json").write_bytes(b'{"schema_version": "ATIF-v1.4", "steps": [')
    (tmp_path / "d_unknown.jsonl").write_bytes(b'{"hello": "world"}\n')
    (tmp_path / "e_damaged.jsonl.gz").write_bytes(gzip.compress(talk(9))[:-20])
    (tmp_path / "f_good.jsonl").write_bytes(talk(2))
    summary = take_in_paths(database, tmp_path, tmp_path / "missing.jsonl")
    assert [s.outcome for s in summary.sessions] == ["created"]
    assert [Path(r.name).name[0] for r in summary.rejected] == ["a", "b", "c", "d", "e", "m"]
    assert all("\n" not in r.reason and "Traceback" not in r.reason for r in summary.rejected)


def test_a_folder_without_transcripts_is_said_to_be_one(database: Database, tmp_path: Path) -> None:
    (rejected,) = take_in_paths(database, tmp_path).rejected
    assert rejected.name == str(tmp_path)


def test_a_lost_store_stops_the_import(sqlite_database: Database, tmp_path: Path) -> None:
    """It is no fault of the file."""
    with_organization(sqlite_database)
    (tmp_path / "a.jsonl").write_bytes(talk(1))
    path = sqlite_database.sqlite_path
    assert path is not None
    sqlite_database.close()
    path.write_bytes(b"not a database" * 100)
    for side in path.parent.glob("hotwash.db-*"):
        side.unlink()
    with pytest.raises(StoreUnavailable):
        take_in_paths(sqlite_database, tmp_path / "a.jsonl")


def test_an_analysis_outlives_an_update_and_is_called_stale(database: Database) -> None:
    take_in(database, talk(2))
    insights.analyse_now(database, DatabaseBlobs(), ORG, BARE)
    before = msgspec.json.decode(_document(database))["analysis"]
    take_in(database, talk(4))
    body = msgspec.json.decode(_document(database))
    assert (body["analysis"], body["num_user_messages"]) == (before, 4)
    with database.read() as conn:
        stored = insights.get_analysis(conn, SCOPE, BARE)
    assert (stored.state, stored.is_stale) == ("completed", True)


def test_progress_is_told_file_by_file(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(talk(1))
    told: list[str] = []
    intake.import_paths(database, DatabaseBlobs(), [tmp_path], org_id=ORG, now=NOW, settings=SETTINGS, on_item=told.append)
    assert told == [str(tmp_path / "a.jsonl")]


def test_the_transcript_read_back_is_the_one_taken_in(database: Database) -> None:
    take_in(database, talk(2))
    with database.read() as conn:
        transcript = sessions.load_transcript(conn, DatabaseBlobs(), _session(database).pk)
    again = intake.import_source(database, DatabaseBlobs(), source(talk(2)), org_id=ORG, now=NOW, settings=SETTINGS)
    assert (transcript.session_id, len(transcript.events)) == (again[0].session_id, again[0].events)


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()
