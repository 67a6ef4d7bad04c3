"""One session, debriefed: what the report, the Markdown and the JSON are made of."""

import msgspec

from hotwash.analysis.model import Analysis
from hotwash.insights.metrics import SessionMetrics
from hotwash.insights.size import SessionSize
from hotwash.transcript import Transcript


class Debrief(msgspec.Struct, frozen=True, kw_only=True):
    """A transcript, read, redacted, measured and analysed."""

    file: str
    """The path as given."""
    transcript: Transcript
    metrics: SessionMetrics
    size: SessionSize
    analysis: Analysis
