"""ATIF steps as events: what a step of each source says, the calls of a step with their results, and what it cost."""

import re

from hotwash.kit.clock import parse_time
from hotwash.readers import fields, tools
from hotwash.readers.base import cap_text
from hotwash.readers.drafts import CallDraft, Timeline
from hotwash.readers.oddities import Oddities
from hotwash.transcript import AgentMessage, Instruction, Lifecycle, Reasoning, Usage, UsageReport, UserMessage

_Object = dict[str, object]

_TIMED_SHARE = 0.9
"""Of the steps: from here on the session counts as timed. Harbor's converters leave out the odd step they add themselves."""

_SUMMARISED = re.compile(r"summari[sz]|compact|condens", re.IGNORECASE)
# Text in which OpenHands, Codex and mini-swe-agent report the exit code; ATIF has no field for it.
_EXIT = re.compile(
    r"(?:\[Command finished with exit code |^Process exited with code |^Exit code:? |<returncode>)(-?\d{1,10})\b", re.MULTILINE
)
_EXIT_SEARCH_CHARS = 600
"""From either end: the report opens or closes the result; in between is what the program printed."""


class Steps:
    """Takes one step after the other."""

    def __init__(self, agent_model: str | None, oddities: Oddities) -> None:
        self.timeline = Timeline()
        self.models: dict[str, None] = {}
        """In order of first use."""
        self.started_at: float | None = None
        self.ended_at: float | None = None
        self.usage: Usage | None = None
        self.cost_usd: float | None = None
        self.has_prompt_tokens = self.has_cached_tokens = False
        self._agent_model = agent_model
        self._oddities = oddities
        self._calls: dict[str, CallDraft] = {}
        self._steps = self._timed = self._measured = self._unmeasured = 0
        self._calls_missing = self._has_subagents = self._has_copies = False
        self._last_model: str | None = None
        self._begun = False
        self._record = 0
        self._at: float | None = None

    def take(self, record: int, step: object) -> None:
        """One step. What is no step, and what was copied from another session, is noted and left out."""
        if not isinstance(step, dict):
            self._oddities.note("step that is not an object left out", record)
            return
        if step.get("is_copied_context") is True:
            # The session it comes from counts it.
            self._oddities.note("step copied from another session left out", record)
            self._begun = self._has_copies = True
            return
        self._record, self._at = record, parse_time(step.get("timestamp"))
        self._clock()
        source = step.get("source")
        if source == "user":
            self._user(step)
        elif source == "agent":
            self._agent(step)
        elif source == "system":
            self._system(step)
        else:
            self._oddities.note("step of an unknown source left out", record)

    def close(self, final_metrics: object, records: int, *, has_subagents: bool) -> None:
        """The document's totals, where no step has metrics of its own."""
        final = fields.mapping(final_metrics)
        if self.usage is None:
            self._record, self._at = max(records, 1), None
            self._unmeasured = 0
            metrics: _Object = {key: final.get(f"total_{key}") for key in ("prompt_tokens", "completion_tokens", "cached_tokens")}
            self._measure(metrics, next(iter(self.models)) if len(self.models) == 1 else None)
        elif not (has_subagents or self._has_subagents):
            self._measure_untold(final, max(records, 1))
        if fields.count(final.get("total_cached_tokens")) == 0:
            self.has_cached_tokens = True  # a recorded zero, which no step needs to repeat
        if self.cost_usd is None:
            self.cost_usd = _cost(final.get("total_cost_usd"))

    def _measure_untold(self, final: _Object, record: int) -> None:
        """What only the totals hold: calls that no step tells of, such as one that timed out. Subagents' tokens are in the totals too, so this is
        for documents without any. Totals that do not go with the steps, or may count copied ones, say only that something is missing."""
        told = self.usage or Usage()
        prompt, completion = fields.count(final.get("total_prompt_tokens")) or 0, fields.count(final.get("total_completion_tokens")) or 0
        cached = max(fields.count(final.get("total_cached_tokens")) or 0, told.cache_read)
        if prompt <= told.input + told.cache_read:
            return
        if self._has_copies or completion < told.output or prompt - cached < told.input:
            self._calls_missing = True
            return
        cost = _cost(final.get("total_cost_usd"))
        rest: _Object = {"prompt_tokens": prompt - told.input - told.cache_read, "completion_tokens": completion - told.output}
        if cached > told.cache_read:
            rest["cached_tokens"] = cached - told.cache_read
        if cost is not None and self.cost_usd is not None and cost > self.cost_usd:
            rest["cost_usd"] = cost - self.cost_usd
        self._record, self._at = record, None
        self._measure(rest, next(iter(self.models)) if len(self.models) == 1 else None)

    @property
    def nearly_all_timed(self) -> bool:
        return self._steps > 0 and self._timed >= _TIMED_SHARE * self._steps

    @property
    def usage_partial(self) -> bool:
        """Some of the model calls have no metrics while others do, or no step at all."""
        return self._calls_missing or (self._unmeasured > 0 and self._measured > 0)

    def _clock(self) -> None:
        self._steps += 1
        if self._at is not None:
            self._timed += 1
            self.started_at = self._at if self.started_at is None else min(self.started_at, self._at)
            self.ended_at = self._at if self.ended_at is None else max(self.ended_at, self._at)

    def _user(self, step: _Object) -> None:
        self._begun = True
        text, images = _content(step.get("message"))
        if text.strip() or images:
            self.timeline.add(UserMessage(seq=0, record=self._record, at=self._at, text=cap_text(text), images=images))

    def _system(self, step: _Object) -> None:
        """The system prompt first; later what the harness did: a summary in place of the history, subagents."""
        text, _ = _content(step.get("message"))
        if not self._begun and text.strip():
            self.timeline.add(
                Instruction(seq=0, record=self._record, at=self._at, source="system", name="system prompt", text=cap_text(text))
            )
        elif _SUMMARISED.search(text[:2_000]):
            self.timeline.add(Lifecycle(seq=0, record=self._record, at=self._at, what="compaction", text=cap_text(text)))
        for result in _results(step):
            self._subagents(result, None)

    def _agent(self, step: _Object) -> None:
        self._begun = True
        model = fields.some_string(step.get("model_name")) or self._agent_model
        self._note_model(model)
        reasoning, _ = _content(step.get("reasoning_content"))
        if reasoning.strip():
            self.timeline.add(Reasoning(seq=0, record=self._record, at=self._at, text=cap_text(reasoning)))
        text, _ = _content(step.get("message"))
        if text.strip():
            self.timeline.add(AgentMessage(seq=0, record=self._record, at=self._at, text=cap_text(text), model=model))
        calls = [self._call(call) for call in fields.sequence(step.get("tool_calls")) if isinstance(call, dict)]
        self._match_results(calls, _results(step))
        if not self._measure(fields.mapping(step.get("metrics")), model) and step.get("llm_call_count") != 0:
            self._unmeasured += 1

    def _note_model(self, model: str | None) -> None:
        if model is None:
            return
        if self._last_model is not None and model != self._last_model:
            text = f"{self._last_model} → {model}"
            self.timeline.add(Lifecycle(seq=0, record=self._record, at=self._at, what="model_change", text=text))
        self._last_model = model
        self.models[model] = None

    def _call(self, call: _Object) -> CallDraft:
        name = tools.tool_name(call.get("function_name"))
        raw = call.get("arguments")
        arguments: _Object = raw if isinstance(raw, dict) else {"input": raw} if isinstance(raw, str) and raw else {}
        category = tools.categorise(name)
        draft = CallDraft(
            record=self._record,
            at=self._at,
            native_id=fields.some_string(call.get("tool_call_id")),
            name=name,
            category=category,
            arguments=tools.cap_arguments(arguments),
            command=tools.shell_command(arguments) if category == "shell" else None,
            path=tools.file_path(arguments) if category == "file" else None,
        )
        if draft.native_id is not None:
            self._calls[draft.native_id] = draft
        self.timeline.add(draft)
        return draft

    def _match_results(self, calls: list[CallDraft], results: list[_Object]) -> None:
        """By call id; a result without one belongs to the step's only call, or to the call in its place where there are as many as calls."""
        for position, result in enumerate(results):
            call_id = fields.some_string(result.get("source_call_id"))
            draft = self._calls.get(call_id) if call_id else None
            if draft is None and call_id is None:
                draft = calls[0] if len(calls) == 1 else calls[position] if len(calls) == len(results) else None
            self._subagents(result, draft)
            if draft is None:
                self._oddities.note("tool result without its call left out", self._record)
            else:
                _finish(draft, result, self._record)

    def _subagents(self, result: _Object, draft: CallDraft | None) -> None:
        refs = result.get("subagent_trajectory_ref")
        for ref in refs if isinstance(refs, list) else [refs]:
            named = fields.mapping(ref)
            child = fields.some_string(named.get("trajectory_id")) or fields.some_string(named.get("session_id"))
            if child is None:
                continue
            self._has_subagents = True
            if draft is not None:
                draft.child_native_id = child
            self.timeline.add(Lifecycle(seq=0, record=self._record, at=self._at, what="subagent_start", text=child))

    def _measure(self, metrics: _Object, model: str | None) -> bool:
        """Adds the tokens and cost of one model call. False: it has no token numbers."""
        cost = _cost(metrics.get("cost_usd"))
        if cost is not None:
            self.cost_usd = (self.cost_usd or 0.0) + cost
        prompt, completion = fields.count(metrics.get("prompt_tokens")), fields.count(metrics.get("completion_tokens"))
        if prompt is None and completion is None:
            return False
        cached = fields.count(metrics.get("cached_tokens"))
        self.has_prompt_tokens = self.has_prompt_tokens or prompt is not None
        self.has_cached_tokens = self.has_cached_tokens or cached is not None
        cache_read = min(cached or 0, prompt or 0)
        reasoning = fields.count(fields.mapping(metrics.get("extra")).get("reasoning_tokens"))
        usage = Usage(
            input=(prompt or 0) - cache_read, cache_read=cache_read, output=completion or 0, reasoning=min(reasoning or 0, completion or 0)
        )
        self.usage = usage if self.usage is None else self.usage + usage
        self._measured += 1
        self.timeline.add(UsageReport(seq=0, record=self._record, at=self._at, usage=usage, model=model, cost_usd=cost))
        return True


def _results(step: _Object) -> list[_Object]:
    return [result for result in fields.sequence(fields.mapping(step.get("observation")).get("results")) if isinstance(result, dict)]


def _content(content: object) -> tuple[str, int]:
    """Text and number of images in a text, or in the content parts of 1.6 and later."""
    if isinstance(content, str):
        return content, 0
    parts = [fields.mapping(part) for part in fields.sequence(content)]
    return "\n".join(text for part in parts if (text := fields.string(part.get("text")))), sum(
        part.get("type") == "image" for part in parts
    )


def _finish(draft: CallDraft, result: _Object, record: int) -> None:
    text, images = _content(result.get("content"))
    draft.add_output(text, record, None)
    extra = fields.mapping(result.get("extra"))
    code = next(
        (code for key in ("exit_code", "exitCode", "returncode", "return_code") if (code := fields.exit_code(extra.get(key))) is not None),
        None,
    )
    if code is None and draft.category == "shell":
        code = _exit_code(text)
    failed = next((flag for key in ("is_error", "isError", "error") if isinstance(flag := extra.get(key), bool)), None)
    if fields.some_string(extra.get("error")):
        failed = True
    draft.exit_code = code
    draft.duration_s = next((s for key in ("duration_s", "duration_seconds") if (s := fields.number(extra.get(key))) is not None), None)
    if code is not None or failed is not None:
        draft.status = "error" if failed or code else "ok"
    else:
        draft.status = "ok" if images and not text else "unknown"


def _exit_code(text: str) -> int | None:
    """The exit code in a shell result's text: the last report counts."""
    ends = text if len(text) <= 2 * _EXIT_SEARCH_CHARS else f"{text[:_EXIT_SEARCH_CHARS]}\n{text[-_EXIT_SEARCH_CHARS:]}"
    reports = _EXIT.findall(ends)
    return fields.exit_code(int(reports[-1])) if reports else None


def _cost(value: object) -> float | None:
    cost = fields.number(value)
    return cost if cost is not None and cost >= 0 else None
