"""What the feedback room talks about: a verdict on one issue of one session."""

from typing import Literal

import msgspec

from hotwash.evaluation.labels import LabelledIssue

Verdict = Literal["right", "wrong"]
REFERENCE = "SESSION/ISSUE"
"""How people name an issue: the session's id and the issue's, such as `devin-3f2a…/issue-2`."""


class JudgedIssue(LabelledIssue, frozen=True, kw_only=True):
    """The issue as it stood when it was judged: a later analysis may number it otherwise, or no longer find it."""

    id: str
    fingerprint: str
    source: str
    """Detector and version, or the model: what the verdict is on."""


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict that is kept."""

    session_id: str
    issue: JudgedIssue
    verdict: Verdict
    note: str | None
    given_at: float
