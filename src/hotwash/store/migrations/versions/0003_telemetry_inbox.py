"""The inbox of telemetry: records, what their traces name, and which sessions wait to be put together.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "otlp_records",
        _org_id("otlp_records"),
        sa.Column("record_digest", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("names_session", sa.Boolean(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "record_digest", name="pk_otlp_records"),
    )
    op.create_index("ix_otlp_records_session", "otlp_records", ["org_id", "session_key"])
    op.create_index("ix_otlp_records_trace", "otlp_records", ["org_id", "trace_id"])
    op.create_table(
        "otlp_links",
        _org_id("otlp_links"),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "trace_id", "session_key", name="pk_otlp_links"),
    )
    op.create_table(
        "otlp_pending",
        _org_id("otlp_pending"),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "session_key", name="pk_otlp_pending"),
    )


def _org_id(table: str) -> sa.Column[str]:
    return sa.Column(
        "org_id", sa.Text(), sa.ForeignKey("organizations.org_id", name=f"fk_{table}_org_id", ondelete="CASCADE"), nullable=False
    )
