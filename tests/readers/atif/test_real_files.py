"""Real trajectories, where the folder with collected transcripts lies beside the repository."""

import json
from pathlib import Path
from typing import Any

import pytest

from hotwash.readers.atif import Atif
from hotwash.readers.detect import open_source
from hotwash.transcript import ToolCall, Usage, UsageReport

SHARED = Path(__file__).parents[3].parent / "shared" / "transcripts" / "atif"
TRAJECTORIES = sorted(SHARED.glob("**/*.json"))

pytestmark = pytest.mark.skipif(not TRAJECTORIES, reason="no folder of collected transcripts beside the repository")


@pytest.mark.parametrize("path", TRAJECTORIES, ids=lambda path: path.name)
def test_calls_and_tokens_agree_with_an_independent_count(path: Path) -> None:
    document = json.loads(path.read_text())
    own = [step for step in document["steps"] if not step.get("is_copied_context")]
    (transcript,) = Atif().read(open_source(path))
    assert sum(isinstance(event, ToolCall) for event in transcript.events) == sum(len(step.get("tool_calls") or []) for step in own)
    assert transcript.usage is not None
    prompt, completion, cost = _steps(own) if _has_subagents(own) else _totals(document["final_metrics"])
    assert transcript.usage.input + transcript.usage.cache_read == prompt
    assert transcript.usage.output == completion
    assert transcript.cost_usd == pytest.approx(cost)
    reports = [event.usage for event in transcript.events if isinstance(event, UsageReport)]
    assert sum(reports, start=Usage()) == transcript.usage


def _has_subagents(steps: list[dict[str, Any]]) -> bool:
    """Each is a file of its own, and the totals hold its tokens too."""
    results = [result for step in steps for result in (step.get("observation") or {}).get("results", ())]
    return any(result.get("subagent_trajectory_ref") for result in results)


def _steps(steps: list[dict[str, Any]]) -> tuple[int, int, float]:
    metrics = [step["metrics"] for step in steps if "metrics" in step]
    prompt, completion, cost = (sum(each[name] for each in metrics) for name in ("prompt_tokens", "completion_tokens", "cost_usd"))
    return prompt, completion, cost


def _totals(final: dict[str, Any]) -> tuple[int, int, float]:
    return final["total_prompt_tokens"], final["total_completion_tokens"], final["total_cost_usd"]
