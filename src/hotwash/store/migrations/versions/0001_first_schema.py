"""The first schema: every table, and the full-text index that each database builds in its own way."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _session_pk(table: str) -> sa.Column[int]:
    return sa.Column("session_pk", _KEY, sa.ForeignKey("sessions.pk", name=f"fk_{table}_session_pk", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    _create_identity_tables()
    _create_session_tables()
    _create_analysis_tables()
    if op.get_bind().dialect.name == "sqlite":
        _create_fts5_index()
    else:
        _create_tsvector_index()


def _create_identity_tables() -> None:
    op.create_table(
        "installation",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_installation"),
    )
    op.create_table(
        "organizations",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", name="pk_organizations"),
        sa.UniqueConstraint("name", name="uq_organizations_name"),
    )
    op.create_table(
        "service_users",
        sa.Column("service_user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=True),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organizations.org_id"], name="fk_service_users_org_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("service_user_id", name="pk_service_users"),
    )
    op.create_table(
        "api_keys",
        sa.Column("api_key_id", sa.Text(), nullable=False),
        sa.Column("service_user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["service_user_id"], ["service_users.service_user_id"], name="fk_api_keys_service_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("api_key_id", name="pk_api_keys"),
        sa.UniqueConstraint("token_sha256", name="uq_api_keys_token_sha256"),
    )
    op.create_index("ix_api_keys_service_user_id", "api_keys", ["service_user_id"])


def _create_session_tables() -> None:
    op.create_table(
        "blobs",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_blobs"),
    )
    op.create_table(
        "sessions",
        sa.Column("pk", _KEY, autoincrement=True, nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("parent_session_id", sa.Text(), nullable=True),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("cwd", sa.Text(), nullable=True),
        sa.Column("repository", sa.Text(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_detail", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("service_user_id", sa.Text(), nullable=True),
        sa.Column("playbook_id", sa.Text(), nullable=True),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("num_user_messages", sa.Integer(), nullable=False),
        sa.Column("num_devin_messages", sa.Integer(), nullable=False),
        sa.Column("num_events", sa.Integer(), nullable=False),
        sa.Column("own_acus", sa.Double(), nullable=False),
        sa.Column("acus", sa.Double(), nullable=False),
        sa.Column("acu_basis", sa.Text(), nullable=False),
        sa.Column("session_size", sa.Text(), nullable=False),
        sa.Column("analysis_state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("num_issues", sa.Integer(), nullable=True),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("metrics", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organizations.org_id"], name="fk_sessions_org_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk", name="pk_sessions"),
        sa.UniqueConstraint("org_id", "session_id", name="uq_sessions_org_id_session_id"),
    )
    op.create_index("ix_sessions_session_id", "sessions", ["session_id"])
    _create_list_indexes()
    op.create_table(
        "events",
        _session_pk("events"),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("tool", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("tokens", sa.BigInteger(), nullable=True),
        sa.Column("preview", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session_pk", "seq", name="pk_events"),
    )
    op.create_table(
        "frames",
        _session_pk("frames"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session_pk", "number", name="pk_frames"),
    )
    op.create_index("ix_frames_digest", "frames", ["digest"])
    op.create_table(
        "headers",
        _session_pk("headers"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("session_pk", name="pk_headers"),
    )
    op.create_table(
        "messages",
        _session_pk("messages"),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_pk", "seq", name="pk_messages"),
    )
    op.create_table(
        "pull_requests",
        _session_pk("pull_requests"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("session_pk", "url", name="pk_pull_requests"),
    )
    op.create_table(
        "search_texts",
        _session_pk("search_texts"),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session_pk", name="pk_search_texts"),
    )
    op.create_table(
        "session_tags",
        _session_pk("session_tags"),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_pk", "tag", name="pk_session_tags"),
    )
    op.create_index("ix_session_tags_tag", "session_tags", ["tag", "created_at", "session_pk"])


def _create_list_indexes() -> None:
    """Lists leave subagent sessions out and read from the newest end; each filter has an index in just that order."""
    given = {"user": "user_id", "service_user": "service_user_id", "playbook": "playbook_id"}
    given |= {column: column for column in ("repository", "category", "origin")}
    _create_list_index("newest", [], after=["updated_at"])
    _create_list_index("org", ["org_id"], after=["updated_at"])
    _create_list_index("agent", ["agent"])
    for name, column in given.items():
        _create_list_index(name, [column], also=sa.column(column).is_not(None))
    _create_list_index("archived", [], also=sa.column("is_archived", sa.Boolean()).is_(True))
    _create_list_index("troubled", [], also=sa.column("num_issues") > sa.text("0"))
    children = sa.text("parent_session_id IS NOT NULL")
    op.create_index("ix_sessions_parent", "sessions", ["parent_session_id"], sqlite_where=children, postgresql_where=children)


def _create_list_index(name: str, before: list[str], *, after: Sequence[str] = (), also: sa.ColumnElement[bool] | None = None) -> None:
    listed = sa.column("parent_session_id").is_(None)
    where = listed if also is None else sa.and_(listed, also)
    columns = [*before, "created_at", "pk", *after]
    op.create_index(f"ix_sessions_{name}", "sessions", columns, sqlite_where=where, postgresql_where=where)


def _create_analysis_tables() -> None:
    op.create_table(
        "analyses",
        _session_pk("analyses"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.Double(), nullable=False),
        sa.Column("completed_at", sa.Double(), nullable=True),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("content_digest", sa.Text(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("session_pk", name="pk_analyses"),
    )
    op.create_table(
        "findings",
        _session_pk("findings"),
        sa.Column("issue_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("first_record", sa.Integer(), nullable=False),
        sa.Column("last_record", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session_pk", "issue_id", name="pk_findings"),
    )
    op.create_index("ix_findings_fingerprint", "findings", ["fingerprint"])
    op.create_index("ix_findings_kind", "findings", ["kind"])
    op.create_table(
        "insights_documents",
        _session_pk("insights_documents"),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("session_pk", name="pk_insights_documents"),
    )


def _create_fts5_index() -> None:
    """The index keeps no text of its own (external content); triggers keep it in step with the table. Accents count, as on PostgreSQL."""
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5"
        "(body, content='search_texts', content_rowid='session_pk', tokenize='unicode61 remove_diacritics 0')"
    )
    add = "INSERT INTO search_index(rowid, body) VALUES (new.session_pk, new.body);"
    remove = "INSERT INTO search_index(search_index, rowid, body) VALUES ('delete', old.session_pk, old.body);"
    op.execute(f"CREATE TRIGGER search_texts_insert AFTER INSERT ON search_texts BEGIN {add} END")
    op.execute(f"CREATE TRIGGER search_texts_delete AFTER DELETE ON search_texts BEGIN {remove} END")
    op.execute(f"CREATE TRIGGER search_texts_update AFTER UPDATE ON search_texts BEGIN {remove} {add} END")


def _create_tsvector_index() -> None:
    """A stored column, because PostgreSQL plans badly around an index over an expression. Punctuation becomes blanks first: PostgreSQL's parser would
    keep `src/app.py` as one word that a search for `app` misses, where FTS5 sees three."""
    ascii_punctuation = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"
    words = f"translate(body, '{ascii_punctuation}', repeat(' ', 32))"
    # Through the driver, because text() would take `:;` for a parameter.
    op.get_bind().exec_driver_sql(
        f"ALTER TABLE search_texts ADD COLUMN tsv tsvector GENERATED ALWAYS AS (to_tsvector('simple', {words})) STORED".replace("%", "%%")
    )
    op.execute("CREATE INDEX ix_search_texts_tsv ON search_texts USING gin (tsv)")
