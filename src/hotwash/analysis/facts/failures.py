"""Tool calls that failed, each with the line that says so. A search that finds nothing, or a comparison that differs, is an answer, no failure."""

import re
from collections.abc import Mapping

from hotwash.analysis.facts.check_output import last_word, scanned
from hotwash.analysis.facts.model import Command, Failure
from hotwash.transcript import ToolCall

_ANSWERS_WITH_ONE = frozenset(
    "grep egrep fgrep rg ag diff cmp test [ [[ which type pgrep pidof lsof find ls stat expr jq read".split()  # noqa: SIM905 - words in a line read better than a quoted word a line
)
"""Programs whose exit code 1 is an answer: nothing found, files differ, no such process. `ls` and `find` look whether something is there."""

_ERROR_LINE = re.compile(
    r"""^.*?(?:
        <tool_use_error>
      | \b(?:command\ not\ found|No\ module\ named|Cannot\ find\ (?:module|package)|Permission\ denied|Operation\ not\ permitted)
      | \b(?:No\ such\ file\ or\ directory|not\ recognized|Unknown\ (?:option|command|flag)|unrecognized\ (?:option|arguments?)|unknown\ flag)
      | \b(?:Connection\ refused|Could\ not\ resolve|timed\ out|rate\ limit|Unauthorized|Forbidden|Authentication\ failed)
      | \b[A-Z][A-Za-z]*(?:Error|Exception)\b\s*[:(]
      | (?:^|[\s:\[])(?:fatal|error|ERROR|Error|panic|FATAL|FAIL(?:ED)?)\b\s*[:\]]
    ).*$""",
    re.MULTILINE | re.VERBOSE | re.IGNORECASE,
)


def find_failures(calls: tuple[ToolCall, ...], commands: Mapping[int, Command]) -> tuple[Failure, ...]:
    """Failed and refused calls in session order. `commands` are keyed by the call's seq."""
    found: list[Failure] = []
    for call in calls:
        command = commands.get(call.seq)
        failed = command.failed if command is not None else call.status == "error"
        if call.status == "denied" or (failed and not _is_answer(call, command)):
            found.append(Failure(call=call, line=error_line(call.output)))
    return tuple(found)


def error_line(output: str) -> str:
    """The first line that names an error, else the last line with words; verbatim, stripped."""
    match = _ERROR_LINE.search(scanned(output))
    return match.group().strip() if match is not None else last_word(output)


def _is_answer(call: ToolCall, command: Command | None) -> bool:
    if command is None or call.exit_code != 1:
        return False
    visible = [p for p in command.programs if not p.hidden]
    if not visible:
        return False
    last = visible[-1]
    return last.name in _ANSWERS_WITH_ONE or (last.name == "git" and last.subcommand in ("diff", "grep", "merge-base", "check-ignore"))
