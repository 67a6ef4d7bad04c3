"""What all remedies share: an advice, and looking up what an issue cites."""

from bisect import bisect_left
from collections.abc import Sequence, Set

import msgspec

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.facts.order import between
from hotwash.analysis.facts.paths import base_name, is_scratch
from hotwash.analysis.model import ActionType, Issue, Role, UserTurn
from hotwash.transcript import ToolCall, UserMessage

ERROR_CHARS = 120
NEAR_EVENTS = 3
"""A person who objects does so right after what was cited."""
_SAYS_MORE: frozenset[Role] = frozenset({"correction", "interruption", "follow_up", "answer"})
_UNTESTED = (".md", ".mdx", ".txt", ".rst", ".json", ".yml", ".yaml", ".toml", ".css", ".html")


class Advice(msgspec.Struct, frozen=True):
    type: ActionType
    text: str
    about: str = ""
    """Equal for two advices that ask for the same thing in other words; empty: the text tells."""


def cited_calls(facts: Facts, issue: Issue) -> list[ToolCall]:
    return [call for call in facts.calls if any(evidence.first_seq <= call.seq <= evidence.last_seq for evidence in issue.evidence)]


def cited_error(facts: Facts, issue: Issue) -> str:
    """What the first cited failure says, without noise and short; empty where none says anything."""
    cited = {call.seq for call in cited_calls(facts, issue)}
    lines = (failure.line for failure in facts.failures if failure.call.seq in cited and failure.line)
    return next((said for line in lines if (said := wording.error_words(line, ERROR_CHARS))), "")


def person_near(facts: Facts, issue: Issue, roles: Set[Role] = _SAYS_MORE) -> Sequence[UserMessage]:
    """What the person said within the cited events, or right after them, where it corrects or adds (or what the roles tell)."""
    first, last = issue.evidence[0].first_seq, issue.evidence[-1].last_seq
    until = last + NEAR_EVENTS + 1
    start = bisect_left(facts.turns, first, lo=1, key=_seq)  # the first turn is the task
    saying = {turn.seq for turn in facts.turns[start : bisect_left(facts.turns, until, lo=1, key=_seq)] if turn.role in roles}
    return [m for m in between(facts.messages, first - 1, until) if m.seq in saying]


def _seq(turn: UserTurn) -> int:
    return turn.seq


def last_changed(facts: Facts, seq: int) -> str:
    """The name of the project's source file that was changed last up to here; scratch files and documents are none that a test could be for."""
    changed = [
        edit.path for edit in facts.edits if edit.call.seq <= seq and not is_scratch(edit.path) and not edit.path.endswith(_UNTESTED)
    ]
    return base_name(changed[-1]) if changed else ""
