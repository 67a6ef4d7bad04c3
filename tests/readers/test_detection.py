"""From a path to a reader: what is found in folders, what is told apart by content, and how the rest is refused."""

import io
import json
import os
from pathlib import Path

import pytest

from hotwash.readers import READERS
from hotwash.readers.base import GLANCE_RECORDS, HEAD_RECORDS, Source, UnreadableSource
from hotwash.readers.detect import detect, head, open_source, read_source, session_files

CLAUDE = {"type": "user", "uuid": "u1", "sessionId": "s1", "message": {"role": "user", "content": "Hi."}}


def source_of(text: str | bytes) -> Source:
    data = text if isinstance(text, bytes) else text.encode()
    return Source(name="some/file", open=lambda: io.BytesIO(data))


def lines(*records: object) -> Source:
    return source_of("\n".join(json.dumps(record) for record in records))


# Telling formats apart


@pytest.mark.parametrize(
    "records",
    [
        [CLAUDE],
        [
            {
                "message": {"role": "user", "content": "Hi."},
                "sessionId": "s1",
                "agentId": "a",
                "uuid": "u1",
                "isSidechain": True,
                "type": "user",
            }
        ],
        [{"type": "file-history-snapshot", "messageId": "m", "snapshot": {}}] * 50 + [CLAUDE],
        [{"type": "summary", "summary": "x", "leafUuid": "l"}, {"type": "mode", "mode": "normal", "sessionId": "s1"}],
        [{"type": "queue-operation", "operation": "enqueue", "content": "x", "sessionId": "s1"}],
    ],
    ids=["plain", "subagent with another key order", "snapshots first", "bookkeeping only", "queue first"],
)
def test_claude_code_is_known_by_any_of_its_records(records: list[object]) -> None:
    assert detect(lines(*records)).format == "claude-code"


def test_claude_code_stream_is_known_by_its_init_record() -> None:
    init = {"type": "system", "subtype": "init", "session_id": "s1", "uuid": "u0"}
    assert detect(lines(init, {"type": "assistant", "session_id": "s1", "uuid": "u1"})).format == "claude-code-stream"


@pytest.mark.parametrize(
    ("records", "format_name"),
    [
        (
            [{"type": "user", "uuid": "u", "sessionId": "s", "cwd": "/", "message": {"role": "user", "parts": [{"text": "Hi."}]}}],
            "qwen-code",
        ),
        ([{"sessionId": "s", "projectHash": "h", "kind": "main"}, {"id": "1", "type": "user", "content": "Hi."}], "gemini-cli"),
    ],
)
def test_formats_whose_records_look_like_claude_codes_are_told_apart(records: list[object], format_name: str) -> None:
    assert detect(lines(*records)).format == format_name


@pytest.mark.parametrize(
    "records", [[{"type": "session.start", "id": "1", "data": {"producer": "copilot-agent"}}], [{"name": "not a transcript"}]]
)
def test_other_json_is_no_transcript(records: list[object]) -> None:
    with pytest.raises(UnreadableSource, match=r"some/file: not a transcript in a known format; known formats: .*claude-code"):
        detect(lines(*records))


def test_a_named_format_is_taken_without_looking() -> None:
    assert detect(source_of(""), "claude-code").format == "claude-code"


def test_an_unknown_format_name_lists_those_known() -> None:
    with pytest.raises(UnreadableSource, match=r"there is no format named 'claude'; known formats: atif, .*claude-code"):
        detect(lines(CLAUDE), "claude")


def test_readers_may_be_added() -> None:
    """A third party's reader takes part like ours."""

    class Own:
        format = "own"

        def detects(self, head: object) -> bool:
            return True

        def read(self, source: Source) -> object:
            return iter(())

    assert detect(lines({"own": 1}), readers=(*READERS, Own())).format == "own"  # type: ignore[arg-type]  # a fake


def test_every_format_has_one_name() -> None:
    names = [reader.format for reader in READERS]
    assert len(set(names)) == len(names)


# The start of a source


def test_what_the_first_records_leave_open_later_ones_settle() -> None:
    """A long list of Qwen Code's bookkeeping looks like Claude Code's until the first message comes."""
    telemetry = {"type": "system", "uuid": "u0", "sessionId": "s1"}
    said = {"type": "user", "uuid": "u1", "sessionId": "s1", "message": {"role": "user", "parts": [{"text": "Hi."}]}}
    assert detect(lines(*[telemetry] * GLANCE_RECORDS, telemetry, said)).format == "qwen-code"
    assert detect(lines(*[telemetry] * GLANCE_RECORDS, telemetry, CLAUDE)).format == "claude-code"


def test_a_message_among_the_first_records_spares_parsing_the_rest() -> None:
    start = head(lines(CLAUDE, *[{"type": "mode"}] * HEAD_RECORDS), limit=GLANCE_RECORDS)
    assert (start.is_glance, len(start.records)) == (True, GLANCE_RECORDS)
    assert [reader.format for reader in READERS if reader.detects(start)] == ["claude-code"]


def test_an_indented_document_is_parsed_whole() -> None:
    document = {"schema": "x", "steps": [{"a": 1}, {"b": 2}]}
    start = head(source_of(json.dumps(document, indent=2)))
    assert start.document == document
    assert start.records == ()


def test_an_array_with_an_object_a_line_is_a_document() -> None:
    start = head(source_of('[\n{"id": 1},\n{"id": 2}\n]'))
    assert start.document == [{"id": 1}, {"id": 2}]


def test_a_document_on_one_line_is_both_document_and_record() -> None:
    start = head(lines({"schema": "x"}))
    assert start.document == {"schema": "x"}
    assert start.records == ({"schema": "x"},)


def test_json_lines_are_records_and_no_document() -> None:
    start = head(lines({"a": 1}, {"b": 2}))
    assert start.document is None
    assert start.records == ({"a": 1}, {"b": 2})


def test_a_broken_first_line_does_not_hide_the_records_behind_it() -> None:
    assert detect(source_of('{"type": "us\n' + json.dumps(CLAUDE) + "\n" + json.dumps(CLAUDE))).format == "claude-code"


# Refusals


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "some/file: is empty"),
        (b"\n \n", "some/file: is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "some/file: is binary data"),
        (b"SQLite format 3\0\x10\0", "some/file: the SQLite database is damaged"),
        (b'{"steps": [{"a": 1}, {"b"', "some/file: the JSON is cut off"),
        (b'{\n  "steps": [\n    {\n', "some/file: the JSON is cut off"),
        (b"Just some text.\n", "some/file: not a transcript in a known format"),
    ],
    ids=["empty", "blank", "binary", "sqlite", "cut off", "cut off and indented", "prose"],
)
def test_what_is_no_transcript_is_refused_in_one_line_that_names_it(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableSource) as refusal:
        list(read_source(source_of(data)))
    assert refusal.value.sentence.startswith(sentence)
    assert "\n" not in refusal.value.sentence


def test_a_single_gigantic_line_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "huge.jsonl"
    file.write_bytes(b'{"type": "user", "sessionId": "s", "uuid": "u", "pad": "' + b"x" * 50_000_000 + b'"}\n')
    with pytest.raises(UnreadableSource, match=r"huge\.jsonl: "):
        list(read_source(open_source(file)))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"gone\.jsonl: cannot be read \(no such file or directory\)"):
        open_source(tmp_path / "gone.jsonl")


def test_a_file_that_vanishes_before_it_is_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "short.jsonl"
    file.write_text(json.dumps(CLAUDE))
    source = open_source(file)
    file.unlink()
    with pytest.raises(UnreadableSource, match=r"short\.jsonl: cannot be read"):
        list(read_source(source))


class _Torn(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise EOFError("Compressed file ended before the end-of-stream marker was reached")


def test_a_compressed_file_that_ends_too_early_is_refused() -> None:
    with pytest.raises(UnreadableSource, match=r"a\.jsonl\.gz: cannot be read \(it ends too early\)"):
        list(read_source(Source(name="a.jsonl.gz", open=_Torn)))


def test_a_folder_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="is a folder"):
        open_source(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    with pytest.raises(UnreadableSource, match="is not a regular file"):
        open_source(pipe)


# Folders


def test_a_folder_gives_its_transcripts_in_order_and_leaves_the_rest(tmp_path: Path) -> None:
    wanted = ["a.jsonl", "b/s1.jsonl", "b/s1/subagents/agent-x.jsonl", "c.traj", "d.json", "noext"]
    unwanted = [
        ".DS_Store",
        ".hidden.jsonl",
        "b/s1/tool-results/big.json",
        "opencode.db-wal",
        "README.md",
        "s.meta.json",
        "sessions-index.json",
        "x.png",
        ".git/y.json",
    ]
    for name in wanted + unwanted:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('{"type": "mode"}')
    (tmp_path / "notes").write_text("prose")
    assert sorted(str(file.relative_to(tmp_path)) for file in session_files(tmp_path)) == wanted


def test_a_file_is_itself_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "odd.bin"
    file.write_text("x")
    assert list(session_files(file)) == [file]


def test_links_that_lead_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    for folder in (outside, inside):
        folder.mkdir()
        (folder / "s.jsonl").write_text("{}")
    (inside / "link.jsonl").symlink_to(outside / "s.jsonl")
    (inside / "linked").symlink_to(outside, target_is_directory=True)
    (inside / "loop").symlink_to(inside, target_is_directory=True)
    (inside / "dangling.jsonl").symlink_to(tmp_path / "nowhere")
    assert list(session_files(inside)) == [inside / "s.jsonl"]


@pytest.mark.parametrize("name", ["a" * 5_000 + ".jsonl", "a/" * 3_000 + "b.jsonl", "a" * 5_000])
def test_a_name_that_no_system_can_have_is_a_missing_file(name: str) -> None:
    """Longer than a path or a part of one may be."""
    assert list(session_files(Path(name))) == [Path(name)]
    with pytest.raises(UnreadableSource, match=r"cannot be read \(file name too long\); check the path"):
        open_source(Path(name))
