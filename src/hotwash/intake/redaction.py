"""Takes secrets out of a transcript before anything is stored or shown. What stays says which rule took the secret: `[REDACTED:github-token]`."""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

import msgspec
import re2  # type: ignore[import-untyped]  # google-re2 ships neither types nor stubs

from hotwash.intake.redaction_rules import EMAIL, RULES, TELLING_NAME, Rule, is_literal, is_placeholder, looks_random
from hotwash.sessions.storable import encodable
from hotwash.transcript import AgentMessage, Event, Instruction, Lifecycle, PullRequest, Reasoning, ToolCall, Transcript, UserMessage

_TEXT_FIELDS: dict[type[Event], tuple[str, ...]] = {
    UserMessage: ("text",),
    AgentMessage: ("text",),
    Reasoning: ("text",),
    ToolCall: ("command", "path", "output", "name"),
    Instruction: ("name", "text"),
    Lifecycle: ("text",),
}
"""Where an event holds words of a session. A tool call's `arguments` are walked besides."""

_HEADER_FIELDS = ("title", "cwd", "repository", "branch", "agent", "format_version")

# Arguments nest as deep as an attacker likes; what lies deeper than this was not written by an agent and is dropped.
_DEEPEST = 64
_TOO_DEEP = "[REDACTED:too-deep]"

# Characters; shorter keys of maps need no search.
_SHORTEST_SECRET = 12

# Makes the search for hints succeed, so that the walk comes by and drops what is too deep.
_HINTING = "secret="

# A value under a telling key, as the rule for assignments bounds it: longer ones and those with blanks are texts.
_ONE_VALUE = re.compile(r"\S{12,512}")

_MARK = re.compile(r"\[REDACTED:([a-z0-9-]+)\]")

S = TypeVar("S", bound=msgspec.Struct)


class _Match(Protocol):
    """The part of re2's match object that is used here; the module has no types."""

    def span(self, group: int = 0) -> tuple[int, int]: ...


class _Pattern(Protocol):
    @property
    def groups(self) -> int: ...
    def finditer(self, text: str) -> Iterator[_Match]: ...


class _Search(Protocol):
    def search(self, text: bytes) -> _Match | None: ...


class _Hints(Protocol):
    def Match(self, text: str) -> list[int]: ...  # noqa: N802  # as re2 names it


def _options() -> object:
    options = re2.Options()
    options.max_mem = 64 << 20  # bytes; with the default of 8 MB an automaton of all rules is thrown away and built again and again
    return options


def _compile(pattern: str) -> _Pattern:
    compiled: _Pattern = re2.compile(pattern, _options())
    return compiled


def _compile_any_hint(rules: Iterable[Rule]) -> _Search:
    compiled: _Search = re2.compile("|".join(f"(?:{rule.hint})" for rule in rules).encode(), _options())
    return compiled


def _compile_hints(rules: Iterable[Rule]) -> _Hints:
    hints = re2.Set.SearchSet(_options())
    for rule in rules:
        hints.Add(rule.hint)
    hints.Compile()
    compiled: _Hints = hints
    return compiled


class Table:
    """Rules, compiled: what is taken out."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.patterns = tuple((rule, _compile(rule.pattern)) for rule in rules)
        # One pass over a text says whether any rule can match at all; nearly every text ends there. A second says which.
        self.any_hint = _compile_any_hint(rules)
        self.hints = _compile_hints(rules)


SECRETS = Table(RULES)


@functools.cache
def table(*, emails: bool) -> Table:
    """The rules for secrets, and with `emails` the one for addresses of people."""
    return Table((*RULES, EMAIL)) if emails else SECRETS


def redact_transcript(transcript: Transcript, rules: Table = SECRETS) -> tuple[Transcript, dict[str, int]]:
    """The transcript without secrets, and how many each rule took out. Events without secrets are kept as they are, not rebuilt."""
    counts: Counter[str] = Counter()
    events = tuple(_redact_event(event, rules, counts) for event in transcript.events)
    clean = _redact_fields(transcript, _HEADER_FIELDS, rules, counts)
    if any(new is not old for new, old in zip(events, transcript.events, strict=True)):
        clean = msgspec.structs.replace(clean, events=events)
    requests = tuple(_redact_fields(pull_request, ("url",), rules, counts) for pull_request in transcript.pull_requests)
    if requests != transcript.pull_requests:
        clean = msgspec.structs.replace(clean, pull_requests=_distinct(requests))
    return clean, dict(sorted(counts.items()))


def count_marks(transcript: Transcript) -> dict[str, int]:
    """How many secrets each rule took out of a transcript that came redacted, as telemetry does: by the marks that stand in their places."""
    names = {rule.name for rule in (*RULES, EMAIL)}
    counts = Counter(_MARK.findall(msgspec.json.encode(transcript).decode()))
    return {name: counts[name] for name in sorted(names & counts.keys())}


def redact_text(text: str, counts: Counter[str] | None = None, rules: Table = SECRETS) -> str:
    """The text with `[REDACTED:rule]` in the place of each secret. The same text, not a copy, where there is none."""
    if not _has_hint(text, rules):
        return text
    tally: Counter[str] = Counter() if counts is None else counts
    text = encodable(text)
    for index in sorted(rules.hints.Match(text)):
        text = _apply(*rules.patterns[index], text, tally)
    return text


def redact_value(value: object, key: str = "", rules: Table = SECRETS) -> object:
    """A JSON value without secrets, wherever in it they stand. `key`: the name it is known by, which may tell that it is one."""
    return _redact_value(key, value, rules, Counter(), 0)


def _has_hint(text: str, rules: Table) -> bool:
    return rules.any_hint.search(text.encode("utf-8", "surrogatepass")) is not None


def _apply(rule: Rule, pattern: _Pattern, text: str, counts: Counter[str]) -> str:
    pieces: list[str] = []
    end = 0
    for match in pattern.finditer(text):
        start, stop = match.span(pattern.groups)
        value = text[start:stop]
        if not _is_secret(rule, value):
            continue
        pieces += (text[end:start], f"[REDACTED:{rule.name}]")
        end = stop
        counts[rule.name] += 1
    return "".join((*pieces, text[end:])) if pieces else text


def _is_secret(rule: Rule, value: str) -> bool:
    """Whether the value is what its shape says."""
    if rule.must_look_random:
        return looks_random(value)
    if rule.must_be_literal:
        return is_literal(value)
    return not (is_placeholder(value) and rule.name == "connection-string")


def _redact_event(event: Event, rules: Table, counts: Counter[str]) -> Event:
    fields = _TEXT_FIELDS.get(type(event))
    if fields is None or not _has_hint(_all_text(event, fields), rules):
        return event
    clean = _redact_fields(event, fields, rules, counts)
    if isinstance(clean, ToolCall) and clean.arguments:
        arguments = _redact_items(clean.arguments, rules, counts, 0)
        if arguments != clean.arguments:
            clean = msgspec.structs.replace(clean, arguments=arguments)
    return clean


def _all_text(event: Event, fields: tuple[str, ...]) -> str:
    """Everything an event says, for one search instead of one a field."""
    texts: list[str] = [text for field in fields if (text := getattr(event, field))]
    if isinstance(event, ToolCall):
        _add_argument_texts(texts, "", event.arguments, 0)
    return texts[0] if len(texts) == 1 else "\n".join(texts)


def _add_argument_texts(texts: list[str], key: str, value: object, depth: int) -> None:
    """Arguments stand as `key=value`, so that a telling key counts. What `command` and `path` hold too is searched once."""
    if isinstance(value, str):
        if value not in texts[:3]:
            texts.append(f"{key}={value}")
    elif depth >= _DEEPEST:
        texts.append(_HINTING)
    elif isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(item, str) and len(str(name)) >= _SHORTEST_SECRET:
                texts.append(str(name))
            _add_argument_texts(texts, str(name), item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _add_argument_texts(texts, key, item, depth + 1)


def _redact_value(key: str, value: object, rules: Table, counts: Counter[str], depth: int) -> object:
    if isinstance(value, str):
        clean = redact_text(value, counts, rules)
        if clean is value and _ONE_VALUE.fullmatch(value) and TELLING_NAME.fullmatch(key) and looks_random(value):
            counts["secret-value"] += 1
            return "[REDACTED:secret-value]"
        return clean
    if depth >= _DEEPEST - 1:
        return _TOO_DEEP if isinstance(value, dict | list) else value
    if isinstance(value, dict):
        return _redact_items(value, rules, counts, depth + 1)
    if isinstance(value, list):
        return [_redact_value(key, item, rules, counts, depth + 1) for item in value]
    return value


def _redact_items(items: dict[str, object], rules: Table, counts: Counter[str], depth: int) -> dict[str, object]:
    """With keys that hold a secret: a map may be keyed by one."""
    return {redact_text(str(name), counts, rules): _redact_value(str(name), item, rules, counts, depth) for name, item in items.items()}


def _redact_fields(struct: S, fields: tuple[str, ...], rules: Table, counts: Counter[str]) -> S:
    changed: dict[str, str] = {}
    for field in fields:
        text: str | None = getattr(struct, field)
        if text and (clean := redact_text(text, counts, rules)) is not text:
            changed[field] = clean
    return msgspec.structs.replace(struct, **changed) if changed else struct


def _distinct(requests: tuple[PullRequest, ...]) -> tuple[PullRequest, ...]:
    """Without repeats: addresses that differed in a secret alone are now the same."""
    return tuple({request.url: request for request in requests}.values())
