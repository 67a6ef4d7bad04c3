"""Remedies for what stood in the agent's way: the machine, a missing right, a service outside."""

import re

from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import Issue
from hotwash.analysis.parts.advice import Advice, cited_calls, cited_error
from hotwash.analysis.parts.commands import plain_command

_NOT_FOUND: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:^|[:\s])([\w.+-]+): (?:command )?not found"), "Install `{0}` on the machine and put it on the agent's PATH."),
    (re.compile(r"command not found: ([\w.+-]+)"), "Install `{0}` on the machine and put it on the agent's PATH."),
    (re.compile(r"No module named ['\"]?([\w.]+)"), "Install the Python module `{0}` in the environment that the agent uses."),
    (
        re.compile(r"Cannot find (?:module|package) ['\"]([^'\"\s]+)"),
        "Install the package `{0}` (run the project's install step) before the session starts.",
    ),
    (
        re.compile(r"(?:executable file not found in \$PATH|executable)[: ]+\"?([\w.+-]+)\"? not found"),
        "Install `{0}` on the machine and put it on the agent's PATH.",
    ),
)
_HOST = re.compile(r"https?://([\w.-]+)")
_EXPIRED = re.compile(
    r"\b(?:token|credentials?|session|certificate|key)\b.{0,40}\bexpired\b|\bexpired\b.{0,20}\b(?:token|credentials?|session|certificate|key)\b",
    re.IGNORECASE,
)
_NO_LOGIN = re.compile(
    r"\b401\b|unauthorized|bad credentials|authentication (?:failed|required)|not logged in|\blogin\b|publickey|could not read (?:username|password)|invalid (?:api[- _]?key|token|credentials)",
    re.IGNORECASE,
)
_NOT_ALLOWED = re.compile(r"permission to use|polic(?:y|ies)|sandbox|hook|requires approval|not allowed|blocked", re.IGNORECASE)
_LIMITED = re.compile(r"\b429\b|rate.?limit|too many requests|quota|usage limit", re.IGNORECASE)


def environment(facts: Facts, issue: Issue) -> Advice | None:
    line = cited_error(facts, issue)
    for pattern, advice in _NOT_FOUND:
        if match := pattern.search(line):
            return Advice("machine_setup", advice.format(match[1]))
    command = _failed_command(facts, issue)
    if command and line:
        return Advice("machine_setup", _closed(f"Make `{command}` work on the machine before the next session; it ended with: {line}"))
    return Advice("machine_setup", _closed(f"Mend this on the machine before the next session: {line}")) if line else None


def access(facts: Facts, issue: Issue) -> Advice | None:
    """By what the refusal says: an expired credential is to be renewed, a missing one given, a rule against the command changed."""
    command, line = _failed_command(facts, issue), cited_error(facts, issue)
    if not line:
        return Advice("machine_setup", f"Allow the agent to run `{command}`.") if command else None
    ended = f"`{command}` ended with: {line}" if command else f"the refusal said: {line}"
    host = match[1] if (match := _HOST.search(line)) else ""
    if _EXPIRED.search(line):
        return Advice("machine_setup", _closed(f"Renew the access token{' for ' + host if host else ''} before the session; {ended}"))
    if _NO_LOGIN.search(line):
        return Advice("machine_setup", _closed(f"Log the agent's account in{' at ' + host if host else ''} before the session; {ended}"))
    if _NOT_ALLOWED.search(line):
        return Advice(
            "machine_setup",
            _closed(f"Allow `{command}` in the agent's permission settings, or say in the prompt what to use instead; {ended}")
            if command
            else f"Change the rule that refused this, or say in the prompt what to do instead: {line}.",
        )
    return Advice(
        "machine_setup", _closed(f"Give the agent's account the right it lacks{' at ' + host if host else ''} before the session; {ended}")
    )


def service(facts: Facts, issue: Issue) -> Advice | None:
    command, line = _failed_command(facts, issue), cited_error(facts, issue)
    if not line:
        return None
    ended = f"`{command}` ended with: {line}" if command else f"it failed with: {line}"
    if _LIMITED.search(line):
        return Advice(
            "prompt_improvement",
            _closed(
                f"Say in the prompt how fast the service may be called and what to do at the limit (smaller batches, a pause, stop and report); {ended}"
            ),
        )
    host = match[1] if (match := _HOST.search(line)) else "the service"
    return Advice(
        "other", _closed(f"Check that {host} answers before the next session, and say in the prompt what to do if it does not; {ended}")
    )


def _failed_command(facts: Facts, issue: Issue) -> str:
    failed = {failure.call.seq for failure in facts.failures}
    return next((plain for call in cited_calls(facts, issue) if call.seq in failed and (plain := plain_command(call.command or ""))), "")


def _closed(sentence: str) -> str:
    return sentence if sentence.endswith("…") else sentence + "."
