"""mini-swe-agent: one document a run, `<instance>.traj.json` or `last_mini_run.traj.json` (formats section 5). A record is the 1-based index in
`messages`. In version 1 results come as user messages and commands stand in the answers' text; in 1.1 they are tool calls with results."""

import re
from collections.abc import Iterator

import msgspec

from hotwash.kit.clock import parse_time
from hotwash.readers import fields
from hotwash.readers.base import Head, Source, UnreadableSource
from hotwash.readers.chat import cached_in, decoded, digest, response_usage, text_of
from hotwash.readers.documents import load_document
from hotwash.readers.drafts import CallDraft
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import NO_CALL, NOT_AN_OBJECT, Identity, Recorder, outcome
from hotwash.transcript import Coverage, Transcript

_Object = dict[str, object]

_COVERAGE = Coverage(
    timestamps=True,
    tokens=True,
    cache_read_tokens=True,
    cache_write_tokens=True,
    cost=True,
    exit_codes=True,
    tool_status=True,
    models=True,
    reasoning=True,
    interruptions=True,
)
_FORMAT = "mini-swe-agent-"
_OPENED = re.compile(r"```(?:bash|mswea_bash_command)[ \t]*\n")
_CLOSED = "\n```"
_RETURNED = re.compile(r"\s*<returncode>(-?\d{1,10})</returncode>")
_TIMED_OUT = re.compile(r"The last command <command>.{0,20000}?</command> timed out and has been killed", re.DOTALL)
_SUBMITS = ("COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT", "MINI_SWE_AGENT_FINAL_OUTPUT")
"""A command that prints one of these ends the run; the rest of what it prints is the submission, and the last message."""
_REFUSED = "Command not executed. The user rejected your command with the following message:"
_BY_PERSON = (_REFUSED, "Interrupted by user:", "The user added a new task:")
"""How the interactive agent passes on what the person says."""


class MiniSweAgent:
    """Runs of mini-swe-agent 1 and 2, and the bare lists of messages of its first versions."""

    format = "mini-swe-agent"

    def detects(self, head: Head) -> bool:
        document = head.document
        if isinstance(document, dict):
            return fields.string(document.get("trajectory_format")).startswith(_FORMAT) and isinstance(document.get("messages"), list)
        listed = [fields.mapping(item) for item in fields.sequence(document)]
        roles = [item.get("role") for item in listed[:3]]
        return roles == ["system", "user", "assistant"] and any(_RETURNED.match(text_of(item.get("content"))) for item in listed[3:5])

    def read(self, source: Source) -> Iterator[Transcript]:
        oddities = Oddities()
        document = load_document(source, oddities)
        about = fields.mapping(document)
        messages = fields.sequence(document if isinstance(document, list) else about.get("messages"))
        if not messages:
            raise UnreadableSource(f"{source.name}: holds no messages of mini-swe-agent's; get a complete copy of the file")
        info = fields.mapping(about.get("info"))
        session = _Session(Recorder(oddities), info)
        for record, message in enumerate(messages, 1):
            if isinstance(message, dict):
                session.take(record, message)
            else:
                oddities.note(NOT_AN_OBJECT, record)
        session.end()
        instance = fields.string(about.get("instance_id")) or _stem(source)
        identity = Identity(
            native_id=f"{instance}-{digest(list(map(fields.mapping, messages)))}",
            format_version=fields.some_string(info.get("mini_version")),
            title=fields.some_string(about.get("instance_id")),
            cwd=fields.some_string(session.settings("environment").get("cwd")),
        )
        transcript = session.recorder.transcript(self.format, "mini-swe-agent", identity, session.coverage(), records=len(messages))
        yield _with_total_cost(transcript, fields.mapping(info.get("model_stats")))


class _Session:
    """Takes one message after the other."""

    def __init__(self, recorder: Recorder, info: _Object) -> None:
        self.recorder = recorder
        self._info = info
        self._asked = self._timed = False
        self._open: CallDraft | None = None
        """The command that waits for its result, where it came without an id."""

    def settings(self, area: str) -> _Object:
        return fields.mapping(fields.mapping(self._info.get("config")).get(area))

    def coverage(self) -> Coverage:
        models = bool(self.recorder.models)
        return msgspec.structs.replace(_COVERAGE, timestamps=self._timed, models=models, reasoning=models)

    def take(self, record: int, message: _Object) -> None:
        extra = fields.mapping(message.get("extra"))
        response = fields.mapping(extra.get("response"))
        at = parse_time(extra.get("timestamp", response.get("created")))
        self._timed = self._timed or at is not None
        self.recorder.begin(record, at)
        role, text = message.get("role"), text_of(message.get("content"))
        if role == "assistant":
            self._answer(message, text, response)
        elif role == "tool":
            self._finish(fields.some_string(message.get("tool_call_id")), text, extra)
        elif role == "user":
            self._user(text, extra, response)
        elif role == "exit":
            self._submitted(text)

    def end(self) -> None:
        if status := fields.string(self._info.get("exit_status")):
            self.recorder.lifecycle("context_limit" if "Context" in status else "session_end", status)

    def _answer(self, message: _Object, text: str, response: _Object) -> None:
        self._think(response)
        calls = [fields.mapping(call) for call in fields.sequence(message.get("tool_calls"))]
        commands = [] if calls else _commands(text)
        # Of an answer with several commands, or none, not one is run: the whole is text.
        self.recorder.agent(text[: commands[0][0]].rstrip() if len(commands) == 1 else text)
        self._open = None
        for call in calls:
            function = fields.mapping(call.get("function"))
            arguments = decoded(function.get("arguments"))
            self._open = self.recorder.call(fields.some_string(call.get("id")), function.get("name"), arguments, "shell")
        if len(commands) == 1:
            self._open = self.recorder.call(None, "bash", {"command": commands[0][1]}, "shell")
        self._spend(response, fields.mapping(message.get("extra")))

    def _think(self, response: _Object) -> None:
        self.recorder.use_model(fields.some_string(response.get("model")) or fields.some_string(self.settings("model").get("model_name")))
        choice = fields.mapping(next(iter(fields.sequence(response.get("choices"))), None))
        said = fields.mapping(choice.get("message"))
        self.recorder.reasoning(fields.string(said.get("reasoning")) or fields.string(said.get("reasoning_content")))

    def _spend(self, response: _Object, extra: _Object) -> None:
        told = fields.mapping(response.get("usage"))
        cost = fields.number(extra.get("cost")) or fields.number(told.get("cost"))
        self.recorder.cached(*cached_in(told))
        self.recorder.spend(response_usage(told), cost_usd=cost)

    def _user(self, text: str, extra: _Object, response: _Object) -> None:
        """The request, a result, or what the program or a person says to the agent while it works."""
        returned = _RETURNED.match(text)
        if not self._asked:
            self._asked = True
            self.recorder.user(text)
        elif text.startswith(_BY_PERSON):
            self._interrupted(text)
        elif returned is not None:
            self._result(text, fields.exit_code(int(returned[1])))
        elif _TIMED_OUT.match(text):
            self._result(text, None)
        elif response:
            self._refused_answer(response, extra)
        else:
            self._submitted(text)

    def _interrupted(self, text: str) -> None:
        prefix = next(prefix for prefix in _BY_PERSON if text.startswith(prefix))
        if prefix == _REFUSED and self._open is not None:
            self._open.status = "denied"
        elif prefix != _BY_PERSON[-1]:
            self.recorder.lifecycle("interruption")
            self.recorder.interrupt()
        self.recorder.user(text[len(prefix) :].strip())

    def _refused_answer(self, response: _Object, extra: _Object) -> None:
        """An answer that the program could not use: it is kept only with the complaint about it."""
        choice = fields.mapping(next(iter(fields.sequence(response.get("choices"))), None))
        self._think(response)
        self.recorder.agent(fields.string(fields.mapping(choice.get("message")).get("content")))
        self._spend(response, extra)

    def _result(self, text: str, code: int | None) -> None:
        draft, self._open = self._open, None
        if draft is None:
            self.recorder.oddities.note(NO_CALL, self.recorder.record)
            return
        draft.add_output(text, self.recorder.record, self.recorder.at)
        draft.exit_code = code
        draft.status = outcome(None, code) if code is not None else "interrupted"

    def _finish(self, call_id: str | None, text: str, extra: _Object) -> None:
        code = fields.exit_code(extra.get("returncode"))
        failed = True if fields.string(extra.get("exception_info")) else None
        self.recorder.finish(call_id, text, outcome(failed, code), code)

    def _submitted(self, text: str) -> None:
        """The result of the command that ended the run."""
        draft = self._open
        if draft is not None and draft.status == "running" and any(marker in (draft.command or "") for marker in _SUBMITS):
            self._open = None
            draft.add_output(text, self.recorder.record, self.recorder.at)
            draft.status = "ok"


def _with_total_cost(transcript: Transcript, stats: _Object) -> Transcript:
    """The run's own total, which also holds what single responses do not tell."""
    total = fields.number(stats.get("instance_cost"))
    if total is None or total < (transcript.cost_usd or 0.0):
        return transcript
    covered = msgspec.structs.replace(transcript.coverage, cost=True)
    return msgspec.structs.replace(transcript, cost_usd=round(total, 9), coverage=covered)


def _commands(text: str) -> list[tuple[int, str]]:
    """The commands in an answer, with where their blocks begin."""
    found: list[tuple[int, str]] = []
    position = 0
    while opened := _OPENED.search(text, position):
        closed = text.find(_CLOSED, opened.end() - 1)
        if closed < 0:
            break
        found.append((opened.start(), text[opened.end() : closed].strip("\n")))
        position = closed + len(_CLOSED)
    return found


def _stem(source: Source) -> str:
    return source.path.name.partition(".")[0] if source.path is not None else "run"
