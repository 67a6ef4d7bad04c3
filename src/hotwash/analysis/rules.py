"""The rules engine: facts once, every detector, every quote checked, then the parts of an analysis. Offline and deterministic."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from hotwash.analysis.detectors import DETECTORS
from hotwash.analysis.detectors.base import Detector
from hotwash.analysis.facts.collect import collect
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.issues import Sourced, checked_issues
from hotwash.analysis.model import Analysis
from hotwash.analysis.parts import actions, classification, instructions, late_facts, outcome, prompt, timeline
from hotwash.transcript import Transcript

ENGINE = "rules"
RULES_VERSION = 2
"""Raised whenever the same transcript may give another analysis although no detector changed."""


def version(detectors: Sequence[Detector] = DETECTORS) -> str:
    """`1-5c1d09ab`: the engine's number and a digest of its detectors and their versions."""
    names = " ".join(f"{d.kind}/{d.version}" for d in detectors)
    return f"{RULES_VERSION}-{hashlib.sha256(names.encode()).hexdigest()[:8]}"


VERSION = version()


def analyse(transcript: Transcript, *, acus: float | None = None, detectors: Sequence[Detector] = DETECTORS) -> Analysis:
    """The debrief of one session. `acus` are the whole session's, to share out over its issues. Where the agent neither spoke nor acted the parts are empty."""
    return analyse_facts(collect(transcript, acus), detectors=detectors)


def analyse_facts(facts: Facts, *, detectors: Sequence[Detector] = DETECTORS) -> Analysis:
    """The same, of facts that are collected already."""
    base = Analysis(engine=ENGINE, version=version(detectors), coverage=facts.transcript.coverage, outcome="unclear")
    if not facts.agent_messages and not facts.calls:
        return msgspec.structs.replace(base, user_turns=facts.turns, phases=facts.phases)
    findings, failed = _detect(facts, detectors)
    issues, dropped = checked_issues(facts, findings)
    late = late_facts.find_late_facts(facts)
    return msgspec.structs.replace(
        base,
        outcome=outcome.judge_outcome(facts, issues),
        issues=issues,
        action_items=actions.action_items(facts, issues),
        classification=classification.classify(facts),
        instructions_used=instructions.instructions_used(facts),
        suggested_prompt=prompt.suggest_prompt(facts, issues, late),
        timeline=timeline.build_timeline(facts, issues),
        user_turns=facts.turns,
        late_facts=late,
        phases=facts.phases,
        dropped=dropped,
        failed_detectors=failed,
    )


def _detect(facts: Facts, detectors: Iterable[Detector]) -> tuple[list[Sourced], tuple[str, ...]]:
    """What the detectors find, and the detectors that failed: one broken detector costs its own findings, not the session's debrief."""
    found: list[Sourced] = []
    failed: list[str] = []
    for detector in detectors:
        source = f"{detector.kind}/{detector.version}"
        try:
            found.extend([Sourced(finding, source) for finding in detector.detect(facts)])
        except Exception:  # noqa: BLE001 - the item boundary of the analysis: a detector is the item, and its failure is reported by name
            failed.append(source)
    return found, tuple(failed)
