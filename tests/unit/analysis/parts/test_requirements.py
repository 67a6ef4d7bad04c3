"""What must hold, out of what a person said."""

import pytest

from hotwash.analysis.parts.requirements import requirements


@pytest.mark.parametrize(
    ("said", "demanded"),
    [
        ("No, pnpm, never npm! I said that at the start. You just wrote a package-lock.json.", ["Pnpm, never npm"]),
        ("I said yarn, not npm", ["Yarn, not npm"]),
        (
            "No! No open sockets, I said that already. And the public API must not change, same as before.",
            ["No open sockets", "The public API must not change, same as before"],
        ),
        ("Stop. I did not ask you to push, least of all by force.", ["Do not push unless asked"]),
        ("not as a comment, but as a page of its own. you've put it elsewhere...", ["Not as a comment, but as a page of its own"]),
        ("It must be in the database because the cache is wiped", ["It must be in the database"]),
        ("Great, but the name must not contain the customer's id", ["The name must not contain the customer's id"]),
    ],
)
def test_what_must_hold_is_kept_and_the_blame_around_it_is_not(said: str, demanded: list[str]) -> None:
    assert [requirement.text for requirement in requirements(said)] == demanded


@pytest.mark.parametrize(
    "said",
    [
        "should we rename it, or does it have to be this?",
        "don't worry about the linter for now, just go on",
        "stuff it, the tests read well, let's keep it",
        "You wrote a package-lock.json and it should never be there",
        "I selected the theme and got a crash, that should never happen",
        "I want to use option B because they lazy load things",
        "We also need to do a review of all the scripts",
        "That's not it, only the background is, fucking hell",
        "Perfect, thank you!",
    ],
)
def test_questions_shrugs_blame_and_reports_demand_nothing(said: str) -> None:
    assert requirements(said) == ()


def test_the_excerpt_stands_in_the_message() -> None:
    said = "hmm. No, it must be in the database, I said."
    (found,) = requirements(said)
    assert found.excerpt in said
