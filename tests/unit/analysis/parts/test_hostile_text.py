"""Text that is long, repetitive or strange changes nothing but the answer: every part still gives one, and soon."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.parts.actions import action_items
from hotwash.analysis.parts.classification import classify
from hotwash.analysis.parts.instructions import instructions_used
from hotwash.analysis.parts.late_facts import find_late_facts
from hotwash.analysis.parts.outcome import judge_outcome
from hotwash.analysis.parts.prompt import suggest_prompt
from hotwash.analysis.parts.timeline import build_timeline
from hotwash.transcript import Event, Transcript
from tests.unit.analysis.builders import agent, edit, instruction, issue, life, read, session, shell, user, write

SOON_S = 2.0
"""Far above what any of these takes on a busy machine, far below what a regular expression that runs away takes."""


def every_part(transcript: Transcript) -> None:
    facts = collect(transcript)
    issues = [issue("defect", transcript, 0), issue("tool_use", transcript, len(transcript.events) - 1, id="issue-2")]
    late_facts = find_late_facts(facts)
    prompt = suggest_prompt(facts, issues, late_facts)
    assert prompt is None or prompt.suggested.startswith(prompt.original.rstrip())
    assert 0 <= classify(facts).confidence <= 1
    assert len(build_timeline(facts, issues)) == len(facts.phases)
    assert judge_outcome(facts, issues)
    assert all(item.text for item in action_items(facts, issues))
    assert all(use.name for use in instructions_used(facts))


@pytest.mark.parametrize(
    "text",
    [
        "ok " * 50_000,
        "hmm, but " * 20_000,
        "a" * 200_000,
        "/" * 100_000,
        "https://" * 20_000,
        "<" * 100_000,
        "```sh\n" * 10_000,
        "`x y` " * 10_000,
        "- \n" * 50_000,
        "move " * 20_000,
        "| head && echo " * 10_000,
        "no no no. " * 20_000,
        "\x00\u202e\x1b[31m" * 5_000,
        "issue " * 30_000,
    ],
    ids=lambda text: repr(text[:10]),
)
def test_repetitive_text_is_read_in_no_time(text: str) -> None:
    transcript = session(
        user(text),
        instruction("AGENTS.md", text),
        agent(text),
        shell(text, text, exit_code=1),
        edit(text, text, text),
        user(text),
        shell(text),
        agent(text),
    )
    started = time.perf_counter()
    every_part(transcript)
    assert time.perf_counter() - started < SOON_S


_TEXT = st.text(max_size=120)
_EVENT: st.SearchStrategy[Event] = st.one_of(
    st.builds(user, _TEXT),
    st.builds(agent, _TEXT),
    st.builds(shell, _TEXT, _TEXT, exit_code=st.integers(0, 2)),
    st.builds(edit, _TEXT, _TEXT, _TEXT),
    st.builds(read, _TEXT, _TEXT),
    st.builds(write, _TEXT, _TEXT),
    st.builds(instruction, _TEXT, _TEXT),
    st.just(life("interruption")),
    st.just(life("compaction")),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_EVENT, min_size=1, max_size=25))
def test_any_session_gets_every_part(events: list[Event]) -> None:
    every_part(session(*events))
