"""A digest in pieces that a model can take: windows that overlap, each with the whole session's outline."""

from collections.abc import Sequence

import msgspec

from hotwash.analysis.judge.digest import Caps, Entry, cut, digest, one, scaled
from hotwash.transcript import AgentMessage, Transcript, UserMessage

WINDOW_CHARS = 200_000
"""About 55,000 tokens: leaves room in a context of 128,000, and more than that is read with less care."""
OVERLAP_CHARS = 12_000
"""A cause and what came of it should stand in one window."""
FACTORS = (1.0, 0.6, 0.35)
"""How far outputs are cut to keep a session in one window: seeing it whole is worth more than the rest of each output."""
OUTLINE_CHARS = 300
OUTLINE_TURNS = 60


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the session, with the records that are its own (those before belong to the window before it)."""

    number: int
    of: int
    first_record: int
    last_record: int
    text: str
    outline: str
    """User turns of the whole session and the agent's last words; empty where the window is the whole session."""


def windows(transcript: Transcript, *, window_chars: int = WINDOW_CHARS, caps: Caps | None = None) -> tuple[Window, ...]:
    """One window where the session fits, with outputs cut shorter if need be; else several of the middle detail. Empty for an empty session."""
    full = caps or Caps()
    entries: tuple[Entry, ...] = ()
    for factor in FACTORS:
        entries = digest(transcript, scaled(full, factor))
        if _size(entries) <= window_chars:
            break
    else:
        entries = digest(transcript, scaled(full, FACTORS[1]))
    pieces = _split(entries, window_chars)
    outline = _outline(transcript) if len(pieces) > 1 else ""
    return tuple(
        Window(
            number=number,
            of=len(pieces),
            first_record=min(e.record for e in piece),
            last_record=max(e.last_record for e in piece),
            text="\n".join(e.text for e in piece),
            outline=outline,
        )
        for number, piece in enumerate(pieces, start=1)
    )


def _size(entries: Sequence[Entry]) -> int:
    return sum(len(entry.text) + 1 for entry in entries)


def _split(entries: Sequence[Entry], window_chars: int) -> list[Sequence[Entry]]:
    """Runs of entries of at most `window_chars`, each but the first beginning with the end of the one before. A giant entry stands alone."""
    pieces: list[Sequence[Entry]] = []
    start = 0
    while start < len(entries):
        end, size = start, 0
        while end < len(entries) and (end == start or size + len(entries[end].text) <= window_chars):
            size += len(entries[end].text) + 1
            end += 1
        pieces.append(entries[start:end])
        if end == len(entries):
            break
        back, overlap = end, 0
        while back - 1 > start and overlap + len(entries[back - 1].text) <= min(OVERLAP_CHARS, window_chars // 4):
            back -= 1
            overlap += len(entries[back].text)
        start = back
    return pieces


def _outline(transcript: Transcript) -> str:
    turns = [e for e in transcript.events if isinstance(e, UserMessage)]
    shown = turns if len(turns) <= OUTLINE_TURNS else [*turns[: OUTLINE_TURNS // 2], *turns[-OUTLINE_TURNS // 2 :]]
    lines = [f"[{turn.record}] USER: {one(turn.text, OUTLINE_CHARS)}" for turn in shown]
    last = next((e for e in reversed(transcript.events) if isinstance(e, AgentMessage)), None)
    if last is not None:
        lines.append(f"[{last.record}] AGENT, last words: {one(cut(last.text, 3 * OUTLINE_CHARS), 4 * OUTLINE_CHARS)}")
    return "\n".join(lines)
