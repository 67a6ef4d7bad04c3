"""Asking for a whole session: both passes, what is kept, what fails, what it took."""

import msgspec
import pytest

from hotwash.analysis.judge.engine import prepare
from hotwash.analysis.judge.model import Case
from hotwash.judging.budget import Budget
from hotwash.judging.judge import Judge
from hotwash.judging.model import Budgets, JudgeFailed, Limits, NoAnswer, NothingKept, OverBudget, PassingFailure, Spending
from hotwash.transcript import Usage
from tests.unit.analysis.builders import agent, session, user
from tests.unit.analysis.judge.replying import BROKEN_BUILD
from tests.unit.judging.doubles import GOOD, UPHELD, MemoryAnswers, MemoryLedger, Pauses, Scripted, busy, cent_a_token

AMPLE = Budgets(tokens_per_session=1_000_000, usd_per_session=10_000, tokens_per_day=1_000_000, usd_per_day=10_000)
NOON = 1_760_000_000.0
TODAY = "2025-10-09"
TWO_WINDOWS = 3_000
"""Characters of a window, so that LONG is two."""
LONG = session(user("Do it."), *(agent(f"Step {n}: {'word ' * 100}") for n in range(12)))


@pytest.fixture
def case() -> Case:
    return prepare(BROKEN_BUILD)


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


def judge(model: Scripted, ledger: MemoryLedger, *, pauses: Pauses | None = None, priced: bool = True, allowed: Budgets = AMPLE) -> Judge:
    tariff = cent_a_token if priced else (lambda _: None)
    return Judge(model, Budget(allowed, ledger, now=lambda: NOON), tariff=tariff, limits=Limits(tries=3), pause=pauses or Pauses())


def only(**budgets: float) -> Budgets:
    """Ample but for these."""
    return msgspec.structs.replace(AMPLE, **budgets)


def test_the_analysis_tells_what_it_took(case: Case, ledger: MemoryLedger) -> None:
    analysis = judge(Scripted(), ledger).ask(case, NothingKept())
    assert (analysis.engine, len(analysis.issues)) == ("judge", 1)
    assert analysis.judge is not None
    assert (analysis.judge.requests, analysis.judge.input_tokens, analysis.judge.output_tokens) == (2, 2000, 400)
    assert analysis.judge.usd == pytest.approx(24.0)
    assert ledger.spent(TODAY) == Spending(tokens=2400, usd=24.0)


def test_a_model_without_a_price_costs_an_unknown_amount_and_not_nothing(case: Case, ledger: MemoryLedger) -> None:
    analysis = judge(Scripted(), ledger, priced=False).ask(case, NothingKept())
    assert analysis.judge is not None
    assert analysis.judge.usd is None
    assert ledger.spent(TODAY).tokens == 2400


def test_a_model_that_does_not_tell_its_tokens_has_them_estimated(case: Case, ledger: MemoryLedger) -> None:
    analysis = judge(Scripted(usage=None), ledger).ask(case, NothingKept())
    assert analysis.judge is not None
    assert analysis.judge.tokens_estimated
    assert analysis.judge.input_tokens > len(case.requests[0].prompt) / 5
    assert ledger.spent(TODAY).tokens == analysis.judge.input_tokens + analysis.judge.output_tokens


def test_an_answer_that_was_paid_for_is_not_asked_for_again(case: Case, ledger: MemoryLedger) -> None:
    kept, model = MemoryAnswers(), Scripted()
    first = judge(model, ledger).ask(case, kept)
    second = judge(model, ledger).ask(case, kept)
    assert len(model.asked) == 2
    assert second.issues == first.issues
    assert second.judge is not None
    assert (second.judge.from_cache, second.judge.input_tokens, second.judge.usd) == (2, 0, None)
    assert ledger.spent(TODAY).tokens == 2400


def test_a_kept_answer_that_is_no_use_is_asked_for_anew(case: Case, ledger: MemoryLedger) -> None:
    kept, model = MemoryAnswers(), Scripted()
    kept.put(case.requests[0].id, "half an answ")
    assert len(judge(model, ledger).ask(case, kept).issues) == 1
    assert kept.find(case.requests[0].id) == GOOD


def test_an_answer_that_is_no_use_is_not_kept(case: Case, ledger: MemoryLedger) -> None:
    kept = MemoryAnswers()
    with pytest.raises(JudgeFailed):
        judge(Scripted("no", "no"), ledger).ask(case, kept)
    assert kept.texts == {}


def test_what_was_wrong_is_said_once(case: Case, ledger: MemoryLedger) -> None:
    model = Scripted("no JSON here")
    judge(model, ledger).ask(case, NothingKept())
    assert model.complaints[0] is None
    assert "no JSON object" in str(model.complaints[1])
    assert model.asked[0] == model.asked[1]


def test_a_passing_failure_is_waited_out_twice_as_long_each_time(case: Case, ledger: MemoryLedger) -> None:
    pauses = Pauses()
    judge(Scripted(busy(), busy(retry_after_s=9.0), GOOD, UPHELD), ledger, pauses=pauses).ask(case, NothingKept())
    assert pauses.taken == [1.0, 9.0]


def test_a_window_without_an_answer_is_counted_and_the_rest_concluded(ledger: MemoryLedger) -> None:
    case = prepare(LONG, window_chars=TWO_WINDOWS)
    assert len(case.requests) >= 2
    analysis = judge(Scripted(NoAnswer("openai:scripted answered 400")), ledger).ask(case, NothingKept())
    assert analysis.judge is not None
    assert analysis.judge.unanswered == 1


def test_no_answer_at_all_says_why(case: Case, ledger: MemoryLedger) -> None:
    with pytest.raises(JudgeFailed, match=r"openai:scripted answered none of 1 request: it would not"):
        judge(Scripted(NoAnswer("it would not")), ledger).ask(case, NothingKept())


def test_a_session_without_agent_is_not_asked_about(ledger: MemoryLedger) -> None:
    model = Scripted()
    with pytest.raises(JudgeFailed, match="nothing to judge"):
        judge(model, ledger).ask(prepare(session(user("Hello?"))), NothingKept())
    assert model.asked == []


@pytest.mark.parametrize(
    ("name", "value", "variable"),
    [
        ("tokens_per_session", 100, "HOTWASH_ANALYSIS_TOKENS_PER_SESSION"),
        ("usd_per_session", 0.01, "HOTWASH_ANALYSIS_USD_PER_SESSION"),
        ("tokens_per_day", 100, "HOTWASH_ANALYSIS_TOKENS_PER_DAY"),
        ("usd_per_day", 0.01, "HOTWASH_ANALYSIS_USD_PER_DAY"),
    ],
)
def test_what_would_go_over_a_budget_is_not_sent(case: Case, ledger: MemoryLedger, name: str, value: float, variable: str) -> None:
    model = Scripted()
    with pytest.raises(OverBudget, match=variable):
        judge(model, ledger, allowed=only(**{name: value})).ask(case, NothingKept())
    assert model.asked == []
    assert ledger.days == {}


def test_what_was_spent_before_counts_for_the_day_and_not_the_next(case: Case, ledger: MemoryLedger) -> None:
    ledger.add(TODAY, Spending(tokens=95_000))
    with pytest.raises(OverBudget, match="PER_DAY"):
        judge(Scripted(), ledger, allowed=only(tokens_per_day=100_000)).ask(case, NothingKept())
    tomorrow = Judge(Scripted(), Budget(only(tokens_per_day=100_000), ledger, now=lambda: NOON + 86_400))
    assert len(tomorrow.ask(case, NothingKept()).issues) == 1


def test_an_answer_that_took_more_than_was_thought_stops_the_rest_and_is_kept(case: Case, ledger: MemoryLedger) -> None:
    """A model that thinks long uses more than any estimate; raising the budget then pays only for what is missing."""
    kept, model = MemoryAnswers(), Scripted(usage=Usage(input=1000, output=90_000))
    with pytest.raises(OverBudget, match="TOKENS_PER_SESSION"):
        judge(model, ledger, allowed=only(tokens_per_session=60_000)).ask(case, kept)
    assert ledger.spent(TODAY).tokens == 91_000
    judge(Scripted(), ledger).ask(case, kept)
    assert len(model.asked) == 1


def test_what_is_kept_needs_no_budget(case: Case, ledger: MemoryLedger) -> None:
    kept = MemoryAnswers()
    judge(Scripted(), ledger).ask(case, kept)
    assert len(judge(Scripted(), ledger, allowed=only(tokens_per_day=1)).ask(case, kept).issues) == 1


def test_a_timeout_counts_what_the_model_had_read(case: Case, ledger: MemoryLedger) -> None:
    late = PassingFailure("too late", may_be_billed=True)
    with pytest.raises(JudgeFailed):
        judge(Scripted(late, late, late), ledger).ask(case, NothingKept())
    assert ledger.spent(TODAY).tokens > 0
