"""Nothing in a rollout can crash the reader, and damage costs no more than what it touches."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotwash.readers.base import Source, UnreadableSource
from hotwash.readers.codex import Codex, CodexExec
from hotwash.readers.codex.session import BARE_ITEMS
from hotwash.transcript import ToolCall, Transcript

HERE = Path(__file__).parent
WHOLE = (HERE / "session_of_0_142.jsonl").read_bytes() + (HERE / "items_of_0_169.jsonl").read_bytes()
LINES = WHOLE.splitlines()
shared_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8
)
kinds = st.sampled_from(
    [
        "session_meta",
        "turn_context",
        "response_item",
        "event_msg",
        "compacted",
        "world_state",
        "token_usage_record",
        "item.completed",
        "novel",
    ]
)
payload_kinds = st.sampled_from(
    [
        *sorted(BARE_ITEMS),
        "token_count",
        "user_message",
        "item_completed",
        "patch_apply_end",
        "turn_aborted",
        "error",
        "collab_agent_spawn_end",
    ]
)
keys = st.sampled_from(
    [
        "id",
        "call_id",
        "name",
        "arguments",
        "output",
        "content",
        "role",
        "info",
        "usage",
        "item",
        "model",
        "git",
        "source",
        "duration",
        "action",
    ]
)
payloads = st.builds(lambda kind, rest: {**rest, "type": kind}, payload_kinds, st.dictionaries(keys, values, max_size=5))
records = st.builds(lambda kind, payload, at: {"type": kind, "payload": payload, "timestamp": at}, kinds, payloads | values, scalars)


def readable(reader: Codex | CodexExec, source: Source) -> list[Transcript]:
    """The sessions, each of which can be written out; none where the source holds none."""
    try:
        transcripts = list(reader.read(source))
    except UnreadableSource:
        return []
    for transcript in transcripts:
        msgspec.json.encode(transcript)
        assert [event.seq for event in transcript.events] == list(range(len(transcript.events)))
        assert all(1 <= event.record <= transcript.records for event in transcript.events)
    return transcripts


@shared_fixture
@given(cut=st.integers(0, len(WHOLE)))
def test_a_file_cut_anywhere_keeps_every_whole_record(cut: int, make_source: Callable[..., Source]) -> None:
    """A call whose line is whole is read; only the line that was cut can be lost."""
    transcripts = readable(Codex(), make_source(WHOLE[:cut]))
    whole_calls = {
        json.loads(line)["payload"]["call_id"]
        for line in WHOLE[:cut].splitlines()[: WHOLE[:cut].count(b"\n")]
        if b'"call_id"' in line and b'_call"' in line and b"web_search" not in line
    }
    found = {event.native_id for transcript in transcripts for event in transcript.events if isinstance(event, ToolCall)}
    assert whole_calls <= found


@shared_fixture
@given(lines=st.lists(records, max_size=12))
def test_values_of_any_type_anywhere_are_survived(lines: list[dict[str, object]], make_source: Callable[..., Source]) -> None:
    data = "\n".join(json.dumps(line) for line in lines).encode()
    for reader in (Codex(), CodexExec()):
        readable(reader, make_source(data))


@shared_fixture
@given(order=st.permutations(range(len(LINES))))
def test_records_in_any_order_are_survived(order: list[int], make_source: Callable[..., Source]) -> None:
    (transcript,) = readable(Codex(), make_source(b"\n".join(LINES[index] for index in order)))
    assert transcript.records == len(LINES)


@shared_fixture
@given(junk=st.binary(min_size=1, max_size=40).filter(lambda junk: b"\n" not in junk), place=st.integers(1, len(LINES) - 1))
def test_a_line_of_junk_costs_nothing_else(junk: bytes, place: int, make_source: Callable[..., Source]) -> None:
    (clean,) = readable(Codex(), make_source(b"\n".join(LINES)))
    (dirty,) = readable(Codex(), make_source(b"\n".join([*LINES[:place], b"\xff" + junk, *LINES[place:]])))
    assert len(dirty.events) == len(clean.events)
    assert dirty.warnings


def test_arguments_nested_without_end_are_cut(make_source: Callable[..., Source]) -> None:
    deep = '{"a":' * 5_000 + "1" + "}" * 5_000
    record = {"type": "response_item", "payload": {"type": "function_call", "name": "x", "call_id": "c", "arguments": deep}}
    (transcript,) = readable(Codex(), make_source(json.dumps(record).encode()))
    assert len(transcript.events) == 1
