"""What the output of a check says: passed or failed, how many failures, and the line that shows it."""

import re

import msgspec

from hotwash.analysis.facts.model import CheckKind

SCAN_HEAD_CHARS = 6_000
SCAN_TAIL_CHARS = 8_000
"""Summaries stand at the end of an output, compiler errors at its start; the middle of a long one is not read."""

_FLAGS = re.MULTILINE
_COUNTED = re.compile(
    r"""
      ^=++.*?\b(?P<pytest>\d+)\ failed\b.*$
    | ^(?:=++\ )?.*?\b(?P<pytest_errors>\d+)\ errors?\b.*\ in\ [\d.]+s\b.*$
    | ^test\ result:\ FAILED\..*?(?P<cargo>\d+)\ failed.*$
    | ^[ \t]*+Tests:?[ \t]++.*?(?P<jest>\d+)\ failed.*$
    | ^[ \t]*+(?P<mocha>\d+)\ failing\b.*$
    | ^FAILED\ \((?:failures|errors)=(?P<unittest>\d+).*$
    | ^.*?Found\ (?P<found>[1-9]\d*)\ (?:errors?|diagnostics?)\b.*$
    | ^.*?✖\ (?P<eslint>[1-9]\d*)\ problems?.*$
    | ^[ \t]*+(?P<golangci>[1-9]\d*)\ issues?:.*$
    | ^.*?Tests\ run:\ \d+,\ Failures:\ (?P<maven>[1-9]\d*).*$
    | ^.*?\b\d+\ tests\ completed,\ (?P<gradle>\d+)\ failed.*$
    | ^[ \t]*+Failed!?[ \t]*+[:-].*?\bFailed:[ \t]++(?P<dotnet>[1-9]\d*).*$
    | ^[ \t]*+\d+\ examples?,\ (?P<rspec>[1-9]\d*)\ failures?.*$
    | ^Tests:\ \d+,\ Assertions:\ \d+,.*?Failures:\ (?P<phpunit>\d+).*$
    | ^.*?\b(?P<ctest>[1-9]\d*)\ tests?\ failed\ out\ of\ \d+.*$
    | ^error:\ could\ not\ compile\ .*?due\ to\ (?P<rustc>\d+)\ previous.*$
    | ^error:\ (?P<clippy>[1-9]\d*)\ .*$
    | ^[ \t]*+(?P<nfail>[1-9]\d*)\ fail$
    """,
    _FLAGS | re.VERBOSE,
)
_FAILED = re.compile(
    r"""
      ^(?:---\ )?FAIL\b.*$
    | ^FAILED\ .*$
    | ^E\ \ \ +\S.*$
    | ^.*?\berror\ TS\d+:.*$
    | ^error(?:\[E\d+\])?:.*$
    | ^\S+:\d+:\d+:\ (?:fatal\ )?error:.*$
    | ^(?:\./)?\S+\.go:\d+:(?:\d+:)?\ .*$
    | ^.*?BUILD\ FAILED.*$
    | ^.*?BUILD\ FAILURE.*$
    | ^(?:g?make)(?:\[\d+\])?:\ \*\*\*.*$
    | ^[ \t]*+(?:npm\ (?:ERR!|error)\ code\ ELIFECYCLE|ERR_PNPM_RECURSIVE_RUN_FIRST_FAIL|\ ?ELIFECYCLE).*$
    | ^would\ reformat\ .*$
    | ^\[warn\]\ .*$
    | ^panic:\ .*$
    | ^.*?:\ undefined\ reference\ to\ .*$
    | ^(?:ImportError|ModuleNotFoundError|SyntaxError|IndentationError)\b.*$
    """,
    _FLAGS | re.VERBOSE,
)
_PASSED = re.compile(
    r"""
      ^=++.*?\b\d+\ passed\b.*$
    | ^\d+\ passed\b.*\ in\ [\d.]+s.*$
    | ^ok\ +\t?\S+.*$
    | ^test\ result:\ ok\..*$
    | ^[ \t]*+Tests:?[ \t]++\d+\ passed.*$
    | ^[ \t]*+\d+\ passing\b.*$
    | ^Ran\ \d+\ tests?\ in\ [\s\S]{0,80}?^OK\b.*$
    | ^Success:\ no\ issues\ found.*$
    | ^All\ checks\ passed!.*$
    | ^0\ issues\.?.*$
    | ^.*?BUILD\ SUCCESS(?:FUL)?.*$
    | ^OK\ \(\d+\ tests.*$
    | ^[ \t]*+\d+\ examples?,\ 0\ failures.*$
    | ^100%\ tests\ passed.*$
    | ^PASS$
    | ^[ \t]*+Finished\ .*profile.*$
    | ^Passed!\ .*$
    """,
    _FLAGS | re.VERBOSE,
)
_NOTHING_RAN = re.compile(r"^ERROR: (?:file or directory )?not found\b|^=*+ ?no tests ran\b", _FLAGS)
"""The check was called with names that are not there: neither passed nor failed."""
_SAYS_FAILED: dict[CheckKind, re.Pattern[str]] = {
    "test": re.compile(
        r"^(?:---\ )?FAIL\b|^FAILED\ |^=++.*?\b\d+\ failed\b|^test\ result:\ FAILED|^[ \t]*+Tests?:?[ \t]++\d+\ failed", _FLAGS
    ),
    "lint": re.compile(r"^[ \t]*+[1-9]\d*\ issues?:|^.*?✖\ [1-9]|^.*?Found\ [1-9]\d*\ (?:errors?|diagnostics?)\b", _FLAGS),
    "type_check": re.compile(r"^.*?\berror\ TS\d+:|^Found\ [1-9]\d*\ errors?\ in\b", _FLAGS),
}
_SAYS_PASSED: dict[CheckKind, re.Pattern[str]] = {
    "test": re.compile(
        r"^ok\ +\t?\S+|^=++.*?\b\d+\ passed\b|^\d+\ passed\b|^test\ result:\ ok\.|^[ \t]*+Tests?:?[ \t]++\d+\ passed|^[ \t]*+\d+\ passing\b|^OK\b",
        _FLAGS,
    ),
    "lint": re.compile(r"^0\ issues\.?|^All\ checks\ passed!", _FLAGS),
    "type_check": re.compile(r"^Success:\ no\ issues\ found", _FLAGS),
}
"""Words that only a check of this kind prints: they tell checks apart that share one output."""
_EXIT_LINE = re.compile(r"^(?:Exit code|Process exited with code|exit status) ([1-9]\d*)\s*$", _FLAGS)

_TAG_LINE = re.compile(r"^</?\w+>$")
"""Mark-up that a harness puts round an output."""


class CheckOutput(msgspec.Struct, frozen=True, kw_only=True):
    passed: bool | None
    """None: the output does not tell."""
    failures: int | None = None
    line: str = ""
    """The first line that names a failure, else the summary that counts them."""


def scanned(text: str) -> str:
    """Head and tail of a long output, on whole lines as far as possible."""
    if len(text) <= SCAN_HEAD_CHARS + SCAN_TAIL_CHARS:
        return text
    return text[:SCAN_HEAD_CHARS] + "\n" + text[-SCAN_TAIL_CHARS:]


def read_output(text: str) -> CheckOutput:
    """What a check's output says by itself, whatever the exit code was."""
    part = scanned(text)
    counts = [(int(m.group(m.lastgroup or 0)), m.group().strip()) for m in _COUNTED.finditer(part)]
    failing = [(n, line) for n, line in counts if n > 0]
    failed = _FAILED.search(part)
    if failing:
        return CheckOutput(
            passed=False, failures=sum(n for n, _ in failing), line=failed.group().strip() if failed is not None else failing[0][1]
        )
    if failed is not None:
        return CheckOutput(passed=False, line=failed.group().strip())
    if _PASSED.search(part) is not None:
        return CheckOutput(passed=True, failures=0)
    return CheckOutput(passed=None)


def ran_nothing(text: str) -> bool:
    return _NOTHING_RAN.search(scanned(text)) is not None


def read_shared_output(text: str, kind: CheckKind) -> CheckOutput:
    """What an output that several checks share says of those of one kind."""
    part = scanned(text)
    failed = _SAYS_FAILED[kind].search(part) if kind in _SAYS_FAILED else None
    if failed is not None:
        return CheckOutput(passed=False, line=part[failed.start() :].split("\n", 1)[0].strip())
    passed = _SAYS_PASSED[kind].search(part) if kind in _SAYS_PASSED else None
    return CheckOutput(passed=True if passed is not None else None)


def last_word(text: str) -> str:
    """The last line with letters that is no bare exit code and no bare tag: what a failing program said last. Empty where there is none."""
    for line in reversed(scanned(text).splitlines()[-40:]):
        stripped = line.strip()
        if any(c.isalpha() for c in stripped) and not _EXIT_LINE.match(stripped) and not _TAG_LINE.match(stripped):
            return stripped
    return ""
