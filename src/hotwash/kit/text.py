"""Cutting and cleaning text that strangers wrote, and counting nouns in our own."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def one_line(text: str, limit: int) -> str:
    """The text on one line of at most `limit` characters, cut at a word where possible, an ellipsis where cut."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    cut = flat[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip() + "…"


def strip_ansi(text: str) -> str:
    """The text without terminal escape sequences."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def printable(text: str) -> str:
    """Safe to print on a terminal: no escapes, no control or direction-changing characters."""
    return _CONTROL.sub("", strip_ansi(text))


def shown_path(path: object) -> str:
    """A path as text that can be written anywhere: names of files may hold bytes that are no UTF-8, which become question marks."""
    return str(path).encode("utf-8", "replace").decode()


def counted(number: int, noun: str) -> str:
    """`1 call`, `3 calls`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
