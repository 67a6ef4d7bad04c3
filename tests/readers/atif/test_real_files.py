"""Real trajectories, where the folder with collected transcripts lies beside the repository."""

import json
from pathlib import Path

import pytest

from hotwash.readers.atif import Atif
from hotwash.readers.detect import open_source
from hotwash.transcript import ToolCall, UsageReport

SHARED = Path(__file__).parents[3].parent / "shared" / "transcripts" / "atif"
TRAJECTORIES = sorted(SHARED.glob("**/*.json"))

pytestmark = pytest.mark.skipif(not TRAJECTORIES, reason="no folder of collected transcripts beside the repository")


@pytest.mark.parametrize("path", TRAJECTORIES, ids=lambda path: path.name)
def test_calls_and_tokens_agree_with_an_independent_count(path: Path) -> None:
    own = [step for step in json.loads(path.read_text())["steps"] if not step.get("is_copied_context")]
    (transcript,) = Atif().read(open_source(path))
    assert sum(isinstance(event, ToolCall) for event in transcript.events) == sum(len(step.get("tool_calls") or []) for step in own)
    assert transcript.usage is not None
    metrics = [step["metrics"] for step in own if "metrics" in step]
    assert transcript.usage.input + transcript.usage.cache_read == sum(each["prompt_tokens"] for each in metrics)
    assert transcript.usage.output == sum(each["completion_tokens"] for each in metrics)
    assert transcript.cost_usd == pytest.approx(sum(each["cost_usd"] for each in metrics))
    assert sum(isinstance(event, UsageReport) for event in transcript.events) == len(metrics)
