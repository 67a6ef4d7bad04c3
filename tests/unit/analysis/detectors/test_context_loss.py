"""What compaction and the context limit cost."""

from hotwash.analysis.detectors.context_loss import ContextLossDetector
from tests.unit.analysis.builders import agent, edit, life, read, shell, user
from tests.unit.analysis.detectors.finding import findings

FILES = [read(f"src/{name}.py", "text") for name in "abcd"]
COMPACTION = life("compaction", "compacted")


def test_files_read_again_after_a_compaction_are_an_issue() -> None:
    (found,) = findings(ContextLossDetector(), user("go"), *FILES, COMPACTION, *FILES[:3], agent("Now I know."))
    assert found.label == "3 files read again after compaction"
    assert "a.py, b.py, c.py" in found.what


def test_a_glance_at_two_files_is_care() -> None:
    assert findings(ContextLossDetector(), user("go"), *FILES, COMPACTION, *FILES[:2]) == []


def test_files_about_to_be_changed_are_rightly_read_again() -> None:
    changes = [edit(f"src/{name}.py", "a", "b") for name in "abc"]
    assert findings(ContextLossDetector(), user("go"), *FILES, COMPACTION, *FILES[:3], *changes) == []


def test_a_session_that_ends_at_the_context_limit_is_grave() -> None:
    limit = life("context_limit", "Prompt is too long")
    (ended,) = findings(ContextLossDetector(), user("go"), shell("ls", "a"), limit)
    (went_on,) = findings(ContextLossDetector(), user("go"), shell("ls", "a"), limit, shell("ls", "a"))
    assert (ended.severity, went_on.severity) == ("high", "medium")
