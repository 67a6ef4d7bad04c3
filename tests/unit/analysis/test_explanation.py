"""An explanation names the detector, the cause and the facts at the places cited, and invents nothing."""

import msgspec

from hotwash.analysis.explanation import MAX_FACTS, CitedPlace, explain
from hotwash.analysis.facts.collect import collect
from hotwash.analysis.model import Evidence
from hotwash.analysis.rules import analyse
from tests.unit.analysis.builders import agent, edit, issue, session, shell, user


def test_the_facts_at_a_cited_call_are_told() -> None:
    """What ran, how it ended, and that it counts as a check."""
    transcript = session(
        user("Fix it"),
        edit("a.py", "x = 1", "x = 2"),
        shell("pytest -q", "=== 2 failed, 3 passed in 0.10s ===", exit_code=1),
        agent("Done."),
    )
    (explanation,) = explain(collect(transcript), [issue("failing_check", transcript, 2)])
    (place,) = explanation.cited
    assert place.facts[:2] == ("command of pytest: failed (exit code 1)", "test run of pytest: failed, 2 failures")
    assert explanation.counted == {
        "events": 1,
        "commands": 1,
        "commands that failed": 1,
        "checks": 1,
        "checks that failed": 1,
        "failed calls": 1,
    }


def test_what_lies_between_the_places_is_counted_and_not_listed() -> None:
    """From the first cited event to the last."""
    transcript = session(user("Go on"), shell("ls"), edit("a.py", "x", "y"), edit("a.py", "y", "z"), shell("ls"), agent("Done."))
    (explanation,) = explain(collect(transcript), [issue("loop", transcript, 1, 4)])
    assert explanation.counted["edits"] == 2
    assert [place.facts for place in explanation.cited] == [("command of ls: went well (exit code 0)",)] * 2


def test_a_wide_place_lists_the_first_facts_and_says_how_many_more() -> None:
    """Hundreds of lines would explain nothing."""
    transcript = session(user("Go on"), *[shell(f"ls {n}") for n in range(MAX_FACTS + 5)])
    everything = Evidence(first_record=2, last_record=90, quote="", first_seq=1, last_seq=MAX_FACTS + 5)
    wide = msgspec.structs.replace(issue("loop", transcript, 1), evidence=(everything,))
    (explanation,) = explain(collect(transcript), [wide])
    assert (len(explanation.cited[0].facts), explanation.cited[0].more_facts) == (MAX_FACTS, 5)


def test_an_event_without_facts_has_none() -> None:
    """Only its words were quoted."""
    transcript = session(user("Go on"), agent("I looked at it."))
    (explanation,) = explain(collect(transcript), [issue("defect", transcript, 1)])
    assert explanation.cited == (CitedPlace(first_record=2, last_record=2, facts=(), more_facts=0),)


def test_the_cause_is_the_one_the_fingerprint_is_made_of() -> None:
    """The rules engine tells it with each issue."""
    transcript = session(user("Clean up"), shell("git push --force origin main"), agent("Done."))
    found = analyse(transcript).issues
    (explanation,) = explain(collect(transcript), found)
    assert (explanation.source.partition("/")[0], explanation.cause) == ("unsafe_action", "forced push")
