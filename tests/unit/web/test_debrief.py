"""A stored analysis as the session page shows it."""

import msgspec

from hotwash.web.pages.debrief import STRIP_WIDTH, Debrief, debrief

Json = dict[str, object]


def issue(number: int, severity: str, record: int) -> Json:
    return {
        "id": f"issue-{number}",
        "kind": "loop",
        "severity": severity,
        "label": f"issue {number}",
        "what": "It went round.",
        "impact": "Four turns.",
        "evidence": [{"first_record": record, "last_record": record + 2, "quote": "again"}],
        "cost": {"turns": 4, "seconds": None, "tokens": None, "acus": None},
        "source": "loop/1",
        "records": [[record, record + 2]],
        "fingerprint": "0" * 16,
    }


def made(details: Json, parts: Json | None = None) -> Debrief:
    full = {"outcome": "partly", **details}
    return debrief("rules", "1", msgspec.json.encode(parts or {}), msgspec.json.encode(full))


def test_the_worst_issue_comes_first() -> None:
    shown = made({"issues": [issue(1, "low", 3), issue(2, "high", 40), issue(3, "high", 9)]})
    assert [item.id for item in shown.issues] == ["issue-3", "issue-2", "issue-1"]
    assert shown.severity_counts == (("high", 2), ("low", 1))


def test_a_place_names_its_records() -> None:
    (shown,) = made({"issues": [issue(1, "low", 3)]}).issues
    assert shown.evidence[0].label == "records 3–5"


def test_marks_stay_on_the_strip() -> None:
    """Evidence beyond the last phase must not be drawn outside."""
    shown = made({"issues": [issue(1, "low", 99)], "phases": [{"title": "All", "first": 1, "last": 100}]})
    assert [(mark.x, mark.width) for mark in shown.phase_marks] == [(0, STRIP_WIDTH)]
    assert all(mark.x < STRIP_WIDTH for mark in shown.issue_marks)


def test_an_analysis_without_a_prompt_has_none_to_compare() -> None:
    shown = made({}, {"suggested_prompt": None})
    assert (shown.prompt, shown.prompt_spans) == (None, ())


def test_an_issue_that_cost_nothing_of_its_own_has_no_cost_line() -> None:
    free = {**issue(1, "low", 3), "cost": {"turns": 0, "seconds": 0.0, "tokens": 0, "acus": 0.0}}
    assert [item.cost.is_known for item in made({"issues": [free, issue(2, "low", 9)]}).issues] == [False, True]
