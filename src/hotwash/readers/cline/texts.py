"""Texts of Cline and Roo Code: what a person wrote between the tags that the program puts around it, and tool calls written as XML into an
answer, which is how the VS Code extensions called tools before models had calls of their own."""

import re

import msgspec

_TYPED = ("task", "feedback", "user_message", "answer", "user_input")
"""Tags around a person's words. What stands outside them in a message of role user is the program's."""

_OPENED = re.compile(rf"<({'|'.join(_TYPED)})(?: [^<>]{{0,200}})?>")
_TOOLS = (
    "access_mcp_resource|apply_diff|ask_followup_question|attempt_completion|browser_action|codebase_search|condense|execute_command|"
    "fetch_instructions|insert_content|list_code_definition_names|list_files|load_mcp_documentation|new_rule|new_task|plan_mode_respond|"
    "read_file|replace_in_file|report_bug|run_slash_command|search_and_replace|search_files|switch_mode|update_todo_list|use_mcp_tool|"
    "use_skill|web_fetch|web_search|write_to_file"
)
_TOOL = re.compile(rf"<({_TOOLS})>")
_PARAMETER = re.compile(r"<([a-z_]{1,40})>")
_MAX_CALLS = 50
"""XML calls looked for in one answer, and parameters in one call. The programs allow one call an answer, with ten parameters at most."""

_CWD = re.compile(r"(?:Current (?:Working|Workspace) Directory \((?P<task>[^\n)]{1,1000})\)|Working Directory: (?P<cli>[^\n]{1,1000}))")


class XmlCall(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call in an answer's text."""

    name: str
    arguments: dict[str, object]


def typed(text: str) -> str:
    """A person's words in a text of role user; empty where there are none."""
    found: list[str] = []
    position = 0
    while len(found) < _MAX_CALLS and (opened := _OPENED.search(text, position)):
        closed = text.find(f"</{opened[1]}>", opened.end())
        if closed < 0:
            break
        found.append(text[opened.end() : closed].strip("\n"))
        position = closed
    return "\n".join(part for part in found if part.strip())


def own_words(text: str) -> str:
    """A person's words in a text block of role user: what stands between tags, or all of it where the program has added nothing."""
    return typed(text) or ("" if text.lstrip().startswith(("[", "<", "# ")) else text)


def split_answer(text: str) -> tuple[str, str, list[XmlCall]]:
    """What an answer tells the person, its `<thinking>`, and the calls in it."""
    thinking, text = _cut_out(text, "thinking")
    calls: list[XmlCall] = []
    told: list[str] = []
    position = 0
    while len(calls) < _MAX_CALLS and (opened := _TOOL.search(text, position)):
        closed = text.find(f"</{opened[1]}>", opened.end())
        if closed < 0:
            break
        told.append(text[position : opened.start()])
        calls.append(XmlCall(name=opened[1], arguments=_parameters(text[opened.end() : closed])))
        position = closed + len(opened[1]) + 3
    told.append(text[position:])
    return "\n".join(part.strip() for part in told if part.strip()), thinking, calls


def working_directory(text: str) -> str | None:
    """The folder that the environment in a prompt names."""
    match = _CWD.search(text)
    return (match["task"] or match["cli"]).strip() if match else None


def _cut_out(text: str, tag: str) -> tuple[str, str]:
    start = text.find(f"<{tag}>")
    end = text.find(f"</{tag}>", start)
    if start < 0 or end < 0:
        return "", text
    return text[start + len(tag) + 2 : end].strip(), text[:start] + text[end + len(tag) + 3 :]


def _parameters(text: str) -> dict[str, object]:
    """The call's parameters. One that holds the closing tag of its own name ends at the last one."""
    found: dict[str, object] = {}
    position = 0
    while len(found) < _MAX_CALLS and (opened := _PARAMETER.search(text, position)):
        closed = text.find(f"</{opened[1]}>", opened.end())
        if closed < 0:
            break
        found[opened[1]] = text[opened.end() : closed].strip("\n")
        position = closed + len(opened[1]) + 3
    return found
