"""Messages to and from a model, in every shape that instrumentations write them: the semantic conventions' parts, OpenAI's and Anthropic's
messages, Gemini's contents, and lists flattened into numbered attribute keys."""

from collections.abc import Iterable, Sequence

import msgspec

from hotwash.readers import fields
from hotwash.readers.otlp.values import Object, first_string

_ASSISTANT = frozenset({"assistant", "model", "ai"})
_SYSTEM = frozenset({"system", "developer"})
_TOOL = frozenset({"tool", "function"})
MAX_MESSAGES = 10_000
"""In one list. Numbered keys beyond it come from no agent."""


class SaidCall(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call that the model asked for."""

    call_id: str
    name: str
    arguments: object


class SaidResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a tool answered."""

    call_id: str
    text: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One message."""

    role: str
    texts: tuple[str, ...] = ()
    reasoning: tuple[str, ...] = ()
    calls: tuple[SaidCall, ...] = ()
    results: tuple[SaidResult, ...] = ()
    images: int = 0

    @property
    def is_assistant(self) -> bool:
        return self.role in _ASSISTANT

    @property
    def is_user(self) -> bool:
        return self.role not in _ASSISTANT | _SYSTEM | _TOOL


def read_messages(value: object) -> tuple[Said, ...]:
    """The messages in a list, or the one message; either may be JSON in a string. A bare text is the one of a user."""
    decoded = structured(value)
    if isinstance(decoded, str):
        return (Said(role="user", texts=(decoded,)),) if decoded.strip() else ()
    if isinstance(decoded, dict):
        inner = decoded.get("messages")
        decoded = inner if isinstance(inner, list) else [decoded]
    return tuple(_message(item) for item in fields.sequence(decoded)[:MAX_MESSAGES] if isinstance(item, dict))


def new_input(messages: Sequence[Said]) -> tuple[Said, ...]:
    """What a model call was told that the calls before it were not: everything after the last answer. Agents send the whole history each time."""
    last = max((index for index, message in enumerate(messages) if message.is_assistant), default=-1)
    return tuple(messages[last + 1 :])


def is_answer(role: object) -> bool:
    """Whether a message of this role is the model's."""
    return isinstance(role, str) and role.lower() in _ASSISTANT


def structured(value: object) -> object:
    """A value that may be JSON written into a string, as that JSON; otherwise the value itself."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return value


def nested(attributes: Object, prefix: str) -> list[object]:
    """The list that was flattened into keys `prefix.0.…`, `prefix.1.…`, by number."""
    items: dict[int, Object] = {}
    for key, value in attributes.items():
        if not key.startswith(f"{prefix}."):
            continue
        number, _, rest = key[len(prefix) + 1 :].partition(".")
        if number.isdecimal() and number.isascii() and len(number) <= 4:
            items.setdefault(int(number), {})[rest] = value
    return [items[number] for number in sorted(items)]


def as_text(value: object) -> str:
    """A result as text: texts as they are, anything else as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    texts = [fields.string(fields.mapping(item).get("text")) for item in fields.sequence(value)]
    return "\n".join(text for text in texts if text) or msgspec.json.encode(value).decode()


def _message(message: Object) -> Said:
    role = fields.string(message.get("role")).lower()
    parts: list[object] = [*fields.sequence(message.get("parts"))]
    content = structured(message.get("content"))
    if isinstance(content, str):
        parts.append({"type": "text", "text": content})
    else:
        parts += fields.sequence(content)
    found = _Parts()
    if role in _TOOL and (call_id := first_string(message, "tool_call_id", "id")):
        text = "\n".join(_text(part) for part in map(fields.mapping, parts) if part.get("type") not in _RESULT_TYPES)
        if text:
            found.results.append(SaidResult(call_id=call_id, text=text))
            parts = []
    for part in parts:
        found.add({"type": "text", "text": part} if isinstance(part, str) else fields.mapping(part))
    for reasoning in (message.get("reasoning_content"), message.get("reasoning")):
        found.reasoning += [reasoning] if isinstance(reasoning, str) else []
    for call in map(fields.mapping, fields.sequence(structured(message.get("tool_calls")))):
        found.calls.append(_openai_call(call))
    return Said(
        role=role,
        texts=_some(found.texts),
        reasoning=_some(found.reasoning),
        calls=tuple(call for call in found.calls if call.name),
        results=tuple(found.results),
        images=found.images,
    )


_RESULT_TYPES = frozenset({"tool_call_response", "tool_result", "function_call_output"})
_CALL_TYPES = frozenset({"tool_call", "tool_use", "function_call"})
_REASONING_TYPES = frozenset({"reasoning", "thinking"})


class _Parts:
    """What the parts of one message hold."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.reasoning: list[str] = []
        self.calls: list[SaidCall] = []
        self.results: list[SaidResult] = []
        self.images = 0

    def add(self, part: Object) -> None:
        kind = fields.string(part.get("type"))
        if kind in _REASONING_TYPES or part.get("thought") is True:
            self.reasoning.append(_text(part) or fields.string(part.get("thinking")))
        elif kind in _CALL_TYPES or "functionCall" in part:
            called = fields.mapping(part.get("functionCall")) or part
            self.calls.append(
                SaidCall(
                    call_id=first_string(called, "id", "call_id"),
                    name=fields.string(called.get("name")),
                    arguments=structured(_first_value(called, "arguments", "args", "input")),
                )
            )
        elif kind in _RESULT_TYPES or "functionResponse" in part:
            answered = fields.mapping(part.get("functionResponse")) or part
            result = _first_value(answered, "response", "result", "content", "output")
            output = fields.mapping(result).get("output")
            self.results.append(
                SaidResult(
                    call_id=first_string(answered, "id", "tool_use_id", "tool_call_id", "call_id"),
                    text=output if isinstance(output, str) else as_text(result),
                )
            )
        elif kind.endswith("text") or not kind:
            self.texts.append(_text(part))
        elif "image" in kind or "image" in fields.string(part.get("mime_type")) or part.get("modality") == "image":
            self.images += 1


def _openai_call(call: Object) -> SaidCall:
    function = fields.mapping(call.get("function")) or call
    return SaidCall(
        call_id=fields.string(call.get("id")), name=fields.string(function.get("name")), arguments=structured(function.get("arguments"))
    )


def _text(part: Object) -> str:
    return first_string(part, "text", "content")


def _first_value(value: Object, *keys: str) -> object:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _some(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if text.strip())
