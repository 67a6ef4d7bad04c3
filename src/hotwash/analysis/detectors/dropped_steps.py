"""Planned checks that vanish from the agent's own plan unfinished, while the work is then called complete."""

import re
from collections.abc import Iterator
from itertools import pairwise

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import ClaimKind, Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.plans import PlanItem, plan_of
from hotwash.analysis.facts.wording import covered_by
from hotwash.kit.text import counted, one_line
from hotwash.transcript import ToolCall

_COMPLETE: frozenset[ClaimKind] = frozenset({"done", "fixed", "verified", "tests_pass"})
_CHECK = re.compile(r"\b(?:tests?|verify|validate|check|lint|docs?|document\w*)\b", re.IGNORECASE)
"""Other steps vanish when the approach changes; a check that vanishes was left out."""
MAX_NAMED = 2


def find_dropped_steps(facts: Facts) -> Iterator[Finding]:
    """The last change of the plan by which open steps vanished for good, where success was stated after it."""
    plans = [(call, plan) for call in facts.calls if (plan := plan_of(call))]
    if len(plans) < 2 or not all(item.done for item in plans[-1][1]):
        return
    for (call, plan), (following, shorter) in reversed(list(pairwise(plans))):
        kept = " ".join(item.text for item in (*shorter, *plans[-1][1]))
        dropped = [item for item in plan if not item.done and _CHECK.search(item.text) and not covered_by(item.text, kept)]
        if dropped and len(shorter) < len(plan):
            yield from _finding(facts, call, following, dropped)
            return


def _finding(facts: Facts, call: ToolCall, following: ToolCall, dropped: list[PlanItem]) -> Iterator[Finding]:
    claim = next((c for c in reversed(between(facts.claims, following.seq, len(facts.events))) if c.kind in _COMPLETE), None)
    quote = next((q for item in dropped if (q := _planned(call, item))), "")
    if claim is None or not quote:
        return
    names = " and ".join(f"“{one_line(item.text, 60)}”" for item in dropped[:MAX_NAMED])
    yield Finding(
        kind="unverified_claim",
        severity="low",
        label="planned checks dropped",
        what=f"{names} left the agent's plan unfinished, and the work was then called complete: “{one_line(claim.sentence, 100)}”.",
        impact=f"{counted(len(dropped), 'planned check')} did not happen, and the report does not say so.",
        cites=(
            Cite(first=call, last=call, quote=quote),
            Cite(first=claim.message, last=claim.message, quote=pick_quote(claim.message.text, claim.sentence[:100])),
        ),
        cause="planned checks dropped",
    )


def _planned(call: ToolCall, item: PlanItem) -> str:
    """Words of the step that stand in the call."""
    return pick_quote(item.text, in_arguments=True) if call.category == "todo" else ""
