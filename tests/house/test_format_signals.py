"""The table of signals in docs/formats.md says what the readers do: it is made of what the sessions in tests/readers give. After a change of a
reader's coverage: `python -m tests.house.test_format_signals`."""

import re
from pathlib import Path
from typing import Final

import msgspec

from hotwash.readers import READERS
from hotwash.transcript import Coverage, Transcript

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs/formats.md"
SIGNALS: Final = tuple(field.name for field in msgspec.structs.fields(Coverage))
TABLE: Final = re.compile(r"^\| format \| `user_messages` \|.*\n(?:\|.*\n)+", re.MULTILINE)
AS_SENT: Final = frozenset({"otlp"})
"""What these carry is up to whoever sends them."""


def sessions_by_format() -> dict[str, list[Transcript]]:
    found: dict[str, list[Transcript]] = {}
    for file in sorted((ROOT / "tests/readers").glob("*/*.expected.json")):
        for transcript in msgspec.json.decode(file.read_bytes(), type=list[Transcript]):
            found.setdefault(transcript.format, []).append(transcript)
    return found


def table() -> str:
    sessions = sessions_by_format()
    formats = [reader.format for reader in READERS if reader.format not in AS_SENT]
    rows = [("format", *(f"`{signal}`" for signal in SIGNALS)), ("---", *("---" for _ in SIGNALS))]
    rows += [(f"`{name}`", *(cell(signal, sessions[name]) for signal in SIGNALS)) for name in formats]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def cell(signal: str, sessions: list[Transcript]) -> str:
    if signal == "input_tokens":  # says nothing where there are no tokens
        sessions = [session for session in sessions if session.coverage.tokens]
    told = [getattr(session.coverage, signal) for session in sessions]
    return "yes" if told and all(told) else "some" if any(told) else ""


def test_the_table_of_signals_says_what_the_readers_give() -> None:
    found = TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == table()


def test_every_format_has_sessions_to_tell_its_signals_by() -> None:
    assert {reader.format for reader in READERS} - AS_SENT == set(sessions_by_format())


if __name__ == "__main__":
    PAGE.write_text(TABLE.sub(lambda _: table(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
