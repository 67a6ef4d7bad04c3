"""Texts in Codex items: what a person wrote, and what the program put into the person's mouth (formats section 2)."""

import re

from hotwash.readers import fields
from hotwash.readers.base import cap_text
from hotwash.transcript import Instruction

_HARNESS = (
    "# AGENTS.md instructions",
    "<environment_context>",
    "<environment_context ",
    "<user_instructions>",
    "<INSTRUCTIONS>",
    "<skill>",
    "<skill ",
    "<turn_aborted>",
    "<user_shell_command>",
    "<subagent_notification>",
    "<permissions instructions>",
    "<collaboration_mode>",
)
"""Openings of role-user texts that Codex writes itself."""

_AGENTS_MD = re.compile(r"# AGENTS\.md instructions(?: for (?P<folder>[^\n]+))?")
_SKILL_NAME = re.compile(r"<name>\s*(?P<name>[^<\n]{1,200}?)\s*</name>")


def blocks(content: object) -> list[str]:
    """The texts in a message's content: a string, or a list of blocks."""
    if isinstance(content, str):
        return [content] if content else []
    return [text for block in fields.sequence(content) if (text := fields.string(fields.mapping(block).get("text")))]


def joined(content: object) -> str:
    return cap_text("\n".join(blocks(content)))


def images(content: object) -> int:
    return sum("image" in fields.string(fields.mapping(block).get("type")) for block in fields.sequence(content))


def is_harness(text: str) -> bool:
    """Whether Codex wrote this role-user text itself."""
    return text.lstrip().startswith(_HARNESS)


def instruction(text: str, record: int, at: float | None) -> Instruction | None:
    """The instructions in a role-user text: AGENTS.md or a skill. None: it carries none."""
    opening = text.lstrip()
    if opening.startswith(("<skill>", "<skill ")):
        named = _SKILL_NAME.search(opening[:2_000])
        return Instruction(seq=0, record=record, at=at, source="skill", name=named["name"] if named else "skill", text=cap_text(text))
    if opening.startswith("<user_instructions>"):
        return Instruction(seq=0, record=record, at=at, source="agents_md", name="AGENTS.md", text=cap_text(text))
    match = _AGENTS_MD.match(opening)
    if match is None:
        return None
    name = f"{match['folder'].strip().rstrip('/')}/AGENTS.md" if match["folder"] else "AGENTS.md"
    return Instruction(seq=0, record=record, at=at, source="agents_md", name=name, text=cap_text(text))
