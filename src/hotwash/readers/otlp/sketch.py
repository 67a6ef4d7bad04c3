"""A session as it is pieced together from records in no useful order: each teller says what it knows, several may tell of the same thing, and in
the end everything is put in order of time."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields

from hotwash.readers.drafts import CallDraft
from hotwash.readers.oddities import Oddities
from hotwash.readers.otlp.values import seconds
from hotwash.readers.otlp.wire import Record
from hotwash.readers.recorder import Recorder
from hotwash.transcript import Category, InstructionSource, LifecycleKind, ToolStatus, Usage, UserMessage

WITHHELD = "text that the agent was set not to send left empty"

_USER, _INSTRUCTION, _REASONING, _AGENT, _USAGE, _CALL, _LIFECYCLE = range(7)
"""Which comes first of what happened at the same nanosecond."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Told:
    """A record with its number: its 1-based place in the session's records by time."""

    number: int
    record: Record


@dataclass(slots=True, kw_only=True)
class CallSketch:
    """A tool call. Of every field the first value told stays, so the best teller speaks first."""

    call_id: str | None
    name: str | None = None
    category: Category | None = None
    arguments: object = None
    status: ToolStatus | None = None
    exit_code: int | None = None
    output: str | None = None
    error: str | None = None
    """Why it failed, in a few words: stands for the output where that is not told."""
    duration_s: float | None = None
    started: tuple[int, int] | None = None
    """Nanoseconds, and the record's number."""
    ended: tuple[int, int] | None = None
    child_native_id: str | None = None

    def fill(self, told: "CallSketch") -> None:
        """Takes over what is told here and was not yet known."""
        for field in dataclass_fields(CallSketch):
            if getattr(self, field.name) is None:
                setattr(self, field.name, getattr(told, field.name))


@dataclass(slots=True, frozen=True, kw_only=True)
class _Moment:
    at_ns: int
    sort_ns: int
    order: int
    number: int
    topic: str | None
    rank: int
    happen: Callable[[Recorder], None]


class Sketch:
    """Takes what tellers tell. Where the same thing is told in several ways, each names the topic and its rank: of every topic only the
    lowest rank that occurs counts."""

    def __init__(self, oddities: Oddities) -> None:
        self.oddities = oddities
        self.tells_cache_reads = self.tells_cache_writes = False
        """Some teller tells tokens read from the cache, or written to it, apart."""
        self.cwd: str | None = None
        self._moments: list[_Moment] = []
        self._calls: dict[str, CallSketch] = {}
        self._call_ranks: dict[str, int] = {}
        self._best: dict[str, int] = {}

    def user(
        self, told: Told, text: str | None, *, topic: str = "user", rank: int = 0, images: int = 0, native_id: str | None = None
    ) -> None:
        """What a person said; None where it was withheld."""

        def happen(recorder: Recorder) -> None:
            if text is not None:
                recorder.user(text, images=images, native_id=native_id)
                return
            recorder.oddities.note(WITHHELD, told.number)
            recorder.timeline.add(UserMessage(seq=0, record=told.number, at=recorder.at, native_id=native_id, text=""))

        self._add(told, _USER, happen, told.record.start_ns, topic=topic, rank=rank)

    def agent(
        self,
        told: Told,
        text: str,
        *,
        topic: str = "agent",
        rank: int = 0,
        native_id: str | None = None,
        at_ns: int | None = None,
        model: str | None = None,
    ) -> None:
        """What the agent said. `at_ns`: where it belongs in the order, if it was logged later than that."""

        def happen(recorder: Recorder) -> None:
            recorder.use_model(model, announce=False)
            recorder.agent(text, native_id=native_id)

        self._add(told, _AGENT, happen, told.record.end_ns, topic=topic, rank=rank, sort_ns=at_ns)

    def reasoning(self, told: Told, text: str, *, topic: str = "agent", rank: int = 0) -> None:
        self._add(told, _REASONING, lambda recorder: recorder.reasoning(text), told.record.end_ns, topic=topic, rank=rank)

    def instruction(self, told: Told, source: InstructionSource, name: str, text: str = "") -> None:
        self._add(told, _INSTRUCTION, lambda recorder: recorder.instruction(source, name, text), told.record.start_ns)

    def lifecycle(self, told: Told, what: LifecycleKind, text: str = "") -> None:
        self._add(told, _LIFECYCLE, lambda recorder: recorder.lifecycle(what, text), told.record.end_ns)

    def usage(
        self,
        told: Told,
        usage: Usage | None,
        *,
        model: str | None,
        cost_usd: float | None = None,
        topic: str = "usage",
        rank: int = 0,
        at_ns: int | None = None,
    ) -> None:
        """What one model call used; None where nothing was told, which leaves other tellers their say."""
        if usage is None or not usage.total:
            return

        def happen(recorder: Recorder) -> None:
            recorder.use_model(model, announce=False)
            recorder.spend(usage, model=model, cost_usd=cost_usd)

        self._add(told, _USAGE, happen, told.record.end_ns, topic=topic, rank=rank, sort_ns=at_ns)

    def call(self, key: str, told: CallSketch, *, rank: int = 0) -> None:
        """What is known of a tool call. Its rank is the best under which it was told; calls of a worse rank than the session's best only add
        to calls of that rank."""
        self._call_ranks[key] = min(rank, self._call_ranks.get(key, rank))
        known = self._calls.setdefault(key, told)
        if known is not told:
            known.fill(told)

    def cached(self, *, read: bool, written: bool) -> None:
        """Whether a teller tells tokens read from the cache, and written to it, apart."""
        self.tells_cache_reads = self.tells_cache_reads or read
        self.tells_cache_writes = self.tells_cache_writes or written

    def write(self, recorder: Recorder) -> None:
        """Everything told, in order of time."""
        recorder.tells_cache_reads, recorder.tells_cache_writes = self.tells_cache_reads, self.tells_cache_writes
        best = min(self._call_ranks.values(), default=0)
        for key, call in self._calls.items():
            if self._call_ranks[key] == best and call.started is not None:
                self._add_call(call, *call.started)
        kept = (moment for moment in self._moments if moment.topic is None or moment.rank == self._best[moment.topic])
        for moment in sorted(kept, key=lambda moment: (moment.sort_ns, moment.order, moment.number)):
            recorder.begin(moment.number, _at(moment.at_ns))
            moment.happen(recorder)

    def _add_call(self, call: CallSketch, started_ns: int, number: int) -> None:
        def happen(recorder: Recorder) -> None:
            finish(recorder.call(call.call_id, call.name, call.arguments, call.category), call)
            if call.ended is not None:
                recorder.clock(_at(call.ended[0]))

        self._moments.append(_Moment(at_ns=started_ns, sort_ns=started_ns, order=_CALL, number=number, topic=None, rank=0, happen=happen))

    def _add(
        self,
        told: Told,
        order: int,
        happen: Callable[[Recorder], None],
        at_ns: int,
        *,
        topic: str | None = None,
        rank: int = 0,
        sort_ns: int | None = None,
    ) -> None:
        place = at_ns if sort_ns is None else sort_ns
        moment = _Moment(at_ns=at_ns, sort_ns=place, order=order, number=told.number, topic=topic, rank=rank, happen=happen)
        self._moments.append(moment)
        if topic is not None:
            self._best[topic] = min(rank, self._best.get(topic, rank))


def finish(draft: CallDraft, call: CallSketch) -> None:
    """Gives the draft what is known of how the call went."""
    if call.ended is not None:
        draft.add_output(call.output or call.error or "", call.ended[1], _at(call.ended[0]))
        draft.status = call.status or "unknown"
    elif call.status is not None:
        draft.status = call.status
    draft.exit_code = call.exit_code
    draft.duration_s = call.duration_s
    draft.child_native_id = call.child_native_id


def _at(at_ns: int) -> float | None:
    """Unix seconds; None for no time."""
    return seconds(at_ns) if at_ns else None
