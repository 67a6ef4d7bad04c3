"""Shapes of our own routes under /hotwash/v1."""

from typing import Literal

from pydantic import BaseModel, Field

from hotwash.api.query import OptionalText, TextList, Whole
from hotwash.api.wire.insights import SessionInsightsAnalysis
from hotwash.api.wire.sessions import PageQuery


class ReadWarning(BaseModel):
    """Something in a transcript that could not be read as it stands."""

    reason: str
    record: int | None = Field(default=None, description="First record concerned, counted from 1.")
    count: int = 1


class Imported(BaseModel):
    """A session that was taken in."""

    session_id: str
    outcome: Literal["created", "updated", "unchanged"]
    format: str
    events: int
    warnings: list[ReadWarning]


class Rejected(BaseModel):
    """A file that was not taken in, and why."""

    name: str
    reason: str


class ImportSummary(BaseModel):
    """What became of an upload."""

    sessions: list[Imported]
    rejected: list[Rejected]


class Session(BaseModel):
    """What the contract's session has no field for."""

    session_id: str
    org_id: str
    agent: str
    format: str
    native_id: str = Field(description="As the agent knows the session.")
    cwd: str | None
    repository: str | None
    branch: str | None
    num_events: int
    acus: float = Field(description="With those of subagents.")
    own_acus: float = Field(description="Without them.")
    acu_basis: Literal["billed", "cost", "active_time", "unknown"]
    outcome: str | None = Field(description="As the analysis judged it; null where there is none.")
    num_issues: int | None
    content: Literal["full", "metrics"] = Field(description="`metrics`: nothing that was said, written, run or named is kept.")
    redactions: dict[str, int] = Field(description="How many secrets each rule took out before anything was stored.")
    metrics: dict[str, object] = Field(
        description="Messages, tool calls, tokens, cost, time, each counted once: `copied_events` were copied from an earlier session, which "
        "counts them. Null: the format cannot tell."
    )


class AnalysisRequest(BaseModel):
    """Who is to analyse."""

    engine: Literal["rules", "llm"] = Field(description="The offline rules, or the language model that the server is set up with.")


class JudgeRun(BaseModel):
    """What it took to have a language model judge the session."""

    model: str
    prompt_version: str
    requests: int = Field(description="Of both passes, those answered before included.")
    unanswered: int = Field(description="Requests without a usable answer: what they would have found is missing.")
    proposed: int = Field(description="Issues that the first pass named and whose evidence stands.")
    refuted: int = Field(description="Those of them that the second pass threw out.")
    unverified_issues: int = Field(description="Issues that the first pass named and whose evidence does not stand: left out.")
    unverified_quotes: int = Field(description="Places whose quote or range does not stand: left out.")
    input_tokens: int
    output_tokens: int
    tokens_estimated: bool = Field(description="The model does not tell its tokens.")
    usd: float | None = Field(description="Null: the model has no known price, or another program paid.")
    from_cache: int = Field(description="Requests whose answer was kept from an earlier run and cost nothing now.")


class Analysis(BaseModel):
    """A session's analysis with everything the engine said."""

    session_id: str
    org_id: str
    state: Literal["not_started", "started", "completed", "failed"]
    engine: str | None = Field(description="`rules`, or `judge`: a language model.")
    version: str | None = Field(description="Of the engine.")
    requested_at: float | None = Field(description="Unix seconds.")
    completed_at: float | None = Field(description="Unix seconds, of the analysis shown; it stays while another one runs or fails.")
    duration_s: float | None
    error: str | None = Field(description="Why the last attempt failed.")
    is_stale: bool = Field(description="The session has changed since.")
    coverage: dict[str, bool] | None = Field(description="Which signals the transcript's format can carry at all.")
    analysis: SessionInsightsAnalysis | None = Field(description="The contract's part, as the insights routes serve it.")
    judge: JudgeRun | None = Field(description="Where a language model judged: which, and what it took.")
    details: dict[str, object] | None = Field(description="Kinds, severities, evidence, costs, fingerprints; phases, turns, late facts.")


class Hit(BaseModel):
    """A session that a search found."""

    url: str = Field(description="Of its page, without the address of the server.")
    session_id: str
    org_id: str
    title: str | None
    agent: str
    created_at: int = Field(description="Unix seconds.")
    excerpt: str = Field(description="The words around the first match.")


class SearchResult(BaseModel):
    """Sessions that a search found, newest first."""

    items: list[Hit]


class SearchQuery(BaseModel):
    """What to look for."""

    q: str = Field(min_length=1, max_length=500, description="Words that must all stand in a session, whatever characters they hold.")
    first: Whole = Field(default=50, ge=1, le=200, description="Sessions at most.")


class FormatSeen(BaseModel):
    """A transcript format of the sessions at hand."""

    format: str
    sessions: int
    signals: dict[str, bool] = Field(description="Which signals the newest session of this format can carry. False: unknown, never zero.")


class Coverage(BaseModel):
    """How far reading and analysing has come."""

    seen: int
    eligible: int = Field(description="With at least one agent message, and with their content kept.")
    analysed: int
    in_progress: int
    failed: int
    failed_reasons: dict[str, int]
    stale: int = Field(description="Of those analysed: the session has changed since.")
    formats: list[FormatSeen]


class EventsQuery(PageQuery):
    """Which events."""

    first: Whole = Field(default=200, ge=1, le=200, description="Events on a page.")


class ExportQuery(BaseModel):
    """What to export a session to."""

    to: Literal["atif", "json"] = Field(
        default="atif", description="`atif`: the transcript, in the interchange format. `json`: everything."
    )


class ImportQuery(BaseModel):
    """Where uploaded sessions belong and how to read them."""

    org_id: OptionalText = Field(default=None, description="Else the caller's organization, else `default`.")
    user_id: OptionalText = Field(default=None, description="Whose sessions these are.")
    tags: TextList = Field(default=[], description="For each session.")
    format: OptionalText = Field(default=None, description="Read as this format instead of detecting it.")
    name: OptionalText = Field(default=None, description="File name, for the answer and for formats that keep an id in it.")
    generate: bool = Field(default=False, description="Analyse in the background what is new, has grown, or was never analysed.")
