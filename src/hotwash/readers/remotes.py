"""A Git remote's URL as the repository name that people and the contract use."""

import re

_HOSTED = re.compile(
    r"(?:https?://|ssh://|git://)?(?:[^@/\s]+@)?[\w.-]+(?::\d+)?[/:]+(?P<owner>[\w.-]+(?:/[\w.-]+)*?)/(?P<name>[\w.-]+?)(?:\.git)?/?"
)

_LONGEST_URL = 2_000
"""Longer ones are not matched, so that no hostile text can make the expression slow."""


def repository_name(url: str | None) -> str | None:
    """`owner/name` from an HTTPS or SSH remote; the text as it is where it is neither; None for nothing."""
    if not url:
        return None
    match = _HOSTED.fullmatch(url.strip()) if len(url) <= _LONGEST_URL else None
    return f"{match['owner']}/{match['name']}" if match else url
