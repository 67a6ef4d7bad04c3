"""What sessions have in common with their forks, how much of them is kept, and what was redacted in them.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("lineage", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("content", sa.Text(), nullable=False, server_default="full"))
    op.add_column("sessions", sa.Column("redactions", sa.Text(), nullable=False, server_default="{}"))
    has_lineage = sa.text("lineage IS NOT NULL")
    op.create_index("ix_sessions_lineage", "sessions", ["lineage"], sqlite_where=has_lineage, postgresql_where=has_lineage)
