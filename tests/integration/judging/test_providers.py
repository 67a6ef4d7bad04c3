"""Models over HTTP, against servers that behave and servers that do not: both protocols, every failure in one sentence, no more asking than sensible."""

import json

import msgspec
import pytest

from hotwash.analysis.judge.engine import prepare
from hotwash.analysis.judge.model import Case
from hotwash.analysis.model import Analysis
from hotwash.judging.budget import Budget
from hotwash.judging.endpoint import Endpoint
from hotwash.judging.judge import Judge
from hotwash.judging.model import Budgets, JudgeFailed, JudgeStopped, Limits, ModelUnusable, NothingKept
from hotwash.judging.providers import ProviderModel
from tests.integration.judging.servers import (
    KEY,
    PATHS,
    Asked,
    Handler,
    Script,
    Server,
    Step,
    babbles,
    breaks_off,
    fails,
    hangs,
    refuses,
    says,
    serving,
)
from tests.unit.analysis.judge.replying import BROKEN_BUILD, debrief, issue
from tests.unit.judging.doubles import GOOD, UPHELD, MemoryLedger, Pauses

PROVIDERS = ("openai", "anthropic")
MODELS = {"openai": "gpt-5.5", "anthropic": "claude-sonnet-5-5"}
AMPLE = Budgets(tokens_per_session=1_000_000, usd_per_session=10, tokens_per_day=1_000_000, usd_per_day=10)


@pytest.fixture
def case() -> Case:
    return prepare(BROKEN_BUILD)


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def endpoint(provider: str, base_url: str, **changes: object) -> Endpoint:
    made = Endpoint(provider=provider, model=MODELS[provider], base_url=base_url, key=KEY, answer_s=10)
    return msgspec.structs.replace(made, **changes)


def ask(
    case: Case, server: Server, provider: str, *, pauses: Pauses | None = None, ledger: MemoryLedger | None = None, answer_s: float = 10
) -> Analysis:
    model = ProviderModel(endpoint(provider, server.base_url(provider), answer_s=answer_s))
    judge = Judge(model, Budget(AMPLE, ledger or MemoryLedger()), limits=Limits(tries=3), pause=pauses or Pauses())
    return judge.ask(case, NothingKept())


def spent_in(ledger: MemoryLedger) -> int:
    """Tokens of all days: a test may run over midnight."""
    return sum(spending.tokens for spending in ledger.days.values())


FINDS = says(GOOD)
UPHOLDS = says(UPHELD)


def well(first: Step = FINDS, second: Step = UPHOLDS) -> Script:
    return lambda _, asked: second if asked.is_refutation else first


def in_turn(*steps: Step) -> Script:
    """One step after the other, the last for good."""
    return lambda number, _: steps[min(number, len(steps)) - 1]


def test_both_passes_are_asked_and_paid_for(case: Case, provider: str) -> None:
    """The schema goes along, no tool does, and the analysis says who judged and what it took."""
    ledger = MemoryLedger()
    with serving(well()) as server:
        analysis = ask(case, server, provider, ledger=ledger)
    assert [found.what for found in analysis.issues] == ["The agent says that all tests pass although the only run failed."]
    assert analysis.judge is not None
    assert (analysis.judge.model, analysis.judge.requests) == (f"{provider}:{MODELS[provider]}", 2)
    assert (analysis.judge.input_tokens, analysis.judge.output_tokens, analysis.judge.tokens_estimated) == (2000, 400, False)
    assert spent_in(ledger) == 2400
    first, second = server.asked
    assert not first.is_refutation
    assert second.is_refutation
    assert "All tests pass now, the flag is done." in first.text
    assert "tools" not in first.body
    assert first.key == KEY
    assert schema_of(first)["required"]


def schema_of(asked: Asked) -> dict[str, object]:
    """The JSON schema that the server was given."""
    if asked.provider == "openai":
        return dict(asked.body["response_format"]["json_schema"]["schema"])  # type: ignore[index]  # JSON that a test looks into
    return dict(asked.body["output_config"]["format"]["schema"])  # type: ignore[index]  # as above


def test_a_claim_that_is_not_in_the_session_is_dropped(case: Case, provider: str) -> None:
    """A model that makes up a quote gains nothing by it."""
    lie = issue({"first": 6, "last": 6, "quote": "I deleted the production database"}, what="It deleted the database.")
    with serving(well(says(debrief(lie, issue())))) as server:
        analysis = ask(case, server, provider)
    assert [found.what for found in analysis.issues] == ["The agent says that all tests pass although the only run failed."]
    assert analysis.dropped.quotes >= 1


def test_tokens_that_a_server_does_not_tell_are_estimated_and_count(case: Case, provider: str) -> None:
    """Otherwise no budget would hold for such a server."""
    ledger = MemoryLedger()
    with serving(well(says(GOOD, tokens=None), says(UPHELD, tokens=None))) as server:
        analysis = ask(case, server, provider, ledger=ledger)
    assert analysis.judge is not None
    assert analysis.judge.tokens_estimated
    assert analysis.judge.input_tokens > 1000
    assert spent_in(ledger) == analysis.judge.input_tokens + analysis.judge.output_tokens


def test_an_answer_that_is_no_use_is_asked_for_once_more_with_what_was_wrong(case: Case, provider: str) -> None:
    with serving(in_turn(says("I would rather chat."), says(GOOD), says(UPHELD))) as server:
        analysis = ask(case, server, provider)
    assert len(analysis.issues) == 1
    assert "could not be used" not in server.asked[0].text
    assert "could not be used" in server.asked[1].text


def test_an_answer_that_was_cut_short_is_no_use_either(case: Case, provider: str) -> None:
    """The limit of tokens ends some answers in the middle."""
    with serving(in_turn(says(GOOD[: len(GOOD) // 2], finish="length"), says(GOOD), says(UPHELD))) as server:
        assert len(ask(case, server, provider).issues) == 1


def test_a_model_that_never_answers_in_json_is_given_up_after_two_answers(case: Case, provider: str) -> None:
    with serving(in_turn(says("No."))) as server, pytest.raises(JudgeFailed, match="answered none of 1 request"):
        ask(case, server, provider)
    assert len(server.asked) == 2


def test_a_refusal_is_not_argued_with(case: Case, provider: str) -> None:
    with serving(in_turn(refuses)) as server, pytest.raises(JudgeFailed, match="refused to answer"):
        ask(case, server, provider)
    assert len(server.asked) == 1


def test_a_second_pass_without_an_answer_leaves_the_issues_and_is_counted(case: Case, provider: str) -> None:
    with serving(well(second=says("No."))) as server:
        analysis = ask(case, server, provider)
    assert len(analysis.issues) == 1
    assert analysis.judge is not None
    assert analysis.judge.unanswered == 1


def test_a_busy_server_is_waited_for_as_long_as_it_asks(case: Case, provider: str) -> None:
    pauses = Pauses()
    busy = fails(429, "rate_limit_error", {"retry-after": "7"})
    with serving(in_turn(busy, says(GOOD), says(UPHELD))) as server:
        analysis = ask(case, server, provider, pauses=pauses)
    assert len(analysis.issues) == 1
    assert pauses.taken == [7.0]


def test_a_server_that_asks_for_an_hour_is_not_waited_for(case: Case, provider: str) -> None:
    pauses = Pauses()
    with (
        serving(in_turn(fails(429, "rate_limit_error", {"retry-after": "3600"}))) as server,
        pytest.raises(JudgeFailed, match="wait 3600 s"),
    ):
        ask(case, server, provider, pauses=pauses)
    assert pauses.taken == []
    assert len(server.asked) == 1


@pytest.mark.parametrize("trouble", [fails(503, "overloaded"), fails(500, "api_error"), breaks_off, babbles])
def test_a_server_in_trouble_is_asked_again_a_little_later(case: Case, provider: str, trouble: Step) -> None:
    """Twice as much later each time."""
    pauses = Pauses()
    with serving(in_turn(trouble, trouble, says(GOOD), says(UPHELD))) as server:
        analysis = ask(case, server, provider, pauses=pauses)
    assert len(analysis.issues) == 1
    assert pauses.taken == [1.0, 2.0]


@pytest.mark.parametrize(
    "body", ["{}", "[]", "null", "7", '{"content": null, "choices": null}', '{"content": [5], "choices": [{"message": 5}]}']
)
def test_json_of_another_shape_is_told_as_no_answer(case: Case, provider: str, body: str) -> None:
    """A server of one's own that speaks something else, or a proxy's page of its own."""
    script: Script = lambda *_: lambda handler, _: handler.write(200, body.encode())  # noqa: E731 - a step in a script
    with serving(script) as server, pytest.raises(JudgeFailed, match="answered none of 1 request"):
        ask(case, server, provider)


@pytest.mark.parametrize("trouble", [fails(502, "api_error"), breaks_off, babbles])
def test_a_server_that_stays_in_trouble_is_given_up(case: Case, provider: str, trouble: Step) -> None:
    with serving(in_turn(trouble)) as server, pytest.raises(JudgeFailed, match=r"asked 3 times"):
        ask(case, server, provider)
    assert len(server.asked) == 3


def test_a_server_that_says_nothing_is_left_in_time(case: Case, provider: str) -> None:
    """What it may have read counts towards the budget."""
    ledger = MemoryLedger()
    with serving(in_turn(hangs)) as server, pytest.raises(JudgeFailed, match="did not answer within"):
        ask(case, server, provider, answer_s=0.2, ledger=ledger)
    assert len(server.asked) == 3
    assert spent_in(ledger) > 0


def test_a_wrong_key_ends_the_attempt_at_once_and_is_not_shown(case: Case, provider: str) -> None:
    refused = fails(401, "authentication_error", message=f"Incorrect API key provided: {KEY}")
    with serving(in_turn(refused)) as server, pytest.raises(ModelUnusable) as raised:
        ask(case, server, provider)
    assert "401" in raised.value.sentence
    assert KEY not in raised.value.sentence
    assert len(server.asked) == 1


@pytest.mark.parametrize(("status", "kind"), [(404, "not_found_error"), (402, "billing_error")])
def test_what_asking_again_cannot_mend_ends_the_attempt(case: Case, provider: str, status: int, kind: str) -> None:
    with serving(in_turn(fails(status, kind))) as server, pytest.raises(ModelUnusable):
        ask(case, server, provider)
    assert len(server.asked) == 1


def test_a_request_that_is_refused_as_such_is_not_repeated_and_its_words_are_not_shown(case: Case, provider: str) -> None:
    """A provider may quote in its complaint what it was sent."""
    bad = fails(400, "invalid_request_error", message="cannot parse: All tests pass now")
    with serving(in_turn(bad)) as server, pytest.raises(JudgeFailed, match=r"400 \(invalid_request_error\)") as raised:
        ask(case, server, provider)
    assert "All tests" not in raised.value.sentence
    assert len(server.asked) == 1


def test_a_session_goes_to_no_other_address_than_the_one_that_was_set(case: Case, provider: str) -> None:
    with serving(well()) as elsewhere:

        def sends_on(handler: Handler, asked: Asked) -> None:
            handler.write(307, b"", {"location": elsewhere.base_url("anthropic") + PATHS[provider]})

        with serving(in_turn(sends_on)) as server, pytest.raises(JudgeFailed, match="not of its protocol"):
            ask(case, server, provider)
        assert elsewhere.asked == []


def test_a_server_that_is_not_there_is_told_of(case: Case, provider: str) -> None:
    with serving(well()) as server:
        base_url = server.base_url(provider)
    judge = Judge(ProviderModel(endpoint(provider, base_url)), Budget(AMPLE, MemoryLedger()), limits=Limits(tries=2), pause=Pauses())
    with pytest.raises(JudgeFailed, match="cannot be reached"):
        judge.ask(case, NothingKept())


def test_a_server_of_ones_own_needs_no_key(case: Case, provider: str) -> None:
    with serving(well()) as server:
        judge = Judge(ProviderModel(endpoint(provider, server.base_url(provider), key=None)), Budget(AMPLE, MemoryLedger()), pause=Pauses())
        assert len(judge.ask(case, NothingKept()).issues) == 1


def test_a_model_that_takes_no_schema_is_told_it_in_words(case: Case) -> None:
    """Older models of Anthropic."""
    with serving(well()) as server:
        model = ProviderModel(endpoint("anthropic", server.base_url("anthropic"), model="claude-3-5-haiku-latest"))
        Judge(model, Budget(AMPLE, MemoryLedger()), pause=Pauses()).ask(case, NothingKept())
    assert "output_config" not in server.asked[0].body
    assert json.dumps("late_facts")[1:-1] in server.asked[0].text


def test_stopping_breaks_off_what_is_under_way(case: Case, provider: str) -> None:
    """A server that shuts down does not wait ten minutes for an answer."""
    judges: list[Judge] = []

    def stop_then_hang(handler: Handler, asked: Asked) -> None:
        judges[0].stop()
        hangs(handler, asked)

    with serving(lambda *_: stop_then_hang) as server:
        judges.append(Judge(ProviderModel(endpoint(provider, server.base_url(provider))), Budget(AMPLE, MemoryLedger()), pause=Pauses()))
        with pytest.raises(JudgeStopped):
            judges[0].ask(case, NothingKept())
        with pytest.raises(JudgeStopped):
            judges[0].ask(case, NothingKept())
