"""The requests of both passes: the fenced session first, so that providers can reuse what they have read, then the question."""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from hotwash.analysis.facts.model import Facts
from hotwash.analysis.judge import prompts
from hotwash.analysis.judge.digest import one
from hotwash.analysis.judge.model import Pass, Request
from hotwash.analysis.judge.replies import Debrief, Verdicts, schema_of
from hotwash.analysis.judge.windows import Window
from hotwash.analysis.model import Analysis, Issue

SCHEMAS = {"find": schema_of(Debrief), "refute": schema_of(Verdicts)}
CHECKS_SHOWN = 40
_RESULTS = {True: "passed", False: "failed", None: "result unknown"}


def find_request(facts: Facts, rules: Analysis, window: Window) -> Request:
    """Asks for a debrief of one window."""
    return _request("find", window, (*_part(window), *_hints(facts, rules, window)), prompts.FIND)


def refute_request(window: Window, numbered: Sequence[tuple[int, Issue]]) -> Request:
    """Asks for a verdict on issues whose first place lies in the window."""
    listed = "\n".join(line for number, issue in numbered for line in _listed(number, issue))
    return _request("refute", window, tuple(_part(window)), f"{prompts.REFUTE}\n\nThe issues:\n{listed}")


def _request(which: Pass, window: Window, around: Sequence[str], question: str) -> Request:
    prompt = f"{fenced(window.text, around)}\n\n{question}"
    schema = SCHEMAS[which]
    asked = hashlib.sha256(chr(0).join((prompts.VERSION, which, prompts.SYSTEM, prompt)).encode("utf-8", "replace")).hexdigest()
    return Request(
        id=f"{asked[:24]}-{which}-{window.number}-of-{window.of}", which=which, system=prompts.SYSTEM, prompt=prompt, schema=schema
    )


def fenced(text: str, around: Sequence[str]) -> str:
    """The session between two marker lines. The marker is a digest of what it encloses, so no transcript can hold its own; a line of the
    digest never begins with a stranger's words either."""
    inside = "\n".join((*around, "THE RECORD", text))
    marker = f"=== session {hashlib.sha256(inside.encode('utf-8', 'replace')).hexdigest()[:16]} ==="
    return f"{marker}\n{inside}\n{marker}"


def _part(window: Window) -> Iterator[str]:
    if window.of == 1:
        return
    yield (
        f"PART {window.number} OF {window.of}: records {window.first_record} to {window.last_record} follow whole. Judge these; "
        "the outline of the whole session is for understanding, and for the outcome."
    )
    yield "OUTLINE OF THE WHOLE SESSION"
    yield window.outline


def _hints(facts: Facts, rules: Analysis, window: Window) -> Iterator[str]:
    """What a program without understanding found. It sees exit codes and wordings; it is there to be checked, and to be rejected."""
    checks = [check for check in facts.checks if window.first_record <= check.call.record <= window.last_record]
    if checks:
        yield "CHECKS THAT RAN, AS A PROGRAM READ THEM (may be wrong)"
        for check in checks[-CHECKS_SHOWN:]:
            narrow = ", a chosen part only" if check.narrow else ""
            yield f"- [{check.call.record}] {check.kind}, {check.tool}: {_RESULTS[check.passed]}{narrow}"
    issues = [i for i in rules.issues if window.first_record <= i.evidence[0].first_record <= window.last_record]
    if issues:
        yield "GUESSES OF A PROGRAM THAT CANNOT READ (often right about the place; drop them where the record does not bear them out)"
        for issue in issues:
            places = ", ".join(f"{e.first_record}-{e.last_record}" for e in issue.evidence[:6])
            yield f"- records {places}: {issue.kind}: {one(issue.label, 120)}"


def _listed(number: int, issue: Issue) -> Iterator[str]:
    yield f"{number}. {issue.kind}, {issue.severity}: {one(issue.label, 160)}"
    yield f"   {one(issue.what, 500)} {one(issue.impact, 300)}"
    for evidence in issue.evidence:
        quote = msgspec.json.encode(one(evidence.quote, 200)).decode()
        yield f"   records {evidence.first_record} to {evidence.last_record}: {quote}"
