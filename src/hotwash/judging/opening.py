"""A judge as the settings have it, ready to be asked."""

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
from pydantic import SecretStr

from hotwash.judging.budget import Budget
from hotwash.judging.command import Redact
from hotwash.judging.judge import Judge
from hotwash.judging.model import DEFAULT_LIMITS, Budgets, Ledger, Tariff, unpriced
from hotwash.judging.naming import Named, model_of, parse


class Options(Protocol):
    """The settings of the judge, or whatever carries them on."""

    @property
    def analysis_model(self) -> str | None: ...
    @property
    def analysis_base_url(self) -> str | None: ...
    @property
    def analysis_api_key(self) -> SecretStr | None: ...
    @property
    def analysis_timeout_s(self) -> float: ...
    @property
    def analysis_tokens_per_session(self) -> int: ...
    @property
    def analysis_usd_per_session(self) -> float: ...
    @property
    def analysis_tokens_per_day(self) -> int: ...
    @property
    def analysis_usd_per_day(self) -> float: ...


def named_model(options: Options) -> Named | None:
    """The model that is set; None where none is. Raises ModelUnusable for one that is none."""
    return parse(options.analysis_model, options.analysis_base_url) if options.analysis_model else None


def tariff_of(named: Named, price: Callable[[str], Tariff]) -> Tariff:
    """What the model's tokens cost."""
    return unpriced if named.priced_as is None else price(named.priced_as)


def open_judge(
    options: Options, named: Named, ledger: Ledger, *, price: Callable[[str], Tariff], env: Mapping[str, str], redact: Redact
) -> Judge:
    """Raises ModelUnusable, where a key is missing for one."""
    key = options.analysis_api_key.get_secret_value() if options.analysis_api_key else None
    budgets = Budgets(
        tokens_per_session=options.analysis_tokens_per_session,
        usd_per_session=options.analysis_usd_per_session,
        tokens_per_day=options.analysis_tokens_per_day,
        usd_per_day=options.analysis_usd_per_day,
    )
    return Judge(
        model_of(named, key=key, answer_s=options.analysis_timeout_s, env=env, redact=redact),
        Budget(budgets, ledger),
        tariff=tariff_of(named, price),
        limits=msgspec.structs.replace(DEFAULT_LIMITS, answer_s=options.analysis_timeout_s),
    )
