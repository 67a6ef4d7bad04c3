"""What the judging room talks about: a model that can be asked, what asking may cost, and the ways in which it fails."""

from collections.abc import Callable
from typing import ClassVar, Protocol

import msgspec

from hotwash.analysis.judge.model import Request
from hotwash.errors import HotwashError
from hotwash.transcript import Usage

MAX_ANSWER_TOKENS = 16_000
"""A debrief takes some 3,000; a model that thinks counts its thoughts in."""


class NoAnswer(HotwashError):
    """The model gave no answer to this request and would not if it were asked again. Other requests may fare better."""

    code = "no_answer"


class PassingFailure(NoAnswer):
    """No answer this time: too many requests, a server in trouble, a lost connection, a timeout. The same request may succeed later."""

    code = "passing_failure"

    def __init__(self, sentence: str, retry_after_s: float | None = None, *, may_be_billed: bool = False) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s
        """Seconds that the server asks to wait; None where it does not say."""
        self.may_be_billed = may_be_billed
        """The model was at it when it was given up: what it had read counts."""


class ModelUnusable(HotwashError):
    """No request will be answered as things are set up: the key is wrong, the program or a package is missing, there is no such model."""

    code = "model_unusable"


class OverBudget(HotwashError):
    """What is still to be asked would cost more than is allowed."""

    code = "over_budget"


class CannotKeepAccount(HotwashError):
    """What judging costs cannot be written down, so that it would not count towards the budget."""

    code = "cannot_keep_account"


class JudgeFailed(HotwashError):
    """Not one request of the first pass was answered, so there is nothing to conclude from."""

    code = "judge_failed"


class JudgeStopped(HotwashError):
    """Asking was broken off because the process ends. What was answered so far is kept, and the rest can be asked again."""

    status: ClassVar[int] = 503
    code = "judge_stopped"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The model's words, and the tokens they took. Tokens None: it does not tell (a program, some servers)."""

    text: str
    usage: Usage | None


class Model(Protocol):
    """Something that answers requests."""

    @property
    def name(self) -> str:
        """As the settings name it: `openai:…`, `anthropic:…`, `command:…`."""
        ...

    async def ask(self, request: Request, complaint: str | None) -> Reply:
        """One answer. `complaint` says what was wrong with an earlier one. Raises NoAnswer, PassingFailure, ModelUnusable."""
        ...


Tariff = Callable[[Usage], float | None]
"""USD of some tokens of the model in use. None: it has no known price, or another program pays."""


def unpriced(_usage: Usage) -> float | None:
    """The tariff of a model without a known price."""
    return None


class Spending(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens through a model, and what they cost as far as that is known."""

    tokens: int = 0
    usd: float = 0.0

    def __add__(self, other: "Spending") -> "Spending":
        return Spending(tokens=self.tokens + other.tokens, usd=self.usd + other.usd)

    def __sub__(self, other: "Spending") -> "Spending":
        return Spending(tokens=self.tokens - other.tokens, usd=self.usd - other.usd)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long, how often and how much a model may be asked."""

    answer_s: float = 600.0
    """Seconds for one answer. A debrief of a full window takes a minute or two; an agent that thinks long takes several."""
    at_once: int = 2
    """Requests of one session on their way together. More would save little: most sessions are one window."""
    tries: int = 4
    """Of one request, where the failure is a passing one."""
    first_pause_s: float = 1.0
    """Before the second try; doubled before each further one, unless the server says how long."""
    longest_pause_s: float = 120.0
    """A server that asks to wait longer is not waited for: a person, or a job, is."""


DEFAULT_LIMITS = Limits()


class Budgets(msgspec.Struct, frozen=True, kw_only=True):
    """How much may be spent. Days are those of UTC."""

    tokens_per_session: int
    usd_per_session: float
    tokens_per_day: int
    usd_per_day: float


class Ledger(Protocol):
    """What was spent today, kept beyond the process."""

    def spent(self, day: str) -> Spending:
        """On that day (`2026-01-31`)."""
        ...

    def add(self, day: str, spending: Spending) -> None:
        """Counts it in."""
        ...


class Answers(Protocol):
    """Answers that were paid for, by request. A request's id holds content and prompt version; the store of one model knows the model."""

    def find(self, request_id: str) -> str | None:
        """None where the request was not answered yet."""
        ...

    def put(self, request_id: str, text: str) -> None:
        """Keeps a usable answer."""
        ...


class NothingKept:
    """Keeps no answers: each run pays anew."""

    def find(self, request_id: str) -> str | None:  # noqa: ARG002 a store of answers that is always empty
        return None

    def put(self, request_id: str, text: str) -> None:
        """Forgets it."""
