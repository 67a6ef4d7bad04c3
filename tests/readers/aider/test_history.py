"""Aider's history: found in a repository among its other Markdown, and every session in it the same one when the file has grown."""

from pathlib import Path

import pytest

from hotwash.readers.base import UnreadableSource
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.transcript import AgentMessage

HISTORY = Path(__file__).parent / "two_sessions.aider.chat.history.md"


def test_the_history_is_found_among_other_markdown(tmp_path: Path) -> None:
    for name in ("README.md", ".aider.input.history", ".aider.chat.history.md"):
        (tmp_path / name).write_text("# aider chat started at 2025-03-01 10:00:00\n\n#### Hello\n")
    assert list(session_files(tmp_path)) == [tmp_path / ".aider.chat.history.md"]


def test_a_history_that_has_grown_holds_the_same_sessions(tmp_path: Path) -> None:
    grown = tmp_path / HISTORY.name
    grown.write_text(HISTORY.read_text() + "\n#### And go on  \n\nI go on.\n\n# aider chat started at 2025-03-03 09:00:00\n\n#### New  \n")
    before = [transcript.session_id for transcript in read_source(open_source(HISTORY))]
    after = [transcript.session_id for transcript in read_source(open_source(grown))]
    assert after[:-1] == before
    assert len(set(after)) == 3


def test_a_history_in_which_nothing_was_said_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / ".aider.chat.history.md"
    empty.write_text("# aider chat started at 2025-03-01 10:00:00\n\n> /usr/bin/aider --help  \n")
    with pytest.raises(UnreadableSource, match="holds no session of Aider's in which anything was said"):
        list(read_source(open_source(empty)))


def test_no_answer_is_kept_longer_than_a_transcript_keeps_texts(tmp_path: Path) -> None:
    long = tmp_path / ".aider.chat.history.md"
    long.write_text("# aider chat started at 2025-03-01 10:00:00\n\n#### Count  \n\n" + "one more line of many\n" * 200_000)
    (transcript,) = read_source(open_source(long))
    assert [len(event.text) for event in transcript.events if event.record > 3] == [64_000]  # type: ignore[union-attr]  # messages alone


def test_a_cost_on_a_line_of_its_own_is_a_cost_and_no_answer(tmp_path: Path) -> None:
    """So Aider writes it where the cache was read and written, and marks the first line alone."""
    history = tmp_path / ".aider.chat.history.md"
    told = "> Tokens: 5k sent, 2k cache write, 1k cache hit, 300 received.\nCost: $0.02 message, $0.05 session.  \n"
    history.write_text(
        f"# aider chat started at 2025-03-01 10:00:00\n\n#### Hello  \n\nHello.\n\n{told}\n#### Cost?  \n\nCost: $9 message.\n"
    )
    (transcript,) = read_source(open_source(history))
    assert transcript.cost_usd == 0.02
    assert [event.text for event in transcript.events if isinstance(event, AgentMessage)] == ["Hello.", "Cost: $9 message."]


def test_the_log_of_what_was_sent_is_refused_by_what_it_is(tmp_path: Path) -> None:
    log = tmp_path / ".aider.llm.history"
    log.write_text("\nTO LLM 2025-03-01T10:00:00\n-------\nSYSTEM Act as an expert.\n")
    with pytest.raises(UnreadableSource, match=r"is Aider's log of what was sent to models.*name \.aider\.chat\.history\.md"):
        list(read_source(open_source(log)))
