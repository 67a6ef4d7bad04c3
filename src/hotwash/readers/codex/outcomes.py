"""How a Codex tool call went, read from its result. Up to 0.168 the exit code stands in the text alone (formats section 2)."""

import re

import msgspec

from hotwash.readers import fields
from hotwash.transcript import ToolStatus


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a result tells."""

    text: str
    status: ToolStatus = "unknown"
    exit_code: int | None = None
    duration_s: float | None = None
    process: str | None = None
    """Id of the process that still runs; `write_stdin` brings the rest."""
    images: int = 0


_EXIT = re.compile(r"^(?:Process exited with code|Exit code:) (-?\d{1,10})$", re.MULTILINE)
_RUNNING = re.compile(r"^Process running with session ID (\d{1,18})$", re.MULTILINE)
_WALL_TIME = re.compile(r"^Wall time: (\d{1,9}(?:\.\d{1,9})?) seconds?$", re.MULTILINE)

# Sentences with which Codex itself answers a call that it did not or could not finish. They open the result; what a program printed comes later.
_VERDICTS: tuple[tuple[re.Pattern[str], ToolStatus], ...] = (
    (re.compile(r".{0,80}?\b(?:rejected|denied) (?:by|because)\b|(?:user )?(?:rejected|denied)\b", re.IGNORECASE), "denied"),
    (re.compile(r"aborted|(?:command )?(?:was )?(?:interrupted|cancelled) by", re.IGNORECASE), "interrupted"),
    (
        re.compile(
            r"\w+ (?:verification )?failed\b|failed\b|(?:tool call |execution )?err(?:or)?\b|command timed out|unsupported call|unable to "
            r"|(?:Wall time: .*\n)?Output:\n\{?\"?error",
            re.IGNORECASE,
        ),
        "error",
    ),
)
# Results that Codex writes only when the call worked.
_GOOD = re.compile(r"Plan updated|Success\.|attached local image path|Done!", re.IGNORECASE)


def read_outcome(output: object) -> Outcome:
    """A result in any of its shapes: text, text with a header, a list of blocks, or an object with text and metadata (also as a JSON string)."""
    if isinstance(output, str):
        return _from_string(output)
    if isinstance(output, list):
        blocks = [fields.mapping(block) for block in output]
        images = sum("image" in fields.string(block.get("type")) for block in blocks)
        text = "\n".join(text for block in blocks if (text := fields.string(block.get("text"))))
        outcome = _from_text(text)
        only_images = bool(images) and outcome.status == "unknown"
        return msgspec.structs.replace(outcome, images=images, status="ok" if only_images else outcome.status)
    return _from_object(fields.mapping(output))


def _from_string(output: str) -> Outcome:
    """Text; in 2025 it was a JSON object in a string for shell calls: `{"output": …, "metadata": {"exit_code": …, "duration_seconds": …}}`."""
    if output.startswith('{"output"'):
        try:
            decoded = msgspec.json.decode(output)
        except (msgspec.DecodeError, RecursionError):
            decoded = None
        if isinstance(decoded, dict) and isinstance(decoded.get("output"), str):
            return _from_object(decoded)
    return _from_text(output)


def _from_object(output: dict[str, object]) -> Outcome:
    text = next((value for key in ("output", "content", "text") if isinstance(value := output.get(key), str)), "")
    metadata = fields.mapping(output.get("metadata"))
    code = fields.exit_code(metadata.get("exit_code"))
    success = output.get("success")
    if code is None and not isinstance(success, bool):
        return _from_text(text)
    failed = code != 0 if code is not None else not success
    return Outcome(
        text=text, status="error" if failed else "ok", exit_code=code, duration_s=fields.number(metadata.get("duration_seconds"))
    )


def _from_text(text: str) -> Outcome:
    header = _header(text)
    wall_time = _WALL_TIME.search(header)
    duration_s = float(wall_time[1]) if wall_time else None
    if exited := _EXIT.search(header):
        code = fields.exit_code(int(exited[1]))
        return Outcome(text=text, status="error" if code else "ok", exit_code=code, duration_s=duration_s)
    if running := _RUNNING.search(header):
        return Outcome(text=text, status="running", process=running[1])
    return Outcome(text=text, status=_verdict(text), duration_s=duration_s)


_HEADER_CHARS = 600
"""The header has at most six short lines; an `Output:` further down is the program's own."""


def _header(text: str) -> str:
    """What Codex wrote above the program's output. A program may print `Exit code: 0` itself."""
    if not text.startswith(("Chunk ID:", "Wall time:", "Exit code:", "Process ", "Command:")):
        return ""
    return text[:_HEADER_CHARS].partition("\nOutput:")[0]


def _verdict(text: str) -> ToolStatus:
    opening = text[:300].lstrip()
    for pattern, status in _VERDICTS:
        if pattern.match(opening):
            return status
    return "ok" if _GOOD.match(opening) else "unknown"
