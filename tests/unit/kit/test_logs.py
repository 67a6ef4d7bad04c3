"""Logs tell where a failure happened and never what it said."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from hotwash.kit import logs


@pytest.fixture(autouse=True)
def logging_put_back() -> Iterator[None]:
    """The process's logging as it was before."""
    root = logging.getLogger()
    handlers, level, raise_exceptions = root.handlers[:], root.level, logging.raiseExceptions
    yield
    root.handlers[:], root.level, logging.raiseExceptions = handlers, level, raise_exceptions
    structlog.reset_defaults()


def quote_a_transcript() -> None:
    raise ValueError("words of a transcript")


def test_a_failure_is_told_by_type_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    """A library's failure goes the same way as one of ours."""
    logs.configure()
    for log in (logging.getLogger("some.package").error, structlog.get_logger("hotwash").error):
        try:
            quote_a_transcript()
        except ValueError:
            log("it failed", exc_info=True)
        printed = capsys.readouterr().err
        line = json.loads(printed)
        assert (line["event"], line["level"], line["error"]) == ("it failed", "error", "builtins.ValueError")
        assert line["where"][-1].endswith("quote_a_transcript")
        assert "words of a transcript" not in printed


def test_libraries_are_heard_from_warnings_on(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logging.getLogger("some.package").info("chatter")
    assert capsys.readouterr().err == ""


def test_a_line_that_cannot_be_written_is_dropped_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    """Python's own complaint would print what was to be logged."""
    logs.configure()
    logging.getLogger("some.package").error("%d", "words of a transcript")
    assert "words of a transcript" not in capsys.readouterr().err
