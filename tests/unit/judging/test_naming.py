"""What HOTWASH_ANALYSIS_MODEL may say, which key goes where, and how much text is how many tokens."""

import pytest

from hotwash.analysis.judge.engine import prepare
from hotwash.judging.command import CommandModel
from hotwash.judging.estimating import both_passes, estimate, tokens_of
from hotwash.judging.model import Model, ModelUnusable, unpriced
from hotwash.judging.naming import check_installed, model_of, parse
from hotwash.judging.workplace import is_workplace, workplace
from tests.unit.analysis.judge.replying import BROKEN_BUILD
from tests.unit.judging.doubles import cent_a_token

OWN_KEYS = {"OPENAI_API_KEY": "sk-own", "ANTHROPIC_API_KEY": "sk-ant-own"}


def model(name: str, base_url: str | None = None, key: str | None = None, env: dict[str, str] | None = None) -> Model:
    return model_of(parse(name, base_url), key=key, answer_s=1, env=OWN_KEYS if env is None else env, redact=str)


@pytest.mark.parametrize("name", ["", "gpt-5", "openai:", "openai", "google:gemini-3", "command:", "command:  "])
def test_what_names_no_model_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(ModelUnusable, match=r"HOTWASH_ANALYSIS_MODEL names no model; write openai:NAME"):
        parse(name)


def test_names_may_hold_colons_and_slashes() -> None:
    assert model("openai:qwen3:32b", "http://127.0.0.1:11434/v1").name == "openai:qwen3:32b"
    assert parse("openai:meta/llama-4", "https://proxy.example.com").rest == "meta/llama-4"


def test_a_command_is_kept_as_it_is() -> None:
    asked = model("command:claude -p --model 'some model'")
    assert isinstance(asked, CommandModel)
    assert asked.name == "command:claude -p --model 'some model'"


@pytest.mark.parametrize("name", ["openai:gpt-5.5", "anthropic:claude-sonnet-5-5"])
def test_the_providers_own_address_needs_a_key(name: str) -> None:
    with pytest.raises(ModelUnusable, match=r"needs a key; put it into (OPENAI|ANTHROPIC)_API_KEY or HOTWASH_ANALYSIS_API_KEY"):
        model(name, env={})
    assert model(name).name == name
    assert model(name, key="given", env={}).name == name


def test_only_models_that_somebody_is_billed_for_here_have_a_price() -> None:
    assert parse("openai:gpt-5.5").priced_as == "gpt-5.5"
    assert parse("openai:gpt-5.5", "https://proxy.example.com/v1").priced_as == "gpt-5.5"
    assert parse("openai:gpt-oss-120b", "http://localhost:8000/v1").priced_as is None
    assert parse("command:claude -p").priced_as is None


def test_what_is_not_installed_is_told_without_asking_anybody() -> None:
    check_installed(parse("command:sh -c true"))
    check_installed(parse("openai:gpt-5.5"))
    with pytest.raises(ModelUnusable, match="no program `no-such-agent`"):
        check_installed(parse("command:/opt/no-such-agent -p"))


def test_an_estimate_counts_what_is_sent_and_what_may_come_back() -> None:
    (request,) = prepare(BROKEN_BUILD).requests
    taken = estimate(request, cent_a_token)
    assert taken.input_tokens == tokens_of(request.as_text)
    assert taken.usd == pytest.approx((taken.input_tokens + taken.output_tokens) / 100)
    assert estimate(request, unpriced).usd is None
    assert both_passes([request], cent_a_token).input_tokens == 2 * taken.input_tokens
    assert both_passes([request], unpriced).usd is None


def test_other_scripts_take_more_tokens_a_character() -> None:
    assert tokens_of("word " * 100) < 200
    assert tokens_of("字" * 100) >= 80


def test_only_our_own_folders_are_taken_for_ours() -> None:
    with workplace() as folder:
        assert is_workplace(str(folder))
        assert is_workplace(f"{folder}/below")
        assert is_workplace(str(folder).replace("/", "\\"))
    assert not is_workplace("/home/me/hotwash-judge-tests")
    assert not is_workplace("/home/me/hotwash-judge-")
    assert not is_workplace("")
