"""The rules engine as a whole."""

from collections.abc import Iterable

import msgspec

from hotwash.analysis.detectors import DETECTORS
from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.detectors.failing_check import FailingCheckDetector
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import IssueKind, Severity
from hotwash.analysis.rules import analyse, version
from tests.unit.analysis.builders import agent, edit, life, session, shell, usage, user

FAILS = shell("pytest", "=== 1 failed, 3 passed in 0.2s ===", exit_code=1)
CODE = edit("src/a.py", "x = 1", "x = 2")
STORY = session(
    user("Fix the parser"),
    usage(input_tokens=100),
    *(CODE, FAILS, usage(input_tokens=100), CODE, FAILS, CODE, FAILS),
    agent("I give up."),
    usage(input_tokens=200),
)


class Broken:
    kind: IssueKind = "loop"
    version = 7

    def detect(self, facts: Facts) -> Iterable[Finding]:
        raise RuntimeError("broken on purpose")


class Says:
    """Reports what it is told to, citing events by seq."""

    version = 1

    def __init__(self, *findings: tuple[IssueKind, Severity, str, int, str]) -> None:
        self.kind: IssueKind = findings[0][0]
        self._findings = findings

    def detect(self, facts: Facts) -> Iterable[Finding]:
        for kind, severity, cause, seq, quote in self._findings:
            event = facts.events[seq]
            cites = (Cite(first=event, last=event, quote=quote),)
            yield Finding(kind=kind, severity=severity, label=cause, what=cause, impact=cause, cites=cites, cause=cause)


def test_an_analysis_has_every_part_and_the_same_input_gives_the_same_bytes() -> None:
    analysis = analyse(STORY, acus=4.0)
    assert [issue.kind for issue in analysis.issues] == ["failing_check"]
    assert analysis.classification is not None
    assert analysis.suggested_prompt is not None
    assert analysis.timeline
    assert analysis.user_turns
    assert analysis.failed_detectors == ()
    assert msgspec.json.encode(analysis) == msgspec.json.encode(analyse(STORY, acus=4.0))


def test_an_issue_has_its_cost_as_a_share_of_the_session() -> None:
    (issue,) = analyse(STORY, acus=4.0).issues
    assert issue.id == "issue-1"
    assert issue.source == f"failing_check/{FailingCheckDetector.version}"
    assert issue.cost.turns == 5
    assert issue.cost.tokens == 100
    assert issue.cost.acus == 1.0
    assert issue.cost.seconds is not None


def test_a_session_in_which_the_agent_neither_spoke_nor_acted_has_empty_parts() -> None:
    analysis = analyse(session(user("hello")))
    assert (analysis.outcome, analysis.issues, analysis.classification, analysis.timeline) == ("unclear", (), None, ())


def test_a_session_that_was_stopped_before_the_agent_spoke_is_analysed() -> None:
    stop = life("interruption", "[Request interrupted by user]")
    analysis = analyse(session(user("Update the docs of the parser"), shell("ls", "a"), stop))
    assert analysis.outcome == "not_achieved"
    assert [issue.kind for issue in analysis.issues] == ["interruption"]
    assert analysis.classification is not None


def test_a_broken_detector_costs_its_own_findings_and_is_named() -> None:
    analysis = analyse(STORY, detectors=(Broken(), *DETECTORS))
    assert analysis.failed_detectors == ("loop/7",)
    assert [issue.kind for issue in analysis.issues] == ["failing_check"]


def test_a_finding_without_evidence_is_dropped_and_counted() -> None:
    analysis = analyse(STORY, detectors=(Says(("defect", "high", "made up", 0, "never said")),))
    assert analysis.issues == ()
    assert (analysis.dropped.quotes, analysis.dropped.issues) == (1, 1)


def test_issues_are_numbered_in_order_of_their_first_record() -> None:
    says = Says(("defect", "low", "late", 9, "I give up."), ("defect", "high", "early", 0, "Fix the parser"))
    assert [(issue.id, issue.label) for issue in analyse(STORY, detectors=(says,)).issues] == [("issue-1", "early"), ("issue-2", "late")]


def test_findings_that_cite_the_same_events_are_one_issue_and_the_graver_stays() -> None:
    says = (Says(("defect", "low", "one", 9, "I give up.")), Says(("loop", "high", "two", 9, "I give")))
    (issue,) = analyse(STORY, detectors=says).issues
    assert (issue.kind, issue.label, len(issue.evidence)) == ("loop", "two", 2)


def test_the_same_cause_has_the_same_fingerprint_in_every_session() -> None:
    other = session(user("Another task"), *(CODE, FAILS) * 4, agent("Enough."))
    (here,), (there,) = analyse(STORY).issues, analyse(other).issues
    assert here.fingerprint == there.fingerprint
    assert len(here.fingerprint) == 16


def test_the_version_changes_with_a_detectors_version() -> None:
    assert version((*DETECTORS, Broken())) != version()
