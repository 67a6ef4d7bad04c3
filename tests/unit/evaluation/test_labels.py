"""Label files: what is read, what is refused, and with which words."""

import pytest

from hotwash.errors import InvalidInput
from hotwash.evaluation.labels import Label, encode_labels, parse_labels
from tests.unit.evaluation.builders import issue


def test_labels_of_one_session_come_together_by_reader() -> None:
    """Whatever order the lines stand in; blank lines are nothing."""
    lines = b'{"file": "x.jsonl", "reader": "b"}\n\n{"file": "w.jsonl"}\n{"file": "x.jsonl", "reader": "a"}\n'
    assert [(s.name, [label.reader for label in s.labels]) for s in parse_labels(lines, "l")] == [
        ("w.jsonl", ["a"]),
        ("x.jsonl", ["a", "b"]),
    ]


def test_the_later_label_of_a_reader_stands() -> None:
    """A reader may change their mind by adding a line."""
    lines = b'{"file": "x", "outcome": "partly"}\n{"file": "x", "outcome": "achieved"}\n'
    assert [label.outcome for label in parse_labels(lines, "l")[0].labels] == ["achieved"]


def test_a_part_that_is_left_out_is_not_the_same_as_an_empty_one() -> None:
    """Not looked at, against looked at and nothing there."""
    session = parse_labels(b'{"file": "x", "issues": []}', "l")[0]
    assert session.labels[0].issues == ()
    assert session.labels[0].late_facts is None


def test_what_a_label_says_beyond_the_measured_is_left_alone() -> None:
    """Summaries, languages and tools are for people."""
    assert parse_labels(b'{"file": "x", "summary": "short", "languages": ["Go"]}', "l")[0].name == "x"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"file": "x"}\nnot json\n', "line 2"),
        (b'{"file": "x", "outcome": "splendid"}', "line 1"),
        (b'{"file": "x", "issues": [{"kind": "loop", "records": [[1]]}]}', "line 1"),
        (b'{"outcome": "partly"}', "names no session"),
        (b'{"file": "\xff"}', "line 1"),
        (b"[" * 100_000, "line 1"),
        (b"\n", "holds no labels"),
    ],
)
def test_a_broken_label_is_refused_with_its_line(data: bytes, says: str) -> None:
    """A label that is silently skipped would make figures that look better or worse than they are."""
    with pytest.raises(InvalidInput, match=says) as refused:
        parse_labels(data, "labels.jsonl")
    assert "labels.jsonl" in refused.value.sentence


def test_written_labels_are_read_back_the_same() -> None:
    """Parts that were not looked at stay so."""
    label = Label(session_id="5" * 32, reader="people", rejected=(issue("loop", 3, 9, "low"),))
    assert parse_labels(encode_labels([label]), "l")[0].labels == (label,)
