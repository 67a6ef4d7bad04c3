"""Settings from the environment: taken, or refused in a sentence that names the variable."""

import pytest

from hotwash.settings import InsightsSettings, InvalidSetting, PushSettings, ServerSettings, StoreSettings


@pytest.mark.parametrize(
    ("kind", "name", "value", "reason"),
    [
        (ServerSettings, "HOTWASH_PORT", "abc", "valid integer"),
        (ServerSettings, "HOTWASH_PORT", "70000", "65535"),
        (InsightsSettings, "HOTWASH_CONTENT", "some", "'full' or 'metrics'"),
        (InsightsSettings, "HOTWASH_SIZE_THRESHOLDS", "2,5", "four numbers"),
        (InsightsSettings, "HOTWASH_SIZE_THRESHOLDS", "[1, 2]", "four numbers"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_the_variables_name(
    monkeypatch: pytest.MonkeyPatch, kind: type[StoreSettings | ServerSettings | InsightsSettings], name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSetting, match=f"^{name}: ") as raised:
        kind()
    assert reason in raised.value.sentence
    assert raised.value.exit_code == 2


def test_values_of_the_environment_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTWASH_SIZE_THRESHOLDS", "[1, 2, 3, 4]")
    monkeypatch.setenv("HOTWASH_TOKEN", "cog_made_up")
    assert InsightsSettings().size_thresholds == (1, 2, 3, 4)
    token = PushSettings().token
    assert token is not None
    assert token.get_secret_value() == "cog_made_up"
