"""An analysis as Devin's API gives it (contract section 2), made fit for clients of every vintage: exactly the contract's keys, known action types,
issues with ids. What is not of the right type is left out."""

from hotwash.readers import fields
from hotwash.readers.base import cap_text

_ACTION_TYPES = frozenset({"machine_setup", "repo_config", "knowledge", "prompt_improvement", "other"})
"""Newer ones, such as `external`, become `other`: clients decode these five."""
_COLORS = {"amber": "orange", "violet": "purple", "grey": "gray"} | {
    c: c for c in ("red", "orange", "yellow", "green", "blue", "purple", "gray")
}
"""The words that known clients map, and the other names of three of them (contract section 2); anything else becomes gray."""
_MOST = 500
"""Entries of a list; an analysis in the field has a dozen."""

_Object = dict[str, object]


def contract(raw: object) -> _Object | None:
    """The analysis with the contract's keys; None where there is none."""
    if not isinstance(raw, dict):
        return None
    return {
        "action_items": [
            {"action_item": _text(item, "action_item"), "issue_id": _id(item), "type": _action_type(item.get("type"))}
            for item in _objects(raw, "action_items")
        ],
        "classification": _classification(fields.mapping(raw.get("classification"))),
        "issues": [_issue(item, number) for number, item in enumerate(_objects(raw, "issues"), 1)],
        "note_usage": _note_usage(fields.mapping(raw.get("note_usage"))),
        "suggested_prompt": _prompt(fields.mapping(raw.get("suggested_prompt"))),
        "timeline": [
            {
                "title": _text(item, "title"),
                "description": _text(item, "description"),
                "color": _COLORS.get(_text(item, "color").lower(), "gray"),
                "issue_id": _id(item),
            }
            for item in _objects(raw, "timeline")
        ],
    }


def without_words(analysis: _Object) -> _Object:
    """What may be kept where no content is: the category, and how sure it is."""
    classification = fields.mapping(analysis["classification"])
    kept: _Object = {"action_items": [], "issues": [], "note_usage": None, "suggested_prompt": None, "timeline": []}
    return kept | {"classification": classification | {"tools_and_frameworks": []} if classification else None}


def _issue(item: _Object, number: int) -> _Object:
    label = _text(item, "label")
    return {
        "id": fields.some_string(item.get("id")) or f"issue-{number}",  # later vintages leave it out (contract section 8.11)
        "issue": _text(item, "issue"),
        "impact": _text(item, "impact"),
        "label": label,
        "title": _text(item, "title") or label,
    }


def _classification(raw: _Object) -> _Object | None:
    category = fields.some_string(raw.get("category"))
    if category is None:
        return None
    return {
        "category": cap_text(category),
        "confidence": fields.number(raw.get("confidence")) or 0.0,
        "programming_languages": _names(raw.get("programming_languages")),
        "tools_and_frameworks": _names(raw.get("tools_and_frameworks")),
    }


def _note_usage(raw: _Object) -> _Object | None:
    if not raw:
        return None
    return {
        side: [{key: _text(item, key) for key in ("note_id", "message", "reason")} for item in _objects(raw, side)]
        for side in ("good_usages", "bad_usages")
    }


def _prompt(raw: _Object) -> _Object | None:
    if not fields.some_string(raw.get("suggested_prompt")):
        return None
    return {
        "original_prompt": _text(raw, "original_prompt"),
        "suggested_prompt": _text(raw, "suggested_prompt"),
        "feedback_items": [
            {**{key: _text(item, key) for key in ("summary", "excerpt", "details")}, "issue_id": _id(item)}
            for item in _objects(raw, "feedback_items")
        ],
    }


def _objects(raw: _Object, key: str) -> list[_Object]:
    return [item for item in fields.sequence(raw.get(key))[:_MOST] if isinstance(item, dict)]


def _text(raw: _Object, key: str) -> str:
    return cap_text(fields.string(raw.get(key)))


def _id(raw: _Object) -> str | None:
    return fields.some_string(raw.get("issue_id"))


def _action_type(value: object) -> str:
    return value if isinstance(value, str) and value in _ACTION_TYPES else "other"


def _names(value: object) -> list[str]:
    return [cap_text(name) for name in fields.sequence(value)[:_MOST] if isinstance(name, str)]
