"""Model calls, tool calls and agents as spans inside each other, whatever convention named them: which belong to a subagent, and what each tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hotwash.readers.otlp.messages import Said, new_input
from hotwash.readers.otlp.sketch import CallSketch, Sketch, Told
from hotwash.transcript import Usage

StepKind = Literal["model", "tool", "agent"]

MAX_NESTING = 32
"""Spans around a span that are looked at. Real agents start agents three deep at most, six spans."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Step:
    """What one span tells. Of an agent, `inputs` is what it was asked and `usage` the sum of its model calls."""

    told: Told
    kind: StepKind
    inputs: tuple[Said, ...] = ()
    outputs: tuple[Said, ...] = ()
    usage: Usage | None = None
    tells_cache: tuple[bool, bool] = (False, False)
    model: str | None = None
    cost_usd: float | None = None
    call: CallSketch | None = None


@dataclass(slots=True, kw_only=True)
class Family:
    """Which span lies in which, as far as the spans in between tell something too."""

    kinds: dict[str, StepKind] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)

    def add(self, told: Told, kind: StepKind | None) -> None:
        if told.record.kind == "span" and kind is not None:
            self.kinds[told.record.span_id] = kind
            self.parents[told.record.span_id] = told.record.parent_id

    def ancestors(self, span_id: str) -> list[str]:
        """From the nearest outwards, as many as agents nest. Hostile spans lie in each other, or thousands deep."""
        found: list[str] = []
        while len(found) < MAX_NESTING and (span_id := self.parents.get(span_id, "")) in self.kinds and span_id not in found:
            found.append(span_id)
        return found

    def subagent_of(self, told: Told) -> str:
        """The span of the subagent whose work this is; empty for the session's own. A subagent is an agent that a tool or an agent started."""
        record = told.record
        line = [record.span_id, *self.ancestors(record.span_id)] if record.span_id in self.kinds else []
        return next((span_id for span_id in line if self.kinds[span_id] == "agent" and self._was_started(span_id)), "")

    def parent_subagent(self, span_id: str) -> str:
        """The subagent in which another one was started; empty for the session itself."""
        line = self.ancestors(span_id)
        return next((outer for outer in line if self.kinds[outer] == "agent" and self._was_started(outer)), "")

    def starters(self) -> dict[str, str]:
        """Tool calls that started a subagent, by span; to the subagent's span."""
        found: dict[str, str] = {}
        for span_id, kind in self.kinds.items():
            nearest = next(iter(self.ancestors(span_id)), None) if kind == "agent" else None
            if nearest is not None and self.kinds[nearest] == "tool":
                found[nearest] = span_id
        return found

    def lies_in(self, told: Told, kind: StepKind) -> bool:
        return any(self.kinds[span_id] == kind for span_id in self.ancestors(told.record.span_id))

    def around(self, told: Told) -> str:
        """The nearest agent around a span. Where it has not arrived yet, the span that everything known lies in."""
        line = self.ancestors(told.record.span_id)
        agent = next((span_id for span_id in line if self.kinds[span_id] == "agent"), None)
        return agent or self.parents.get(line[-1] if line else told.record.span_id, "")

    def _was_started(self, span_id: str) -> bool:
        return any(self.kinds[outer] != "model" for outer in self.ancestors(span_id))


def tell_steps(steps: Sequence[Step], family: Family, sketch: Sketch, children: Mapping[str, str]) -> None:
    """Tells a session's, or a subagent's, steps. `children`: native ids of subagents by the span of the call that started them."""
    for step in steps:
        if step.call is not None:  # first, for a tool's own span knows best when it ran
            step.call.child_native_id = children.get(step.told.record.span_id)
            sketch.call(step.call.call_id or step.told.record.identity, step.call)
    unanswered: tuple[str, ...] = ()
    for step in steps:
        if step.kind == "agent":
            _tell_agent(step, family, sketch)
        elif step.kind == "model" and not family.lies_in(step.told, "model"):  # a library's call inside a framework's tells the same again
            unanswered = _tell_model(step, family, sketch, unanswered)


def _tell_model(step: Step, family: Family, sketch: Sketch, unanswered: tuple[str, ...]) -> tuple[str, ...]:
    """Answers what was asked and had no answer: the same words in the next call are another try."""
    told, fresh = step.told, new_input(step.inputs)
    asked = tuple("\n".join(message.texts) for message in fresh if message.is_user and message.texts)
    if asked != unanswered or not asked:
        for text, message in zip(asked, (m for m in fresh if m.is_user and m.texts), strict=True):
            sketch.user(told, text, topic=f"user {family.around(told)}", rank=1, images=message.images)
    for message in fresh:
        for result in message.results:
            ended = CallSketch(call_id=result.call_id, output=result.text, ended=(told.record.start_ns, told.number))
            sketch.call(result.call_id, ended, rank=1)
    for message in step.outputs:
        _tell_answer(step, message, sketch, rank=0)
        for call in message.calls:
            started = (told.record.end_ns, told.number)
            asked_for = CallSketch(call_id=call.call_id or None, name=call.name, arguments=call.arguments, started=started)
            sketch.call(call.call_id or f"{told.record.identity} {call.name}", asked_for, rank=1)
    sketch.cached(read=step.tells_cache[0], written=step.tells_cache[1])
    sketch.usage(told, step.usage, model=step.model, cost_usd=step.cost_usd)
    return () if step.outputs or (step.usage and step.usage.output) else asked


def _tell_agent(step: Step, family: Family, sketch: Sketch) -> None:
    """What was asked of an agent is what the person said: its model calls carry it too, and other calls, such as for a title, repeat it."""
    told = step.told
    for message in new_input(step.inputs):
        if message.is_user and message.texts:
            sketch.user(told, "\n".join(message.texts), topic=f"user {told.record.span_id}", images=message.images)
    if family.lies_in(told, "agent"):
        return
    for message in step.outputs[-1:]:
        _tell_answer(step, message, sketch, rank=1)
    sketch.usage(told, step.usage, model=step.model, cost_usd=step.cost_usd, rank=1)


def _tell_answer(step: Step, message: Said, sketch: Sketch, *, rank: int) -> None:
    for thought in message.reasoning:
        sketch.reasoning(step.told, thought, rank=rank)
    if message.texts:
        sketch.agent(step.told, "\n".join(message.texts), rank=rank, model=step.model)
