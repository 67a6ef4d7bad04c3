"""What each message of a person is for."""

import pytest

from hotwash.analysis.facts.turns import turn_roles
from hotwash.analysis.model import Role
from hotwash.transcript import Event, UserMessage
from tests.unit.analysis.builders import agent, life, session, shell, user


def roles(*events: Event) -> list[Role]:
    transcript = session(*events)
    messages = [event for event in transcript.events if isinstance(event, UserMessage)]
    return [turn.role for turn in turn_roles(messages, transcript.events)]


def after_work(text: str, last_words: str = "I changed the parser.") -> Role:
    """The role of a message said after the agent has worked and spoken."""
    return roles(user("Fix the parser"), shell("go test ./..."), agent(last_words), user(text))[-1]


def test_the_first_message_is_the_request() -> None:
    assert roles(user("yes, fix the parser please")) == ["request"]


@pytest.mark.parametrize(
    "text", ["yes", "ok, do it", "go ahead", "Commit", "push it", "Looks good, thanks!", "sorry, continue", "lgtm", "ok, works. great"]
)
def test_a_short_go_ahead_is_an_approval(text: str) -> None:
    assert after_work(text) == "approval"


@pytest.mark.parametrize(
    "text",
    [
        "no, that is the wrong file",
        "it still fails with the same error",
        "hmm, none of these files has a header",
        "lint fail",
        "you forgot the tests",
        "not in the cache, but in the database",
        "but is this the same? the old one already worked",
        "why did you delete the config?",
    ],
)
def test_a_message_that_objects_to_what_was_done_is_a_correction(text: str) -> None:
    assert after_work(text) == "correction"


def test_a_reply_to_the_agents_question_is_an_answer() -> None:
    assert after_work("the second one, in the config folder", last_words="Which of the two should I use?") == "answer"


def test_a_question_in_reply_to_a_question_is_not_an_answer() -> None:
    assert after_work("what does the second one do?", last_words="Which of the two should I use?") == "follow_up"


def test_more_work_in_line_with_the_task_is_a_follow_up() -> None:
    assert after_work("please handle empty input in the parser as well") == "follow_up"


def test_a_message_that_opens_another_matter_is_a_request() -> None:
    assert after_work("also the nightly job needs a timeout") == "request"


def test_a_message_about_other_things_than_before_is_a_request() -> None:
    said = "Rewrite the release notes of March, mention both sponsors, thank every translator and attach the new banner image"
    assert after_work(said) == "request"


def test_a_bare_slash_command_goes_on_with_the_task() -> None:
    assert after_work("<command-message>release</command-message>\n<command-name>/release</command-name>") == "follow_up"


def test_a_person_who_says_stop_interrupts() -> None:
    assert after_work("stop, let me look at this first") == "interruption"


def test_an_interruption_recorded_as_an_event_is_a_turn_of_its_own() -> None:
    """Formats record a pressed Escape without any words; the person acted all the same."""
    assert roles(user("Fix it"), shell("sleep 100"), life("interruption"), user("sorry, continue")) == [
        "request",
        "interruption",
        "approval",
    ]


def test_an_interruption_and_the_words_that_explain_it_are_one_turn() -> None:
    assert roles(user("Fix it"), shell("sleep 100"), life("interruption"), user("no, not in the cache")) == ["request", "correction"]


def test_two_interruption_events_without_a_word_between_them_are_one_turn() -> None:
    assert roles(user("Fix it"), life("interruption"), life("interruption")) == ["request", "interruption"]


def test_turns_keep_the_records_of_their_messages() -> None:
    transcript = session(user("Fix it"), shell("ls"), user("yes"))
    messages = [event for event in transcript.events if isinstance(event, UserMessage)]
    assert [(turn.record, turn.seq) for turn in turn_roles(messages, transcript.events)] == [(1, 0), (4, 2)]


def test_a_pasted_megabyte_is_read_in_no_time() -> None:
    assert after_work("please read this:\n" + "ab " * 400_000) == "follow_up"


def test_a_pasted_finding_of_a_review_is_a_correction() -> None:
    assert after_work("--fast ignores the cache\n\nMedium Severity\n\nThe option skips it.") == "correction"


def test_a_verb_that_is_a_noun_there_gives_no_order() -> None:
    assert after_work("test are failing on the server") == "correction"
    assert after_work("test the server") == "follow_up"


def test_taking_one_of_what_was_offered_is_an_answer() -> None:
    assert after_work("yeah 2 and 3", "1. rename 2. split 3. document. Which ones?") == "answer"
    assert after_work("yes", "Shall I split it?") == "approval"


def test_taking_the_matter_over_interrupts() -> None:
    assert after_work("i'll let you know what to do") == "interruption"
