"""Remedies that do not depend on the session: habits of reporting and of working that one line in the agent's instructions changes."""

from hotwash.analysis.model import Issue
from hotwash.analysis.parts.advice import Advice

_LINES: dict[str, str] = {
    "statement about every case": "Report what was tried and what was not; do not say that something holds in every case.",
    "statement of a verification": "Where you report that something is verified, name the command or the output that shows it.",
    "statement of absence": "Before you say that nothing else uses a thing, search the whole project for its name.",
    "statement of a cause": "Call a cause likely until a run has shown it.",
    "only own scripts ran": "Before you hand a change over, run the project's own tests of what was changed, not only scripts of your own.",
    "throwaway scripts written and run apart": "Write and run a throwaway script in one call.",
    "files read again after a subagent": "Do not have a subagent read what you will read yourself; where it has reported on a file, open only the lines you need.",
    "output longer than the harness shows": "Print the part of a long file or output that you need (`sed -n`, `head`, `grep`), not the whole.",
    "new commit instead of an existing one": "When you are told to add a change to a commit that is there, use `git commit --amend` or a fixup, not a new commit.",
    "branch rules bypassed": "When a push goes past the rules of its branch, say so in the report.",
}
"""By the cause of the issue, the line for AGENTS.md."""


def standing(issue: Issue) -> Advice | None:
    """The remedy for the issue's cause; None where it depends on the session."""
    if issue.kind == "knowledge" and issue.cause.startswith("skill steps skipped: "):
        skill = issue.cause.partition(": ")[2]
        return Advice("knowledge", f"Add to AGENTS.md: “With the skill {skill}, open the file of each step before you begin the step.”")
    line = _LINES.get(issue.cause)
    return Advice("knowledge", f"Add to AGENTS.md: “{line}”", about=issue.cause) if line else None
