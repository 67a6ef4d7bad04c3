"""One request until it is answered: kept answers first, within the budget, again after a passing failure, and once more where the answer is no use."""

from collections.abc import Awaitable, Callable

import msgspec

from hotwash.analysis.judge.engine import check_answer
from hotwash.analysis.judge.model import Request, UnusableAnswer
from hotwash.judging.budget import SessionBudget
from hotwash.judging.estimating import Estimate, estimate, tokens_of
from hotwash.judging.model import Answers, Limits, Model, NoAnswer, PassingFailure, Reply, Spending, Tariff
from hotwash.transcript import Usage

Pause = Callable[[float], Awaitable[None]]

ASKED_AT_MOST = 2
"""The first time, and once more with what was wrong: a third answer is seldom better than the second."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one request, and what it took whether or not there is an answer."""

    request_id: str
    text: str | None
    """None: no usable answer."""
    reason: str = ""
    """Why there is none."""
    usage: Usage = Usage()
    usd: float | None = None
    estimated: bool = False
    """The model did not tell its tokens."""
    from_cache: bool = False


class Asker:
    """Asks one model on behalf of one session."""

    def __init__(self, model: Model, tariff: Tariff, limits: Limits, budget: SessionBudget, answers: Answers, pause: Pause) -> None:
        self._model = model
        self._tariff = tariff
        self._limits = limits
        self._budget = budget
        self._answers = answers
        self._pause = pause

    def kept(self, request: Request) -> str | None:
        """A usable answer from an earlier run."""
        text = self._answers.find(request.id)
        return text if text is not None and complaint_about(request, text) is None else None

    async def answer(self, request: Request) -> Answered:
        """Raises OverBudget and ModelUnusable; what concerns this request alone is told in the result."""
        kept = self.kept(request)
        if kept is not None:
            return Answered(request_id=request.id, text=kept, from_cache=True)
        told = _Told()
        complaint: str | None = None
        for _ in range(ASKED_AT_MOST):
            try:
                text = await self._told(request, complaint, told)
            except NoAnswer as error:
                return told.answered(request, None, error.sentence)
            complaint = complaint_about(request, text)
            if complaint is None:
                self._answers.put(request.id, text)
                return told.answered(request, text)
        return told.answered(request, None, f"its answer was no use: {complaint}")

    async def _told(self, request: Request, complaint: str | None, told: "_Told") -> str:
        """One answer, asked for again after passing failures."""
        before = estimate(request, self._tariff)
        pause_s = self._limits.first_pause_s
        for left in reversed(range(self._limits.tries)):
            with self._budget.reserved(before.spending) as spent:
                try:
                    reply = await self._model.ask(request, complaint)
                except PassingFailure as error:
                    if error.may_be_billed:
                        spent.append(told.note(Reply(text="", usage=None), before, self._tariff))
                    wait_s = error.retry_after_s if error.retry_after_s is not None else pause_s
                    if not left:
                        raise NoAnswer(f"{error.sentence} (asked {self._limits.tries} times)") from error
                    if wait_s > self._limits.longest_pause_s:
                        raise NoAnswer(f"{error.sentence}, and asks to wait {wait_s:.0f} s") from error
                else:
                    spent.append(told.note(reply, before, self._tariff))
                    return reply.text
            await self._pause(wait_s)
            pause_s *= 2
        raise AssertionError("unreachable: the last try returns or raises")


def complaint_about(request: Request, text: str) -> str | None:
    """What is wrong with an answer, to be sent back to the model; None where it can be used."""
    try:
        check_answer(request, text)
    except UnusableAnswer as error:
        return error.sentence
    return None


class _Told:
    """The tokens of all that one request took."""

    def __init__(self) -> None:
        self._usage = Usage()
        self._usd: float | None = None
        self._estimated = False

    def note(self, reply: Reply, before: Estimate, tariff: Tariff) -> Spending:
        """Counts a reply in, by its own figures, or by its length where it tells none."""
        usage = reply.usage or Usage(input=before.input_tokens, output=tokens_of(reply.text))
        usd = tariff(usage)
        self._usage += usage
        self._estimated |= reply.usage is None
        if usd is not None:
            self._usd = (self._usd or 0.0) + usd
        return Spending(tokens=usage.total, usd=usd or 0.0)

    def answered(self, request: Request, text: str | None, reason: str = "") -> Answered:
        return Answered(request_id=request.id, text=text, reason=reason, usage=self._usage, usd=self._usd, estimated=self._estimated)
