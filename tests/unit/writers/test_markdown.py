"""Transcripts for people: nothing in a session can break out of its place."""

import pytest

from hotwash.transcript import AgentMessage, Coverage, Event, ToolCall, Transcript, UserMessage
from hotwash.writers import contract_markdown, markdown


def written(*events: Event) -> str:
    return markdown.write(Transcript(format="codex", agent="Codex", native_id="k", events=events, coverage=Coverage()))


def test_messages_are_quoted_line_by_line() -> None:
    """So that a heading in one is no heading of the document."""
    text = written(UserMessage(seq=0, record=1, at=1_760_000_000.0, text="# Boil\n\nnow"), AgentMessage(seq=1, record=2, text="ok"))
    assert "### User (record 1, 2025-10-09 08:53:20 UTC)\n\n> # Boil\n>\n> now\n\n### Agent (record 2)\n\n> ok" in text


def test_a_result_cannot_end_its_code_block() -> None:
    text = written(ToolCall(seq=0, record=1, name="Bash", command="cat x", status="error", exit_code=2, output="```\n# out\n````"))
    assert "### Bash · failed · exit code 2 (record 1)" in text
    assert "`````text\n```\n# out\n````\n`````" in text


def test_a_long_result_keeps_head_and_tail() -> None:
    text = written(ToolCall(seq=0, record=1, name="Bash", output="head" + "x" * 50_000 + "tail"))
    assert len(text) < 5_000
    assert "characters left out" in text
    assert "head" in text
    assert "tail" in text


def test_names_cannot_bring_markup() -> None:
    assert "<b>" not in written(ToolCall(seq=0, record=1, name="<b>evil\nname"))


@pytest.mark.parametrize("analysis", [b"{}", b'{"issues": [], "suggested_prompt": null}'])
def test_an_analysis_without_issues_says_so(analysis: bytes) -> None:
    assert "## No issues found" in contract_markdown.write("Kettle", "1 ACU", "devin", analysis)


def test_an_analysis_of_another_engine_is_told_in_its_own_words() -> None:
    analysis = (
        b'{"issues": [{"issue": "It was dry", "impact": "Ten minutes", "label": "no <water>"}],'
        b'"action_items": [{"action_item": "Fill it", "type": "machine_setup"}],'
        b'"suggested_prompt": {"suggested_prompt": "Fill, then boil"}, "timeline": [{"title": "Boiling", "description": "Dry"}]}'
    )
    text = contract_markdown.write("Kettle", "1 ACU", "devin", analysis)
    assert "Analysed by devin · 1 ACU" in text
    assert "### no &lt;water>\n\nIt was dry\n\nTen minutes" in text
    assert "- **machine setup**: Fill it" in text
    assert "```text\nFill, then boil\n```" in text
    assert "- **Boiling**: Dry" in text
