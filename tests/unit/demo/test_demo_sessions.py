"""The demo sessions are what they claim to be: readable files of the real formats, each with a story of its own."""

from importlib import resources
from pathlib import Path

import pytest

from hotwash.analysis import rules
from hotwash.analysis.model import Analysis
from hotwash.insights.metrics import measure
from hotwash.readers.detect import open_source, read_source, session_files
from hotwash.transcript import Transcript

FOLDER = Path(str(resources.files("hotwash.demo") / "sessions"))
FILES = tuple(session_files(FOLDER))

STORIES = {
    "linter-missing.jsonl": {"environment"},
    "registry-token-expired.jsonl": {"access"},
    "invoice-rounding.jsonl": {"failing_check"},
    "forced-push.jsonl": {"unsafe_action", "misunderstanding"},
    "patch-does-not-match.jsonl": {"tool_use"},
    "forgotten-after-compaction.jsonl": {"context_loss", "misunderstanding"},
    "carrier-api-limits.jsonl": {"service", "interruption"},
    "since-option.json": set(),
}
"""The issue kinds that a reader of the story would name first."""


def transcript(path: Path) -> Transcript:
    (only,) = read_source(open_source(path))
    return only


def analysis(path: Path) -> Analysis:
    read = transcript(path)
    return rules.analyse(read, acus=measure(read).acus)


def test_there_are_sessions_of_three_agents_and_a_subagent() -> None:
    read = [transcript(path) for path in FILES]
    assert sum(one.parent_native_id is None for one in read) == len(STORIES) == 8
    assert {one.format for one in read} == {"claude-code", "codex", "atif"}
    assert sum(one.parent_native_id is not None for one in read) == 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_demo_session_is_read_without_a_warning_and_priced(path: Path) -> None:
    read = transcript(path)
    assert read.warnings == ()
    metrics = measure(read)
    assert (metrics.acu_basis, metrics.unpriced_models) == ("cost", ())
    assert metrics.active_s


@pytest.mark.parametrize("name", STORIES)
def test_a_demo_session_shows_the_issues_of_its_story(name: str) -> None:
    (path,) = (path for path in FILES if path.name == name)
    found = {issue.kind for issue in analysis(path).issues}
    assert found >= STORIES[name]
    if not STORIES[name]:
        assert not found


def test_the_demo_shows_different_outcomes() -> None:
    outcomes = {analysis(path).outcome for path in FILES}
    assert {"achieved", "partly", "not_achieved"} <= outcomes
