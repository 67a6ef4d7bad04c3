"""Reading what a person wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotwash.analysis.facts import wording


def test_code_fences_and_tags_are_no_prose() -> None:
    assert wording.prose("<note>Fix this</note>\n```\nboom\n```").split() == ["Fix", "this"]


def test_a_slash_command_reads_as_its_name_and_arguments() -> None:
    assert wording.prose("/review\n12, please") == "/review 12, please"


def test_pasted_terminal_lines_are_no_sentences() -> None:
    assert wording.sentences("This breaks:\n$ make all\nTraceback (most recent call last):\nPlease fix it.") == (
        "This breaks:",
        "Please fix it.",
    )


@pytest.mark.parametrize(
    ("text", "gist"),
    [
        ("Can you please fix the login page? It is broken.", "Fix the login page"),
        ("ok, let's add a retry to the client.", "Add a retry to the client"),
        ("/review 12", "/review 12"),
        ("Is the login page tested?", "Is the login page tested?"),
        ("You are an experienced developer.\nImprove the cache of the server", "Improve the cache of the server"),
        ("Implement the following plan:\n\n# Fix the empty store\n\n## Context\nIt fails.", "Fix the empty store"),
        ("My branch has 14 commits now. Turn them into three that read well.", "Turn them into three that read well"),
        ("The page is empty. Find out why.", "The page is empty"),
        (
            "Add a --since option to `tally report` that limits the report to what came after a date",
            "Add a --since option to `tally report`",
        ),
        ("While the text has to be obvious to all readers, it should be friendlier to newcomers", "It should be friendlier to newcomers"),
        ("fix this run https://github.com/acme/shop/actions/runs/12", "Fix this run acme/shop"),
        ('"Fix the note and open a PR"', "Fix the note and open a PR"),
        ("You will be given a task and the output of commands.\nAnswer in JSON.\nTask Description:\nCreate a file", "Create a file"),
        ("I'm working on the ticket of the help page. keep our notes with the ticket itself", "I'm working on the ticket of the help page"),
        ("--agent path ignores the variable", "--agent path ignores the variable"),
    ],
)
def test_the_gist_drops_the_polite_opening(text: str, gist: str) -> None:
    assert wording.gist(text, 60) == gist


@given(st.text(max_size=400))
def test_the_gist_of_anything_is_one_printable_line(text: str) -> None:
    short = wording.gist(text, 60)
    assert len(short) <= 61
    assert "\n" not in short
    assert "\x1b" not in short


def test_a_statement_whose_words_were_said_before_is_covered() -> None:
    assert wording.covered_by("never push to main", "Please fix it, and never ever push to main.")
    assert not wording.covered_by("never push to main", "Please fix the parser.")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("No, keep it simple", "Keep it simple"),
        ("no optimistic updates, the backend validates", "No optimistic updates, the backend validates"),
        ("No! No optimistic updates", "No optimistic updates"),
    ],
)
def test_a_no_that_denies_something_stays(said: str, kept: str) -> None:
    """Without it the advice would say the opposite of what the person wants."""
    assert wording.without_interjection(said) == kept


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("no, the store still loses the last entry", "The store still loses the last entry"),
        ("why is it broken again? you forgot the store", ""),
        ("throw new Error(`Variable reference not found: ${value}`);", ""),
        ("I like it, well done indeed", ""),
    ],
)
def test_a_fault_is_told_without_blame_or_question(said: str, fault: str) -> None:
    assert wording.fault_told(said) == fault
