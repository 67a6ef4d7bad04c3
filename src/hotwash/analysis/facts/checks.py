"""Check runs among the shell calls of a session."""

from collections.abc import Iterable

from hotwash.analysis.facts import check_output, check_tools
from hotwash.analysis.facts.model import CheckKind, CheckRun, Command, Program


def find_checks(commands: Iterable[Command]) -> tuple[CheckRun, ...]:
    """One run for each check program of each command that was really executed, in session order."""
    found: list[CheckRun] = []
    for command in commands:
        if command.call.status in ("denied", "interrupted"):
            continue
        checks = [(program, known) for program in command.programs if (known := check_tools.recognise(program)) is not None]
        for program, (kind, tool) in checks:
            passed, failures, line = _verdict(command, program, kind, alone=len(checks) == 1)
            found.append(
                CheckRun(
                    call=command.call,
                    kind=kind,
                    tool=tool,
                    target=check_tools.target(program),
                    passed=passed,
                    failures=failures,
                    line=line,
                    narrow=check_tools.is_narrow(tool, program),
                )
            )
    return tuple(found)


def _verdict(command: Command, program: Program, kind: CheckKind, *, alone: bool) -> tuple[bool | None, int | None, str]:
    """Passed, failures and line. The output speaks for the only check of a command; several checks share one output, so there a good
    exit code is believed, and words that only a check of this kind prints."""
    call = command.call
    if call.status == "running" or check_output.ran_nothing(call.output):
        return None, None, ""
    succeeded = command.failed is False and not program.hidden
    if not alone:
        shared = check_output.read_shared_output(call.output, kind)
        return (True, None, "") if succeeded else (shared.passed, None, shared.line)
    output = check_output.read_output(call.output)
    if succeeded:
        return True, output.failures if output.passed else None, ""
    if output.passed is not None:
        return output.passed, output.failures, output.line
    if command.failed and not program.hidden and _only_visible(command, program):
        return False, None, check_output.last_word(call.output)
    return None, None, ""


def _only_visible(command: Command, program: Program) -> bool:
    """Whether nothing else in the line (moving about aside) could have set the exit code."""
    return all(p is program or p.hidden or p.name in ("cd", "echo", "export", "set", "source", "mkdir", "pushd") for p in command.programs)
