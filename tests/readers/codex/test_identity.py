"""Which session a file holds, and whose it is."""

from collections.abc import Callable

import pytest

from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.codex import Codex, CodexExec
from hotwash.readers.remotes import repository_name


def test_a_file_without_header_takes_the_id_in_its_name(make_source: Callable[..., Source]) -> None:
    line = b'{"timestamp":"2026-06-17T10:00:00Z","type":"event_msg","payload":{"type":"user_message","message":"bake"}}\n'
    (named,) = Codex().read(make_source(line, "rollout-2026-06-17T10-00-00-019f0000-1111-7222-8333-444455556666.jsonl"))
    assert named.native_id == "019f0000-1111-7222-8333-444455556666"


def test_a_file_without_any_id_keeps_its_id_when_it_grows(make_source: Callable[..., Source]) -> None:
    line = b'{"timestamp":"2026-06-17T10:00:00Z","type":"event_msg","payload":{"type":"user_message","message":"bake"}}\n'
    (short,), (grown,) = Codex().read(make_source(line)), Codex().read(make_source(line * 3))
    assert short.native_id == grown.native_id


def test_a_source_without_codex_records_is_unreadable(make_source: Callable[..., Source]) -> None:
    with pytest.raises(UnreadableSource, match=r"^larder\.jsonl: "):
        list(Codex().read(make_source(b'{"hello": 1}\n', "larder.jsonl")))
    with pytest.raises(UnreadableSource, match=r"^larder\.jsonl: "):
        list(CodexExec().read(make_source(b'{"type": "turn.started"}\n', "larder.jsonl")))


@pytest.mark.parametrize(
    ("record", "is_codex"),
    [
        ({"type": "session_meta", "payload": {}}, True),
        ({"type": "response_item", "payload": {}}, True),
        ({"type": "function_call", "call_id": "c", "name": "shell"}, True),
        ({"id": "x", "timestamp": "2025-09-02T08:15:00Z", "instructions": None}, True),
        ({"type": "message", "role": "user", "content": []}, False),
        ({"type": "user", "sessionId": "x", "uuid": "y"}, False),
        ({"type": "session_meta"}, False),
        ({"type": "thread.started", "thread_id": "x"}, False),
    ],
)
def test_detection_goes_by_the_records(record: dict[str, object], is_codex: bool) -> None:
    assert Codex().detects(Head(first_bytes=b"{", records=(record,))) is is_codex


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("git@github.com:acme/larder.git", "acme/larder"),
        ("git@github.com:/acme/larder.git", "acme/larder"),
        ("https://github.com/acme/larder", "acme/larder"),
        ("https://user@git.example.org:8443/group/sub/larder.git/", "group/sub/larder"),
        ("ssh://git@example.org:22/acme/larder.git", "acme/larder"),
        ("not a remote", "not a remote"),
        ("", None),
        (None, None),
    ],
)
def test_a_remote_becomes_owner_and_name(url: str | None, name: str | None) -> None:
    assert repository_name(url) == name
