"""What a detector finds in a story."""

import msgspec

from hotwash.analysis.detectors.base import Detector, Finding
from hotwash.analysis.evidence import check_cites
from hotwash.analysis.facts.collect import collect
from hotwash.transcript import Coverage, Event
from tests.unit.analysis.builders import EVERYTHING, session


def findings(detector: Detector, *events: Event, coverage: Coverage = EVERYTHING, cwd: str | None = None) -> list[Finding]:
    """The detector's findings; every one of them is of its kind and keeps all its evidence."""
    transcript = msgspec.structs.replace(session(*events, coverage=coverage), cwd=cwd)
    found = list(detector.detect(collect(transcript)))
    for finding in found:
        assert finding.kind == detector.kind
        checked = check_cites(finding.cites, transcript.events)
        assert len(checked.evidence) == len(finding.cites) > 0
    return found
