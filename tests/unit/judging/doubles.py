"""Models, ledgers and stores of answers for tests of judging."""

from collections.abc import Iterator

from hotwash.analysis.judge.model import Request
from hotwash.judging.model import NoAnswer, PassingFailure, Reply, Spending
from hotwash.transcript import Usage
from tests.unit.analysis.judge.replying import debrief, issue, verdict, verdicts

GOOD = debrief(issue())
UPHELD = verdicts(verdict(1, stands=True))
TOKENS = Usage(input=1000, output=200)

Turn = str | NoAnswer
"""What a model says, or how it fails."""


class Scripted:
    """A model that takes its turns one after the other, and finds and upholds one issue once they are used up."""

    name = "openai:scripted"

    def __init__(self, *turns: Turn, usage: Usage | None = TOKENS) -> None:
        self._turns: Iterator[Turn] = iter(turns)
        self._usage = usage
        self.asked: list[Request] = []
        self.complaints: list[str | None] = []

    async def ask(self, request: Request, complaint: str | None) -> Reply:
        self.asked.append(request)
        self.complaints.append(complaint)
        turn = next(self._turns, GOOD if request.which == "find" else UPHELD)
        if isinstance(turn, NoAnswer):
            raise turn
        return Reply(text=turn, usage=self._usage)


class MemoryLedger:
    """A ledger that lasts as long as the test."""

    def __init__(self) -> None:
        self.days: dict[str, Spending] = {}

    def spent(self, day: str) -> Spending:
        return self.days.get(day, Spending())

    def add(self, day: str, spending: Spending) -> None:
        self.days[day] = self.spent(day) + spending


class MemoryAnswers:
    """Answers that last as long as the test."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def find(self, request_id: str) -> str | None:
        return self.texts.get(request_id)

    def put(self, request_id: str, text: str) -> None:
        self.texts[request_id] = text


class Pauses:
    """Notes how long was to be waited, and does not wait."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


def busy(retry_after_s: float | None = None) -> PassingFailure:
    return PassingFailure("openai:scripted answered 429", retry_after_s)


def cent_a_token(usage: Usage) -> float:
    """A tariff that is easy to reckon with."""
    return usage.total / 100
