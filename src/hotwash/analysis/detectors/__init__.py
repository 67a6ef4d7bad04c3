"""Detectors of issues, one module a kind. A new kind of issue is a module and a line in the tuple."""

from hotwash.analysis.detectors.access import AccessDetector
from hotwash.analysis.detectors.base import Detector
from hotwash.analysis.detectors.context_loss import ContextLossDetector
from hotwash.analysis.detectors.defect import DefectDetector
from hotwash.analysis.detectors.environment import EnvironmentDetector
from hotwash.analysis.detectors.failing_check import FailingCheckDetector
from hotwash.analysis.detectors.inefficiency import InefficiencyDetector
from hotwash.analysis.detectors.interruption import InterruptionDetector
from hotwash.analysis.detectors.knowledge import KnowledgeDetector
from hotwash.analysis.detectors.loop import LoopDetector
from hotwash.analysis.detectors.misunderstanding import MisunderstandingDetector
from hotwash.analysis.detectors.service import ServiceDetector
from hotwash.analysis.detectors.tool_use import ToolUseDetector
from hotwash.analysis.detectors.underspecified import UnderspecifiedDetector
from hotwash.analysis.detectors.unsafe_action import UnsafeActionDetector
from hotwash.analysis.detectors.unverified_claim import UnverifiedClaimDetector

DETECTORS: tuple[Detector, ...] = (
    EnvironmentDetector(),
    AccessDetector(),
    ServiceDetector(),
    ToolUseDetector(),
    LoopDetector(),
    FailingCheckDetector(),
    InterruptionDetector(),
    ContextLossDetector(),
    UnsafeActionDetector(),
    DefectDetector(),
    MisunderstandingDetector(),
    UnverifiedClaimDetector(),
    UnderspecifiedDetector(),
    InefficiencyDetector(),
    KnowledgeDetector(),
)
