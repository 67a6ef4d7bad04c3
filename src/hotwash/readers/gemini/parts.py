"""The parts that messages of Gemini's API are made of: text, calls and results of functions, data."""

import re
from collections.abc import Iterator

from hotwash.readers import fields
from hotwash.transcript import Category, Usage

_Object = dict[str, object]

CATEGORIES: dict[str, Category] = {
    "run_shell_command": "shell",
    "list_directory": "search",
    "glob": "search",
    "grep_search": "search",
    "search_file_content": "search",
    "read_many_files": "file",
    "replace": "file",
    "google_web_search": "browser",
    "web_fetch": "browser",
    "save_memory": "knowledge",
    "activate_skill": "knowledge",
    "ask_user": "message",
}

_TRAILER_CHARS = 600
"""The report about a command closes its result; what the command printed stands before it."""
_TRAILER = re.compile(
    r"^Exit Code: (-?\d{1,10}|\(none\))(?:\n(?:Signal|Background PIDs|Process Group PGID): [^\n]{0,200})*\s*(?:</untrusted_context>)?\s*$",
    re.MULTILINE,
)
_NOT_FINISHED = re.compile(r"^(?:Signal: (?!0\b|\(none\))|Command (?:timed out|was|is running|moved)|Error: (?!\(none\)))", re.MULTILINE)

_REFERENCED_FILES = "--- Content from referenced files ---"
"""From here on stands what the program adds for the files that the person named with `@`."""
_NOT_TYPED = ("<session_context>", "<hook_context>", "<system-reminder>", "System: Please continue.")


def each_part(content: object) -> Iterator[_Object]:
    """The parts of a message, which may also be plain text."""
    if isinstance(content, str):
        yield {"text": content}
        return
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            yield {"text": part}
        elif isinstance(part, dict):
            yield part


def typed_text(content: object) -> tuple[str, int]:
    """What a person typed, and the number of images with it; empty for results of tools and for what the program says in a person's place."""
    texts: list[str] = []
    images = 0
    for part in each_part(content):
        if "inlineData" in part or "fileData" in part:
            images += 1
            continue
        text = fields.string(part.get("text"))
        if _REFERENCED_FILES in text:
            texts.append(text[: text.index(_REFERENCED_FILES)].rstrip("\n"))
            break
        if not text.lstrip().startswith(_NOT_TYPED):
            texts.append(text)
    return "\n".join(text for text in texts if text.strip()), images


def result_text(results: object) -> tuple[str, bool]:
    """What the model was told of a call, and whether it was told as an error."""
    texts: list[str] = []
    failed = False
    for part in each_part(results):
        response = fields.mapping(fields.mapping(part.get("functionResponse")).get("response"))
        error = fields.string(response.get("error"))
        failed = failed or bool(error)
        texts.append(
            error or fields.string(response.get("output")) or fields.string(response.get("content")) or fields.string(part.get("text"))
        )
    return "\n".join(text for text in texts if text), failed


def exit_code(text: str, *, succeeded: bool) -> int | None:
    """The exit code in the result of a command. A good command of newer versions tells none: it is 0."""
    trailer = text[-_TRAILER_CHARS:]
    if "\n" not in trailer:
        trailer = trailer.replace(r"\n", "\n")  # some copies hold the ends of lines escaped
    told = _TRAILER.search(trailer)
    if told is not None:
        return None if told[1] == "(none)" else fields.exit_code(int(told[1]))
    return 0 if succeeded and not _NOT_FINISHED.search(trailer) else None


def usage(counts: _Object, *, prompt: str, output: str, cached: str, thoughts: str, tool: str, total: str) -> Usage | None:
    """Tokens under the names a program uses. The prompt holds the cached ones; the output holds the thoughts where the total says so."""
    prompt_tokens, output_tokens = fields.count(counts.get(prompt)), fields.count(counts.get(output))
    if prompt_tokens is None or output_tokens is None:
        return None
    thought = fields.count(counts.get(thoughts)) or 0
    used_by_tools = fields.count(counts.get(tool)) or 0
    if fields.count(counts.get(total)) != prompt_tokens + output_tokens + used_by_tools:
        output_tokens += thought
    cache_read = min(fields.count(counts.get(cached)) or 0, prompt_tokens)
    return Usage(input=prompt_tokens - cache_read + used_by_tools, cache_read=cache_read, output=output_tokens, reasoning=thought)
