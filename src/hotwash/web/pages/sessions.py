"""The list of sessions: what each row says, the filter form, and why a list is empty."""

from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import urlencode

import msgspec

from hotwash.analysis.model import Severity
from hotwash.kit.pages import Page
from hotwash.kit.text import one_line, printable
from hotwash.sessions.model import SessionFilter, SessionRecord
from hotwash.web.pages.debrief import OUTCOME_WORDS

PAGE_SESSIONS: Final = 50
"""About two screens; the next page is a click away and costs as little as the first."""
_TITLE_CHARS: Final = 140
UNTITLED: Final = "Untitled session"

UNHEALTHY_SIZES: Final = frozenset({"l", "xl"})
"""As the product's own page marks them (contract section 7)."""

SIZES: Final = {"xs": "XS", "s": "S", "m": "M", "l": "L", "xl": "XL"}
ISSUE_CHOICES: Final = {"with": "With issues", "without": "Without issues"}
OUTCOMES: Final[Mapping[str, str]] = {str(outcome): words for outcome, words in OUTCOME_WORDS.items()}

ACU_BASIS_WORDS: Final = {
    "billed": "as billed",
    "cost": "from token cost",
    "active_time": "from active time",
    "unknown": "neither cost nor times are recorded",
}


class FilterForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form holds; an empty string is no condition."""

    text: str = ""
    agent: str = ""
    size: str = ""
    issues: str = ""
    outcome: str = ""

    @property
    def is_set(self) -> bool:
        return any(msgspec.structs.astuple(self))

    def query(self, **more: str) -> str:
        """The query string that brings the same list again."""
        return urlencode({name: value for name, value in {**msgspec.structs.asdict(self), **more}.items() if value})

    def conditions(self) -> SessionFilter:
        """The filter the form asks for. Values the form does not offer are no condition."""
        return SessionFilter(
            text=self.text or None,
            agent=self.agent or None,
            sizes=(self.size,) if self.size in SIZES else (),
            has_issues={"with": True, "without": False}.get(self.issues),
            outcomes=(self.outcome,) if self.outcome in OUTCOMES else (),
        )


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A session in the list."""

    href: str
    title: str
    agent: str
    repository: str | None
    branch: str | None
    size: str
    size_is_unhealthy: bool
    acus: float | None
    acu_basis: str
    user_messages: int
    issues: int | None
    worst: Severity | None
    outcome: str | None
    outcome_words: str
    state: str
    at: int


class SessionsPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[Row, ...]
    form: FilterForm
    agents: tuple[str, ...]
    total: int | None
    next_href: str | None
    first_href: str | None
    """Back to the start; None on the first page."""
    empty: Literal["store", "filter"] | None
    """Why there is nothing to show: nothing was imported, or nothing matches."""


def sessions_page(
    page: Page[SessionRecord], worst: Mapping[int, Severity], form: FilterForm, agents: tuple[str, ...], *, is_first: bool
) -> SessionsPage:
    """The list. `worst` holds the worst severity by the sessions' key in the store; `agents` are those the form offers."""
    empty: Literal["store", "filter"] | None = None
    if not page.items:
        empty = "filter" if form.is_set or not is_first else "store"
    return SessionsPage(
        rows=tuple(_row(record, worst.get(record.pk)) for record in page.items),
        form=form,
        agents=agents,
        total=page.total,
        next_href=f"/?{form.query(after=page.end_cursor)}" if page.end_cursor else None,
        first_href=None if is_first else f"/?{form.query()}",
        empty=empty,
    )


def title_of(record: SessionRecord) -> str:
    """The session's title on one line."""
    return one_line(printable(record.title or ""), _TITLE_CHARS) or UNTITLED


def _row(record: SessionRecord, worst: Severity | None) -> Row:
    return Row(
        href=f"/sessions/{record.session_id}",
        title=title_of(record),
        agent=record.agent,
        repository=record.repository or record.cwd,
        branch=record.branch,
        size=SIZES.get(record.session_size, record.session_size),
        size_is_unhealthy=record.session_size in UNHEALTHY_SIZES,
        acus=record.acus if record.acu_basis != "unknown" else None,
        acu_basis=ACU_BASIS_WORDS.get(record.acu_basis, record.acu_basis),
        user_messages=record.num_user_messages,
        issues=record.num_issues,
        worst=worst,
        outcome=record.outcome,
        outcome_words=OUTCOMES.get(record.outcome or "", "Not analysed"),
        state=record.analysis_state,
        at=record.created_at,
    )
