"""A new option of a command-line program that no later command and no test ever passes, in work that is called done."""

import re
from collections.abc import Iterator

from hotwash.analysis.detectors.base import Cite, Finding
from hotwash.analysis.evidence import pick_quote
from hotwash.analysis.facts.model import ClaimKind, Edit, Facts
from hotwash.analysis.facts.order import before, between
from hotwash.analysis.facts.paths import base_name, is_prose, is_scratch, is_test
from hotwash.kit.text import counted, one_line

_DEFINES = re.compile(
    r"""Flags\(\)\.\w+\(\s*(?:&[\w.]+,\s*)?"([a-z][\w-]{3,30})"|add_argument\(\s*(?:['"]-\w['"],\s*)?['"]--([a-z][\w-]{3,30})['"]|(?:\.|@click\.)option\(\s*['"](?:-\w,\s*)?--([a-z][\w-]{3,30})"""
)
"""How the usual libraries declare an option: cobra and pflag, argparse, click, commander."""
_STATED: frozenset[ClaimKind] = frozenset({"done", "fixed", "verified", "tests_pass"})
_READING = frozenset({"git", "grep", "rg", "sed", "cat", "gh", "head", "tail", "echo"})


def find_untried_options(facts: Facts) -> Iterator[Finding]:
    """At most one issue, for all options of the session."""
    untried = [(name, edit, line) for name, (edit, line) in _new_options(facts).items() if not _was_passed(facts, name, edit)]
    if not untried:
        return
    name, edit, line = untried[0]
    claim = next((c for c in reversed(facts.claims) if c.kind in _STATED and c.message.seq > edit.call.seq), None)
    quote = pick_quote(line, in_arguments=True)
    if claim is None or not quote:
        return
    yield Finding(
        kind="unverified_claim",
        severity="low",
        label=f"new option --{name} never passed",
        what=f"The agent added --{name} in {base_name(edit.path)} and stated “{one_line(claim.sentence, 100)}”, but no command or test ever passed it.",
        impact=f"Whether {counted(len(untried), 'new option')} worked was left for the person to find out.",
        cites=(
            Cite(first=edit.call, last=edit.call, quote=quote),
            Cite(first=claim.message, last=claim.message, quote=pick_quote(claim.message.text, claim.sentence[:100])),
        ),
        cause="new option never passed",
    )


def _new_options(facts: Facts) -> dict[str, tuple[Edit, str]]:
    """Options that the agent added to a program that was there, and that the session had not seen before: by name, the edit and the line."""
    found: dict[str, tuple[Edit, str]] = {}
    known: set[str] = set()
    for edit in facts.edits:
        anew = edit.kind == "create" and edit.path not in known
        known.add(edit.path)
        if anew or is_prose(edit.path) or is_scratch(edit.path) or is_test(edit.path):
            continue
        for line in edit.added:
            for match in _DEFINES.finditer(line):
                name = next(group for group in match.groups() if group)
                if name not in found and not _seen_before(facts, name, edit):
                    found[name] = (edit, line)
    return found


def _seen_before(facts: Facts, name: str, edit: Edit) -> bool:
    declared = (f'"{name}"', f"--{name}")
    return any(d in line for d in declared for line in edit.removed) or any(
        d in call.output for d in declared for call in before(facts.calls, edit.call.seq)
    )


def _was_passed(facts: Facts, name: str, edit: Edit) -> bool:
    """Whether a later command or a test passes the option."""
    option = f"--{name}"
    commands = between(facts.commands, edit.call.seq, len(facts.events))
    if any(option in (c.call.command or "") and any(p.name not in _READING for p in c.programs) for c in commands):
        return True
    tests = (e for e in facts.edits if is_test(e.path))
    return any(option in line or name in line for e in tests for line in e.added)
