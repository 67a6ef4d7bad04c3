"""An error is told by type and place, never by its words."""

from hotwash.kit.faults import describe


def test_an_error_is_told_by_type_and_place() -> None:
    try:
        raise KeyError("words of a transcript")
    except KeyError as error:
        told = describe(error)
    assert told.startswith("KeyError at test_faults.py:")
    assert told.endswith("in test_an_error_is_told_by_type_and_place")


def test_an_error_that_was_never_raised_has_a_type_alone() -> None:
    assert describe(ValueError("x")) == "ValueError"
