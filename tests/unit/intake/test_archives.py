"""What is packed is taken apart within limits; bombs, tricks and archives in archives are refused."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from hotwash.intake.archives import Limits, Rejected, unpack
from hotwash.readers.base import Source

LINE = b'{"type": "user"}\n'
SMALL = Limits(free_bytes=1 << 20, ratio=10)


def _source(data: bytes, name: str = "upload") -> Source:
    return Source(name=name, open=lambda: io.BytesIO(data), path=PurePosixPath(name))


def _read(data: bytes, limits: Limits | None = None) -> list[tuple[str, bytes | str]]:
    """Name and content, or the reason, of each item; read twice, as readers do."""
    items: list[tuple[str, bytes | str]] = []
    for item in unpack(_source(data), limits):
        if isinstance(item, Rejected):
            items.append((item.name, item.reason))
            continue
        with item.open() as once, item.open() as twice:
            assert once.read(5) == twice.read(5)
            assert once.read() == twice.read()
        with item.open() as stream:
            items.append((item.name, stream.read()))
    return items


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def test_what_is_not_packed_is_the_source_itself() -> None:
    source = _source(LINE)
    assert list(unpack(source)) == [source]


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(LINE), zstandard.compress(LINE), zstandard.compress(LINE) + zstandard.compress(b"")],
    ids=["gzip", "zstd", "zstd frames"],
)
def test_a_compressed_file_is_unpacked(packed: bytes) -> None:
    assert _read(packed) == [("upload", LINE)]


@pytest.mark.parametrize(
    ("packed", "kind"), [(gzip.compress(LINE * 99), "gzip"), (zstandard.compress(LINE * 99), "zstd")], ids=["gzip", "zstd"]
)
def test_a_compressed_file_that_is_cut_off_is_no_shorter_transcript(packed: bytes, kind: str) -> None:
    assert _read(packed[:-3]) == [("upload", f"the {kind} data is cut off or damaged; make it again")]


def test_the_path_of_a_compressed_file_is_that_of_the_transcript() -> None:
    """Some formats keep ids in the file name."""
    (item,) = unpack(_source(gzip.compress(LINE), "rollout-1.jsonl.gz"))
    assert isinstance(item, Source)
    assert item.path == PurePosixPath("rollout-1.jsonl")


@pytest.mark.parametrize(
    "pack",
    [_zip, _tar, lambda files: gzip.compress(_tar(files)), lambda files: zstandard.compress(_tar(files))],
    ids=["zip", "tar", "tar.gz", "tar.zst"],
)
def test_every_file_of_an_archive_is_an_item_with_its_path(pack: object) -> None:
    assert callable(pack)
    packed = pack({"p/s/subagents/agent-1.jsonl": LINE, "b.jsonl": b"x" * 100_000})
    assert _read(packed) == [("upload: p/s/subagents/agent-1.jsonl", LINE), ("upload: b.jsonl", b"x" * 100_000)]
    assert [item.path for item in unpack(_source(packed)) if isinstance(item, Source)] == [
        PurePosixPath("p/s/subagents/agent-1.jsonl"),
        PurePosixPath("b.jsonl"),
    ]


@pytest.mark.parametrize("pack", [_zip, _tar], ids=["zip", "tar"])
def test_a_folder_that_is_one_session_is_one_item(pack: object) -> None:
    """Its events come in order, wherever the archive has them; what lies beside it comes by itself."""
    assert callable(pack)
    first, second = "conversations/c1/events/event-00000-a1.json", "conversations/c1/events/event-00001-b2.json"
    packed = pack({second: b"2", "conversations/c1/base_state.json": b"{}", "b.jsonl": LINE, first: b"1"})
    folder, other = (item for item in unpack(_source(packed)) if isinstance(item, Source))
    assert (folder.name, folder.path) == ("upload: conversations/c1", PurePosixPath("conversations/c1"))
    assert [str(member.path) for member in folder.members] == [first, second, "conversations/c1/base_state.json"]
    assert other.path == PurePosixPath("b.jsonl")


def test_files_of_one_session_keep_apart() -> None:
    packed = _zip({f"s/events/{n}.json": b"%d" % n * 3 for n in (10, 9, 0)})
    for folder in unpack(_source(packed)):
        assert isinstance(folder, Source)
        with folder.members[1].open() as one, folder.members[2].open() as two:
            assert (one.read(1), two.read(), one.read()) == (b"9", b"101010", b"99")


def test_files_that_are_read_together_are_one_item() -> None:
    """In whatever order the archive has them; the second alone is an item of its own."""
    told, shown = "tasks/1/api_conversation_history.json", "tasks/1/ui_messages.json"
    found: list[tuple[str, bytes]] = []
    for item in unpack(_source(_zip({shown: b"[2]", told: b"[1]"}))):
        assert isinstance(item, Source)
        found += [(str(one.path), one.open().read()) for one in (item, *item.beside)]
    assert found == [(told, b"[1]"), (shown, b"[2]")]
    assert [name for name, _ in _read(_zip({shown: b"[2]"}))] == [f"upload: {shown}"]


def test_a_history_whose_name_begins_with_a_dot_is_no_system_file() -> None:
    assert [name for name, _ in _read(_zip({"repo/.aider.chat.history.md": LINE, "repo/.env": LINE}))] == [
        "upload: repo/.aider.chat.history.md"
    ]


@pytest.mark.parametrize("pack", [_tar, _zip])
@pytest.mark.parametrize("name", ["../../etc/passwd", "/opt/a.jsonl", "a/../../b.jsonl", "..\\b.jsonl", "C:\\b.jsonl", ".."])
def test_a_name_that_leads_out_of_the_archive_is_refused_and_the_others_are_taken(
    name: str, pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    refused, taken = _read(pack({name: LINE, "s/good.jsonl": LINE}))
    assert refused[1] == "its name leads out of the archive; pack it again from its own folder"
    assert ".." not in refused[0]
    assert taken == ("upload: s/good.jsonl", LINE)


def test_refused_names_count_as_files() -> None:
    items = list(unpack(_source(_tar({f"../{n}": LINE for n in range(9)})), Limits(items=5)))
    assert len(items) == 6
    assert isinstance(items[-1], Rejected)
    assert "holds more than 5 files" in items[-1].reason


def test_names_cannot_paint_the_terminal() -> None:
    assert [name for name, _ in _read(_tar({"a\x1b[31mb\u202e": LINE, "./c": LINE}))] == ["upload: ab", "upload: c"]


def test_what_systems_leave_in_archives_is_passed_over() -> None:
    left = {"__MACOSX/a.jsonl": LINE, ".DS_Store": b"x", "s/agent-1.meta.json": b"{}", "README.md": LINE, "log": b"Started.", "i.png": b"{"}
    assert [name for name, _ in _read(_zip({**left, "good": LINE}))] == ["upload: good"]
    sentence = "holds no file that can be a transcript; pack the folder an agent keeps its sessions in"
    assert _read(_zip(left)) == [("upload", sentence)]


@pytest.mark.parametrize("inner", [gzip.compress(LINE), _zip({"a": LINE}), _tar({"a": LINE})], ids=["gzip", "zip", "tar"])
def test_archives_in_archives_are_refused(inner: bytes) -> None:
    items = _read(_zip({"inner": inner, "good.jsonl": LINE}))
    assert [(name, isinstance(content, bytes)) for name, content in items] == [("upload: inner", False), ("upload: good.jsonl", True)]


def test_double_compression_is_refused() -> None:
    assert _read(gzip.compress(gzip.compress(LINE))) == [("upload", "is gzip inside gzip; unpack it once")]


@pytest.mark.parametrize(
    "pack",
    [gzip.compress, zstandard.compress, lambda data: _zip({"a": data}), lambda data: gzip.compress(_tar({"a": data}))],
    ids=["gzip", "zstd", "zip", "tar.gz"],
)
def test_a_bomb_is_refused_before_it_has_unpacked(pack: object) -> None:
    """Twenty megabytes of zeros pack a thousandfold; transcripts do not."""
    assert callable(pack)
    items = _read(pack(bytes(20 << 20)), SMALL)
    assert items == [("upload", "unpacks to far more than transcripts do; send its transcripts one by one")]


def test_the_number_of_files_is_limited() -> None:
    items = _read(_zip({str(n): LINE for n in range(5)}), Limits(items=3))
    assert len(items) == 4
    assert "more than 3 files" in str(items[-1][1])


def test_an_encrypted_file_is_reported() -> None:
    packed = bytearray(_zip({"a.jsonl": LINE}))
    packed[packed.index(b"PK\x01\x02") + 8] |= 1  # the flag in the central directory
    assert _read(bytes(packed)) == [("upload: a.jsonl", "is encrypted; send it without a password")]


@pytest.mark.parametrize(
    "whole",
    [gzip.compress(LINE * 999), zstandard.compress(LINE * 999), _zip({"a": LINE * 999}), _tar({"a": LINE * 999})],
    ids=["gzip", "zstd", "zip", "tar"],
)
@settings(max_examples=50)
@given(cut=st.floats(0.1, 0.98), flip=st.integers(0, 255))
def test_damaged_archives_are_reported_never_raised(whole: bytes, cut: float, flip: int) -> None:
    data = bytearray(whole[: int(len(whole) * cut)])
    data[len(data) // 2] ^= flip
    assert all(isinstance(name, str) for name, _ in _read(bytes(data)))
