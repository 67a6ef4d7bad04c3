"""Answers that a model might give, for tests: a debrief or verdicts with what a test does not care about filled in."""

import json

from tests.unit.analysis.builders import agent, edit, session, shell, user

BROKEN_BUILD = session(
    user("Add a --json flag and run all tests."),
    shell("pytest tests/unit/test_flag.py", "1 failed, 3 passed\nassert 'json' in output", exit_code=1),
    edit("src/flag.py", "text", "json"),
    agent("All tests pass now, the flag is done."),
    user("No, the suite is red on my machine."),
    agent("You are right, I had not run the suite."),
)
"""Records: 1 request, 2-3 test run, 4-5 edit, 6 claim, 7 correction, 8 admission."""

CLAIM = {"first": 6, "last": 6, "quote": "All tests pass now"}


def issue(*places: dict[str, object], **changes: object) -> dict[str, object]:
    """An issue as a model proposes it; without places, at the claim."""
    return {
        "kind": "unverified_claim",
        "severity": "medium",
        "label": "tests said to pass after a red run",
        "what": "The agent says that all tests pass although the only run failed.",
        "impact": "The person found the suite red.",
        "cause": "success claimed without a passing run",
        "places": list(places) or [CLAIM],
        "remedy": {"type": "knowledge", "text": "Add to AGENTS.md: “Run `pytest` before you say that tests pass.”"},
        **changes,
    }


def debrief(*issues: dict[str, object], **changes: object) -> str:
    """An answer of the first pass."""
    return json.dumps(
        {
            "outcome": "partly",
            "category": "feature_development",
            "languages": ["Python"],
            "tools": ["pytest"],
            "user_turns": [{"record": 1, "role": "request"}, {"record": 7, "role": "correction"}],
            "phases": [{"title": "Build the flag", "first": 1, "last": 5}, {"title": "Hand over", "first": 6, "last": 8}],
            "late_facts": [],
            "instructions_used": [],
            "issues": list(issues),
            **changes,
        }
    )


def verdict(number: int, *, stands: bool, **changes: object) -> dict[str, object]:
    return {"issue": number, "reason": "Record 3 shows it.", "stands": stands, "kind": "unverified_claim", "severity": "medium", **changes}


def verdicts(*given: dict[str, object]) -> str:
    """An answer of the second pass."""
    return json.dumps({"verdicts": list(given)})
