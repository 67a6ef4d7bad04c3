"""What people say of issues.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "feedback",
        sa.Column("session_pk", key, sa.ForeignKey("sessions.pk", name="fk_feedback_session_pk", ondelete="CASCADE"), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("first_record", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("given_at", sa.Double(), nullable=False),
        sa.Column("issue", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("session_pk", "fingerprint", "first_record", name="pk_feedback"),
    )
