"""The suggested prompt beside the original: which of its words are new."""

import difflib
import re
from typing import Final

import msgspec

MAX_COMPARED_WORDS: Final = 3_000
"""Comparing takes time quadratic in the words; beyond this only a common start is recognised."""

_WORDS: Final = re.compile(r"\s+|[^\s]+")


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the suggested prompt."""

    text: str
    added: bool


def added_words(original: str, suggested: str) -> tuple[Span, ...]:
    """The suggested prompt cut into stretches that stand in the original and stretches that do not."""
    old, new = _WORDS.findall(original), _WORDS.findall(suggested)
    start = _common_start(old, new)
    spans = [Span(text="".join(new[:start]), added=False)] if start else []
    rest_old, rest_new = old[start:], new[start:]
    if len(rest_old) + len(rest_new) > MAX_COMPARED_WORDS or not rest_old:
        return (*spans, *([Span(text="".join(rest_new), added=True)] if rest_new else []))
    for tag, _, _, first, last in difflib.SequenceMatcher(None, rest_old, rest_new, autojunk=False).get_opcodes():
        if last > first:
            spans.append(Span(text="".join(rest_new[first:last]), added=tag != "equal"))
    return tuple(spans)


def _common_start(old: list[str], new: list[str]) -> int:
    for index, (a, b) in enumerate(zip(old, new, strict=False)):
        if a != b:
            return index
    return min(len(old), len(new))
