"""One list in a TOML text changes; every other byte stays."""

import tomllib

import pytest

from hotwash.intake.hooks import tomltext
from hotwash.intake.hooks.jsontext import Malformed

KEY = "notify"
NEW = ("/opt/hotwash", "hook", 'with "quotes" and \\')


def test_a_new_list_comes_before_all_tables() -> None:
    text = "# mine\n[tui]\nnotify = 3\n"
    changed = tomltext.with_strings(text, KEY, NEW)
    assert changed.endswith(text)
    assert tomltext.strings(changed, KEY) == NEW
    assert tomltext.with_strings(changed, KEY, None) == text


@pytest.mark.parametrize(
    "text",
    [
        'a = 1\nnotify = ["x", "y"]\nb = 2\n[t]\nc = 3\n',
        'notify = [\n  "x", # one\n  "]",\n]\n',
        "notify=['x']  # keep out\n",
        'a = """\nnotify = ["no"]\n"""\nnotify = ["yes"]\n',
        'notify = ["x"]\r\nb = 2\r\n',
    ],
)
def test_a_list_that_is_there_is_replaced_in_place(text: str) -> None:
    changed = tomltext.with_strings(text, KEY, NEW)
    assert tomltext.strings(changed, KEY) == NEW
    before, after = tomllib.loads(text), tomllib.loads(changed)
    assert {**before, KEY: 0} == {**after, KEY: 0}


@pytest.mark.parametrize(
    "text", ["notify = [", "notify = 3\n", 'notify = ["x", 1]\n', "a = 1\na = 2\n", "a = " + "[" * 5_000], ids=lambda text: text[:12]
)
def test_what_is_malformed_or_no_list_of_strings_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        tomltext.strings(text, KEY)


def test_a_form_that_cannot_be_changed_safely_is_refused() -> None:
    """A quoted key is as good in TOML, and rare."""
    with pytest.raises(Malformed, match="by hand"):
        tomltext.with_strings('"notify" = ["x"]\n', KEY, NEW)
