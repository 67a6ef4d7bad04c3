"""Which files and texts are instructions that the agent works by."""

import re

from hotwash.transcript import InstructionSource

_SKILL_FOLDER = re.compile(r"Base directory for this skill: (.+)")


def source_of_path(path: str) -> InstructionSource | None:
    """What kind of instructions a file holds, by its path; None for any other file. Paths may be of Windows."""
    parts = path.replace("\\", "/").split("/")
    name = parts[-1].lower()
    if name in ("claude.md", "claude.local.md"):
        return "claude_md"
    if name in ("agents.md", "agent.md"):
        return "agents_md"
    if name == "skill.md":
        return "skill"
    if not name.endswith(".md"):
        return None
    if name == "memory.md" or "memory" in parts[:-1]:
        return "memory"
    return "rules" if "rules" in parts[:-1] and ".claude" in parts else None


def skill_of_text(text: str) -> str | None:
    """The name of the skill whose text the harness put into the conversation, told by its opening line."""
    match = _SKILL_FOLDER.match(text)
    return match[1].strip().replace("\\", "/").rstrip("/").rpartition("/")[2] if match else None
