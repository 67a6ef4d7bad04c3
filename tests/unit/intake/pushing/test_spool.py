"""What could not be sent waits, bounded, until it can."""

import io
from pathlib import Path

import pytest

from hotwash.intake.pushing.spool import MAX_AGE_S, Spool, Waiting

SERVER = "https://hotwash.example.com"


def waiting(name: str, since: float = 0.0, server: str = SERVER) -> Waiting:
    return Waiting(server=server, query={"name": name}, since=since)


def keep(spool: Spool, entry: Waiting, body: bytes = b"body") -> int:
    return spool.keep(entry, io.BytesIO(body))


def test_what_is_kept_is_found_for_its_server_oldest_first(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    keep(spool, waiting("b", 2), b"two")
    keep(spool, waiting("a", 1), b"one")
    keep(spool, waiting("a", 3, server="https://other.example.com"))
    entries = spool.waiting(SERVER)
    assert [entry.query["name"] for entry in entries] == ["a", "b"]
    with spool.body(entries[1]) as body:
        assert body.read() == b"two"


def test_only_its_owner_may_look_into_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    keep(spool, waiting("a"))
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "spool").iterdir())


def test_a_newer_copy_of_a_file_takes_the_older_ones_place(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    keep(spool, waiting("a", 1), b"short")
    sent = spool.waiting(SERVER)[0]
    keep(spool, waiting("a", 2), b"grown")
    [entry] = spool.waiting(SERVER)
    with spool.body(entry) as body:
        assert body.read() == b"grown"
    spool.remove(sent)  # that it arrived says nothing of the newer copy
    assert spool.waiting(SERVER) == (entry,)
    spool.remove(entry)
    assert list(tmp_path.glob("*.body")) == []


@pytest.mark.parametrize("limits", [{"max_bytes": 8}, {"max_uploads": 2}])
def test_the_oldest_make_room(tmp_path: Path, limits: dict[str, int]) -> None:
    spool = Spool(tmp_path, **limits)
    assert keep(spool, waiting("a", 1)) == 0
    assert keep(spool, waiting("b", 2)) == 0
    assert keep(spool, waiting("c", 3)) == 1
    assert [entry.query["name"] for entry in spool.waiting(SERVER)] == ["b", "c"]


def test_half_an_entry_and_strange_files_are_no_entries(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    keep(spool, waiting("a"))
    (tmp_path / "x.json").write_text("{")
    (tmp_path / "y.json").write_text('{"server": "https://hotwash.example.com", "query": {}, "since": 0}')
    next(tmp_path.glob("*.body")).unlink()
    assert spool.waiting(SERVER) == ()


def test_one_process_at_a_time_sends_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    with spool.emptied_by_us() as nothing_there:
        assert not nothing_there
    keep(spool, waiting("a"))
    with spool.emptied_by_us() as first, spool.emptied_by_us() as second:
        assert (first, second) == (True, False)


def test_what_waits_too_long_is_forgotten(tmp_path: Path) -> None:
    """For whatever server."""
    spool = Spool(tmp_path)
    keep(spool, waiting("old", 0, server="https://gone.example.com"))
    assert keep(spool, waiting("young", MAX_AGE_S)) == 0
    assert keep(spool, waiting("new", MAX_AGE_S + 1)) == 1
    assert spool.waiting("https://gone.example.com") == ()
    assert [entry.query["name"] for entry in spool.waiting(SERVER)] == ["young", "new"]
    assert len(list(tmp_path.glob("*.body"))) == 2
