"""When work is handed over."""

from hotwash.analysis.facts.model import Command


def delivers(command: Command) -> bool:
    """Whether a command hands the work over: commits, pushes, opens or merges a pull request."""
    return any(
        (program.name == "git" and program.subcommand in ("commit", "push", "merge"))
        or (
            program.name in ("gh", "glab")
            and program.subcommand in ("pr", "mr", "release")
            and bool({"create", "merge", "edit"} & set(program.words))
        )
        for program in command.programs
    )
