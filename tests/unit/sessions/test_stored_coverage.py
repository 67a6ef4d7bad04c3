"""Transcripts that earlier versions stored, with the signals of then."""

import msgspec

from hotwash.transcript import Coverage, Transcript


def test_a_signal_that_is_told_otherwise_now_is_unknown_until_the_session_is_imported_again() -> None:
    """Cache reads and writes were one signal once."""
    stored = b'{"format": "codex", "agent": "Codex", "native_id": "s", "events": [], "coverage": {"tokens": true, "cache_tokens": true}}'
    assert msgspec.json.decode(stored, type=Transcript).coverage == Coverage(tokens=True)
