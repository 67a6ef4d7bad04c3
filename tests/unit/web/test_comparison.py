"""The suggested prompt beside the original."""

from hypothesis import given
from hypothesis import strategies as st

from hotwash.web.pages.comparison import MAX_COMPARED_WORDS, added_words


def test_only_the_new_words_are_marked() -> None:
    spans = added_words("Fix the test.", "Fix the test.\n\nCheck with `make test`.")
    assert [(span.text, span.added) for span in spans] == [("Fix the test.", False), ("\n\nCheck with `make test`.", True)]


def test_words_put_in_between_are_marked() -> None:
    spans = added_words("Fix the test", "Fix only the slow test")
    assert [span.text for span in spans if span.added] == ["only ", "slow "]


@given(st.text(), st.text())
def test_the_stretches_are_the_suggested_prompt(original: str, suggested: str) -> None:
    assert "".join(span.text for span in added_words(original, suggested)) == suggested


def test_a_very_long_prompt_is_compared_by_its_start() -> None:
    """Comparing word by word takes time quadratic in the words; a page must not hang on a pasted log."""
    long = "start " + "a b " * MAX_COMPARED_WORDS
    spans = added_words("start of it " + "b a " * MAX_COMPARED_WORDS, long)
    assert [span.text for span in spans] == ["start ", long.removeprefix("start ")]
    assert [span.added for span in spans] == [False, True]
