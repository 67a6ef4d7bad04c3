"""Aider: `.aider.chat.history.md` in the repository, Markdown, several sessions one after the other (formats section 9). `#### ` opens what a
person typed, `> ` what the program tells; all else is the model's answer. A record is the line. Only the start of a session has a time, in the
machine's own zone, which is not recorded: it is taken as UTC. Token counts are rounded by Aider."""

import re
import uuid
from collections.abc import Iterator

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import MAX_TEXT_CHARS, Head, Source, UnreadableSource
from hotwash.readers.jsonl import iter_lines
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import Identity, Recorder
from hotwash.readers.streams import open_bytes
from hotwash.transcript import AgentMessage, Coverage, ToolStatus, Transcript, Usage, UserMessage

HISTORY_SUFFIX = ".aider.chat.history.md"
BEGINS = re.compile(rb"^# aider chat started at \d", re.MULTILINE)

_COVERAGE = Coverage(tokens=True, cache_read_tokens=True, cache_write_tokens=True, cost=True, models=True, interruptions=True)
_CONTENT_NAMESPACE = uuid.UUID("3f4f6f0e-2a2b-5b0b-8f7a-1d7a3c1d9e42")  # ours, fixed for ever: session ids depend on it

_STARTED = re.compile(r"# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*")
_VERSION = re.compile(r"Aider v(\S{1,40})")
_MODEL = re.compile(r"(?:Main model|Model|Models): (\S{1,200}) with ")
_TOKENS = re.compile(
    r"Tokens: (?P<sent>[\d.,]+[kKM]?) sent(?P<cached>(?:, [\d.,]+[kKM]? cache (?:write|hit))*), (?P<received>[\d.,]+[kKM]?) received"
)
_CACHED = re.compile(r"([\d.,]+[kKM]?) cache (write|hit)")
_COST = re.compile(r"Cost: \$([\d.,]+) (?:message|send)")
_FACTORS = {"k": 1_000, "K": 1_000, "M": 1_000_000}

_APPLIED = re.compile(r"Applied edit to (\S.{0,1000})")
_NOT_APPLIED = re.compile(
    r"(?:The LLM did not conform to the edit format|\d+ SEARCH/REPLACE blocks? failed to match|Unable to find|Malformed edit)"
)
_COMMITTED = re.compile(r"Commit ([0-9a-f]{7,40}) ")
_RAN = re.compile(r"Running (?:shell command )?(\S.{0,20000})")
_STOPPED = re.compile(r"\^C")
_API_ERROR = re.compile(r"(?:litellm|openai|anthropic)\.\S{0,100}(?:Error|Exception)|The API provider ")
_CONTEXT_FULL = re.compile(r"Model \S{1,200} has hit a token limit|.{0,100}exceeds the [\d,]+ token limit")
_ASKING = ("/ask ", "/code ", "/architect ", "/chat-mode ", "/context ")
"""Commands whose rest is said to the model. Every other command is one to the program."""


class Aider:
    """Histories of Aider: every session in the file in which something was said."""

    format = "aider"

    def detects(self, head: Head) -> bool:
        return BEGINS.search(head.first_bytes) is not None

    def read(self, source: Source) -> Iterator[Transcript]:
        session: _Session | None = None
        said = 0
        for record, line in _lines(source):
            started = _STARTED.fullmatch(line)
            if started is not None:
                if session is not None and (finished := session.finish()):
                    said += 1
                    yield finished
                session = _Session(record, started[1])
            elif session is not None:
                session.take(record, line)
        if session is not None and (finished := session.finish()):
            said += 1
            yield finished
        if not said:
            raise UnreadableSource(f"{source.name}: holds no session of Aider's in which anything was said")


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    with open_bytes(source) as stream:
        for record, line in iter_lines(stream, source.name, Oddities()):
            yield record, line.decode(errors="replace").rstrip("\r\n")


class _Session:
    """Takes one line after the other."""

    def __init__(self, record: int, started: str) -> None:
        self.recorder = Recorder(Oddities())
        self.recorder.clock(parse_time(started))
        self._started = started
        self._record = record
        self._identity = Identity(native_id="")
        self._typed: list[str] = []
        self._told: list[str] = []
        self._fenced = False
        self._costs_follow = False
        self._chars = 0
        """Of the message or answer that is being read: no more is kept than a transcript keeps of a text."""

    def take(self, record: int, line: str) -> None:
        self._record = record
        costs_follow, self._costs_follow = self._costs_follow, False
        if costs_follow and (cost := _COST.match(line)):
            self.recorder.spend(None, cost_usd=_number(cost[1]))
            return
        if line.lstrip().startswith(("```", "~~~")) and not self._typed:
            self._fenced = not self._fenced
        if line.startswith("#### ") and not self._fenced:
            self._end_answer()
            self._begin(self._typed)
            self._keep(self._typed, line[5:].removesuffix("  "))
        elif line.startswith(">") and (not self._fenced or line.startswith("> Tokens: ")):
            self._fenced = False
            self._end_message()
            self._end_answer()
            self.recorder.begin(record, None)
            self._notice(line[1:].strip())
        elif line.strip() or self._told:
            self._end_message()
            self._begin(self._told)
            self._keep(self._told, line)

    def finish(self) -> Transcript | None:
        """The session; None where nothing was said."""
        self._end_message()
        self._end_answer()
        identity = self._identity
        identity.native_id = identity.native_id or self._id_of("")
        covered = msgspec.structs.replace(_COVERAGE, models=bool(self.recorder.models))
        transcript = self.recorder.transcript("aider", "Aider", identity, covered, records=self._record)
        transcript = msgspec.structs.replace(transcript, ended_at=None)
        return transcript if any(isinstance(event, UserMessage | AgentMessage) for event in transcript.events) else None

    def _begin(self, lines: list[str]) -> None:
        if not lines:
            self.recorder.begin(self._record, None)
            self._chars = 0

    def _keep(self, lines: list[str], line: str) -> None:
        if self._chars <= MAX_TEXT_CHARS:
            lines.append(line)
            self._chars += len(line) + 1

    def _end_message(self) -> None:
        text, self._typed = "\n".join(self._typed), []
        asked = next((prefix for prefix in _ASKING if text.startswith(prefix)), "")
        if asked or not text.startswith(("/", "!")):
            self.recorder.user(text[len(asked) :])

    def _end_answer(self) -> None:
        text, self._told = "\n".join(self._told).strip("\n"), []
        self.recorder.agent(text)

    def _notice(self, text: str) -> None:
        if not self._identity.native_id and text:
            self._identity.native_id = self._id_of(text)
        if found := _VERSION.match(text):
            self._identity.format_version = found[1]
        elif found := _MODEL.match(text):
            self.recorder.use_model(found[1])
        elif found := _TOKENS.match(text):
            self._spend(found, _COST.search(text))
        elif _STOPPED.match(text):
            self.recorder.lifecycle("interruption", text)
        elif _API_ERROR.match(text):
            self.recorder.lifecycle("api_error", text)
        elif _CONTEXT_FULL.match(text):
            self.recorder.lifecycle("context_limit", text)
        else:
            self._done(text)

    def _done(self, text: str) -> None:
        """What Aider did on the model's word. It tells of it only when it is done, and of commands only that they ran."""
        if found := _APPLIED.match(text):
            self._call("edit", {"path": found[1]}, text, "ok")
        elif _NOT_APPLIED.match(text):
            self._call("edit", {}, text, "error")
        elif found := _COMMITTED.match(text):
            self._call("commit", {"commit": found[1]}, text, "ok")
        elif found := _RAN.match(text):
            self._call("shell", {"command": found[1]}, text, "unknown")

    def _call(self, name: str, arguments: dict[str, object], text: str, status: ToolStatus) -> None:
        draft = self.recorder.call(None, name, arguments)
        draft.add_output(text, self.recorder.record, None)
        draft.status = status

    def _spend(self, tokens: re.Match[str], cost: re.Match[str] | None) -> None:
        cached = {kind: _count(amount) for amount, kind in _CACHED.findall(tokens["cached"])}
        read, written = cached.get("hit", 0), cached.get("write", 0)
        usage = Usage(
            input=max(0, _count(tokens["sent"]) - read - written),
            cache_read=read,
            cache_write_5m=written,
            output=_count(tokens["received"]),
        )
        self.recorder.cached(cached.get("hit"), cached.get("write"))
        self.recorder.spend(usage, cost_usd=_number(cost[1]) if cost else None)
        self._costs_follow = cost is None  # on a line of their own, without its mark, where the cache was read and written

    def _id_of(self, first_notice: str) -> str:
        """No session bears an id. Its start and the command line that Aider tells first are the same in every later copy of the file."""
        return str(uuid.uuid5(_CONTENT_NAMESPACE, f"{self._started}\n{first_notice}"))


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return 0.0


def _count(text: str) -> int:
    """`4.2k` as 4200."""
    factor = _FACTORS.get(text[-1:], 1)
    return fields.count(round(_number(text.rstrip("kKM")) * factor)) or 0
