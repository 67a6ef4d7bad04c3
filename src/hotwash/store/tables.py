"""Every table, once, for SQLite and PostgreSQL alike. Times are Unix seconds. Inside the store a session is its integer `pk`; outside it is
(`org_id`, `session_id`), because two organizations may hold the same session without knowing of each other."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_BigKey = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows itself only for a column typed INTEGER


def _session_pk() -> Column[int]:
    return Column("session_pk", _BigKey, ForeignKey("sessions.pk", ondelete="CASCADE"), primary_key=True)


installation = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Single values of this installation, such as the key that signs login links."""

organizations = Table(
    "organizations",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
)

service_users = Table(
    "service_users",
    metadata,
    Column("service_user_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("org_id", Text, ForeignKey("organizations.org_id", ondelete="CASCADE"), nullable=True),
    Column("role_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
)
"""`org_id` is null for a service user of the whole enterprise."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("api_key_id", Text, primary_key=True),
    Column("service_user_id", Text, ForeignKey("service_users.service_user_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("token_sha256", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("last_used_at", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("pk", _BigKey, primary_key=True, autoincrement=True),
    Column("org_id", Text, ForeignKey("organizations.org_id", ondelete="CASCADE"), nullable=False),
    Column("session_id", Text, nullable=False),
    Column("parent_session_id", Text),
    Column("format", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("native_id", Text, nullable=False),
    Column("title", Text),
    Column("cwd", Text),
    Column("repository", Text),
    Column("branch", Text),
    Column("origin", Text),
    Column("status", Text, nullable=False),
    Column("status_detail", Text),
    Column("category", Text),
    Column("user_id", Text),
    Column("service_user_id", Text),
    Column("playbook_id", Text),
    Column("is_archived", Boolean, nullable=False, default=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    Column("num_user_messages", Integer, nullable=False),
    Column("num_devin_messages", Integer, nullable=False),
    Column("num_events", Integer, nullable=False),
    Column("own_acus", Double, nullable=False),
    Column("acus", Double, nullable=False),
    Column("acu_basis", Text, nullable=False),
    Column("session_size", Text, nullable=False),
    Column("analysis_state", Text, nullable=False, default="not_started"),
    Column("outcome", Text),
    Column("num_issues", Integer),
    Column("content_digest", Text, nullable=False),
    Column("metrics", LargeBinary, nullable=False),
    Column("lineage", Text),
    Column("content", Text, nullable=False, default="full", server_default="full"),
    Column("redactions", Text, nullable=False, default="{}", server_default="{}"),
    UniqueConstraint("org_id", "session_id"),
    Index("ix_sessions_session_id", "session_id"),
)
"""`own_acus` without, `acus` with those of subagents. `metrics` is the session's metrics as JSON (insights.metrics.SessionMetrics).
`analysis_state`: not_started, started, completed, failed. `content_digest` tells whether an import brings anything new. `lineage` is what a session
shares with its forks (intake.forks). `content`: full, or metrics where no words are kept. `redactions`: how many secrets each rule took out, as JSON."""


def _list_index(name: str, *before: str, after: tuple[str, ...] = (), also: ColumnElement[bool] | None = None) -> None:
    """An index that a filtered list reads from its newest end, without sorting and without looking at subagent sessions, which lists leave out.
    `after`: columns that a filter can check without fetching the row."""
    where = sessions.c.parent_session_id.is_(None) if also is None else and_(sessions.c.parent_session_id.is_(None), also)
    columns = (sessions.c[column] for column in (*before, "created_at", "pk", *after))
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


_list_index("ix_sessions_newest", after=("updated_at",))
_list_index("ix_sessions_org", "org_id", after=("updated_at",))
_list_index("ix_sessions_agent", "agent")
_list_index("ix_sessions_user", "user_id", also=sessions.c.user_id.is_not(None))
_list_index("ix_sessions_service_user", "service_user_id", also=sessions.c.service_user_id.is_not(None))
_list_index("ix_sessions_playbook", "playbook_id", also=sessions.c.playbook_id.is_not(None))
_list_index("ix_sessions_repository", "repository", also=sessions.c.repository.is_not(None))
_list_index("ix_sessions_category", "category", also=sessions.c.category.is_not(None))
_list_index("ix_sessions_origin", "origin", also=sessions.c.origin.is_not(None))
_list_index("ix_sessions_archived", also=sessions.c.is_archived.is_(True))
_list_index("ix_sessions_troubled", also=sessions.c.num_issues > text("0"))
_children = sessions.c.parent_session_id.is_not(None)
Index("ix_sessions_parent", sessions.c.parent_session_id, sqlite_where=_children, postgresql_where=_children)
_forkable = sessions.c.lineage.is_not(None)
Index("ix_sessions_lineage", sessions.c.lineage, sqlite_where=_forkable, postgresql_where=_forkable)

session_tags = Table(
    "session_tags",
    metadata,
    _session_pk(),
    Column("tag", Text, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_session_tags_tag", "tag", "created_at", "session_pk"),
)
"""`created_at` is the session's, repeated so that the sessions of a tag are read newest first without sorting them all."""

pull_requests = Table(
    "pull_requests",
    metadata,
    _session_pk(),
    Column("url", Text, primary_key=True),
    Column("state", Text),
)

messages = Table(
    "messages",
    metadata,
    _session_pk(),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("event_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

events = Table(
    "events",
    metadata,
    _session_pk(),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("record", Integer, nullable=False),
    Column("at", Double),
    Column("kind", Text, nullable=False),
    Column("category", Text),
    Column("tool", Text),
    Column("status", Text),
    Column("tokens", BigInteger),
    Column("preview", Text, nullable=False),
)
"""One thin row an event; the events themselves are in frames."""

frames = Table(
    "frames",
    metadata,
    _session_pk(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("first_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("digest", Text, nullable=False, index=True),
)
"""Which blobs hold a session's events: about 100 a frame."""

blobs = Table(
    "blobs",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""Immutable zstd frames by SHA-256 of their content."""

headers = Table(
    "headers",
    metadata,
    _session_pk(),
    Column("data", LargeBinary, nullable=False),
)
"""A session's transcript without its events, as JSON: what reading it back needs beside the frames."""

search_texts = Table(
    "search_texts",
    metadata,
    _session_pk(),
    Column("body", Text, nullable=False),
)
"""What search looks through: title, messages, commands. SQLite adds an FTS5 table, PostgreSQL a stored tsvector column (migrations)."""

insights_documents = Table(
    "insights_documents",
    metadata,
    _session_pk(),
    Column("document", LargeBinary, nullable=False),
)
"""The rendered SessionInsightsResponse, ready to send."""

analyses = Table(
    "analyses",
    metadata,
    _session_pk(),
    Column("state", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("requested_at", Double, nullable=False),
    Column("completed_at", Double),
    Column("duration_s", Double),
    Column("error", Text),
    Column("content_digest", Text),
    Column("document", LargeBinary),
    Column("requested_engine", Text),
)
"""The newest analysis of a session. `document` is the last completed one and stays while another attempt runs or fails; `engine` and `version` are
what made it, `requested_engine` is whose analysis was asked for last."""

judge_answers = Table(
    "judge_answers",
    metadata,
    _session_pk(),
    Column("model", Text, primary_key=True),
    Column("request_id", Text, primary_key=True),
    Column("answer", Text, nullable=False),
)
"""What a language model said of a session: paid for once, so that judging again asks only what is new."""

judge_spending = Table(
    "judge_spending",
    metadata,
    Column("day", Text, primary_key=True),
    Column("tokens", BigInteger, nullable=False),
    Column("usd", Double, nullable=False),
)
"""What judging cost, by day (UTC, `2026-01-31`)."""

findings = Table(
    "findings",
    metadata,
    _session_pk(),
    Column("issue_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("first_record", Integer, nullable=False),
    Column("last_record", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Index("ix_findings_fingerprint", "fingerprint"),
    Index("ix_findings_kind", "kind"),
)

otlp_records = Table(
    "otlp_records",
    metadata,
    Column("org_id", Text, ForeignKey("organizations.org_id", ondelete="CASCADE"), primary_key=True),
    Column("record_digest", Text, primary_key=True),
    Column("trace_id", Text, nullable=False),
    Column("session_key", Text, nullable=False),
    Column("names_session", Boolean, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_otlp_records_session", "org_id", "session_key"),
    Index("ix_otlp_records_trace", "org_id", "trace_id"),
)
"""The inbox of telemetry: every span and log record that tells of a session, redacted, as zstd of an export request that holds it alone.
`session_key` is the session it belongs to; where it does not name one itself (`names_session`), that may change as more of its trace comes."""

otlp_links = Table(
    "otlp_links",
    metadata,
    Column("org_id", Text, ForeignKey("organizations.org_id", ondelete="CASCADE"), primary_key=True),
    Column("trace_id", Text, primary_key=True),
    Column("session_key", Text, primary_key=True),
)
"""Which sessions the records of a trace name."""

otlp_pending = Table(
    "otlp_pending",
    metadata,
    Column("org_id", Text, ForeignKey("organizations.org_id", ondelete="CASCADE"), primary_key=True),
    Column("session_key", Text, primary_key=True),
    Column("ticket", Text, nullable=False),
)
"""Sessions whose telemetry has changed since they were put together; the ticket is the last change's."""

feedback = Table(
    "feedback",
    metadata,
    _session_pk(),
    Column("fingerprint", Text, primary_key=True),
    Column("first_record", Integer, primary_key=True, autoincrement=False),
    Column("verdict", Text, nullable=False),
    Column("note", Text),
    Column("given_at", Double, nullable=False),
    Column("issue", LargeBinary, nullable=False),
)
"""What people say of issues: right, or wrong. Cause and place name the issue, because a later analysis may number it otherwise; `issue` is the issue
as it was judged, as JSON (feedback.model.JudgedIssue)."""
