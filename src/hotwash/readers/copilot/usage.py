"""Tokens of a Copilot session, each once, from whichever record tells most (formats section 7)."""

from hotwash.readers import fields
from hotwash.readers.oddities import Oddities
from hotwash.readers.recorder import Recorder
from hotwash.transcript import Usage

_PER_CALL, _AT_SHUTDOWN, _OUTPUT_ONLY = 0, 1, 2  # ranks: of each run of the program the best that occurs counts


class Tokens:
    """Three records tell of the same tokens: `session.usage_record` (one a model call, since 1.0.102), else the totals in `session.shutdown`,
    else `assistant.message.outputTokens`, which leaves the input out. A session that was resumed has a run of the program after the other, each
    closed by its shutdown; each is resolved by itself."""

    def __init__(self) -> None:
        self._run = 0
        self._seen: set[str] = set()
        self._ranks: dict[int, int] = {}

    @property
    def partial(self) -> bool:
        """Of some run only the output is known."""
        return _OUTPUT_ONLY in self._ranks.values()

    @property
    def has_input(self) -> bool:
        return not self._ranks or any(rank < _OUTPUT_ONLY for rank in self._ranks.values())

    def record(self, recorder: Recorder, data: dict[str, object], session_id: str) -> None:
        """A `session.usage_record`. One that was copied from the session this one continues is counted there."""
        told = fields.mapping(data.get("usage"))
        accounting = fields.mapping(told.get("accounting"))
        call_id = fields.string(told.get("apiCallId")) or fields.string(accounting.get("usageId"))
        source = fields.some_string(accounting.get("sourceSessionId")) or session_id
        if (call_id and call_id in self._seen) or source != session_id:
            return
        self._seen.add(call_id)
        _note_cached(recorder, told)
        self._offer(recorder, _PER_CALL, _usage(told), fields.some_string(told.get("model")))

    def message(self, recorder: Recorder, data: dict[str, object]) -> None:
        output = fields.count(data.get("outputTokens"))
        if output is not None:
            self._offer(recorder, _OUTPUT_ONLY, Usage(output=output), fields.some_string(data.get("model")))

    def shutdown(self, recorder: Recorder, data: dict[str, object], oddities: Oddities) -> None:
        """Totals by model; they close this run of the program."""
        for model, metrics in fields.mapping(data.get("modelMetrics")).items():
            told = fields.mapping(fields.mapping(metrics).get("usage"))
            usage = _usage(told)
            _note_cached(recorder, told)
            if usage is None:
                oddities.note("token totals that are not numbers left out", recorder.record)
            self._offer(recorder, _AT_SHUTDOWN, usage, model)
        self._run += 1

    def _offer(self, recorder: Recorder, rank: int, usage: Usage | None, model: str | None) -> None:
        if usage is None or not usage.total:
            recorder.tells_zeros = recorder.tells_zeros or (usage is not None and rank < _OUTPUT_ONLY)
            return
        self._ranks[self._run] = min(rank, self._ranks.get(self._run, rank))
        recorder.timeline.offer(f"usage of run {self._run}", rank, recorder.usage_report(usage, model=model))


def _note_cached(recorder: Recorder, told: dict[str, object]) -> None:
    recorder.cached(told.get("cacheReadTokens"), told.get("cacheWriteTokens"))


def _usage(told: dict[str, object]) -> Usage | None:
    """`inputTokens` holds the cached and the written ones too."""
    total, output = fields.count(told.get("inputTokens")), fields.count(told.get("outputTokens"))
    if total is None or output is None:
        return None
    cached, written = fields.count(told.get("cacheReadTokens")) or 0, fields.count(told.get("cacheWriteTokens")) or 0
    reasoning = min(fields.count(told.get("reasoningTokens")) or 0, output)
    return Usage(input=max(0, total - cached - written), cache_read=cached, cache_write_5m=written, output=output, reasoning=reasoning)
