"""Whether a transcript brings anything new. Agents append to their transcripts, so the same session comes in again and again, longer, the same, or,
from an old copy, shorter."""

import hashlib

import msgspec

from hotwash.transcript import Event, Transcript


def content_digest(transcript: Transcript) -> str:
    """SHA-256 of everything a transcript says. The transcript must be storable (sessions.storable)."""
    return hashlib.sha256(msgspec.msgpack.encode(transcript)).hexdigest()


def is_older(new: Transcript, stored: Transcript) -> bool:
    """Whether `new` is an earlier state of `stored`: what it holds stands at the start of the stored one, and it ends sooner.

    Events are compared by what does not change as a session goes on: the last ones of an older copy lack results that came later.
    """
    if len(new.events) > len(stored.events) or new.records >= stored.records:
        return False
    return all(_identity(a) == _identity(b) for a, b in zip(new.events, stored.events, strict=False))


def _identity(event: Event) -> tuple[type[Event], int, str | None, float | None]:
    return type(event), event.record, event.native_id, event.at
