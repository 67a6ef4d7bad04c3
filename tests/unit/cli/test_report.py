"""The report as a person reads it."""

import msgspec
import pytest

from hotwash.analysis.model import Analysis, Evidence, Issue
from hotwash.analysis.rules import analyse
from hotwash.cli import markdown, report
from hotwash.cli.debriefed import Debrief
from hotwash.insights.metrics import measure
from hotwash.transcript import Coverage, Event
from tests.unit.analysis.builders import agent, edit, issue, session, shell, user

STORY = (
    user("Store the report somewhere where the people of the other team can find it again, in a place that outlives the week\n" * 20),
    edit("report.py", "a", "b"),
    shell("go test ./...", "ok  \texample/a\t0.1s"),
    agent("Stored in the cache."),
    user("no, it must be in the database"),
    edit("report.py", "b", "c"),
    shell("go test ./...", "ok  \texample/a\t0.1s"),
    agent("Done."),
)


def debrief(*events: Event, analysis: Analysis | None = None) -> Debrief:
    transcript = session(*events)
    return Debrief(
        file="story.jsonl", transcript=transcript, metrics=measure(transcript), size="s", analysis=analysis or analyse(transcript)
    )


def an_issue(*, what: str = "It broke.", impact: str = "It cost something.", quote: str = "it must be in the database") -> Issue:
    told = issue("defect", session(*STORY), 4, label="a label of many words that says in which way the thing broke and what was lost by it")
    evidence = Evidence(first_record=7, last_record=7, quote=quote, first_seq=4, last_seq=4)
    cost = msgspec.structs.replace(told.cost, turns=6, seconds=240.0, acus=0.31)
    return msgspec.structs.replace(told, what=what, impact=impact, evidence=(evidence,), cost=cost)


def with_issue(told: Issue) -> Debrief:
    return debrief(*STORY, analysis=msgspec.structs.replace(analyse(session(*STORY)), issues=(told,)))


@pytest.mark.parametrize("columns", [80, 110])
def test_no_line_is_wider_than_the_terminal_or_ends_in_blanks(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = report.render(with_issue(an_issue())).split("\n")
    assert max(map(len, lines)) <= columns
    assert not [line for line in lines if line != line.rstrip()]


def test_a_quote_that_the_sentence_holds_is_not_printed_again() -> None:
    told = an_issue(what="The person answered: “it must be in the database”.")
    assert report.render(with_issue(told)).count("“it must be in the database”") == 1
    assert "> it must be" not in markdown.render(with_issue(told))
    assert "record 7" in report.render(with_issue(told))


@pytest.mark.parametrize(
    ("impact", "cost"),
    [
        ("Putting it right took 6 turns and 4 minutes.", "0.31 ACUs"),
        ("It was left to the person.", "6 turns, 4 min, 0.31 ACUs"),
        ("6 failed calls followed.", "6 turns, 4 min, 0.31 ACUs"),
    ],
)
def test_the_cost_says_what_the_impact_has_not_said(impact: str, cost: str) -> None:
    assert report.cost_of(an_issue(impact=impact)) == cost


def test_an_addition_to_the_prompt_is_printed_once_with_its_record() -> None:
    printed = report.render(debrief(*STORY))
    assert printed.count("It must be in the database") == 1
    assert "+ - It must be in the database  ← record 7" in printed


def test_a_long_original_is_cut() -> None:
    printed = report.render(debrief(*STORY))
    assert printed.count("in a place that outlives") == report.ORIGINAL_LINES
    assert "… (8 more lines, as before)" in printed


def test_the_same_quote_is_printed_once_with_all_its_places() -> None:
    told = an_issue(quote="rate limit exceeded")
    again = msgspec.structs.replace(told.evidence[0], first_record=9, last_record=9)
    printed = report.render(with_issue(msgspec.structs.replace(told, evidence=(*told.evidence, again))))
    assert printed.count("rate limit exceeded") == 1
    assert "also record 9" in printed


def test_the_line_of_a_stream_says_that_what_the_person_said_is_unknown() -> None:
    """A stream may begin after the prompt; then there are not 0 of them."""
    told = session(agent("Done."), coverage=Coverage(user_messages=False, tokens=True))
    line = report.inspect_line("run.jsonl", told, measure(told))
    assert line == "run.jsonl: Test Agent, user messages unknown, 1 agent message, 0 tool calls, 0 output tokens"
