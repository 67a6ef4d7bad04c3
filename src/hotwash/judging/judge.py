"""The judge as an engine: a transcript in, its analysis out, with a model asked in between."""

import asyncio
import threading
from collections.abc import Iterable, Sequence

import msgspec

from hotwash.analysis.judge.engine import conclude, refutations, version_of
from hotwash.analysis.judge.model import Case, Request
from hotwash.analysis.model import Analysis
from hotwash.judging.asking import Answered, Asker, Pause
from hotwash.judging.budget import Budget
from hotwash.judging.estimating import both_passes
from hotwash.judging.model import DEFAULT_LIMITS, Answers, JudgeFailed, JudgeStopped, Limits, Model, Tariff, unpriced
from hotwash.kit.text import counted


class Judge:
    """Judges sessions with one model. Thread-safe; `stop` breaks off what is under way in any thread."""

    def __init__(
        self, model: Model, budget: Budget, *, tariff: Tariff = unpriced, limits: Limits = DEFAULT_LIMITS, pause: Pause = asyncio.sleep
    ) -> None:
        self.model = model
        self.tariff = tariff
        self._budget = budget
        self._limits = limits
        self._pause = pause
        self._lock = threading.Lock()
        self._stopped = False
        self._running: set[tuple[asyncio.AbstractEventLoop, asyncio.Task[Analysis]]] = set()

    @property
    def version(self) -> str:
        """Of the analyses it makes: prompts and model."""
        return version_of(self.model.name)

    def ask(self, case: Case, answers: Answers) -> Analysis:
        """The analysis of a case. Raises JudgeFailed, ModelUnusable, OverBudget, JudgeStopped; what was answered until then is kept in `answers`."""
        try:
            return asyncio.run(self._followed(case, answers))
        except asyncio.CancelledError as error:
            raise JudgeStopped("the model was being asked when Hotwash stopped; analyse the session again") from error

    def stop(self) -> None:
        """From now on nothing is asked; what is under way ends with JudgeStopped."""
        with self._lock:
            self._stopped = True
            for loop, task in self._running:
                loop.call_soon_threadsafe(task.cancel)

    async def _followed(self, case: Case, answers: Answers) -> Analysis:
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._both_passes(case, answers))
        with self._lock:
            if self._stopped:
                task.cancel()
            self._running.add((loop, task))
        try:
            return await task
        finally:
            with self._lock:
                self._running.discard((loop, task))

    async def _both_passes(self, case: Case, answers: Answers) -> Analysis:
        if not case.requests:
            raise JudgeFailed("there is nothing to judge: the agent neither said nor did anything in this session")
        budget = self._budget.session()
        asker = Asker(self.model, self.tariff, self._limits, budget, answers, self._pause)
        unpaid = [request for request in case.requests if asker.kept(request) is None]
        if unpaid:
            budget.check(both_passes(unpaid, self.tariff).spending)  # half a debrief, paid for, helps nobody
        first = await self._answers(asker, case.requests)
        texts = _texts(first)
        if not texts:
            raise JudgeFailed(f"{self.model.name} answered none of {counted(len(first), 'request')}: {first[0].reason}")
        second = await self._answers(asker, refutations(case, texts))
        analysis = conclude(case, texts | _texts(second), model=self.model.name)
        return _with_cost(analysis, [*first, *second])

    async def _answers(self, asker: Asker, requests: Sequence[Request]) -> list[Answered]:
        """One a request, in their order, a few at a time. The first that ends the whole attempt ends the others too."""
        places = asyncio.Semaphore(self._limits.at_once)

        async def answer(request: Request) -> Answered:
            async with places:
                return await asker.answer(request)

        tasks = [asyncio.ensure_future(answer(request)) for request in requests]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _texts(answered: Iterable[Answered]) -> dict[str, str]:
    return {one.request_id: one.text for one in answered if one.text is not None}


def _with_cost(analysis: Analysis, answered: Sequence[Answered]) -> Analysis:
    """The analysis with what its answers took. Those from an earlier run cost nothing now."""
    if analysis.judge is None:
        return analysis
    prices = [one.usd for one in answered if one.usd is not None]
    run = msgspec.structs.replace(
        analysis.judge,
        input_tokens=sum(one.usage.total - one.usage.output for one in answered),
        output_tokens=sum(one.usage.output for one in answered),
        tokens_estimated=any(one.estimated for one in answered),
        usd=round(sum(prices), 6) if prices else None,
        from_cache=sum(one.from_cache for one in answered),
    )
    return msgspec.structs.replace(analysis, judge=run)
