"""How answers are read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotwash.analysis.judge.model import UnusableAnswer
from hotwash.analysis.judge.replies import Debrief, Verdicts, read_debrief, read_verdicts, schema_of
from tests.unit.analysis.judge.replying import debrief, issue, verdict, verdicts


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```", "Here it is {{so to speak}}: {} I hope it helps."])
def test_an_answer_is_found_whatever_stands_around_it(around: str) -> None:
    answer = debrief(issue())
    read = read_debrief(around.replace("{}", "\0").replace("{{", "{").replace("}}", "}").replace("\0", answer))
    assert [i.kind for i in read.debrief.issues] == ["unverified_claim"]


@pytest.mark.parametrize(
    "answer",
    ["", "I cannot help with that.", debrief(issue())[:-40], "[]", '{"issues": []}', '{"outcome": "fine", "issues": []}', "{" * 5000],
)
def test_what_is_no_debrief_is_refused_with_a_sentence(answer: str) -> None:
    with pytest.raises(UnusableAnswer, match="answer with one JSON object"):
        read_debrief(answer)


def test_an_issue_that_is_not_of_the_shape_is_dropped_and_counted() -> None:
    read = read_debrief(debrief(issue(), issue(kind="laziness"), issue(places="everywhere")))
    assert (len(read.debrief.issues), read.malformed) == (1, 2)


def test_parts_that_are_missing_are_empty() -> None:
    assert read_debrief('{"outcome": "achieved", "issues": []}').debrief.phases == []


def test_verdicts_are_read_and_others_refused() -> None:
    assert [v.stands for v in read_verdicts(verdicts(verdict(1, stands=False), verdict(2, stands=True)))] == [False, True]
    with pytest.raises(UnusableAnswer):
        read_verdicts('{"verdicts": "all fine"}')


@pytest.mark.parametrize("answer", [Debrief, Verdicts])
def test_the_schema_is_strict_and_needs_no_references(answer: type[Debrief] | type[Verdicts]) -> None:
    schema = json.loads(json.dumps(schema_of(answer)))
    assert "$ref" not in json.dumps(schema)

    def check(node: object) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert node["additionalProperties"] is False
                assert sorted(node["required"]) == sorted(node["properties"])
            for value in node.values():
                check(value)
        elif isinstance(node, list):
            for value in node:
                check(value)

    check(schema)


@given(st.text(max_size=200))
def test_no_answer_breaks_the_reading(answer: str) -> None:
    for text in (answer, '{"issues": ' + answer, debrief()[: len(answer)]):
        assert _refusal(text) is None or "answer with one JSON object" in str(_refusal(text))


def _refusal(text: str) -> UnusableAnswer | None:
    try:
        read_debrief(text)
    except UnusableAnswer as refused:
        return refused
    return None
