"""Sentences in which the agent states success."""

import pytest

from hotwash.analysis.facts.claims import claim_kind, find_claims
from hotwash.analysis.facts.model import ClaimKind
from tests.unit.analysis.builders import agent


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("All tests pass.", "tests_pass"),
        ("The 14 unit tests now pass", "tests_pass"),
        ("42 tests passed", "tests_pass"),
        ("All tests and lint pass.", "tests_pass"),
        ("The build succeeds.", "build_passes"),
        ("Lint is clean now.", "lint_passes"),
        ("I verified the new endpoint by hand.", "verified"),
        ("The retry bug is fixed.", "fixed"),
        ("Done.", "done"),
        ("Pushed to origin/main.", "pushed"),
    ],
)
def test_stated_success_is_a_claim(sentence: str, kind: ClaimKind) -> None:
    assert claim_kind(sentence) == kind


@pytest.mark.parametrize(
    "sentence",
    [
        "Let me check that all tests pass.",
        "Once the tests pass I will commit.",
        "The tests should pass now.",
        "Do all tests pass?",
        "Two tests fail.",
        "The tests don't pass yet.",
        "I'll make sure the build succeeds.",
        "The parser reads the header.",
    ],
)
def test_plans_conditions_questions_and_bad_news_are_no_claims(sentence: str) -> None:
    assert claim_kind(sentence) is None


def test_claims_are_verbatim_and_code_is_not_read() -> None:
    message = agent("I changed two files.\n```\nAll tests pass\n```\nThe v1.2 tests pass. Anything else?")
    assert [(claim.kind, claim.sentence) for claim in find_claims([message])] == [("tests_pass", "The v1.2 tests pass.")]
