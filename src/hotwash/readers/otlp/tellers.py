"""Who understands which records. Each record has one teller, the first that knows it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from hotwash.readers.otlp import genai, openinference
from hotwash.readers.otlp.claude import Claude
from hotwash.readers.otlp.codex import Codex
from hotwash.readers.otlp.gemini import Gemini
from hotwash.readers.otlp.genai import GenAi
from hotwash.readers.otlp.openinference import OpenInference
from hotwash.readers.otlp.sketch import Sketch, Told
from hotwash.readers.otlp.steps import Family, StepKind, tell_steps
from hotwash.readers.otlp.wire import Record


class Teller(Protocol):
    """Knows the records of one agent."""

    def tells(self, record: Record) -> bool: ...

    def tell(self, records: Sequence[Told], sketch: Sketch) -> None: ...


_AGENTS: tuple[Teller, ...] = (Claude(), Codex(), Gemini())
"""Before the conventions: their spans bear some of the conventions' names too."""
_OPEN_INFERENCE, _GEN_AI = OpenInference(), GenAi()


def tells(record: Record) -> bool:
    """Whether the record says anything of a session. Most of what agents send does not: Codex sends hundreds of spans a turn."""
    return _agent(record) is not None or _OPEN_INFERENCE.tells(record) or _GEN_AI.tells(record)


def step_kind(record: Record) -> StepKind | None:
    """What a span is by the conventions, if no agent's own teller knows it."""
    if _agent(record) is not None:
        return None
    return openinference.kind_of(record) or genai.kind_of(record)


def tell(records: Sequence[Told], family: Family, sketch: Sketch, children: Mapping[str, str]) -> None:
    """Has every record told. The records are in order of time."""
    for teller in _AGENTS:
        teller.tell([told for told in records if _agent(told.record) is teller], sketch)
    open_ones = [told for told in records if _agent(told.record) is None]
    inferred = [told for told in open_ones if _OPEN_INFERENCE.tells(told.record)]
    conventional = [told for told in open_ones if not _OPEN_INFERENCE.tells(told.record)]
    steps = [*_OPEN_INFERENCE.steps(inferred), *_GEN_AI.steps(conventional)]
    tell_steps(sorted(steps, key=lambda step: step.told.number), family, sketch, children)


def _agent(record: Record) -> Teller | None:
    return next((teller for teller in _AGENTS if teller.tells(record)), None)
