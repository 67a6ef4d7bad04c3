"""Fits the weights of `analysis/parts/outcome.py` on runs with a verdict, and tells what they are worth on tasks they have not seen.

    python -m bench.fit_outcome VERDICTS.tsv        lines of: transcript (relative to the file), true or false, task

Logistic regression by gradient descent, classes balanced, folds split by task and never by run.
"""

import math
import random
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hotwash.analysis.facts.collect import collect
from hotwash.analysis.parts.outcome import WEIGHTS, Evidence, evidence_of, log_odds
from hotwash.readers.detect import open_source, read_source

FOLDS = 8
SPLITS = 5
STEPS = 400
RATE = 0.3
_VARIANT = re.compile(r"\.(?:easy|hard)$")  # variants of one task share its solution


class Run(msgspec.Struct, frozen=True):
    evidence: tuple[float, ...]
    passed: bool
    task: str


class Model(msgspec.Struct, frozen=True):
    base: float
    weights: tuple[float, ...]

    def odds(self, evidence: Sequence[float]) -> float:
        return self.base + sum(weight * value for weight, value in zip(self.weights, evidence, strict=True))


def load(verdicts: Path) -> list[Run]:
    runs = []
    for line in verdicts.read_text(encoding="utf-8").splitlines():
        name, verdict, task = line.split("\t")[:3]
        if verdict in ("true", "false"):
            transcript = next(read_source(open_source(verdicts.parent / name)))
            runs.append(Run(msgspec.structs.astuple(evidence_of(collect(transcript))), verdict == "true", _VARIANT.sub("", task)))
    return runs


def fit(runs: Sequence[Run]) -> Model:
    """Weights in the evidence's own units; it is standardised only while descending."""
    columns = list(zip(*(run.evidence for run in runs), strict=True))
    means = [sum(column) / len(runs) for column in columns]
    scales = [
        math.sqrt(sum((value - mean) ** 2 for value in column) / len(runs)) or 1.0 for column, mean in zip(columns, means, strict=True)
    ]
    rows = [[(value - mean) / scale for value, mean, scale in zip(run.evidence, means, scales, strict=True)] for run in runs]
    share = sum(run.passed for run in runs) / len(runs)
    base, weights = 0.0, [0.0] * len(means)
    for _ in range(STEPS):
        base_slope, slopes = 0.0, [0.0] * len(weights)
        for row, run in zip(rows, runs, strict=True):
            guess = 1 / (1 + math.exp(-base - sum(weight * value for weight, value in zip(weights, row, strict=True))))
            error = (guess - run.passed) * (0.5 / share if run.passed else 0.5 / (1 - share))
            base_slope += error
            slopes = [slope + error * value for slope, value in zip(slopes, row, strict=True)]
        base -= RATE * base_slope / len(runs)
        weights = [weight - RATE * (slope + weight) / len(runs) for weight, slope in zip(weights, slopes, strict=True)]
    plain = tuple(weight / scale for weight, scale in zip(weights, scales, strict=True))
    return Model(base - sum(weight * mean for weight, mean in zip(plain, means, strict=True)), plain)


def balanced_accuracy(judged: Sequence[tuple[bool, bool]]) -> float:
    """Mean of the shares of passed and of failed runs judged right; pairs of verdict and judgement."""
    passed = [judgement for verdict, judgement in judged if verdict]
    failed = [not judgement for verdict, judgement in judged if not verdict]
    return (sum(passed) / len(passed) + sum(failed) / len(failed)) / 2


def cross_validate(runs: Sequence[Run], seed: int) -> float:
    tasks = sorted({run.task for run in runs})
    random.Random(seed).shuffle(tasks)
    fold = {task: index % FOLDS for index, task in enumerate(tasks)}
    judged = []
    for held_out in range(FOLDS):
        model = fit([run for run in runs if fold[run.task] != held_out])
        judged += [(run.passed, model.odds(run.evidence) > 0) for run in runs if fold[run.task] == held_out]
    return balanced_accuracy(judged)


def main() -> None:
    runs = load(Path(sys.argv[1]))
    names = Evidence.__struct_fields__
    model = fit(runs)
    print(f"{len(runs)} runs of {len({run.task for run in runs})} tasks, {sum(run.passed for run in runs)} passed")
    print("fitted:", ", ".join(f"{name} {weight:.2f}" for name, weight in zip(("base", *names), (model.base, *model.weights), strict=True)))
    print("in use:", ", ".join(f"{name} {getattr(WEIGHTS, name):.2f}" for name in ("base", *names)))
    scores = [cross_validate(runs, seed) for seed in range(SPLITS)]
    print(f"balanced accuracy on unseen tasks: {sum(scores) / SPLITS:.3f} ({min(scores):.3f} to {max(scores):.3f} over {SPLITS} splits)")
    used = [(run.passed, log_odds(Evidence(**dict(zip(names, run.evidence, strict=True)))) > 0) for run in runs]
    print(f"balanced accuracy of the weights in use on these runs: {balanced_accuracy(used):.3f}")


if __name__ == "__main__":
    main()
