"""Judging what is in the store, on both databases: answers and spending are kept, the rules stand in, and nothing is paid for twice."""

import pytest
from sqlalchemy import delete, select

from hotwash.insights import service as insights
from hotwash.insights.judged import StoredAnswers, StoredLedger
from hotwash.insights.model import StoredAnalysis
from hotwash.judging.budget import Budget
from hotwash.judging.judge import Judge
from hotwash.judging.model import Budgets, Limits, ModelUnusable, NoAnswer, Spending
from hotwash.kit.ids import bare_session_id
from hotwash.sessions import service as sessions
from hotwash.store import tables as t
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database
from tests.integration.builders import ORG
from tests.integration.claude_files import NOW, SCOPE, SESSION, take_in, talk, with_organization
from tests.integration.test_insights import HeldJobs
from tests.unit.analysis.judge.replying import debrief
from tests.unit.judging.doubles import Pauses, Scripted, cent_a_token

BARE = bare_session_id(SESSION)
AMPLE = Budgets(tokens_per_session=1_000_000, usd_per_session=10_000, tokens_per_day=1_000_000, usd_per_day=10_000)
NOTHING_FOUND = debrief()


@pytest.fixture
def database(database: Database) -> Database:
    with_organization(database)
    take_in(database, talk(2))
    return database


def judge(database: Database, model: Scripted, *, budgets: Budgets = AMPLE) -> Judge:
    return Judge(model, Budget(budgets, StoredLedger(database)), tariff=cent_a_token, limits=Limits(tries=1), pause=Pauses())


def analyse(database: Database, by: Judge | None) -> StoredAnalysis:
    return insights.analyse_now(database, DatabaseBlobs(), ORG, BARE, by)


def answers(database: Database) -> list[str]:
    with database.read() as conn:
        return list(conn.execute(select(t.judge_answers.c.answer)).scalars())


def test_the_models_analysis_is_kept_with_what_it_took(database: Database) -> None:
    stored = analyse(database, judge(database, Scripted(NOTHING_FOUND)))
    assert (stored.state, stored.engine) == ("completed", "judge")
    assert stored.document is not None
    assert stored.document.judge is not None
    assert (stored.document.judge.model, stored.document.judge.input_tokens) == ("openai:scripted", 1000)
    assert answers(database) == [NOTHING_FOUND]


def test_judging_again_asks_nothing_anew(database: Database) -> None:
    model = Scripted(NOTHING_FOUND)
    analyse(database, judge(database, model))
    stored = analyse(database, judge(database, model))
    assert len(model.asked) == 1
    assert stored.document is not None
    assert stored.document.judge is not None
    assert stored.document.judge.from_cache == 1


def test_where_the_model_fails_the_rules_stand_in_and_the_reason_is_told(database: Database) -> None:
    """A session that nobody has analysed before."""
    stored = analyse(database, judge(database, Scripted(NoAnswer("it would not"))))
    assert (stored.state, stored.engine) == ("failed", "rules")
    assert stored.document is not None
    assert str(stored.error).endswith("it would not")
    with database.read() as conn:
        assert b'"analysis_status":"completed"' in insights.get_document(conn, SCOPE, BARE)


def test_a_failure_takes_nothing_from_what_was_judged_before(database: Database) -> None:
    analyse(database, judge(database, Scripted(NOTHING_FOUND)))
    with database.write() as conn:
        conn.execute(delete(t.judge_answers))
    stored = analyse(database, judge(database, Scripted(NoAnswer("it would not"))))
    assert (stored.state, stored.engine) == ("failed", "judge")


def test_a_failed_attempt_can_be_started_again(database: Database) -> None:
    analyse(database, judge(database, Scripted(NoAnswer("it would not"))))
    assert insights.generate(database, HeldJobs(), SCOPE, BARE, now=NOW, engine="judge").status == "started"
    insights.analyse_stored(database, DatabaseBlobs(), ORG, BARE, judge=judge(database, Scripted(NOTHING_FOUND)))
    with database.read() as conn:
        assert insights.get_analysis(conn, SCOPE, BARE).engine == "judge"


def test_a_job_for_the_judge_fails_where_the_model_has_been_taken_out_of_the_settings(database: Database) -> None:
    insights.generate(database, HeldJobs(), SCOPE, BARE, now=NOW, engine="judge")
    insights.analyse_stored(database, DatabaseBlobs(), ORG, BARE)
    with database.read() as conn:
        assert "no model is set" in str(insights.get_analysis(conn, SCOPE, BARE).error)


def test_a_job_for_the_rules_asks_no_model(database: Database) -> None:
    model = Scripted()
    insights.generate(database, HeldJobs(), SCOPE, BARE, now=NOW, engine="rules")
    insights.analyse_stored(database, DatabaseBlobs(), ORG, BARE, judge=judge(database, model))
    assert model.asked == []


def test_a_job_that_a_stop_breaks_off_stays_requested_and_has_not_counted(database: Database) -> None:
    """However often a server is stopped, the analysis is not given up."""
    insights.generate(database, HeldJobs(), SCOPE, BARE, now=NOW, engine="judge")
    stopped = judge(database, Scripted())
    stopped.stop()
    for _ in range(insights.MAX_ATTEMPTS + 1):
        insights.analyse_stored(database, DatabaseBlobs(), ORG, BARE, judge=stopped)
    with database.read() as conn:
        stored = insights.get_analysis(conn, SCOPE, BARE)
    assert (stored.state, stored.engine) == ("started", "rules")
    insights.analyse_stored(database, DatabaseBlobs(), ORG, BARE, judge=judge(database, Scripted(NOTHING_FOUND)))
    with database.read() as conn:
        assert insights.get_analysis(conn, SCOPE, BARE).engine == "judge"


def test_what_was_spent_counts_for_whoever_comes_next(database: Database) -> None:
    """As after a restart."""
    ledger = StoredLedger(database)
    ledger.add("2026-01-31", Spending(tokens=10, usd=0.5))
    ledger.add("2026-01-31", Spending(tokens=5, usd=0.25))
    assert StoredLedger(database).spent("2026-01-31") == Spending(tokens=15, usd=0.75)
    assert StoredLedger(database).spent("2026-02-01") == Spending()


def test_over_the_days_budget_nothing_is_asked_and_the_reason_names_it(database: Database) -> None:
    model = Scripted()
    budgets = Budgets(tokens_per_session=1_000_000, usd_per_session=10_000, tokens_per_day=10, usd_per_day=10_000)
    stored = analyse(database, judge(database, model, budgets=budgets))
    assert stored.state == "failed"
    assert "HOTWASH_ANALYSIS_TOKENS_PER_DAY" in str(stored.error)
    assert model.asked == []


def test_answers_go_with_their_session(database: Database) -> None:
    analyse(database, judge(database, Scripted(NOTHING_FOUND)))
    with database.write() as conn:
        conn.execute(delete(t.sessions))
    assert answers(database) == []


def test_answers_to_what_a_session_was_before_it_grew_are_forgotten(database: Database) -> None:
    analyse(database, judge(database, Scripted(NOTHING_FOUND)))
    take_in(database, talk(4))
    analyse(database, judge(database, Scripted(debrief(outcome="achieved"))))
    assert answers(database) == [debrief(outcome="achieved")]


def test_an_answer_of_another_model_is_not_used(database: Database) -> None:
    with database.read() as conn:
        pk = sessions.get_session(conn, SCOPE, BARE).pk
    StoredAnswers(database, pk, "openai:a").put("abc", "{}")
    assert StoredAnswers(database, pk, "openai:a").find("abc") == "{}"
    assert StoredAnswers(database, pk, "openai:b").find("abc") is None


def test_an_answer_that_no_column_holds_is_not_kept(database: Database) -> None:
    with database.read() as conn:
        pk = sessions.get_session(conn, SCOPE, BARE).pk
    StoredAnswers(database, pk, "openai:a").put("abc", '{"a": "\x00"}')
    StoredAnswers(database, pk, "openai:a").put("abd", '{"a": "\ud800"}')
    assert answers(database) == []


def test_what_the_rules_or_another_model_analysed_is_stale_to_the_judge_alone(database: Database) -> None:
    first = judge(database, Scripted(NOTHING_FOUND))
    analyse(database, None)
    with database.read() as conn:
        assert insights.list_to_analyse(conn, SCOPE, every=False) == ()
        assert len(insights.list_to_analyse(conn, SCOPE, every=False, judge=first)) == 1
    analyse(database, first)
    other = Scripted()
    other.name = "openai:other"
    with database.read() as conn:
        assert insights.list_to_analyse(conn, SCOPE, every=False) == ()
        assert insights.list_to_analyse(conn, SCOPE, every=False, judge=first) == ()
        assert len(insights.list_to_analyse(conn, SCOPE, every=False, judge=judge(database, other))) == 1


def test_a_model_that_cannot_be_asked_fails_the_attempt(database: Database) -> None:
    class Unusable(Scripted):
        async def ask(self, *_: object) -> object:  # type: ignore[override]  # never answers
            raise ModelUnusable("the key is refused")

    stored = analyse(database, judge(database, Unusable()))
    assert (stored.state, stored.error) == ("failed", "the key is refused")
