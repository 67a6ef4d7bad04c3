"""The judge's requests as batch files of the providers, and the answers read back. Pure: text in, text out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from hotwash.analysis.judge.model import Request
from hotwash.judging.model import MAX_ANSWER_TOKENS
from hotwash.readers import fields

Provider = Literal["openai", "anthropic", "plain"]
PROVIDERS: tuple[Provider, ...] = ("plain", "openai", "anthropic")
DEFAULT_MODELS: Mapping[Provider, str] = {"openai": "gpt-5.5", "anthropic": "claude-sonnet-5-5", "plain": ""}
"""Where none is named. A model that follows long instructions; the price lists know both."""
OPENAI_URL = "/v1/chat/completions"


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a results file. `text` None: the model gave none, and `reason` says why."""

    request_id: str
    text: str | None
    reason: str = ""
    input_tokens: int = 0
    output_tokens: int = 0


class BadLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a results file that is no answer."""

    number: int
    reason: str


def request_line(request: Request, provider: Provider, model: str) -> bytes:
    """One line of the file to hand in, with its line end."""
    return msgspec.json.encode(_AS_LINE[provider](request, model)) + b"\n"


def read_answers(data: bytes) -> Iterator[BatchAnswer | BadLine]:
    """The answers of a results file, whichever provider wrote each line."""
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            entry = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield BadLine(number=number, reason="is not JSON")
            continue
        answer = _answer(entry) if isinstance(entry, dict) else None
        yield answer or BadLine(number=number, reason="is no answer: it has neither `id` and `answer`, nor `custom_id`")


def latest(answers: Iterable[BatchAnswer]) -> dict[str, BatchAnswer]:
    """By request; of several answers to one the last that has words."""
    kept: dict[str, BatchAnswer] = {}
    for answer in answers:
        if answer.text is not None or answer.request_id not in kept:
            kept[answer.request_id] = answer
    return kept


def _plain(request: Request, _model: str) -> object:
    return {"id": request.id, "prompt": request.as_text}


def _openai(request: Request, model: str) -> object:
    return {
        "custom_id": request.id,
        "method": "POST",
        "url": OPENAI_URL,
        "body": {
            "model": model,
            "messages": [{"role": "system", "content": request.system}, {"role": "user", "content": request.prompt}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": request.schema_name, "strict": True, "schema": request.schema},
            },
            "max_completion_tokens": MAX_ANSWER_TOKENS,
        },
    }


def _anthropic(request: Request, model: str) -> object:
    """The answer comes as the input of a tool that does nothing: so its shape is held to the schema."""
    tool = {"name": request.schema_name, "description": "Hand in the answer.", "input_schema": request.schema}
    return {
        "custom_id": request.id,
        "params": {
            "model": model,
            "max_tokens": MAX_ANSWER_TOKENS,
            "system": request.system,
            "messages": [{"role": "user", "content": request.prompt}],
            "tools": [tool],
            "tool_choice": {"type": "tool", "name": request.schema_name},
        },
    }


_AS_LINE = {"plain": _plain, "openai": _openai, "anthropic": _anthropic}


def _answer(entry: dict[str, object]) -> BatchAnswer | None:
    if isinstance(identity := entry.get("id"), str) and "answer" in entry:
        answer = entry["answer"]
        return BatchAnswer(request_id=identity, text=_as_text(answer), reason="" if answer is not None else "the answer is empty")
    identity = entry.get("custom_id")
    if not isinstance(identity, str):
        return None
    if isinstance(result := entry.get("result"), dict):
        return _from_anthropic(identity, result)
    return _from_openai(identity, entry)


def _from_anthropic(request_id: str, result: dict[str, object]) -> BatchAnswer:
    message = fields.mapping(result.get("message"))
    parts = [fields.mapping(part) for part in fields.sequence(message.get("content"))]
    tool = next((part["input"] for part in parts if part.get("type") == "tool_use" and "input" in part), None)
    words = "".join(text for part in parts if isinstance(text := part.get("text"), str))
    text = _as_text(tool) if tool is not None else words or None
    usage = fields.mapping(message.get("usage"))
    inputs = sum(_tokens(usage.get(key)) for key in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"))
    return _told(request_id, text, str(result.get("type") or "no result"), inputs, _tokens(usage.get("output_tokens")))


def _from_openai(request_id: str, entry: dict[str, object]) -> BatchAnswer:
    response = fields.mapping(entry.get("response"))
    body = fields.mapping(response.get("body"))
    message = fields.mapping(fields.mapping(next(iter(fields.sequence(body.get("choices"))), None)).get("message"))
    content = message.get("content")
    error = fields.mapping(entry.get("error")) or fields.mapping(body.get("error"))
    reason = message.get("refusal") or error.get("message") or error.get("code") or f"status {response.get('status_code')}"
    usage = fields.mapping(body.get("usage"))
    text = content if isinstance(content, str) and content else None
    return _told(request_id, text, str(reason), _tokens(usage.get("prompt_tokens")), _tokens(usage.get("completion_tokens")))


def _told(request_id: str, text: str | None, reason: str, inputs: int, outputs: int) -> BatchAnswer:
    return BatchAnswer(
        request_id=request_id, text=text, reason="" if text is not None else reason, input_tokens=inputs, output_tokens=outputs
    )


def _tokens(told: object) -> int:
    return fields.count(told) or 0


def _as_text(answer: object) -> str | None:
    """The answer's words; an object, which some write instead of its text, as JSON."""
    if answer is None or isinstance(answer, str):
        return answer
    return msgspec.json.encode(answer).decode()
