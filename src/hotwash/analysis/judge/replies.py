"""What the model answers: its shape, as a schema for the provider, and how it is read. An item that is not of the shape is dropped, not the answer."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar, cast

import msgspec

from hotwash.analysis.judge.model import UnusableAnswer
from hotwash.analysis.model import ActionType, IssueKind, Outcome, Role, SessionCategory, Severity

T = TypeVar("T")

MAX_STARTS = 20
"""Braces tried as the start of the answer: words before it may hold some."""


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    first: int
    last: int
    quote: str


class Remedy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    type: ActionType
    text: str


class ProposedIssue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: IssueKind
    severity: Severity
    label: str
    what: str
    impact: str
    cause: str
    places: list[Place]
    remedy: Remedy | None


class JudgedTurn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    record: int
    role: Role


class ProposedFact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    record: int
    fact: str
    quote: str


class ProposedPhase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    first: int
    last: int


class ProposedUse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    record: int
    good: bool
    why: str


class Debrief(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer of the first pass."""

    outcome: Outcome
    category: SessionCategory
    languages: list[str]
    tools: list[str]
    user_turns: list[JudgedTurn]
    phases: list[ProposedPhase]
    late_facts: list[ProposedFact]
    instructions_used: list[ProposedUse]
    issues: list[ProposedIssue]


class Verdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    issue: int
    """Number of the issue in the request."""
    reason: str
    stands: bool
    kind: IssueKind
    severity: Severity


class Verdicts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer of the second pass."""

    verdicts: list[Verdict]


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A debrief as far as it is of the shape, and how many issues were not."""

    debrief: Debrief
    malformed: int


def read_debrief(text: str) -> Read:
    """Raises UnusableAnswer where there is no JSON object, or its outcome or issues are missing."""
    answer = _object(text, "issues")
    outcome = _convert(answer.get("outcome"), Outcome)
    proposed = answer.get("issues")
    if outcome is None or not isinstance(proposed, list):
        raise UnusableAnswer("`outcome` is missing or `issues` is no list; answer with one JSON object of the schema and nothing else")
    issues = _items(proposed, ProposedIssue)
    return Read(
        debrief=Debrief(
            outcome=outcome,
            category=_convert(answer.get("category"), SessionCategory) or "other",
            languages=_items(answer.get("languages"), str),
            tools=_items(answer.get("tools"), str),
            user_turns=_items(answer.get("user_turns"), JudgedTurn),
            phases=_items(answer.get("phases"), ProposedPhase),
            late_facts=_items(answer.get("late_facts"), ProposedFact),
            instructions_used=_items(answer.get("instructions_used"), ProposedUse),
            issues=issues,
        ),
        malformed=len(proposed) - len(issues),
    )


def read_verdicts(text: str) -> list[Verdict]:
    """Raises UnusableAnswer where there is no JSON object with verdicts."""
    verdicts = _object(text, "verdicts")["verdicts"]
    if not isinstance(verdicts, list):
        raise UnusableAnswer("`verdicts` is no list; answer with one JSON object of the schema and nothing else")
    return _items(verdicts, Verdict)


def schema_of(answer: type[Debrief] | type[Verdicts]) -> Mapping[str, object]:
    """Strict JSON schema without references: every provider takes that."""
    schema = msgspec.json.schema(answer)
    definitions = schema.get("$defs", {})
    return cast("Mapping[str, object]", _inlined(definitions[answer.__name__], definitions))


def _inlined(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(definitions[node["$ref"].rpartition("/")[2]], definitions)
    return {
        key: _inlined(value, definitions) for key, value in node.items() if key not in ("title", "description") or isinstance(value, dict)
    }


def _object(text: str, wanted: str) -> dict[str, object]:
    """The JSON object that holds `wanted`: models put words or a code fence around it, whatever they were told."""
    start = text.find("{")
    for _ in range(MAX_STARTS):
        if start < 0:
            break
        try:
            value, _ = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict) and wanted in value:
            return value
        start = text.find("{", start + 1)
    raise UnusableAnswer(
        f"the answer is no JSON object with `{wanted}`, or it was cut short; answer with one JSON object of the schema and nothing else"
    )


def _items(value: object, kind: type[T]) -> list[T]:
    if not isinstance(value, list):
        return []
    return [item for item in (_convert(entry, kind) for entry in value) if item is not None]


def _convert(value: object, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
