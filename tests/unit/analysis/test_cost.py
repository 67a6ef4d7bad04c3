"""What a stretch of a session took, and how grave that is."""

from hotwash.analysis.cost import cost_of, in_words, severity_of
from hotwash.analysis.facts.collect import collect
from hotwash.kit.text import counted
from hotwash.transcript import Coverage
from tests.unit.analysis.builders import agent, session, shell, usage, user

CALLS = [shell("ls", "a") for _ in range(20)]


def test_turns_time_tokens_and_acus_of_a_stretch() -> None:
    facts = collect(
        session(user("go"), usage(input_tokens=60), shell("ls", "a"), usage(output_tokens=20), agent("ok"), usage(output_tokens=20)),
        acus=5.0,
    )
    cost = cost_of(facts, 2, 4)
    assert (cost.turns, cost.seconds, cost.tokens, cost.acus) == (2, 30.0, 20, 1.0)


def test_what_the_transcript_cannot_tell_is_none() -> None:
    cost = cost_of(collect(session(user("go"), agent("ok"), coverage=Coverage())), 0, 1)
    assert (cost.tokens, cost.acus) == (None, None)


def test_severity_follows_from_what_it_took() -> None:
    facts = collect(session(user("go"), *CALLS))
    assert [severity_of(facts, 1, last) for last in (3, 9, 20)] == ["low", "medium", "high"]


def test_a_long_stretch_of_a_far_longer_session_is_not_grave() -> None:
    assert severity_of(collect(session(user("go"), *CALLS * 10)), 1, 30) == "medium"


def test_words_for_a_stretch() -> None:
    facts = collect(session(user("go"), *CALLS))
    assert in_words(facts, 1, 1) == "1 turn and 10 seconds"
    assert in_words(facts, 1, 10) == "10 turns and 3 minutes"
    assert (counted(1, "call"), counted(2, "call")) == ("1 call", "2 calls")
