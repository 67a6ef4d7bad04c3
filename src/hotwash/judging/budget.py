"""Keeps what is asked within the budgets: nothing is sent that, by its estimate, would go over one of them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from hotwash.judging.model import Budgets, Ledger, OverBudget, Spending
from hotwash.kit import clock


class Budget:
    """The budgets of one process. Thread-safe: sessions are judged several at once. Other processes on the same ledger are seen once they have
    written down what they spent, so that together they may go over by what is under way."""

    def __init__(self, budgets: Budgets, ledger: Ledger, now: Callable[[], float] = clock.now) -> None:
        self._budgets = budgets
        self._ledger = ledger
        self._now = now
        self._lock = threading.Lock()
        self._reserved = Spending()

    def session(self) -> "SessionBudget":
        """What one session may still spend."""
        return SessionBudget(self)

    def check(self, wanted: Spending, spent_on_session: Spending) -> None:
        """Raises OverBudget where `wanted` would be too much, for the session or for the day."""
        with self._lock:
            self._check(wanted, spent_on_session)

    def reserve(self, wanted: Spending, spent_on_session: Spending) -> None:
        """Sets it aside. Raises OverBudget."""
        with self._lock:
            self._check(wanted, spent_on_session)
            self._reserved += wanted

    def settle(self, reserved: Spending, spent: Spending) -> None:
        """Writes down what was spent in the place of what was set aside."""
        with self._lock:
            self._reserved -= reserved
            if spent.tokens or spent.usd:
                self._ledger.add(self._today(), spent)

    def _check(self, wanted: Spending, spent_on_session: Spending) -> None:
        allowed = self._budgets
        today = self._ledger.spent(self._today()) + self._reserved + wanted
        session = spent_on_session + wanted
        if session.tokens > allowed.tokens_per_session:
            raise _over("TOKENS_PER_SESSION", f"{session.tokens:,} tokens", f"{allowed.tokens_per_session:,}", "a session")
        if session.usd > allowed.usd_per_session:
            raise _over("USD_PER_SESSION", f"${session.usd:.2f}", f"${allowed.usd_per_session:.2f}", "a session")
        if today.tokens > allowed.tokens_per_day:
            raise _over("TOKENS_PER_DAY", f"{today.tokens:,} tokens", f"{allowed.tokens_per_day:,}", "a day")
        if today.usd > allowed.usd_per_day:
            raise _over("USD_PER_DAY", f"${today.usd:.2f}", f"${allowed.usd_per_day:.2f}", "a day")

    def _today(self) -> str:
        return datetime.fromtimestamp(self._now(), UTC).date().isoformat()


class SessionBudget:
    """What one session has spent. Used by one event loop alone."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.spent = Spending()

    def check(self, wanted: Spending) -> None:
        """Raises OverBudget where the rest of the session would be too much."""
        self._budget.check(wanted, self.spent)

    @contextmanager
    def reserved(self, wanted: Spending) -> Iterator[list[Spending]]:
        """Sets `wanted` aside while something is asked; what was really spent is to be put into the list. Raises OverBudget."""
        self._budget.reserve(wanted, self.spent)
        self.spent += wanted
        spent: list[Spending] = []
        try:
            yield spent
        finally:
            real = sum(spent, Spending())
            self.spent += real - wanted
            self._budget.settle(wanted, real)


def _over(name: str, would_be: str, allowed: str, what: str) -> OverBudget:
    return OverBudget(
        f"judging would take it to {would_be}, and HOTWASH_ANALYSIS_{name} allows {allowed} {what}; raise it, or use the rules engine"
    )
