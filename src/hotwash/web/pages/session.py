"""One session: its figures, its debrief where there is one, and where its transcript begins."""

from typing import Final, Literal

import msgspec

from hotwash.insights.metrics import SessionMetrics
from hotwash.insights.model import StoredAnalysis
from hotwash.kit.text import one_line, printable
from hotwash.sessions.model import SessionRecord
from hotwash.transcript import PullRequest
from hotwash.web.pages import figures
from hotwash.web.pages.debrief import Debrief, debrief
from hotwash.web.pages.sessions import ACU_BASIS_WORDS, SIZES, UNHEALTHY_SIZES, title_of
from hotwash.web.pages.transcript import CHUNK_EVENTS

MANY_USER_MESSAGES: Final = 10
"""Where size L begins by messages (contract section 2): the request probably lacked detail."""
_NAME_CHARS: Final = 120

AnalysisState = Literal["none", "running", "failed", "done", "not_eligible"]


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A figure with the sentence that puts it in its place."""

    title: str
    value: str
    note: str
    unhealthy: bool = False
    in_words: bool = False
    """The value is words, which take more room than a number."""


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the transcript that is fetched as one."""

    number: int
    first: int
    """1-based, for people."""
    last: int
    href: str


class SessionPage(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str
    title: str
    agent: str
    facts: tuple[tuple[str, str], ...]
    """Name and value; the unknown is left out of this line."""
    pull_requests: tuple[PullRequest, ...]
    parent_id: str | None
    child_ids: tuple[str, ...]
    cards: tuple[Card, ...]
    figures: tuple[tuple[str, str], ...]
    state: AnalysisState
    failure: str
    """Why the last analysis failed; empty unless it did."""
    is_stale: bool
    """The session has changed since it was analysed."""
    debrief: Debrief | None
    events: int
    chunks: tuple[Chunk, ...]


def session_page(record: SessionRecord, stored: StoredAnalysis) -> SessionPage:
    """The page of a session. Raises msgspec.ValidationError where the store holds something that is not ours."""
    metrics = msgspec.json.decode(record.metrics, type=SessionMetrics)
    shown = _debrief(stored)
    return SessionPage(
        session_id=record.session_id,
        title=title_of(record),
        agent=record.agent,
        facts=_facts(record, metrics),
        pull_requests=tuple(link for link in record.pull_requests if link.url.startswith("https://")),
        parent_id=record.parent_session_id,
        child_ids=record.child_session_ids,
        cards=_cards(record, metrics, shown),
        figures=_figures(metrics),
        state=_state(record, stored),
        failure=stored.error or "" if stored.state == "failed" else "",
        is_stale=stored.is_stale,
        debrief=shown,
        events=record.num_events,
        chunks=chunks(record.session_id, record.num_events),
    )


def chunks(session_id: str, events: int) -> tuple[Chunk, ...]:
    """The transcript's stretches."""
    return tuple(
        Chunk(
            number=number,
            first=number * CHUNK_EVENTS + 1,
            last=min((number + 1) * CHUNK_EVENTS, events),
            href=f"/sessions/{session_id}/transcript?chunk={number}",
        )
        for number in range((events + CHUNK_EVENTS - 1) // CHUNK_EVENTS)
    )


def _debrief(stored: StoredAnalysis) -> Debrief | None:
    document = stored.document
    return None if document is None else debrief(document.engine, document.version, bytes(document.analysis), bytes(document.details))


def _state(record: SessionRecord, stored: StoredAnalysis) -> AnalysisState:
    if stored.state == "started":
        return "running"
    if stored.state == "failed":
        return "failed"
    if stored.document is not None:
        return "done"
    return "none" if record.num_devin_messages else "not_eligible"


def _facts(record: SessionRecord, metrics: SessionMetrics) -> tuple[tuple[str, str], ...]:
    known = (
        ("Repository", record.repository or record.cwd),
        ("Branch", record.branch),
        ("Started", figures.moment(record.created_at)),
        ("Model", ", ".join(metrics.models) or None),
        ("Tags", ", ".join(record.tags) or None),
    )
    return tuple((name, one_line(printable(value), _NAME_CHARS)) for name, value in known if value)


def _cards(record: SessionRecord, metrics: SessionMetrics, shown: Debrief | None) -> tuple[Card, ...]:
    unhealthy = record.session_size in UNHEALTHY_SIZES
    return (
        _acu_card(record, metrics),
        Card(
            title="User messages",
            value=str(record.num_user_messages),
            note="Many: the first prompt probably lacked detail"
            if record.num_user_messages > MANY_USER_MESSAGES
            else "Fewer means that the first prompt said enough",
            unhealthy=record.num_user_messages > MANY_USER_MESSAGES,
        ),
        Card(
            title="Session size",
            value=SIZES.get(record.session_size, record.session_size),
            note="Unhealthy: split work like this into smaller sessions" if unhealthy else "Healthy: by ACUs and user messages",
            unhealthy=unhealthy,
        ),
        _category_card(record, shown),
    )


def _acu_card(record: SessionRecord, metrics: SessionMetrics) -> Card:
    if record.acu_basis == "unknown":
        return Card(title="ACU usage", value=figures.UNKNOWN, note="The transcript records neither cost nor times")
    basis = ACU_BASIS_WORDS.get(record.acu_basis, record.acu_basis)
    if record.acu_basis == "cost" and metrics.cost_usd is not None:
        source = "as the agent recorded" if metrics.cost_basis == "transcript" else "at list prices"
        basis = f"{figures.usd(metrics.cost_usd)} {source}"
    if record.child_session_ids:
        basis += "; subagents included in the ACUs"
    if metrics.usage_partial or metrics.cost_partial:
        basis += "; the true figure is higher"
    return Card(title="ACU usage", value=figures.acus(record.acus), note=basis[0].upper() + basis[1:])


def _category_card(record: SessionRecord, shown: Debrief | None) -> Card:
    words = record.category.replace("_", " ") if record.category else None
    worked_in = (*shown.languages, *shown.tools) if shown else ()
    return Card(
        title="Category",
        value=words[0].upper() + words[1:] if words else figures.UNKNOWN,
        in_words=True,
        note=one_line(printable(", ".join(worked_in)), _NAME_CHARS)
        or ("No language or tool stood out" if words else "Known after an analysis"),
    )


def _figures(metrics: SessionMetrics) -> tuple[tuple[str, str], ...]:
    """The figures below the cards."""
    usage, unknown = metrics.usage, metrics.unknown_tokens
    failed = "" if metrics.failed_tool_calls is None else f", {figures.count(metrics.failed_tool_calls)} failed"
    elapsed = metrics.ended_at - metrics.started_at if metrics.started_at is not None and metrics.ended_at is not None else None
    return (
        ("Agent messages", figures.count(metrics.num_agent_messages)),
        ("Tool calls", figures.count(metrics.tool_calls) + failed),
        ("Active time", figures.duration(metrics.active_s)),
        ("From start to end", figures.duration(elapsed)),
        (
            "Tokens in",
            figures.short_count(usage.input + usage.cache_read + usage.cache_write if usage and "input" not in unknown else None),
        ),
        ("of these from cache", figures.short_count(usage.cache_read if usage and "cache_read" not in unknown else None)),
        ("Tokens out", figures.short_count(usage.output if usage else None)),
        ("Cost", figures.usd(metrics.cost_usd)),
    )
