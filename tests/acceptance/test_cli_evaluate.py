"""`hotwash evaluate` as a user runs it, and beside the reference scorer of the labelled sessions where that lies at hand."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from bench.generate import claude_session
from hotwash.evaluation.figures import Figure
from tests.acceptance.command import hotwash

SHARED = Path(__file__).parents[2].parent / "shared"
LABELS = SHARED / "evaluation/labels.jsonl"
SCORER = SHARED / "evaluation/score.py"
TRANSCRIPTS = SHARED / "transcripts"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.jsonl").write_bytes(claude_session(1, 20_000))
    (tmp_path / "other.jsonl").write_text('{"hello": "world"}\n{"hello": "again"}\n')
    return tmp_path


def _labels(folder: Path, *labels: Mapping[str, object]) -> Path:
    path = folder / "labels"
    path.write_text("".join(json.dumps(label) + "\n" for label in labels))
    return path


def test_figures_come_with_interval_and_constant_rule(folder: Path) -> None:
    """As a table for people; single kinds only where asked for."""
    labels = _labels(folder, {"file": "good.jsonl", "outcome": "achieved", "issues": [{"kind": "loop", "records": [[1, 2]]}]})
    done = hotwash("evaluate", labels, "--transcripts", folder)
    assert done.returncode == 0
    assert done.stdout.startswith("1 session measured\n")
    assert "constant" in done.stdout
    assert re.search(r"^outcome +[01]\.000", done.stdout, re.MULTILINE)
    assert "issues: loop" not in done.stdout
    assert "issues: loop" in hotwash("evaluate", labels, "--transcripts", folder, "--by-kind").stdout


def test_what_cannot_be_read_is_said_and_counts_in_no_figure(folder: Path) -> None:
    """A format without a reader, a file that is missing: the others are measured, the exit code is 1."""
    labels = _labels(folder, *({"file": name, "outcome": "achieved"} for name in ("good.jsonl", "other.jsonl", "gone.jsonl")))
    done = hotwash("evaluate", labels, "--transcripts", folder, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["sessions"] == 1
    assert set(found["not_measured"]) == {"other.jsonl", "gone.jsonl"}
    assert next(f["labelled"] for f in found["figures"] if f["name"] == "outcome") == 1
    assert done.stderr.count("not measured: ") == 2


@pytest.mark.parametrize("words", [("--engine", "magic"), ("--transcripts", "nowhere")])
def test_wrong_usage_is_one_line(words: tuple[str, str], folder: Path) -> None:
    """And exit code 2."""
    labels = _labels(folder, {"file": "good.jsonl"})
    done = hotwash("evaluate", labels, "--transcripts", folder, *words)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_a_broken_label_is_one_line_with_its_number(folder: Path) -> None:
    """Figures over half of the labels would mislead."""
    (folder / "labels").write_text('{"file": "good.jsonl"}\n{"file": ')
    done = hotwash("evaluate", folder / "labels", "--transcripts", folder)
    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not SCORER.exists(), reason="the labelled sessions are not beside this repository")
def test_every_figure_is_the_one_of_the_reference_scorer(tmp_path: Path) -> None:
    """Counts, precision, recall, F1 and interval, of every measure, over all labelled sessions that can be read."""
    ours = json.loads(hotwash("evaluate", LABELS, "--transcripts", TRANSCRIPTS, "--by-kind", "--json").stdout)
    names = sorted({json.loads(line)["file"] for line in LABELS.read_text(encoding="utf-8").splitlines()} - set(ours["not_measured"]))
    (tmp_path / "names").write_text("\n".join(names))
    (tmp_path / "predictions.json").write_text(hotwash("analyze", *(TRANSCRIPTS / name for name in names), "--json").stdout)
    words = [SCORER, LABELS, tmp_path / "predictions.json", "--only", tmp_path / "names"]
    theirs = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=True).stdout
    assert f"{ours['sessions']} sessions" in theirs
    assert {figure.name: _as_printed(figure) for figure in msgspec.convert(ours["figures"], list[Figure])} == _rows(theirs)


def _as_printed(figure: Figure) -> tuple[str, ...]:
    def three(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    interval = "[{:.2f}, {:.2f}]".format(*figure.interval) if figure.interval else ""
    return (
        three(figure.precision),
        three(figure.recall),
        three(figure.f1),
        interval,
        f"{figure.hits}/{figure.predicted}/{figure.labelled}",
    )


def _rows(table: str) -> dict[str, tuple[str, ...]]:
    row = re.compile(r"^(\S.*?) {2,}(–|[\d.]+) +(–|[\d.]+) +(–|[\d.]+) +(\[.*?\])? *(\d+/\d+/\d+)$", re.MULTILINE)
    return {name: (precision, recall, f1, interval, counts) for name, precision, recall, f1, interval, counts in row.findall(table)}
