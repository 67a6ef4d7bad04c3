"""Feedback is kept with the issue as it stood, outlives the next analysis, and comes out as labels."""

import pytest

from hotwash.analysis.model import Analysis, Evidence, Issue, IssueCost, IssueKind
from hotwash.errors import InvalidInput, NotFound
from hotwash.evaluation.labels import encode_labels, parse_labels
from hotwash.feedback import service as feedback
from hotwash.feedback.model import Feedback, Verdict
from hotwash.identity.model import Scope
from hotwash.insights import service as insights
from hotwash.jobs.queue import Jobs
from hotwash.kit.ids import bare_session_id
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database
from hotwash.transcript import Transcript
from tests.integration.builders import ORG
from tests.integration.claude_files import NOW, SCOPE, SESSION, take_in, talk, with_organization

BARE = bare_session_id(SESSION)


class NothingQueued(Jobs):
    """A queue that drops what it is given: the tests do the work themselves."""

    def __init__(self) -> None:
        pass

    def enqueue(self, name: str, key: str, payload: dict[str, object]) -> None:
        pass


def _issue(number: int, kind: IssueKind, record: int) -> Issue:
    evidence = Evidence(first_record=record, last_record=record, quote="Answer", first_seq=record - 1, last_seq=record - 1)
    return Issue(
        id=f"issue-{number}", kind=kind, severity="low", label=f"a {kind}", what="It happened.", impact="It took a while.",
        evidence=(evidence,), cost=IssueCost(), fingerprint=f"{kind}-cause", source=f"{kind}/1",
    )  # fmt: skip


def _analyse(database: Database, *issues: Issue) -> None:
    """Has the session analysed by an engine that finds these."""

    def engine(transcript: Transcript, *, acus: float | None = None) -> Analysis:
        return Analysis(engine="rules", version="1", coverage=transcript.coverage, outcome="achieved", issues=issues)

    insights.generate(database, NothingQueued(), SCOPE, SESSION, now=NOW, again=True)
    insights.analyse_stored(database, DatabaseBlobs(), ORG, SESSION, engine=engine)


def _give(database: Database, issue: str, verdict: Verdict, note: str | None = None, now: float = NOW) -> Feedback:
    with database.write() as conn:
        return feedback.give(conn, SCOPE, f"{SESSION}/{issue}", verdict, note, now=now)


def _kept(database: Database, scope: Scope = SCOPE) -> list[tuple[str, Verdict, str | None]]:
    with database.read() as conn:
        return [(given.issue.kind, given.verdict, given.note) for given in feedback.list_feedback(conn, scope)]


@pytest.fixture
def analysed(database: Database) -> Database:
    """One session of three turns with a loop at record 2 and a defect at record 4."""
    with_organization(database)
    take_in(database, talk(3))
    _analyse(database, _issue(1, "loop", 2), _issue(2, "defect", 4))
    return database


def test_the_last_word_on_an_issue_stands(analysed: Database) -> None:
    """A person may change their mind; another issue's verdict stays."""
    _give(analysed, "issue-1", "right")
    _give(analysed, "issue-2", "right", "broke the build")
    _give(analysed, "issue-1", "wrong", "it was polling", now=NOW + 60)
    assert _kept(analysed) == [("loop", "wrong", "it was polling"), ("defect", "right", "broke the build")]


def test_a_verdict_outlives_the_next_analysis(analysed: Database) -> None:
    """The new analysis numbers issues otherwise; the verdict is on the cause at its place, not on a number."""
    _give(analysed, "issue-2", "wrong")
    _analyse(analysed, _issue(1, "defect", 4))
    assert _kept(analysed) == [("defect", "wrong", None)]
    _give(analysed, "issue-1", "right")
    assert _kept(analysed) == [("defect", "right", None)]


def test_feedback_comes_out_as_labels_that_evaluate_reads(analysed: Database) -> None:
    """By session id; what nobody judged is not said to be right or wrong."""
    _give(analysed, "issue-1", "wrong")
    with analysed.read() as conn:
        written = encode_labels(feedback.list_labels(conn, SCOPE))
    (session,) = parse_labels(written, "feedback")
    (label,) = session.labels
    assert (session.name, session.is_file, label.issues, label.confirmed) == (BARE, False, None, ())
    assert [(issue.kind, issue.records) for issue in label.rejected or ()] == [("loop", ((2, 2),))]
    assert b"fingerprint" not in written


def test_feedback_of_another_organization_is_not_seen(analysed: Database) -> None:
    """Neither given nor read."""
    _give(analysed, "issue-1", "right")
    elsewhere = Scope(org_ids=frozenset({"org-two"}))
    assert _kept(analysed, elsewhere) == []
    with analysed.write() as conn, pytest.raises(NotFound):
        feedback.give(conn, elsewhere, f"{SESSION}/issue-1", "wrong", None, now=NOW)


def test_a_note_that_no_database_can_hold_is_kept_as_far_as_it_can_be(analysed: Database) -> None:
    """NUL and broken characters are replaced, and nobody needs a note of a megabyte."""
    _give(analysed, "issue-1", "wrong", "no\0pe \udcff" + "x" * 1_000_000)
    ((_, _, note),) = _kept(analysed)
    assert note is not None
    assert note.startswith("no\ufffdpe \ufffd")
    assert len(note) == feedback.MAX_NOTE_CHARS


@pytest.mark.parametrize("reference", ["issue-1", "/issue-1", f"{SESSION}/", ""])
def test_what_names_no_issue_is_refused(reference: str, analysed: Database) -> None:
    """With the form that does."""
    with analysed.write() as conn, pytest.raises(InvalidInput, match="SESSION/ISSUE"):
        feedback.give(conn, SCOPE, reference, "right", None, now=NOW)


def test_an_unknown_issue_is_not_found_and_the_known_are_named(analysed: Database) -> None:
    """So that the next try is right."""
    with pytest.raises(NotFound, match="issue-1, issue-2"):
        _give(analysed, "issue-9", "right")


def test_a_session_without_analysis_says_what_to_run(database: Database) -> None:
    """There is nothing to judge yet."""
    with_organization(database)
    take_in(database, talk(1))
    with pytest.raises(NotFound, match="hotwash generate"):
        _give(database, "issue-1", "right")
