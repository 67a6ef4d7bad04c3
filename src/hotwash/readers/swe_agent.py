"""SWE-agent: `trajectories/<user>/<run>/<instance>/<instance>.traj`, one document (formats section 5). `history` is what was said and done, and a
record is its 1-based index; `trajectory` adds how long each action ran, and actions that the history left out, such as one that was tried again;
`info` has the totals. No entry has a time."""

import re
from collections.abc import Iterator

import msgspec

from hotwash.readers import fields
from hotwash.readers.base import HEAD_RECORDS, Head, Source, UnreadableSource
from hotwash.readers.chat import decoded, digest, text_of
from hotwash.readers.documents import load_document
from hotwash.readers.drafts import CallDraft
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import NOT_AN_OBJECT, Identity, Recorder
from hotwash.readers.remotes import repository_name
from hotwash.transcript import Category, Coverage, Transcript, Usage

_Object = dict[str, object]

_COVERAGE = Coverage(tokens=True, cost=True, models=True, reasoning=True)
_COMMANDS: dict[str, Category] = {
    "open": "file",
    "create": "file",
    "edit": "file",
    "insert": "file",
    "goto": "file",
    "scroll_up": "file",
    "scroll_down": "file",
    "str_replace_editor": "file",
    "find_file": "search",
    "search_file": "search",
    "search_dir": "search",
    "filemap": "search",
    "submit": "other",
    "exit_forfeit": "other",
}
"""Commands of SWE-agent's own; every other word begins a shell command."""
_NOT_MODELS = frozenset({"replay", "human", "human_thought", "instant_empty_submit"})
_WORD = re.compile(r"\s*([\w.]{1,60})")
_FENCE = "```"
_STEPS_AHEAD = 20
"""Steps searched for the one that an entry of the history tells of. Seen: one is left out. A bound keeps a hostile file from taking long."""


class SweAgent:
    """Trajectories of SWE-agent, with or without tool calls."""

    format = "swe-agent"

    def detects(self, head: Head) -> bool:
        document = fields.mapping(head.document)
        history = [fields.mapping(item) for item in fields.sequence(document.get("history"))[:HEAD_RECORDS]]
        messages = [item for item in history if isinstance(item.get("role"), str) and "content" in item]
        return bool(messages) and (isinstance(document.get("trajectory"), list) or all("agent" in item for item in messages))

    def read(self, source: Source) -> Iterator[Transcript]:
        oddities = Oddities()
        document = fields.mapping(load_document(source, oddities))
        history = fields.sequence(document.get("history"))
        if not history:
            raise UnreadableSource(f"{source.name}: holds no history of SWE-agent's; get a complete copy of the file")
        session = _Session(Recorder(oddities), fields.sequence(document.get("trajectory")))
        entries = [(record, entry) for record, entry in enumerate(history, 1) if isinstance(entry, dict)]
        if len(entries) < len(history):
            oddities.note(NOT_AN_OBJECT, count=len(history) - len(entries))
        for record, entry in entries:
            session.take(record, entry)
        replay = _decoded(document.get("replay_config"))
        own = [entry for _, entry in entries if not _is_demonstration(entry)]
        session.total(fields.mapping(document.get("info")), fields.mapping(fields.mapping(replay.get("agent")).get("model")))
        identity = Identity(
            native_id=f"{_instance(source, replay)}-{digest(own)}",
            title=_instance(source, replay),
            cwd=session.cwd,
            repository=repository_name(fields.some_string(_repository(replay).get("github_url"))),
        )
        covered = msgspec.structs.replace(_COVERAGE, models=bool(session.recorder.models))
        yield session.recorder.transcript(self.format, "SWE-agent", identity, covered, records=len(history))


class _Session:
    """Takes one entry of the history after the other."""

    def __init__(self, recorder: Recorder, trajectory: list[object]) -> None:
        self.recorder = recorder
        self.cwd: str | None = None
        self._steps = _Steps(trajectory)
        self._asked = False
        self._open: list[CallDraft] = []
        """Calls that wait for their results."""

    def take(self, record: int, entry: _Object) -> None:
        """An entry. Demonstrations are of other runs, and the system's prompt is no message."""
        role, text = entry.get("role"), text_of(entry.get("content"))
        if _is_demonstration(entry) or role == "system":
            return
        self.recorder.begin(record, None)
        if role == "assistant":
            self._act(entry, text)
        elif self._open:
            self._result(entry, text)
        elif role == "user" and not self._asked:
            self._asked = True
            self.recorder.user(text)

    def total(self, info: _Object, model: _Object) -> None:
        """What the whole run cost, and how it ended."""
        self._add_left_out(self._steps.rest())
        name = fields.some_string(model.get("name"))
        self.recorder.use_model(name if name not in _NOT_MODELS else None)
        stats = fields.mapping(info.get("model_stats"))
        usage = Usage(input=fields.count(stats.get("tokens_sent")) or 0, output=fields.count(stats.get("tokens_received")) or 0)
        self.recorder.spend(usage, cost_usd=fields.number(stats.get("instance_cost")))
        if status := fields.string(info.get("exit_status")):
            self.recorder.lifecycle("context_limit" if "context" in status else "session_end", status)
            for draft in self._open if status.startswith("submitted") else ():
                draft.status = "ok"  # the action that submits has no result in the history

    def _act(self, entry: _Object, text: str) -> None:
        for block in map(fields.mapping, fields.sequence(entry.get("thinking_blocks"))):
            self.recorder.reasoning(fields.string(block.get("thinking")))
        calls = [fields.mapping(call) for call in fields.sequence(entry.get("tool_calls"))]
        action = fields.string(entry.get("action")) or ("" if calls else _fenced(text))
        left_out, step = self._steps.find(action) if calls or action.strip() else ([], {})
        self._add_left_out(left_out)
        self.recorder.agent(fields.string(entry.get("thought")) or (text.partition(_FENCE)[0] if action else text))
        self._open = [self._function(call) for call in calls] or ([self._command(action.strip("\n"))] if action.strip() else [])
        for draft in self._open[:1]:
            took = fields.number(step.get("execution_time"))
            draft.duration_s = took if took is not None and took >= 0 else None
        self.cwd = self.cwd or fields.some_string(_decoded(step.get("state")).get("working_dir"))

    def _function(self, call: _Object) -> CallDraft:
        function = fields.mapping(call.get("function"))
        name = fields.string(function.get("name"))
        arguments = decoded(function.get("arguments"))
        draft = self.recorder.call(None, name, arguments, _COMMANDS.get(name))
        draft.native_id = fields.some_string(call.get("id"))  # a replay gives the same id to several calls
        return draft

    def _command(self, action: str) -> CallDraft:
        word = _WORD.match(action)
        name = word[1] if word and word[1] in _COMMANDS else "bash"
        draft = self.recorder.call(None, name, {"command": action}, _COMMANDS.get(name, "shell"))
        if draft.category == "file" and word is not None:
            draft.path = next((part for part in action[word.end() :].split("\n")[0].split() if "/" in part or "." in part), None)
        return draft

    def _add_left_out(self, steps: list[_Object]) -> None:
        """Actions that stand in the trajectory only. What came of them stays there: no record of the history holds it."""
        for step in steps:
            if action := fields.string(step.get("action")).strip("\n"):
                self._command(action).status = "unknown"

    def _result(self, entry: _Object, text: str) -> None:
        """The result of the call that the entry names, else of the first that has none."""
        ids = fields.sequence(entry.get("tool_call_ids"))
        draft = next((draft for draft in self._open if draft.native_id in ids), self._open[0])
        self._open.remove(draft)
        draft.add_output(text, self.recorder.record, None)
        draft.status = "unknown"


class _Steps:
    """The trajectory's steps. The history's actions come in the same order, though not every step need be in it."""

    def __init__(self, trajectory: list[object]) -> None:
        self._steps = [fields.mapping(step) for step in trajectory]
        self._next = 0
        self._is_aligned = False

    def find(self, action: str) -> tuple[list[_Object], _Object]:
        """The steps left out before this action, and its own. An action that no step tells of has the next step for its own: histories without
        actions go along with the trajectory."""
        ahead = self._steps[self._next : self._next + _STEPS_AHEAD]
        same = [fields.string(step.get("action")).strip() == action.strip() for step in ahead] if action.strip() else []
        place = same.index(True) if True in same else 0
        self._is_aligned = self._is_aligned or True in same
        self._next += place + 1
        return ahead[:place], ahead[place] if ahead else {}

    def rest(self) -> list[_Object]:
        """The steps after the history's last action; none where its actions could not be told to be these."""
        return self._steps[self._next :] if self._is_aligned else []


def _is_demonstration(entry: _Object) -> bool:
    """Part of another run, shown as an example."""
    return entry.get("is_demo") is True or entry.get("message_type") == "demonstration"


def _fenced(text: str) -> str:
    """The last block of code in an answer: the action, in histories that do not name it apart."""
    parts = text.split(_FENCE)
    return parts[-2].partition("\n")[2] if len(parts) > 2 else ""


def _decoded(value: object) -> _Object:
    """An object that may be written as text."""
    return fields.mapping(decoded(value))


def _repository(replay: _Object) -> _Object:
    return fields.mapping(fields.mapping(replay.get("env")).get("repo"))


def _instance(source: Source, replay: _Object) -> str:
    """The file is named after the instance; the configuration names it too, in newer versions."""
    if source.path is not None and source.path.stem:
        return source.path.stem
    return fields.string(fields.mapping(replay.get("problem_statement")).get("id")) or "trajectory"
