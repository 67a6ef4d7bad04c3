"""Which engine an analysis is asked of, what a model answered, and what it cost.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("analyses", sa.Column("requested_engine", sa.Text(), nullable=True))
    op.create_table(
        "judge_answers",
        sa.Column("session_pk", key, sa.ForeignKey("sessions.pk", name="fk_judge_answers_session_pk", ondelete="CASCADE"), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session_pk", "model", "request_id", name="pk_judge_answers"),
    )
    op.create_table(
        "judge_spending",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("usd", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_judge_spending"),
    )
