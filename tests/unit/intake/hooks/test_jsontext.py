"""Single places of a JSON text change; every other byte stays."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotwash.intake.hooks.jsontext import JsonText, Malformed

PATH = ("hooks", "SessionEnd")
OURS = {"command": "ours"}

SETTINGS = """{
    "model": "opus",
    "allow": ["Bash(ls:*)",   "Read"],
    "hooks": {
        "SessionEnd": [
            {"command": "theirs"}
        ]
    }
}
"""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_an_entry_is_added_and_all_else_stays_byte_for_byte() -> None:
    changed = JsonText(SETTINGS).appended(PATH, OURS)
    expected = SETTINGS.replace('"theirs"}\n', '"theirs"},\n            {\n                "command": "ours"\n            }\n')
    assert changed == expected


@pytest.mark.parametrize(
    "text", ["{}", "{}\n", '{"hooks": {}}', '{\n\t"hooks": {\n\t}\n}\n', '{"a":1,"hooks":{"SessionEnd":[]}}', '{\r\n  "a": 1\r\n}\r\n']
)
def test_missing_levels_are_made(text: str) -> None:
    changed = JsonText(text).appended(PATH, OURS)
    assert json.loads(changed) == {**json.loads(text), "hooks": {"SessionEnd": [OURS]}}
    assert ("\r\n" in changed) == ("\r\n" in text)
    assert "\n" not in changed.replace("\r\n", "") or "\r\n" not in text


def test_what_was_added_is_removed_and_what_became_empty_by_it() -> None:
    changed = JsonText(SETTINGS).appended(PATH, OURS)
    assert json.loads(JsonText(changed).without(PATH, lambda value: value == OURS)) == json.loads(SETTINGS)
    alone = JsonText('{\n  "a": 1\n}\n').appended(PATH, OURS)
    assert JsonText(alone).without(PATH, lambda value: value == OURS) == '{\n  "a": 1\n}\n'


def test_comments_and_a_trailing_comma_survive() -> None:
    text = '// mine\n{\n  /* why */ "hooks": {\n    "SessionEnd": [\n      1, // first\n    ],\n  },\n}\n'
    changed = JsonText(text, comments=True).appended(PATH, 2)
    assert JsonText(changed, comments=True).items(*PATH) == [1, 2]
    assert "// mine" in changed
    assert "// first" in changed
    assert JsonText(JsonText(changed, comments=True).without(PATH, lambda value: value == 2), comments=True).items(*PATH) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"a" 1}',
        '{"a": 1,}',
        '{"a": "cut',
        '{"a": nope}',
        "// note\n{}",
        '{"a": 1} x',
        '{"a": [' + "[" * 500,
        '{"hooks": 3}',
        '{"hooks": {"SessionEnd": {}}}',
    ],
)
def test_a_malformed_text_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        JsonText(text).appended(PATH, OURS)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.sampled_from([None, 1, 2, "\t"]))
def test_any_settings_gain_and_lose_an_entry_without_another_change(settings: dict[str, object], indent: int | str | None) -> None:
    settings.pop("hooks", None)
    text = json.dumps(settings, indent=indent)
    changed = JsonText(text).appended(PATH, OURS)
    assert json.loads(changed) == {**settings, "hooks": {"SessionEnd": [OURS]}}
    assert json.loads(JsonText(changed).without(PATH, lambda value: value == OURS)) == settings
